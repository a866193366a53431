"""Checkpoint -> LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np

from modelyard.core.protocols import Doubles, Floats
from modelyard.methods.trees.checkpoint import Checkpoint, read


@dataclass(frozen=True)
class Trees:
    """The Predictor of trained trees.

    Args:
        checkpoint: What was learnt.
        boosters: LightGBM's models, one per forest.
    """

    checkpoint: Checkpoint
    boosters: tuple[lightgbm.Booster, ...]

    def scores(self, x: Floats) -> Doubles:
        """See `core.protocols.Predictor`."""
        scores = np.tile(self.checkpoint.prior, (len(x), 1))
        if not len(x):  # LightGBM refuses it
            return scores
        filled = np.where(np.isnan(x), self.checkpoint.fill, x)
        for forest, booster in zip(self.checkpoint.forests, self.boosters, strict=True):
            raw = booster.predict(filled, raw_score=True, num_threads=self.checkpoint.threads)
            scores[:, list(forest.columns)] = np.asarray(raw).reshape(len(x), -1)
        return scores


def load(folder: Path) -> Trees:
    """Read a checkpoint."""
    checkpoint = read(folder)
    return Trees(checkpoint, tuple(lightgbm.Booster(model_str=forest.text) for forest in checkpoint.forests))
