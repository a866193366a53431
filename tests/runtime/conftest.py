"""A bundle written by hand: two modalities, a classification and a regression, weights that can be checked on paper."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.columns import as_columns
from modelyard.core.schema import Column
from modelyard.fragments.graph import Graph
from modelyard.runtime.answers import Answers
from modelyard.runtime.bundle import Bundle
from modelyard.runtime.goldens import GOLDEN
from modelyard.runtime.manifest import canonical, seal

NUMBERS = {"age": (40.0, 10.0), "income": (1000.0, 500.0)}
LEVELS = {"城市": ["北京", "上海"], "colour": ["red", "blue"]}
"""Two columns per modality; `城市` is Chinese for city, its levels are Beijing and Shanghai."""


def states_of(modality: str) -> list[dict[str, Any]]:
    """The state that each column's modality would have fitted, with means, scales and levels of our choice."""
    module = plugins.part("modalities", modality, "preprocess")
    rows = {
        "number": {name: [mean - scale, mean + scale] for name, (mean, scale) in NUMBERS.items()},
        "category": LEVELS,
    }
    options = options_of(modality)
    return [
        module.finish(module.summarise(module.parse(np.asarray(cells, object), options).values), options)
        for cells in rows[modality].values()
    ]


def options_of(modality: str) -> dict[str, Any]:
    """The modality's options with their defaults."""
    options: dict[str, Any] = plugins.part("modalities", modality, "options").Options().model_dump()
    return options


def columns_of(modality: str) -> list[dict[str, Any]]:
    """The columns of one modality as the manifest holds them."""
    names = NUMBERS if modality == "number" else LEVELS
    return [Column(name, modality, options=options_of(modality)).to_json() for name in names]


def graph_of(task: str) -> bytes:
    """A linear model on the dense view."""
    graph = Graph()
    graph.input("number", np.float64, len(NUMBERS))
    graph.input("category", object, len(LEVELS))
    views = [
        plugins.part("modalities", modality, "fragment").build(graph, modality, states_of(modality), "dense")
        for modality in ("number", "category")
    ]
    width = sum(
        len(plugins.part("modalities", modality, "preprocess").features("dense", list(names), states_of(modality)))
        for modality, names in (("number", NUMBERS), ("category", LEVELS))
    )
    weights = np.linspace(-1, 1, width, dtype=np.float32).reshape(-1, 1)
    score = graph.node("MatMul", graph.concat(views), graph.constant(weights))
    target = target_of(task)
    outputs = plugins.part("tasks", task, "fragment").build(graph, score, target["state"], target["calibration"])
    for name, tensor in outputs.items():
        graph.output(
            name, tensor, np.float32 if name == "probability" else np.float64, 2 if name == "probability" else 1
        )
    return graph.model().SerializeToString(deterministic=True)


def target_of(task: str) -> dict[str, Any]:
    """The target as the manifest holds it."""
    state = {"labels": ["好", "bad"]} if task == "classification" else {"mean": 10.0, "scale": 2.0}
    calibration = plugins.part("tasks", task, "calibrate").identity(state)
    name = "risk" if task == "classification" else "amount"
    return {
        "name": name, "columns": [name], "task": task,
        "version": plugins.part("tasks", task, "postprocess").VERSION,
        "graph": f"graphs/{task}.onnx", "outputs": ["probability" if task == "classification" else "value"],
        "state": state, "calibration": calibration, "decision": None, "method": "linear",
    }  # fmt: skip


def manifest_of(tasks: tuple[str, ...]) -> dict[str, Any]:
    """The manifest before it is sealed."""
    return {
        "name": "手写",
        "inputs": ["age", "城市", "income", "colour"],
        "blocks": [
            {
                "modality": modality,
                "version": plugins.part("modalities", modality, "preprocess").VERSION,
                "columns": columns_of(modality),
                "states": states_of(modality),
            }
            for modality in ("number", "category")
        ],
        "targets": [target_of(task) for task in tasks],
        "carried": ["id"],
        "producer": {"modelyard": "0"},
    }


ROWS = [
    {"age": 31, "income": 900.5, "城市": "北京", "colour": "red"},
    {"age": None, "income": None, "城市": None, "colour": None},
    {"age": "52", "income": 1e30, "城市": "上海", "colour": "purple"},
    {"age": -1e30, "income": 0, "城市": "😀", "colour": "blue"},
]


def record(folder: Path) -> dict[str, Any]:
    """Goldens that hold what the bundle says now."""
    bundle = Bundle.load(folder)
    outputs = bundle.outputs(as_columns(ROWS))
    answers = Answers(bundle.answer(outputs), bundle.id).rows()
    limits = {"absolute": 1e-5, "relative": 1e-5, "center": 0.0}
    return {
        "rows": ROWS,
        "outputs": {name: {part: array.tolist() for part, array in parts.items()} for name, parts in outputs.items()},
        "answers": answers,
        "tolerance": {name: dict.fromkeys(parts, limits) for name, parts in outputs.items()},
    }


def write_bundle(folder: Path, tasks: tuple[str, ...] = ("classification", "regression"), **changes: Any) -> Path:
    """Write a whole bundle; `changes` replace keys of its manifest."""
    (folder / "graphs").mkdir(parents=True)
    for task in tasks:
        (folder / "graphs" / f"{task}.onnx").write_bytes(graph_of(task))
    seal(folder, manifest_of(tasks))
    (folder / GOLDEN).write_bytes(canonical(record(folder)))
    seal(folder, {**manifest_of(tasks), **changes})
    return folder


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that nobody may change."""
    return write_bundle(tmp_path_factory.mktemp("bundles") / "手写")


@pytest.fixture(scope="session")
def bundle(sealed: Path) -> Bundle:
    """The same, loaded."""
    return Bundle.load(sealed, threads=1)


@pytest.fixture
def copied(sealed: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(sealed, tmp_path / "copy"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a bundle with other manifest keys."""
    return lambda **changes: write_bundle(tmp_path / "written", **changes)
