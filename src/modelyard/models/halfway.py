"""Training that was cut short goes on from where it was: its state on the disk, whole at every moment.

A *part* is a file of tensors whose name tells its content (fold 0 after 120 steps), so that what has not changed is not
written again. The record names the parts that belong together and holds the plain facts. Everything is first written
under another name and brought to the disk; renaming the record is the one step that makes a new state valid.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from modelyard.core.protocols import State
from modelyard.core.store import sync

RECORD = "halfway.json"
EVERY = 30.0
"""Seconds from one state to the next, at least."""
SHARE = 0.05
"""Of the time that writing states may take."""
Tensors = dict[str, Tensor]


class Halfway:
    """The state of one training.

    Args:
        folder: Where it is kept; made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._next = time.monotonic() + EVERY

    @property
    def due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() >= self._next

    def write(self, parts: Mapping[str, Callable[[], Tensors]], facts: State) -> None:
        """Replace the state. Where it cannot be written (the disk is full), the one before stays.

        Args:
            parts: Name of each part -> its tensors; it is only asked for those that are not there yet.
            facts: Plain data.
        """
        began = time.monotonic()
        with suppress(OSError, SafetensorError):
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, tensors in parts.items():
                if not (self.folder / name).exists():
                    draft = self._draft(name)
                    save_file({key: tensor.cpu().contiguous().clone() for key, tensor in tensors().items()}, draft)
                    _settle(draft, self.folder / name)
            draft = self._draft(RECORD)
            draft.write_text(json.dumps({"parts": list(parts), "facts": facts}), "utf-8")
            _settle(draft, self.folder / RECORD)
            self._tidy({*parts, RECORD})
        now = time.monotonic()
        self._next = now + max(EVERY, (now - began) / SHARE)

    def read(self) -> tuple[dict[str, Tensors], State] | None:
        """What `write` wrote last; None where there is nothing, or it is damaged. All else in the folder goes."""
        try:
            record = json.loads((self.folder / RECORD).read_text("utf-8"))
            parts = {name: load_file(self.folder / name) for name in record["parts"]}
            self._tidy({*parts, RECORD})
            return parts, record["facts"]
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            self.remove()
            return None

    def remove(self) -> None:
        """Nothing is left to go on from."""
        with suppress(OSError):
            self._tidy(set())
            self.folder.rmdir()

    def _draft(self, name: str) -> Path:
        """A name that nobody else uses, be it another process with the same work."""
        return self.folder / f".{name}.{os.urandom(4).hex()}"

    def _tidy(self, used: set[str]) -> None:
        for path in self.folder.iterdir():
            if path.name not in used:
                path.unlink(missing_ok=True)


def _settle(draft: Path, path: Path) -> None:
    """A file that is whole on the disk gets its name."""
    sync(draft)
    draft.replace(path)
    sync(path.parent)
