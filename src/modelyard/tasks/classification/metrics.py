"""Metrics of a classification. Rows without a known class (-1) are left out of every metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.measure.calibration import ece, noise
from modelyard.tasks.classification.options import METRICS

Compute = Callable[[Array, Array, Array | None], score.Result]
"""(probability [rows, classes], known y [rows], weight) -> number."""

_OF_COUNTS: dict[str, Callable[[score.Counts], Doubles]] = {
    "recall": score.recall, "precision": score.precision, "f1": score.f1, "specificity": score.specificity,
}  # fmt: skip
_OF_RANKING: dict[str, Compute] = {"roc_auc": score.roc_auc, "average_precision": score.average_precision}
_LOWER = ("log_loss", "brier", "ece")


def row_loss(outputs: Outputs, y: Array, state: State) -> Doubles:
    """Log-loss of each row [rows], in nats; NaN where the class is not known."""
    losses = np.full(len(y), np.nan)
    known = y >= 0
    losses[known] = score.log_losses(outputs["probability"][known], y[known])
    return losses


def metric(name: str, state: State) -> Metric:
    """The metric of that name; of two classes, one that could have a class means the positive one.

    Raises:
        ProjectError: No such metric or class; the nearest is offered.
    """
    stem, code = names.split(name, METRICS, state["labels"])
    classes = len(state["labels"])
    about = 1 if code is None and classes == 2 else code
    better: Literal["higher", "lower"] = "lower" if stem in _LOWER else "higher"
    rate = stem == "accuracy" or (stem in ("recall", "precision", "specificity") and about is not None)
    return Metric(
        name,
        _on_known(_compute(stem, about)),
        better,
        _bounds(stem, classes),
        "rate" if rate else "",
        _trials(stem, about),
        (lambda outputs, y: noise(*said(outputs, y))) if stem == "ece" else None,
    )


def said(outputs: Outputs, y: Array) -> tuple[Array, Array]:
    """What reliability is about: the positive class of two, or the answered class of more.

    Returns:
        Its probability [known rows], and whether it was true, boolean [known rows].
    """
    return _said(outputs["probability"][y >= 0], y[y >= 0])


def _compute(stem: str, code: int | None) -> Compute:
    """The arithmetic, for one class or for all."""
    if stem in _OF_RANKING:
        return _of_ranking(_OF_RANKING[stem], code)
    if stem in _OF_COUNTS:
        per_class = _OF_COUNTS[stem]
        if code is None:
            return lambda probability, y, weight: score.macro(per_class(c := _count(probability, y, weight)), c)
        return lambda probability, y, weight: score.of_class(per_class(_count(probability, y, weight)), code)
    return {
        "accuracy": lambda probability, y, weight: score.accuracy(_count(probability, y, weight)),
        "balanced_accuracy": lambda probability, y, weight: score.balanced_accuracy(_count(probability, y, weight)),
        "mcc": lambda probability, y, weight: score.mcc(_count(probability, y, weight)),
        "log_loss": lambda probability, y, weight: score.mean(score.log_losses(probability, y), weight),
        "brier": lambda probability, y, weight: score.mean(score.brier_losses(probability, y), weight),
        "ece": lambda probability, y, weight: ece(*_said(probability, y), weight),
    }[stem]


def _of_ranking(ranking: Compute, code: int | None) -> Compute:
    if code is not None:
        return lambda probability, y, weight: ranking(probability[:, code], y == code, weight)

    def mean(probability: Array, y: Array, weight: Array | None) -> score.Result:
        membership = (y[:, None] == np.arange(probability.shape[1])).astype(np.float64)
        return score.one_vs_rest(ranking, probability, membership, weight)

    return mean


def _trials(stem: str, code: int | None) -> Callable[[Outputs, Array], int]:
    """How many rows the number rests on: of a rate its whole, else the smallest group that is told apart."""

    def trials(outputs: Outputs, y: Array) -> int:
        called, y = outputs["probability"].argmax(axis=1)[y >= 0], y[y >= 0]
        if stem in ("accuracy", "log_loss", "brier", "ece"):
            return len(y)
        if code is None:
            return int(np.unique(y, return_counts=True)[1].min(initial=len(y)))
        members = int((called == code).sum() if stem == "precision" else (y == code).sum())
        others = int((y != code).sum())
        return {"recall": members, "precision": members, "specificity": others}.get(stem, min(members, others))

    return trials


def _bounds(stem: str, classes: int) -> tuple[float, float]:
    special = {"log_loss": (0.0, np.inf), "mcc": (-1.0, 1.0), "brier": (0.0, 1.0 if classes == 2 else 2.0)}
    return special.get(stem, (0.0, 1.0))


def _count(probability: Array, y: Array, weight: Array | None) -> score.Counts:
    return score.count(probability.argmax(axis=1), y, probability.shape[1], weight)


def _said(probability: Array, y: Array) -> tuple[Array, Array]:
    if probability.shape[1] == 2:
        return probability[:, 1], y == 1
    return probability.max(axis=1), probability.argmax(axis=1) == y


def _on_known(compute: Compute) -> Callable[[Outputs, Array, Array | None], score.Result]:
    def of_outputs(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        known, probability = y >= 0, outputs["probability"]
        if known.all():
            return compute(probability, y, weight)
        return compute(probability[known], y[known], None if weight is None else weight[..., known])

    return of_outputs
