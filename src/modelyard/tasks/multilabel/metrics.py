"""Metrics of label sets. Labels that are not known (NaN) are left out of every metric.

Those on decisions are about the labels that are answered under the target's decision rule.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.tasks.multilabel.options import METRICS
from modelyard.tasks.multilabel.postprocess import called

Compute = Callable[[Array, Array, Array | None], score.Result]
"""(probability [rows, labels], y [rows, labels], weight) -> number."""

_OF_COUNTS: dict[str, Callable[[score.Counts], Doubles]] = {
    "f1": score.f1,
    "precision": score.precision,
    "recall": score.recall,
    "specificity": score.specificity,
    "fpr": lambda counts: 1 - score.specificity(counts),
    "fnr": lambda counts: 1 - score.recall(counts),
}
_OF_RANKING: dict[str, Compute] = {"roc_auc": score.roc_auc, "average_precision": score.average_precision}
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
    of_known = _compute(stem, label, decision)

    def compute(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        known = ~np.isnan(y).all(axis=1)
        weight = weight if weight is None or known.all() else weight[..., known]
        return of_known(outputs["probability"][known], y[known], weight)

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


def _compute(stem: str, label: int | None, decision: State | None) -> Compute:
    """The arithmetic, for one label or for all."""
    if stem in _OF_RANKING:
        ranking = _OF_RANKING[stem]
        if label is None:
            return lambda probability, y, weight: score.one_vs_rest(ranking, probability, y, weight)
        return lambda probability, y, weight: score.of_column(ranking, probability, y, label, weight)
    count, wrong = partial(_count, decision), partial(_wrong, decision)
    if label is not None:
        per_label = _OF_COUNTS[stem]
        if stem in ("specificity", "fpr"):  # a label that is not known is no label that is not there
            return lambda probability, y, weight: _of_known(per_label, label, decision, probability, y, weight)
        return lambda probability, y, weight: score.of_class(per_label(count(probability, y, weight)), label)
    return {
        "f1_macro": lambda probability, y, weight: score.macro(score.f1(c := count(probability, y, weight)), c),
        "f1_micro": lambda probability, y, weight: score.of_class(
            score.f1(score.micro(count(probability, y, weight))), 0
        ),
        "log_loss": lambda probability, y, weight: score.mean(score.log_losses_of_sets(probability, y), weight),
        "hamming_loss": lambda probability, y, weight: score.mean(wrong(probability, y), weight),
        "subset_accuracy": lambda probability, y, weight: score.mean(wrong(probability, y) == 0, weight),
    }[stem]


def _of_known(
    per_label: Callable[[score.Counts], Doubles],
    label: int,
    decision: State | None,
    probability: Array,
    y: Array,
    weight: Array | None,
) -> score.Result:
    known = ~np.isnan(y[:, label])
    weight = None if weight is None else weight[..., known]
    return score.of_class(per_label(_count(decision, probability[known], y[known], weight)), label)


def _trials(stem: str, label: int | None, decision: State | None) -> Callable[[Outputs, Array], int]:
    """How many rows the number rests on: of a rate its whole, else the smallest group that is told apart."""

    def trials(outputs: Outputs, y: Array) -> int:
        known = ~np.isnan(y)
        if label is None and stem not in _OF_RANKING and stem != "f1_macro":
            return int(known.any(axis=1).sum())
        columns = slice(None) if label is None else slice(label, label + 1)
        there, known = y[:, columns] == 1, known[:, columns]
        if stem == "precision":
            return int((known & called(outputs["probability"], decision)[:, columns]).sum())
        members, others = there.sum(axis=0), (known & ~there).sum(axis=0)
        whole = {"recall": members, "fnr": members, "specificity": others, "fpr": others}
        return int(whole.get(stem, np.minimum(members, others)).min())

    return trials


def _count(decision: State | None, probability: Array, y: Array, weight: Array | None) -> score.Counts:
    return score.count_sets(called(probability, decision) & ~np.isnan(y), y == 1, weight)


def _wrong(decision: State | None, probability: Array, y: Array) -> Doubles:
    return score.hamming_losses(called(probability, decision), y)
