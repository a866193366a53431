"""Metrics of label sets. Labels that are not known (NaN) are left out of every metric.

Those on decisions are about the labels that are answered under the target's decision rule, or, where the outputs carry
them as `decide.decided` gives them, those under "called" [rows, labels].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.tasks.multilabel import postprocess
from modelyard.tasks.multilabel.options import METRICS

Ranking = Callable[[Array, Array, Array | None], score.Result]
"""(probability [rows, labels], y [rows, labels], weight) -> number."""


class Said(NamedTuple):
    """What was said of rows with a known label: probabilities, and whether each label was answered [rows, labels]."""

    probability: Array
    called: Array


Compute = Callable[[Said, Array, Array | None], score.Result]
"""(what was said, y [rows, labels], weight) -> number."""

_OF_COUNTS: dict[str, Callable[[score.Counts], Doubles]] = {
    "f1": score.f1,
    "precision": score.precision,
    "recall": score.recall,
    "specificity": score.specificity,
    "fpr": lambda counts: 1 - score.specificity(counts),
    "fnr": lambda counts: 1 - score.recall(counts),
}
_OF_RANKING: dict[str, Ranking] = {"roc_auc": score.roc_auc, "average_precision": score.average_precision}
_LOWER = ("log_loss", "hamming_loss", "fpr", "fnr")
_RATES = ("subset_accuracy", "precision", "recall", "specificity", "fpr", "fnr")


def row_loss(outputs: Outputs, y: Array, state: State) -> Doubles:
    """Mean binary log-loss of each row's known labels [rows], in nats; NaN where none is known."""
    return score.log_losses_of_sets(outputs["probability"], y)


def metric(name: str, state: State, decision: State | None = None) -> Metric:
    """The metric of that name.

    Args:
        name: E.g. `f1_macro`, `recall[sport]`.
        state: Of the target.
        decision: The target's rule, for metrics on decisions.

    Raises:
        ProjectError: No such metric or label; the nearest is offered.
    """
    stem, label, _ = names.split(name, METRICS, state["labels"])
    of_known = _compute(stem, label)

    def compute(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        known = ~np.isnan(y).all(axis=1)
        weight = weight if weight is None or known.all() else weight[..., known]
        return of_known(Said(outputs["probability"][known], called(outputs, decision)[known]), y[known], weight)

    return Metric(
        name,
        compute,
        "lower" if stem in _LOWER else "higher",
        (0.0, np.inf if stem == "log_loss" else 1.0),
        "rate" if stem in _RATES else "",
        _trials(stem, label, decision),
    )


def shown(state: State, decision: State | None) -> tuple[str, ...]:
    """The metrics of the score table, the most telling first."""
    return tuple(name for name in METRICS if not name.endswith("[class]"))


def said(outputs: Outputs, y: Array) -> tuple[Array, Array]:
    """What reliability is about: all known labels of all rows in one.

    Returns:
        Their probability [labels], and whether they were there, boolean [labels].
    """
    known = ~np.isnan(y)
    return outputs["probability"][known], y[known] == 1


def called(outputs: Outputs, decision: State | None) -> Array:
    """Whether each label was answered, boolean [rows, labels]."""
    return outputs["called"] if "called" in outputs else postprocess.called(outputs["probability"], decision)


def _compute(stem: str, label: int | None) -> Compute:
    """The arithmetic, for one label or for all."""
    if stem in _OF_RANKING:
        ranking = _OF_RANKING[stem]
        if label is None:
            return lambda said, y, weight: score.one_vs_rest(ranking, said.probability, y, weight)
        return lambda said, y, weight: score.of_column(ranking, said.probability, y, label, weight)
    if label is not None:
        per_label = _OF_COUNTS[stem]
        return lambda said, y, weight: score.of_class(per_label(_count_one(said, y, weight, label)), 0)
    return {
        "f1_macro": lambda said, y, weight: score.macro(score.f1(c := _count(said, y, weight)), c),
        "f1_micro": lambda said, y, weight: score.of_class(score.f1(score.micro(_count(said, y, weight))), 0),
        "log_loss": lambda said, y, weight: score.mean(score.log_losses_of_sets(said.probability, y), weight),
        "hamming_loss": lambda said, y, weight: score.mean(score.hamming_losses(said.called, y), weight),
        "subset_accuracy": lambda said, y, weight: score.mean(score.hamming_losses(said.called, y) == 0, weight),
    }[stem]


def _trials(stem: str, label: int | None, decision: State | None) -> Callable[[Outputs, Array], int]:
    """How many rows the number rests on: of a rate its whole, else the smallest group that is told apart."""

    def trials(outputs: Outputs, y: Array) -> int:
        known = ~np.isnan(y)
        if label is None and stem not in _OF_RANKING and stem != "f1_macro":
            return int(known.any(axis=1).sum())
        columns = slice(None) if label is None else slice(label, label + 1)
        there, known = y[:, columns] == 1, known[:, columns]
        if stem == "precision":
            return int((known & called(outputs, decision)[:, columns]).sum())
        members, others = there.sum(axis=0), (known & ~there).sum(axis=0)
        whole = {"recall": members, "fnr": members, "specificity": others, "fpr": others}
        return int(whole.get(stem, np.minimum(members, others)).min())

    return trials


def _count(said: Said, y: Array, weight: Array | None) -> score.Counts:
    return score.count_sets(said.called & ~np.isnan(y), y == 1, weight)


def _count_one(said: Said, y: Array, weight: Array | None, label: int) -> score.Counts:
    """Counts of one label, over the rows where it is known."""
    known = ~np.isnan(y[:, label])
    weight = None if weight is None else weight[..., known]
    return score.count_sets(said.called[known, label : label + 1], y[known, label : label + 1] == 1, weight)
