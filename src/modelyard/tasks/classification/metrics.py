"""Metrics of a classification. Rows without a known class (-1) are left out of every metric.

Those on decisions are about the class that is answered under the target's decision rule, and `coverage`, `error` and
`cost` about what is left to a person as well; without a rule the likeliest class is answered, and nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.measure.calibration import ece, noise
from modelyard.measure.names import Name
from modelyard.tasks.classification.options import METRICS
from modelyard.tasks.classification.postprocess import called, reviewed

Compute = Callable[[Array, Array, Array | None], score.Result]
"""(probability [rows, classes], known y [rows], weight) -> number."""
Top = Callable[[Array, Array, float, Array | None], score.Result]
"""(probability of the class [rows], boolean [rows], share, weight) -> number."""

_OF_COUNTS: dict[str, Callable[[score.Counts], Doubles]] = {
    "recall": score.recall, "precision": score.precision, "f1": score.f1, "specificity": score.specificity,
    "fpr": lambda counts: 1 - score.specificity(counts), "fnr": lambda counts: 1 - score.recall(counts),
}  # fmt: skip
_OF_RANKING: dict[str, Compute] = {
    "roc_auc": score.roc_auc, "average_precision": score.average_precision, "ks": score.ks, "gini": score.gini,
}  # fmt: skip
_OF_TOP: dict[str, Top] = {
    "lift": score.lift, "precision": score.top_precision, "recall": score.top_recall,
}  # fmt: skip
_ON_ALL = ("accuracy", "log_loss", "brier", "ece", "coverage", "cost")
_RATES = ("recall", "precision", "specificity", "fpr", "fnr")
_LOWER = ("log_loss", "brier", "ece", "fpr", "fnr", "error", "cost")


def row_loss(outputs: Outputs, y: Array, state: State) -> Doubles:
    """Log-loss of each row [rows], in nats; NaN where the class is not known."""
    losses = np.full(len(y), np.nan)
    known = y >= 0
    losses[known] = score.log_losses(outputs["probability"][known], y[known])
    return losses


def metric(name: str, state: State, decision: State | None = None) -> Metric:
    """The metric of that name; of two classes, one that could have a class means the positive one.

    Args:
        name: E.g. `recall[bad]`, `lift@10%`.
        state: Of the target.
        decision: The target's rule, for metrics on decisions and money.

    Raises:
        ProjectError: No such metric or class; the nearest is offered.
    """
    read = names.split(name, METRICS, state["labels"])
    classes = len(state["labels"])
    about = read._replace(code=1) if read.code is None and classes == 2 else read
    better: Literal["higher", "lower"] = "lower" if read.stem in _LOWER else "higher"
    of_class = read.stem in _RATES and about.code is not None and not read.share
    return Metric(
        name,
        _on_known(_compute(about, decision)),
        better,
        _bounds(read, classes),
        "rate" if of_class or read.stem in ("accuracy", "coverage", "error") else "",
        _trials(about, decision),
        (lambda outputs, y: noise(*said(outputs, y))) if read.stem == "ece" else None,
    )


def shown(state: State, decision: State | None) -> tuple[str, ...]:
    """The metrics of the score table, the most telling first."""
    binary = len(state["labels"]) == 2
    left_out = {"fpr", "fnr"}  # they say the same as specificity and recall
    left_out |= set() if decision and decision["review"] else {"coverage", "error"}
    left_out |= set() if decision and decision["costs"] else {"cost"}
    listed = [name for name in METRICS if not name.endswith("[class]") and name not in left_out]
    tops = {"lift@share": "lift@10%"} if binary else {}
    return tuple(tops.get(name, name) for name in listed if "@" not in name or name in tops)


def said(outputs: Outputs, y: Array) -> tuple[Array, Array]:
    """What reliability is about: the positive class of two, or the likeliest class of more.

    Returns:
        Its probability [known rows], and whether it was true, boolean [known rows].
    """
    return _said(outputs["probability"][y >= 0], y[y >= 0])


def _compute(name: Name, decision: State | None) -> Compute:
    """The arithmetic, for one class or for all."""
    if name.share:
        return _of_top(_OF_TOP[name.stem], name.share, name.code)
    if name.stem in _OF_RANKING:
        return _of_ranking(_OF_RANKING[name.stem], name.code)
    count = partial(_count, decision)
    if name.stem in _OF_COUNTS:
        per_class, code = _OF_COUNTS[name.stem], name.code
        if code is None:
            return lambda probability, y, weight: score.macro(per_class(c := count(probability, y, weight)), c)
        return lambda probability, y, weight: score.of_class(per_class(count(probability, y, weight)), code)
    return {
        "accuracy": lambda probability, y, weight: score.accuracy(count(probability, y, weight)),
        "balanced_accuracy": lambda probability, y, weight: score.balanced_accuracy(count(probability, y, weight)),
        "mcc": lambda probability, y, weight: score.mcc(count(probability, y, weight)),
        "log_loss": lambda probability, y, weight: score.mean(score.log_losses(probability, y), weight),
        "brier": lambda probability, y, weight: score.mean(score.brier_losses(probability, y), weight),
        "ece": lambda probability, y, weight: ece(*_said(probability, y), weight),
        "coverage": lambda probability, y, weight: score.mean(1.0 - reviewed(probability, decision), weight),
        "error": lambda probability, y, weight: _error(probability, y, weight, decision),
        "cost": lambda probability, y, weight: score.mean(row_costs(probability, y, decision), weight),
    }[name.stem]


def row_costs(probability: Array, y: Array, decision: State | None) -> Doubles:
    """What the answer to each row costs [rows], a person's look included; NaN where the rule knows no costs."""
    costs = decision and decision["costs"]
    if not costs:
        return np.full(len(y), np.nan)
    prices = np.asarray(costs["matrix"], np.float64)[y, called(probability, decision)]
    left = reviewed(probability, decision)
    return np.where(left, costs["review"] or 0.0, prices)


