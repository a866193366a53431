"""Whether encoders that learn fit into the graph of a bundle, told before anything is trained."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.data.dataset import pretrained
from modelyard.train.desk import Training
from modelyard.train.ladder import Rung
from modelyard.train.ways import Way

WEIGHT = 4  # bytes: graphs hold float32


def fitting(training: Training, ladder: Sequence[Rung], open_ways: Sequence[Way]) -> list[Way]:
    """The ways whose models fit into one graph, which holds those of all folds.

    Raises:
        ProjectError: There is none.
    """
    learning = _learning(training) if any(_holds_encoders(rung) for rung in ladder) else {}
    if not learning:
        return list(open_ways)
    source = importlib.import_module("modelyard.backbones.source")
    one = WEIGHT * sum(source.parameters(folder) for folder in set(learning.values()))
    found = [way for way in open_ways if way[0] * way[1] * one <= source.LARGEST]
    if found:
        return found
    folds, repeats = min(open_ways, key=lambda way: way[0] * way[1])
    got = text("train.got_large", models=folds * repeats, columns=", ".join(learning), size=one / 1e9)
    fix = "train.fix_large" if folds * repeats == 1 or one > source.LARGEST else "train.fix_folds"
    expected = text("train.expected_large", size=source.LARGEST / 1e9)
    raise ProjectError(Mistake(training.project.place("train", "folds"), got, expected, text(fix)))


def _holds_encoders(rung: Rung) -> bool:
    """Whether a method's own graph has encoders in it, as each of its models has its own."""
    info = rung.info
    return info.view == "texts" and info.wants in ("encoder", "vectors") and info.ships and not rung.lacks


def _learning(training: Training) -> dict[str, Path]:
    """Text column whose pre-trained encoder may learn -> its folder."""
    columns = pretrained(training.dataset.text_columns)
    return {one.name: training.sources[one.name] for one in columns if one.options["tune"] != "frozen"}
