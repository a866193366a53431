"""The one message catalogue: every sentence a user sees, English and Chinese side by side.

One file per room, each a dictionary `TEXTS` of `name: (English, Chinese)`, so that a sentence cannot
be added in one language only. `text("prepare.constant", column="age")` reads `prepare.py`.
"""

from __future__ import annotations

import importlib
import os
from functools import cache

LANGUAGES = ("en", "zh")
_chosen: str | None = None
_preferred: str | None = None


def use(language: str | None) -> None:
    """Set the language of this process (`en`, `zh`), whatever a project says; None takes that back.

    Raises:
        ValueError: There is no catalogue in that language.
    """
    global _chosen
    _chosen = _known(language)


def prefer(language: str | None) -> None:
    """Set the language of the project at work; None where it names none, and the locale's holds.

    Raises:
        ValueError: There is no catalogue in that language.
    """
    global _preferred
    _preferred = _known(language)


def language() -> str:
    """The language in use: what `use` set, else `prefer`, else `MODELYARD_LANG`, else the locale's, else English."""
    decided = _chosen or _preferred
    if decided:
        return decided
    for variable in ("MODELYARD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _known(language: str | None) -> str | None:
    if language not in (None, *LANGUAGES):
        raise ValueError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    return language


@cache
def _texts(room: str) -> dict[str, tuple[str, str]]:
    texts: dict[str, tuple[str, str]] = importlib.import_module(f"{__name__}.{room}").TEXTS
    return texts


def text(key: str, /, **values: object) -> str:
    """The sentence named `room.name` in the language in use, with `values` filled in.

    Raises:
        KeyError: There is no such sentence; a test walks the source and refuses unknown names.
    """
    room, _, name = key.partition(".")
    return pick(_texts(room)[name]).format(**values)


def pick(pair: tuple[str, str]) -> str:
    """Of a pair (English, Chinese), the one in the language in use."""
    return pair[LANGUAGES.index(language())]