def _error(probability: Array, y: Array, weight: Array | None, decision: State | None) -> score.Result:
    """Share of wrong answers among those that no person looks at."""
    decided = (~reviewed(probability, decision)).astype(np.float64)
    wrong = decided * (called(probability, decision) != y)
    return score.ratio(score.mean(wrong, weight), score.mean(decided, weight))


def _of_top(
    top: Callable[[Array, Array, float, Array | None], score.Result], share: float, code: int | None
) -> Compute:
    code = 1 if code is None else code  # of more than two classes, one must be named: `check_class` sees to it
    return lambda probability, y, weight: top(probability[:, code], y == code, share, weight)


def _of_ranking(ranking: Compute, code: int | None) -> Compute:
    if code is not None:
        return lambda probability, y, weight: ranking(probability[:, code], y == code, weight)

    def mean(probability: Array, y: Array, weight: Array | None) -> score.Result:
        membership = (y[:, None] == np.arange(probability.shape[1])).astype(np.float64)
        return score.one_vs_rest(ranking, probability, membership, weight)

    return mean


def _trials(name: Name, decision: State | None) -> Callable[[Outputs, Array], int]:
    """How many rows the number rests on: of a rate its whole, else the smallest group that is told apart."""

    def trials(outputs: Outputs, y: Array) -> int:
        probability, y = outputs["probability"][y >= 0], y[y >= 0]
        if name.stem in _ON_ALL:
            return len(y)
        if name.stem == "error":
            return int((~reviewed(probability, decision)).sum())
        if name.code is None:
            return int(np.unique(y, return_counts=True)[1].min(initial=len(y)))
        if name.share and name.stem == "precision":
            return round(name.share * len(y))
        members, others = int((y == name.code).sum()), int((y != name.code).sum())
        whole = {"recall": members, "fnr": members, "specificity": others, "fpr": others}
        if name.stem == "precision":
            return int((called(probability, decision) == name.code).sum())
        return whole.get(name.stem, min(members, others))

    return trials


def _bounds(name: Name, classes: int) -> tuple[float, float]:
    special = {
        "log_loss": (0.0, np.inf), "mcc": (-1.0, 1.0), "gini": (-1.0, 1.0), "cost": (-np.inf, np.inf),
        "brier": (0.0, 1.0 if classes == 2 else 2.0), "lift": (0.0, 1 / (name.share or 1.0)),
    }  # fmt: skip
    return special.get(name.stem, (0.0, 1.0))


def _count(decision: State | None, probability: Array, y: Array, weight: Array | None) -> score.Counts:
    return score.count(called(probability, decision), y, probability.shape[1], weight)


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
