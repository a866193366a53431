"""Checkpoint of the prompt: what to ask whom, and what is known of the rows that training held out.

These rows, whose questions showed examples of other folds, are not asked again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.protocols import Doubles, Mixed
from modelyard.methods.prompt import wording
from modelyard.methods.prompt.asking import ask_all, keyed
from modelyard.methods.prompt.options import Settled
from modelyard.methods.prompt.wording import Example

FILE = "prompt.json"
CERTAINTY = 0.9
"""How probable the class is that an answer names, before calibration."""


@dataclass(frozen=True)
class Asker:
    """The Predictor that asks.

    Args:
        options: Whom.
        cache: Where answers are kept.
        columns: Text columns to show.
        classes: In the order of their codes.
        instruction: Before all texts.
        examples: For rows that training did not hold out.
        prior: The scores of a row without a clear answer [width].
        known: Digest of a row -> the code of its class, None where the answer was not clear or there was none.
    """

    options: dict[str, Any]
    cache: str
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    instruction: str
    examples: tuple[Example, ...]
    prior: tuple[float, ...]
    known: Mapping[str, int | None]

    def scores(self, x: Mixed) -> Doubles:
        """See `core.protocols.Predictor`.

        Raises:
            ProjectError: The endpoint does not answer. Answers so far are kept.
            DataError: The variable of its key is not set.
        """
        rows = wording.rows_of(x.texts, self.columns)
        fresh = {row for row in rows if digest(row) not in self.known}
        codes = dict(self.known) | self._asked(sorted(fresh))
        return np.stack([self._score(codes[digest(row)]) for row in rows]) if rows else np.empty((0, len(self.prior)))

    def _asked(self, rows: list[str]) -> dict[str, int | None]:
        """Digest of each row -> the code of its class."""
        if not rows:
            return {}
        options = Settled(**self.options, cache=Path(self.cache))
        questions = [wording.messages_of(self.instruction, self.examples, row) for row in rows]
        keys = keyed(options, questions)
        replies = ask_all(options, dict(zip(keys, questions, strict=True))).replies
        contents = [replies[key].content if key in replies else None for key in keys]
        return {
            digest(row): None if content is None else wording.code_of(content, self.classes)
            for row, content in zip(rows, contents, strict=True)
        }

    def _score(self, code: int | None) -> Doubles:
        if code is None:
            return np.asarray(self.prior, np.float64)
        if len(self.prior) == 1:
            return np.asarray([(2 * code - 1) * math.log(CERTAINTY / (1 - CERTAINTY))], np.float64)
        shares = np.full(len(self.prior), (1 - CERTAINTY) / (len(self.prior) - 1))
        shares[code] = CERTAINTY
        return np.asarray(np.log(shares), np.float64)


def digest(row: str) -> str:
    """What a row is known by."""
    return hashlib.sha256(row.encode("utf-8", "surrogatepass")).hexdigest()


def save(folder: Path, asker: Asker) -> None:
    """Write the checkpoint; the key of the endpoint is named in it, never told."""
    (folder / FILE).write_text(json.dumps(asdict(asker), sort_keys=True), "utf-8")


def load(folder: Path) -> Asker:
    """Read what `save` wrote."""
    data = json.loads((folder / FILE).read_text("utf-8"))
    examples = tuple((shown, label) for shown, label in data["examples"])
    lists = {name: tuple(data[name]) for name in ("columns", "classes", "prior")}
    return Asker(**{**data, **lists, "examples": examples})
