"""Every error a user can cause: each names the place, what was got, what was expected, and the fix.

ModelyardError            everything this package raises on purpose
└── UserError             one or more `Mistake`s; the command line prints them and leaves with code 2
    ├── ProjectError      the project file or an option
    ├── DataError         a data file, a column, a cell
    ├── InstallError      something this installation lacks
    ├── BundleError       a bundle that is damaged, foreign or too new
    ├── RequestError      rows sent for prediction (HTTP 422)
    └── StorageError      disk full, no permission, unreadable path
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from modelyard.core.messages import text

MAX_LINES = 12
_LINES_EACH = MAX_LINES // 4  # place, got, expected, fix
_LONGEST = 1200  # characters of each; a list of thousands of names tells no more than its beginning
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Mistake:
    """One mistake, told so that a person can mend it; at most 12 lines.

    Args:
        place: Where it is: `modelyard.yaml line 4, train.method`, or `data.csv line 17`.
        got: What was found there.
        expected: What would have been right.
        fix: The next thing to do: the nearest valid name, or a command that can be pasted.
    """

    place: str
    got: str
    expected: str
    fix: str = ""

    def __str__(self) -> str:
        parts = {"place": self.place, "got": self.got, "expected": self.expected, "fix": self.fix}
        return "\n".join(text("errors." + name) + _short(value) for name, value in parts.items() if value)


class ModelyardError(Exception):
    """Root of everything this package raises on purpose."""


class UserError(ModelyardError):
    """One or more mistakes that the user can mend; all that were found, not only the first."""

    def __init__(self, mistakes: Mistake | Iterable[Mistake]) -> None:
        self.mistakes = (mistakes,) if isinstance(mistakes, Mistake) else tuple(mistakes)
        super().__init__("\n\n".join(str(mistake) for mistake in self.mistakes))


class ProjectError(UserError):
    """The project file, or an option given on the command line, is wrong."""


class DataError(UserError):
    """A data file, a column or a cell is not what it has to be."""


class InstallError(UserError):
    """This installation lacks what was asked for; `fix` holds the pip command."""


class BundleError(UserError):
    """The bundle is damaged, was changed, or is newer than this program."""


class RequestError(UserError):
    """Rows sent for prediction do not fit the bundle; `field` is the first column at fault.

    The texts never hold the values that were sent.
    """

    def __init__(self, mistakes: Mistake | Iterable[Mistake], field: str = "") -> None:
        super().__init__(mistakes)
        self.field = field


class StorageError(UserError):
    """The disk is full, a path cannot be read or written."""


def _short(value: str) -> str:
    """A part that fits its share of the lines, and cannot steer a terminal."""
    lines = value[:_LONGEST].split("\n")
    whole = len(value) <= _LONGEST and len(lines) <= _LINES_EACH
    shown = "\n".join(lines[:_LINES_EACH]) + ("" if whole else " …")
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], shown)
