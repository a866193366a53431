"""A trained project in miniature: every modality, a few rows, real methods with little work."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.columns import as_columns
from modelyard.core.protocols import Array, Columns, Problem
from modelyard.core.schema import Column
from modelyard.data.dataset import Dataset, DatasetTarget
from modelyard.models.checkpoint import Candidate, Checkpoint, TrainedTarget, Views, save_held
from modelyard.models.encoders import Encoders
from modelyard.package.assemble import assemble

ROWS = 90
INPUTS = {
    "年龄": "number", "city": "category", "income": "number",
    "smokes": "boolean", "joined": "datetime", "empty": "number",
}  # fmt: skip


class Quiet:
    """A `Watch` that never stops anything."""

    def step(self, done: int, total: int, **values: float) -> bool:
        return True


def table_of(rows: int = ROWS) -> Columns:
    """Rows as a user has them, in every modality, with gaps."""
    random = np.random.default_rng(7)
    age = random.integers(18, 80, rows)
    city = random.choice(["北京", "Zürich", "Αθήνα", "x y"], rows)
    table: dict[str, list[Any]] = {
        "id": [f"甲{number}" for number in range(rows)],
        "年龄": [None if number % 11 == 3 else int(cell) for number, cell in enumerate(age)],
        "city": [None if number % 13 == 5 else str(cell) for number, cell in enumerate(city)],
        "income": [float(cell) for cell in random.normal(3e9, 1e9, rows)],
        "smokes": ["yes" if cell else "no" for cell in random.integers(0, 2, rows)],
        "joined": [f"20{year:02d}-0{month}-1{month}" for year, month in random.integers(1, 9, (rows, 2))],
        "empty": [None] * rows,
    }
    signal = (age - 49) / 15 + (city == "北京") * 1.5 + random.normal(0, 0.4, rows)
    table["risk"] = ["坏" if cell > 0.5 else "good" for cell in signal]
    table["kind"] = [("low", "mid", "high")[int(np.digitize(cell, [0, 1]))] for cell in signal]
    table["amount"] = [float(1e6 + 5e4 * cell) for cell in signal]
    table["tag a"] = [int(cell > 0) for cell in signal]
    table["tag b"] = [int(cell < 0.7) for cell in signal]
    return as_columns(table)


def dataset_of(table: Columns, targets: dict[str, str]) -> Dataset:
    """What `prepare` would leave: the first 60 rows train, the next 15 validate, the rest test."""
    columns = [Column("id", "category", "key")]
    values: dict[str, Array] = {"id": table["id"]}
    states: dict[str, dict[str, Any]] = {}
    for name, modality in INPUTS.items():
        options = plugins.part("modalities", modality, "options").Options().model_dump()
        preprocess = plugins.part("modalities", modality, "preprocess")
        columns.append(Column(name, modality, options=options, reason=("prepare.because", {"share": 0.5})))
        values[name] = preprocess.parse(table[name], options).values
        states[name] = preprocess.finish(preprocess.summarise(values[name][:60]), options)
    described, ys = [], {}
    for name, task in targets.items():
        names = ("tag a", "tag b") if task == "multilabel" else (name,)
        read = plugins.part("tasks", task, "target")
        options = plugins.part("tasks", task, "options").Options().model_dump()
        target = read.read({column: table[column] for column in names}, options)
        described.append(DatasetTarget(name, names, task, options, read.fit(target.y[:60], target.state)))
        ys[name] = target.y
    parts = np.repeat(np.asarray([0, 1, 2], np.int8), [60, 15, len(table["id"]) - 75])
    return Dataset(
        tuple(columns),
        states,
        tuple(described),
        (),
        "test",
        True,  # there are labels to learn from
        "f",
        "t",
        values,
        ys,
        parts,
        np.arange(len(parts)),
        np.ones(len(parts)),
        np.arange(len(parts)),
    )


def fit_one(dataset: Dataset, target: DatasetTarget, method: str, folder: Path) -> Candidate:
    """Train one method with a handful of units of work."""
    options = plugins.part("methods", method, "options")
    read = plugins.part("tasks", target.task, "target")
    view = options.INFO.view
    parts = []
    for part in ("train", "valid"):
        x, features = dataset.view("dense" if view == "texts" else view, dataset.rows(part))  # type: ignore[arg-type]
        y = read.encode(dataset.y(target.name, dataset.rows(part)), target.state)  # type: ignore[arg-type]
        parts += [x, y, np.ones(len(x), np.float32)]
    problem = Problem(target.task, target.state, read.width(target.state), features, *parts, seed=0, threads=1)
    folder.mkdir(parents=True)
    plugins.part("methods", method, "fit").fit([problem], options.Options(), 5, [folder], Quiet())
    return Candidate(method, (folder,), view)


def fit_pool(dataset: Dataset, target: DatasetTarget, members: tuple[Candidate, ...], folder: Path) -> Candidate:
    """Train an ensemble of candidates."""
    options = plugins.part("methods", "ensemble", "options")
    read = plugins.part("tasks", target.task, "target")
    rows = dataset.rows("valid")
    views = Views(dataset, dataset.blocks(rows), dataset.texts(rows), Encoders())
    scores = np.concatenate([member.scores(views) for member in members], axis=1).astype(np.float32)
    y = read.encode(dataset.y(target.name, rows), target.state)
    parts = (scores, y, np.ones(len(y), np.float32))
    problem = Problem(target.task, target.state, read.width(target.state), (), *parts, *parts, seed=0, threads=1)
    folder.mkdir(parents=True)
    plugins.part("methods", "ensemble", "fit").fit([problem], options.Options(), 5, [folder], Quiet())
    return Candidate("ensemble", (folder,), "scores", members)


def trained(dataset: Dataset, target: DatasetTarget, method: str, folder: Path) -> TrainedTarget:
    """A target with its chosen candidate, calibrated on the validation rows."""
    if method == "ensemble":
        members = tuple(fit_one(dataset, target, name, folder / name) for name in ("linear", "trees"))
        chosen = fit_pool(dataset, target, members, folder / "ensemble")
    else:
        chosen = fit_one(dataset, target, method, folder / method)
    rows = dataset.rows("valid")
    views = Views(dataset, dataset.blocks(rows), dataset.texts(rows), Encoders())
    calibrate = plugins.part("tasks", target.task, "calibrate")
    scores = chosen.scores(views)
    calibration = calibrate.fit(scores, dataset.y(target.name, rows), target.state, 0.8)
    outputs = calibrate.apply(scores, calibration, target.state)
    save_held(folder / "held", chosen.method, rows, outputs)
    described = (target.name, target.columns, target.task, target.state)
    return TrainedTarget(*described, calibration, chosen, (), (chosen,), folder / "held")


Make = Callable[..., Checkpoint]


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a checkpoint from {target: task} and a method; each is trained once per session."""
    known: dict[Any, Checkpoint] = {}

    def make(targets: dict[str, str], method: str = "linear") -> Checkpoint:
        key = (*targets.items(), method)
        if key not in known:
            folder = tmp_path_factory.mktemp("checkpoint")
            dataset = dataset_of(table_of(), targets)
            found = [trained(dataset, target, method, folder / str(at)) for at, target in enumerate(dataset.targets)]
            known[key] = Checkpoint("小项目", dataset, tuple(found))
        return known[key]

    return make


@pytest.fixture(scope="session")
def checkpoint(make_checkpoint: Make) -> Checkpoint:
    """Two targets, linear."""
    return make_checkpoint({"risk": "classification", "amount": "regression"})


@pytest.fixture(scope="session")
def assembled(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle, which nobody may change."""
    folder = tmp_path_factory.mktemp("bundles") / "小项目"
    assemble(checkpoint, folder)
    return folder


@pytest.fixture
def copied(assembled: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(assembled, tmp_path / "copy"))


@pytest.fixture
def sample(checkpoint: Checkpoint) -> Columns:
    """The test rows as a user would send them."""
    return checkpoint.dataset.cells(checkpoint.dataset.rows("test"))
