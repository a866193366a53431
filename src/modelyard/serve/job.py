"""One piece of work, known again after an interruption: which bundle answers which rows in which form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from modelyard.core.errors import Mistake, StorageError
from modelyard.core.messages import text
from modelyard.runtime.answers import Answers
from modelyard.serve.tally import Tally

_PARTS = ("bundle", "content", "options")


@dataclass(frozen=True)
class Job:
    """What decides about the output.

    Args:
        bundle: The bundle's id.
        content: Identity of the rows; empty where they have none before they are read.
        source: How the rows are called, where they have no identity.
        options: Whatever else changes the output.
    """

    bundle: str
    content: str
    source: str
    options: tuple[str, ...]

    @property
    def identity(self) -> tuple[str, str, tuple[str, ...]]:
        """What the same work has in common: the same rows under another name are the same."""
        return self.bundle, self.content or self.source, self.options

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "options": list(self.options)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Job:
        """The inverse of `to_json`."""
        return cls(**{**data, "options": tuple(data["options"])})

    def refuse_other(self, begun: Mapping[str, Any], place: str, fix: str) -> None:
        """Go on only with what was begun.

        Args:
            begun: The job that was begun, as plain data.
            place: Where its output lies.
            fix: What to do to begin anew.

        Raises:
            StorageError: Another bundle, other rows, or other options.
        """
        mine = self.to_json()
        if not begun.get("content"):
            mine["content"], begun = mine["source"], {**begun, "content": begun.get("source")}
        changed = next((part for part in _PARTS if begun.get(part) != mine[part]), "")
        if changed:
            got = text(f"serve.begun_{changed}", bundle=str(begun.get("bundle"))[:12])
            raise StorageError(Mistake(place, got, text("serve.expected_same_job"), fix))


class Destination(Protocol):
    """Where answers go; what is there already is counted in `tally`, and `finished` says whether that is all."""

    tally: Tally
    finished: bool

    def write(self, answers: Answers, tally: Tally) -> None:
        """Take the answers to the next rows, and what is kept of those rows."""

    def finish(self) -> None:
        """There are no more rows: make the output appear."""

    def discard(self) -> None:
        """The rows can never be answered as they are: leave nothing half done behind."""

    def close(self) -> None:
        """Let go; what was written whole stays for whoever goes on."""
