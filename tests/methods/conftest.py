"""Small problems for the tests of methods."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from modelyard.core import plugins
from modelyard.core.protocols import Array, Feature, Problem, State
from modelyard.fragments.graph import Graph

collect_ignore = ["test_network.py"] if plugins.missing(("torch",)) else []
MakeProblem = Callable[..., Problem]
Learn = Callable[..., State]


class Keen:
    """A Watch that never stops anything."""

    def step(self, done: int, total: int, **values: float) -> bool:
        return True


@pytest.fixture
def make_problem() -> MakeProblem:
    """`make_problem(task, x, y, x_valid=None, y_valid=None, codes=(), seed=0, width=1, weight=1)`; encoded y."""

    def make(task: str, x: Any, y: Any, x_valid: Any = None, y_valid: Any = None, **more: Any) -> Problem:
        x, y = np.asarray(x, np.float32), np.asarray(y)
        if task != "classification":
            y = y.astype(np.float32).reshape(len(y), -1)
        width = more.get("width", y.shape[1] if y.ndim > 1 else 1)
        classes = [f"类{number}" for number in range(max(2, width))]
        codes = more.get("codes", ())
        features = tuple(Feature(str(n), str(n), "code" if n in codes else "number") for n in range(x.shape[1]))
        x_valid = x if x_valid is None else np.asarray(x_valid, np.float32)
        weight = np.broadcast_to(np.asarray(more.get("weight", 1.0), np.float32), len(x))
        return Problem(
            task=task,
            state={"labels": classes, "mean": more.get("mean", 0.0), "scale": more.get("scale", 1.0)},
            width=width,
            features=features,
            x=x,
            y=y,
            weight=weight,
            x_valid=x_valid,
            y_valid=y if y_valid is None else np.asarray(y_valid, y.dtype).reshape(-1, *y.shape[1:]),
            weight_valid=np.ones(len(x_valid), np.float32),
            seed=more.get("seed", 0),
            threads=more.get("threads", 1),
        )

    return make


@pytest.fixture
def learn(tmp_path: Path) -> Learn:
    """`learn(method, problem, work=None, watch=None, **options)` -> report; the checkpoint is in `tmp_path / name`.

    A list of problems are folds; their checkpoints are in `tmp_path / name / "0"` and so on.
    """

    def run(
        method: str, problem: Any, work: int | None = None, watch: Any = None, name: str = "model", **chosen: Any
    ) -> State:
        module = plugins.part("methods", method, "options")
        options = module.Options(**chosen)
        folds = problem if isinstance(problem, list) else [problem]
        one = tmp_path / name
        folders = [one / str(number) for number in range(len(folds))] if isinstance(problem, list) else [one]
        for folder in folders:
            folder.mkdir(exist_ok=True, parents=True)
        units = module.work(options) if work is None else work
        report: State = plugins.part("methods", method, "fit").fit(folds, options, units, folders, watch or Keen())
        return report

    return run


@pytest.fixture
def scores(tmp_path: Path) -> Callable[..., Array]:
    """`scores(method, x)` of the checkpoint that `learn` wrote."""

    def run(method: str, x: Any, name: str = "model") -> Array:
        predictor = plugins.part("methods", method, "load").load(tmp_path / name)
        found: Array = predictor.scores(np.asarray(x, np.float32))
        return found

    return run


@pytest.fixture
def graph_scores(tmp_path: Path) -> Callable[..., Array]:
    """`graph_scores(method, x, width)`: what onnxruntime says of the same checkpoint."""

    @cache
    def session(method: str, features: int, width: int, folder: Path, written: float) -> Any:
        graph = Graph()
        view = graph.input("view", np.float32, features)
        score = plugins.part("methods", method, "export").export(graph, [folder], view)
        graph.output("score", graph.cast(score, np.float64), np.float64, width)
        return onnxruntime.InferenceSession(graph.model().SerializeToString(), providers=["CPUExecutionProvider"])

    def run(method: str, x: Any, width: int, name: str = "model") -> Array:
        x, folder = np.asarray(x, np.float32), tmp_path / name
        written = max(path.stat().st_mtime_ns for path in folder.iterdir())
        found: Array = session(method, x.shape[1], width, folder, written).run(None, {"view": x})[0]
        return found

    return run
