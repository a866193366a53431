"""Answers that rise or fall with a column: seen on the bundle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import modelyard
from modelyard.core import plugins
from modelyard.core.errors import BundleError, ProjectError
from modelyard.core.protocols import Columns, Outputs
from modelyard.core.schema import Column
from modelyard.package.monotone import refuse_violations, sweeps


@dataclass(frozen=True)
class Fake:
    """A bundle that answers with a function of its cells."""

    answer: Callable[[Columns], Outputs]

    def outputs(self, columns: Columns) -> dict[str, Outputs]:
        return {"y": self.answer(columns)}


@dataclass(frozen=True)
class Rows:
    """A dataset of one number and one yes or no."""

    way: Literal["", "up", "down"] = "up"
    x: Any = tuple(np.linspace(0.0, 10.0, 60))

    @property
    def inputs(self) -> tuple[Column, ...]:
        return Column("x", "number", monotone=self.way), Column("z", "boolean")

    @property
    def values(self) -> dict[str, Any]:
        return {"x": np.asarray(self.x, np.float64), "z": np.arange(len(self.x)) % 2.0}

    def rows(self, part: str) -> Any:
        return np.arange(len(self.x))

    def cells(self, rows: Any) -> Columns:
        return {name: values[rows] for name, values in self.values.items()}


def number(answer: Callable[[Any], Any]) -> Any:
    return Fake(lambda cells: {"value": np.asarray(answer(cells), np.float64)[:, None]})


def chance(answer: Callable[[Any], Any]) -> Any:
    def both(cells: Any) -> Any:
        yes = np.asarray(answer(cells), np.float32)
        return {"probability": np.stack([1 - yes, yes], axis=1)}

    return Fake(both)


def test_what_holds_is_told_in_a_sentence() -> None:
    dataset: Any = Rows()
    (seen,) = sweeps(number(lambda cells: cells["x"] ** 3 + cells["z"]), dataset)
    assert (seen.rows, seen.target, seen.worst) == (60, "y", 0.0) and seen.steps >= 45
    assert str(seen) == f"y never falls as x rises: held on 60 rows x {seen.steps} values, on the bundle"


def test_a_dip_in_some_rows_is_seen() -> None:
    dataset: Any = Rows()
    dip = number(lambda cells: cells["x"] - np.where((cells["z"] == 1) & (cells["x"] > 5), 1.0, 0.0))
    with pytest.raises(BundleError, match=r"columns\.x\.monotone(.|\n)*y falls somewhere as x rises"):
        refuse_violations(dip, dataset)
    refuse_violations(number(lambda cells: cells["x"]), dataset)


@pytest.mark.parametrize(("way", "sign"), [("up", 1), ("down", -1)])
def test_both_ways(way: Any, sign: int) -> None:
    dataset: Any = Rows(way)
    refuse_violations(chance(lambda cells: 0.5 + sign * 0.01 * cells["x"]), dataset)
    with pytest.raises(BundleError):
        refuse_violations(chance(lambda cells: 0.5 - sign * 0.01 * cells["x"]), dataset)


def test_rounding_is_no_fall() -> None:
    dataset: Any = Rows()
    refuse_violations(chance(lambda cells: 0.5 + 1e-7 * np.sin(1e4 * cells["x"])), dataset)
    refuse_violations(number(lambda cells: 1e9 * cells["x"] - 1e-5 * np.sin(1e4 * cells["x"])), dataset)


def test_it_looks_a_little_beyond_what_training_had() -> None:
    dataset: Any = Rows()
    with pytest.raises(BundleError):
        refuse_violations(number(lambda cells: -np.maximum(cells["x"] - 10, 0)), dataset)


def test_nothing_to_see() -> None:
    free: Any = Rows("")
    assert sweeps(number(lambda cells: -cells["x"]), free) == []
    empty: Any = Rows("up", np.full(20, np.nan))
    assert sweeps(number(lambda cells: cells["z"]), empty) == []


def test_one_value_and_two() -> None:
    for values in (np.ones(20), np.arange(20) % 2):
        dataset: Any = Rows("down", values)
        (seen,) = sweeps(number(lambda cells: -cells["x"]), dataset)
        assert seen.steps == len(np.unique(values)) and seen.worst == 0


# ------------------------------------------------------------------ whole runs
OWN = """
import numpy as np
from modelyard.core.protocols import MethodInfo
from modelyard.models import affine

INFO = MethodInfo(title=("Own", "自写"), rung=5, view="dense", needs=(), extra="", unit=("fit", "次拟合"))

def fit(problems, options, work, folders, watch):
    for problem, folder in zip(problems, folders, strict=True):
        weight = np.linalg.lstsq(problem.x, 4.0 * problem.y - 2, rcond=None)[0]
        affine.save(folder, weight[:, None].astype(np.float64), np.zeros(1))
    watch.step(1, 1)
    return {"done": 1, "best": 1, "curves": [], "notes": []}

load, export = affine.load, affine.export
"""


def table(classes: int = 2) -> dict[str, Any]:
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 260))
    labels = np.digitize(np.sin(2 * x) + z + 0.3 * random.normal(size=260), np.linspace(-0.5, 0.5, classes - 1))
    return {"x": x.tolist(), "z": z.tolist(), "y": [f"class {label}" for label in labels]}


def test_a_run_says_what_held(tmp_path: Path) -> None:
    run = modelyard.run(
        table(), "y", folder=tmp_path, train={"method": ["linear", "trees"]}, columns={"x": {"monotone": "down"}}
    )
    notes = run.report.about["notes"]
    assert any(note.startswith("y never rises as x rises: held on") for note in notes)


def test_a_method_that_does_not_keep_it_ships_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_LOCAL", {})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_line.py").write_text(OWN, "utf-8")
    with pytest.raises(BundleError, match=r"columns\.x\.monotone"):
        modelyard.run(
            table(),
            "y",
            folder=tmp_path,
            train={"method": "./own_line.py"},
            columns={"z": "number", "x": {"monotone": "down"}},
        )


def test_many_classes_have_no_up(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"columns\.x\.monotone(.|\n)*several numbers"):
        modelyard.run(table(3), "y", folder=tmp_path, train={"method": "linear"}, columns={"x": {"monotone": "up"}})
