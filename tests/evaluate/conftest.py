"""A bundle that is a function: the evaluation sees nothing but answers, so it needs no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages, plugins
from modelyard.core.columns import as_columns, take
from modelyard.core.goal_checks import validate
from modelyard.core.goals import parse
from modelyard.core.protocols import Array, Columns, Outputs
from modelyard.core.report import Report
from modelyard.core.schema import Column
from modelyard.evaluate.evaluate import Request, evaluate


@dataclass
class FunctionBundle:
    """What `evaluate` needs of a bundle; `functions` answers the outputs of each target."""

    path: Path
    inputs: tuple[Column, ...]
    targets: tuple[dict[str, Any], ...]
    functions: dict[str, Callable[[Columns], Outputs]]
    name: str = "demo"
    id: str = "ab" * 32
    manifest: dict[str, Any] = field(default_factory=lambda: {"carried": [], "layout": {}})
    rows_read: int = 0
    encodes: int = 0
    encodes_again: int = 0

    def outputs(self, columns: Columns) -> dict[str, Outputs]:
        assert all(column.name in columns for column in self.inputs)
        self.rows_read += len(next(iter(columns.values())))
        return {name: function(columns) for name, function in self.functions.items()}

    def again(self) -> Callable[[Columns], dict[str, Outputs]]:
        return self.outputs

    def answer(self, outputs: dict[str, Outputs]) -> dict[str, dict[str, Any]]:
        return {
            entry["name"]: plugins.part("tasks", entry["task"], "postprocess").answer(
                outputs[entry["name"]], entry["state"], entry["calibration"], entry["decision"]
            )
            for entry in self.targets
        }

    def predict(self, data: Any) -> dict[str, dict[str, Any]]:
        return self.answer(self.outputs(as_columns([data] if "x" not in data or np.isscalar(data["x"]) else data)))


def entry_of(
    name: str, task: str, state: dict[str, Any], columns: tuple[str, ...] = (), **calibration: Any
) -> dict[str, Any]:
    """A target as a manifest has it."""
    given = {"slope": [1.0], "offset": [0.0], "conformal": None, "confidence": 0.9, **calibration}
    return {
        "name": name, "columns": list(columns or (name,)), "task": task, "state": state, "calibration": given,
        "method": "linear", "decision": None,
    }  # fmt: skip


def two_class(logit: Array) -> Outputs:
    """Probabilities of two classes."""
    positive = 1 / (1 + np.exp(-np.asarray(logit, float)))
    return {"probability": np.stack([1 - positive, positive], axis=1).astype(np.float32)}


def risk_table(rows: int, seed: int = 0, labels: tuple[str, str] = ("good", "bad")) -> Columns:
    """`x` and `z` are normal, `group` is a category, `risk` depends on x and, in group b, on nothing."""
    random = np.random.default_rng(seed)
    x, z = random.normal(size=(2, rows))
    group = np.asarray(["a", "b", "c"], object)[random.integers(0, 3, rows)]
    chance = 1 / (1 + np.exp(-np.where(group == "b", 0.0, 2.5 * x)))
    bad = random.random(rows) < chance
    risk = np.asarray([labels[int(flag)] for flag in bad], object)
    return {"x": x, "z": z, "group": group, "risk": risk, "sex": np.asarray(["女", "男"] * rows, object)[:rows]}


def risk_bundle(folder: Path, labels: tuple[str, str] = ("good", "bad")) -> FunctionBundle:
    """Knows how x decides on risk."""
    (folder / "graphs").mkdir(parents=True, exist_ok=True)
    (folder / "graphs" / "0.onnx").write_bytes(b"0" * 250_000)
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "report.html").write_bytes(b"0" * 999_999)
    inputs = (Column("x", "number"), Column("z", "number"), Column("group", "category"))
    state = {"labels": list(labels), "positive": 1}
    target = entry_of("risk", "classification", state, conformal=0.3)
    return FunctionBundle(folder, inputs, (target,), {"risk": lambda columns: two_class(2.5 * columns["x"])})


def request_of(**changes: Any) -> Request:
    """A request without anything special."""
    given: dict[str, Any] = {
        "goals": (), "slices": (), "seed": 0, "held_out": True, "baselines": {}, "ladder": {}, "about": {},
    }  # fmt: skip
    return Request(**{**given, **changes})


def number_bundle(folder: Path, half: float | None = 1.7) -> tuple[FunctionBundle, Columns]:
    """Knows that price is three times x, give or take 1."""
    random = np.random.default_rng(3)
    x, z = random.normal(size=(2, 800))
    folder.mkdir(exist_ok=True)
    entry = entry_of("price", "regression", {"decimal": "point", "mean": 0.0, "scale": 3.0}, conformal=half)
    inputs = (Column("x", "number"), Column("z", "number"))
    bundle = FunctionBundle(folder, inputs, (entry,), {"price": lambda columns: {"value": 3 * columns["x"]}})
    return bundle, {"x": x, "z": z, "price": 3 * x + random.normal(size=800)}


def label_bundle(folder: Path) -> tuple[FunctionBundle, Columns]:
    """Three labels, each as likely as the bundle says; some cells are not known."""

    def outputs(columns: Columns) -> Outputs:
        chance = 1 / (1 + np.exp(-3 * np.stack([columns["x"], columns["z"], -columns["x"]], axis=1)))
        return {"probability": chance.astype(np.float32)}

    table = risk_table(500)
    chance = outputs(table)["probability"]
    drawn = np.random.default_rng(0).random(chance.shape) < chance
    table |= {name: drawn[:, place].astype(float) for place, name in enumerate(("p", "q", "四"))}
    table["q"][:10] = np.nan
    state = {"labels": ["p", "q", "四"], "listed": False, "separator": ";"}
    entry = entry_of("p+q+四", "multilabel", state, ("p", "q", "四"))
    folder.mkdir(exist_ok=True)
    return FunctionBundle(folder, (Column("x", "number"), Column("z", "number")), (entry,), {"p+q+四": outputs}), table


STEPS: list[dict[str, Any]] = [
    {"method": "naive", "title": "Guess", "loss": 0.69, "gain": None, "low": None, "high": None, "beats": None},
    {
        "method": "linear", "title": "Line", "over": "Guess", "loss": 0.5, "gain": 0.19, "low": 0.1, "high": 0.3,
        "beats": True, "work": 4, "notes": ["stopped"],
        "curves": [{"step": 1, "train_loss": 0.7}, {"step": 2, "train_loss": 0.5}],
    },
    {"method": "trees", "skipped": ("report.no_rows", {})},
]  # fmt: skip


def goals_of(*lines: str, **tasks: str) -> tuple[Any, ...]:
    return tuple(validate(parse(line, "here"), tasks or {"risk": "classification"}) for line in lines)


RULE: dict[str, Any] = {
    "answer": "threshold", "code": 1, "class": "bad", "threshold": 0.35, "rows": 900, "words": ["<b>", "no", "look"],
    "costs": {"currency": "CNY", "matrix": [[0.0, 1000.0], [4000.0, 0.0]], "review": 300.0},
    "chosen": {"by": "goals", "goals": ["recall[bad] >= 0.7 at fpr <= 0.4"], "standing": "measured", "margin": 0.5},
    "review": "confidence", "confidence": 0.7,
    "review_chosen": {"goals": ["coverage >= 0.5 at error <= 0.2"], "standing": "held", "margin": 3.0},
}  # fmt: skip


def many_bundle(folder: Path) -> tuple[FunctionBundle, Columns]:
    """Forty classes, seven of ten rows answered right."""
    labels = [f"类{number:02}" for number in range(40)]
    random = np.random.default_rng(0)
    truth = random.integers(0, 40, 1_200)
    said = np.where(random.random(1_200) < 0.7, truth, random.integers(0, 40, 1_200))

    def outputs(columns: Columns) -> Outputs:
        return {"probability": (0.02 + 0.2 * (columns["x"][:, None] == np.arange(40))).astype(np.float32)}

    entry = entry_of("kind", "classification", {"labels": labels, "positive": None})
    folder.mkdir(exist_ok=True)
    bundle = FunctionBundle(folder, (Column("x", "number"),), (entry,), {"kind": outputs}, "多类")
    return bundle, {"x": said.astype(float), "kind": np.asarray(labels, object)[truth]}


def reports_of(folder: Path) -> dict[str, Report]:
    """One report of every kind, with everything that it can hold."""
    table, about = risk_table(600), {
        "source": "数据.csv", "rows": {"train": 900, "test": 600}, "seconds": 3.25, "seed": 0,
        "notes": ["a <b>note</b>"], "libraries": {"numpy": "2.4"}, "stopped": [], "plan": {"risk": []},
    }  # fmt: skip
    weak = {"risk": {"naive": two_class(np.zeros(600)), "linear": two_class(0.3 * table["x"] + table["z"])}}
    goals = goals_of("roc_auc >= 0.6", "recall[bad] >= 0.99", "accuracy >= 0.7", "bundle_mb <= 10")
    full = request_of(goals=goals, baselines=weak, ladder={"risk": STEPS}, about=about, protected=("sex",))
    price = request_of(baselines={"price": {"naive": {"value": np.zeros(800)}}}, slices=("z",))
    risk = risk_bundle(folder / "risk")
    number, prices = number_bundle(folder / "price")
    labels, sets = label_bundle(folder / "labels")
    odd = ("<script>alert(1)</script>", "坏 | *x*")
    decided = risk_bundle(folder / "decided", odd)
    decided = replace(decided, targets=({**decided.targets[0], "decision": {**RULE, "class": odd[1]}},))
    asked = goals_of(f'recall["{odd[1]}"] >= 0.7 at fpr <= 0.4', "roc_auc[group = *] >= 0.6", "cost <= 500 CNY")
    return {
        "classes": evaluate(risk, table, full),
        "numbers": evaluate(number, prices, price),
        "labels": evaluate(labels, sets, request_of()),
        "unmeasured": evaluate(risk, take(table, slice(0, 12)), request_of(held_out=False, goals=goals)),
        "few": evaluate(risk, take(table, slice(0, 40)), request_of()),
        "empty": evaluate(risk, take(table, slice(0, 0)), request_of(goals=goals)),
        "many": evaluate(*many_bundle(folder / "many"), request_of(split="三月.csv")),
        "decided": evaluate(decided, risk_table(300, labels=odd), request_of(goals=asked)),
        "odd": evaluate(risk_bundle(folder / "odd", odd), risk_table(200, labels=odd), request_of()),
    }


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    messages.use("en")
    return reports_of(tmp_path_factory.mktemp("reports"))


@pytest.fixture
def bundle(tmp_path: Path) -> FunctionBundle:
    return risk_bundle(tmp_path / "bundle")


@pytest.fixture
def table() -> Columns:
    return risk_table(600)


class Stand:
    """The helpers above, for test modules: they cannot import each other."""

    FunctionBundle = FunctionBundle
    entry_of = staticmethod(entry_of)
    two_class = staticmethod(two_class)
    risk_table = staticmethod(risk_table)
    risk_bundle = staticmethod(risk_bundle)
    request_of = staticmethod(request_of)
    number_bundle = staticmethod(number_bundle)
    label_bundle = staticmethod(label_bundle)
    goals_of = staticmethod(goals_of)
    STEPS = STEPS


@pytest.fixture
def stand() -> type[Stand]:
    return Stand
