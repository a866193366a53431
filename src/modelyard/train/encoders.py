"""The pre-trained encoders that a project's text columns name: found, exported once, kept in the store."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modelyard.core import plugins
from modelyard.core.closure import digest as code_digest
from modelyard.core.errors import InstallError, Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.store import reason
from modelyard.data.dataset import Dataset, pretrained
from modelyard.models.encoders import Encoder, make

if TYPE_CHECKING:
    from modelyard.train.desk import Training

NEEDS, EXTRA = ("torch", "transformers", "onnxscript"), "text"
VECTORS = "vectors"
"""Folder of the workspace that keeps vectors."""
MOST_OF_BUDGET = 0.7
"""Of the time that is left, an encoder may take so much to read all texts."""
_SHAPING = ("pooling", "window", "overlap", "remote_code")  # options that vectors depend on


def sources(project: Project, dataset: Dataset) -> dict[str, Path]:
    """Text column -> the folder of its encoder on this machine; the hub is asked where the file names one there.

    Raises:
        InstallError: Encoders are named, and this installation cannot read them.
        ProjectError: No such encoder, or one that cannot be used.
    """
    columns = pretrained(dataset.text_columns)
    if not columns:  # tables alone load nothing for texts
        return {}
    lacking = plugins.missing(NEEDS)
    if lacking:
        place = project.place("columns", columns[0].name, "encoder")
        expected = text("train.expected_text_extra", modules=", ".join(lacking))
        raise InstallError(Mistake(place, columns[0].options["encoder"], expected, text("errors.install", extra=EXTRA)))
    source = importlib.import_module("modelyard.backbones.source")
    found: dict[str, Path] = {}
    for column in columns:
        asked = {name: column.options[name] for name in ("revision", "remote_code")}
        found[column.name] = source.resolve(column.options["encoder"], project.folder, **asked)
    return found


def digests(folders: dict[str, Path]) -> dict[str, str]:
    """Text column -> sha256 of its encoder."""
    if not folders:
        return {}
    source = importlib.import_module("modelyard.backbones.source")
    return {column: source.digest(folder) for column, folder in folders.items()}


def origins(training: Training) -> dict[str, dict[str, str]]:
    """Text column -> {"encoder", "sha256"} of its encoder, and the "commit" where it came from the hub."""
    if not training.sources:
        return {}
    source = importlib.import_module("modelyard.backbones.source")
    found = {}
    for column in pretrained(training.dataset.text_columns):
        commit = source.commit(training.sources[column.name])
        told = {"encoder": column.options["encoder"], "sha256": training.digests[column.name]}
        found[column.name] = told | ({"commit": commit} if commit else {})
    return found


def frozen(training: Training) -> dict[str, Encoder]:
    """Text column -> its encoder as it is, exported once, with the vectors of all texts that are learnt from.

    Raises:
        ProjectError: Reading them would take most of the time that is left.
    """
    found = {}
    for column in pretrained(training.dataset.text_columns):
        options = {name: column.options[name] for name in _SHAPING}
        parts = {
            "encoder": training.digests[column.name],
            "options": options,
            "code": code_digest("modelyard.models.encoders", "modelyard.backbones.frozen"),
            "libraries": training.libraries,
        }
        source = training.sources[column.name]
        training.screen.begin(text("train.reading_texts", column=column.name))
        entry = training.store.entry("encoder", parts, partial(make, source=source, options=options))
        encoder = Encoder(entry.folder, training.store.root.parent / VECTORS, training.threads)
        rows = np.union1d(training.dataset.rows("train"), training.dataset.rows("valid"))
        texts = training.dataset.values[column.name][rows]
        encoder.read(texts, partial(_hold_against_budget, training, column.name), training.screen)
        training.screen.end()
        refused = encoder.refused()
        if refused is not None:
            said = text("train.not_cached", column=column.name, reason=reason(refused))
            training.remarks.append(said)
        found[column.name] = encoder
    return found


def _hold_against_budget(training: Training, column: str, seconds: float) -> None:
    """Refuse to begin what leaves no time for anything else.

    Raises:
        ProjectError: The encoder would take most of the time that is left.
    """
    left = training.clock.budget - training.clock.elapsed
    if seconds <= MOST_OF_BUDGET * left:
        return
    budget = training.clock.budget
    got = text("train.got_slow_encoder", budget=budget, column=column, seconds=seconds)
    expected = text("train.expected_slow_encoder", minutes=int((seconds / MOST_OF_BUDGET + budget - left) / 60) + 1)
    place = training.project.place("train", "time_budget")
    raise ProjectError(Mistake(place, got, expected, text("train.fix_slow_encoder")))
