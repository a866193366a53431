"""A LightGBM model from elsewhere: what it wants, what it says, and its trees in ONNX."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from modelyard.core.messages import text
from modelyard.core.protocols import Doubles, Feature, Floats, Problem
from modelyard.fragments import trees as fragment
from modelyard.models import foreign, forest
from modelyard.models.foreign import Facts, Says
from modelyard.models.targets import is_number

_OBJECTIVES: dict[str, Says] = {
    "binary": "logit",
    "cross_entropy": "logit",
    "multiclass": "logit",
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), "value"),
}
_OWN_NAME = re.compile(r"Column_\d+")
_FIRST_LEVEL = 2  # codes of the raw view: 0 missing, 1 rare or unseen
_ZERO_IS_MISSING = 4  # bit of decision_type


@dataclass(frozen=True)
class Trees:
    """The Predictor of a foreign LightGBM model.

    Args:
        known: What is known of it.
        booster: LightGBM's.
        averaged: What its raw scores are still to be divided by.
    """

    known: Facts
    booster: lightgbm.Booster
    averaged: int

    def scores(self, x: Floats) -> Doubles:
        """See `core.protocols.Predictor`."""
        if not len(x):
            return np.empty((0, self.known.width))
        raw = np.asarray(self.booster.predict(_fed(x, self.known), raw_score=True, num_threads=1))
        return self.known.scores(raw.reshape(len(x), self.known.width) / self.averaged)


def load(known: Facts, content: bytes) -> Trees:
    """The model, ready to score."""
    model = content.decode("utf-8")
    return Trees(known, lightgbm.Booster(model_str=model), _averaged(model, known.width))


def export(graph: Any, view: str, known: Facts, content: bytes) -> str:
    """Add its trees; returns the name of the scores, double [rows, width]."""
    model = content.decode("utf-8")
    none_missing = np.zeros(len(known.features), np.float32)  # LightGBM's own reading of a gap it has not learnt
    settled = forest.settled(model, none_missing)
    answers = fragment.build(
        graph,
        _fed_graph(graph, view, known),
        [(settled, tuple(range(known.width)))],
        np.zeros(known.width),
        share=1 / _averaged(model, known.width),
    )
    return known.build(graph, answers)


def study(content: bytes, problem: Problem, path: str) -> Facts:
    """What is to be known of a model before it can answer for a project.

    Raises:
        ProjectError: It is no LightGBM model, wants other columns, or answers another kind of question.
    """
    try:
        model = content.decode("utf-8")
        names = lightgbm.Booster(model_str=model).feature_name()
    except (UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
        raise foreign.broken(path, error, text("methods.import_files")) from error
    head = dict(line.split("=", 1) for line in model.partition("\nTree=")[0].splitlines() if "=" in line)
    says, width = _question(head, problem, path)
    _refuse_odd_trees(model, path)
    order = _order(names, problem.features, path)
    levels = json.loads((re.findall(r"^pandas_categorical:(.*)$", model, re.MULTILINE) or ["null"])[-1])
    return foreign.facts(problem, "lightgbm", says, width, features=_codes(order, problem.features, levels, path))


def _fed(x: Floats, known: Facts) -> Floats:
    """The model's features side by side for a raw view [rows, features]."""
    columns = [
        x[:, number] if own is None else np.asarray(own, np.float32)[foreign.codes(x[:, number], len(own))]
        for number, own in known.features
    ]
    return np.column_stack(columns)


def _fed_graph(graph: Any, view: str, known: Facts) -> str:
    """The same in ONNX."""
    parts = []
    for number, own in known.features:
        column = graph.columns(view, [number])
        if own is not None:
            table = graph.constant(np.asarray(own, np.float32))
            column = graph.node("Gather", table, foreign.codes_graph(graph, column, len(own)))
        parts.append(column)
    return str(graph.concat(parts))


def _question(head: dict[str, str], problem: Problem, path: str) -> tuple[Says, int]:
    """What it says, and how many columns."""
    objective = head.get("objective", "").split()
    says = _OBJECTIVES.get(objective[0] if objective else "")
    width = int(head["num_class"])
    plain = set(objective[1:]) <= {"sigmoid:1", f"num_class:{width}"}  # the square root of a number, say, is not
    if says is None or not plain or (says == "value") != is_number(problem) or width != problem.width:
        got = text("methods.import_answers", objective=" ".join(objective) or "?", width=width)
        expected = text("methods.import_question", task=problem.task, width=problem.width)
        raise foreign.refuse(path, got, expected)
    return says, width


def _refuse_odd_trees(model: str, path: str) -> None:
    """Leaves that are linear models, and zeros that count as missing."""
    for tree in fragment.trees(model):
        kinds = fragment.numbers(tree, "decision_type", np.int64) if "decision_type" in tree else np.empty(0, np.int64)
        if tree.get("is_linear", "0") != "0" or (kinds & _ZERO_IS_MISSING).any():
            raise foreign.refuse(path, text("methods.import_odd_trees"), text("methods.import_plain_trees"))


def _order(names: Sequence[str], features: Sequence[Feature], path: str) -> list[int]:
    """The view's feature for each of the model's."""
    if all(_OWN_NAME.fullmatch(name) for name in names):
        if len(names) != len(features):
            got = text("methods.import_count", count=len(names))
            expected = text("methods.import_columns", names=foreign.columns_of(features))
            raise foreign.refuse(path, got, expected, text("methods.import_fix"))
        return list(range(len(names)))
    places = {feature.name.replace(" ", "_"): number for number, feature in enumerate(features)}
    missing = [name for name in names if name not in places]
    if missing:
        raise foreign.unlike(path, missing, features)
    return [places[name] for name in names]


def _codes(
    order: Sequence[int], features: Sequence[Feature], levels: list[list[Any]] | None, path: str
) -> tuple[tuple[int, tuple[float, ...] | None], ...]:
    """The inputs with the model's own codes, where it was trained on a pandas table."""
    of_texts = [number for number in order if features[number].kind == "code"]
    if not levels:
        return tuple((number, None) for number in order)
    if len(levels) != len(of_texts):
        got = text("methods.import_categories", count=len(levels))
        names = ", ".join(features[number].name for number in of_texts)
        raise foreign.refuse(path, got, text("methods.import_columns", names=names), text("methods.import_fix"))
    own = {number: _renamed(features[number].levels, known) for number, known in zip(of_texts, levels, strict=True)}
    return tuple((number, own.get(number)) for number in order)


def _renamed(levels: Sequence[str], known: Sequence[Any]) -> tuple[float, ...]:
    """The project's codes -> pandas' codes; -1 is what pandas says of a text that it does not know."""
    places = {str(level): float(number) for number, level in enumerate(known)}
    return tuple([-1.0] * _FIRST_LEVEL + [places.get(level, -1.0) for level in levels])


def _averaged(model: str, width: int) -> int:
    """How many rounds a random forest's sums are divided by; 1 for boosted trees."""
    head = model.partition("\nTree=")[0].splitlines()
    return sum(1 for _ in fragment.trees(model)) // width if "average_output" in head else 1
