"""Checkpoint of the comparison with descriptions: a linear model, or what is asked about pairs."""

from __future__ import annotations

import importlib
from pathlib import Path

from modelyard.core.protocols import Predictor
from modelyard.models import affine


def load(folder: Path) -> Predictor:
    """Read a checkpoint."""
    if (folder / affine.FILE).is_file():
        return affine.load(folder)
    asked: Predictor = importlib.import_module("modelyard.models.entailment").load(folder)
    return asked
