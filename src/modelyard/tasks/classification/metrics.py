"""Metrics of a classification. Rows without a known class (-1) are left out of every metric.

Those on decisions are about the class that is answered under the target's decision rule, and `coverage`, `error` and
`cost` about what is left to a person as well; without a rule the likeliest class is answered, and nothing is left.

Rows outside (`OUTSIDE`) are in the four metrics on what is turned away alone. The others are about rows of the classes,
and about the class that was found, whether or not the row was turned away; `coverage`, `error` and `cost` take rows
that were turned away as left to a person.

Outputs may carry what was decided besides, as `decide.decided` gives it: "code", "left" and "turned" [rows]. Rows that
the rule was chosen on are judged so, by rules that were chosen without them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from modelyard.core.protocols import Array, Doubles, Metric, Outputs, State
from modelyard.measure import names, score
from modelyard.measure.calibration import ece, noise
from modelyard.measure.names import Name
from modelyard.tasks.classification import postprocess
from modelyard.tasks.classification.options import METRICS
from modelyard.tasks.classification.postprocess import reviewed, turned_away
from modelyard.tasks.classification.target import OUTSIDE

Ranking = Callable[[Array, Array, Array | None], score.Result]
"""(probability of the class [rows], boolean [rows], weight) -> number."""
Top = Callable[[Array, Array, float, Array | None], score.Result]
"""(probability of the class [rows], boolean [rows], share, weight) -> number."""


class Said(NamedTuple):
    """What was said of rows whose class is known.

    Attributes:
        probability: [rows, classes].
        code: The classes that were answered [rows].
        left: Which answers a person has to confirm, or were turned away, boolean [rows].
        turned: Which rows were turned away, boolean [rows].
    """

    probability: Array
    code: Array
    left: Array
    turned: Array


Compute = Callable[[Said, Array, Array | None], score.Result]
"""(what was said, known y [rows], weight) -> number."""

_OF_COUNTS: dict[str, Callable[[score.Counts], Doubles]] = {
    "recall": score.recall, "precision": score.precision, "f1": score.f1, "specificity": score.specificity,
    "fpr": lambda counts: 1 - score.specificity(counts), "fnr": lambda counts: 1 - score.recall(counts),
}  # fmt: skip
_OF_RANKING: dict[str, Ranking] = {
    "roc_auc": score.roc_auc, "average_precision": score.average_precision, "ks": score.ks, "gini": score.gini,
}  # fmt: skip
_OF_TOP: dict[str, Top] = {
    "lift": score.lift, "precision": score.top_precision, "recall": score.top_recall,
}  # fmt: skip
_ON_ALL = ("accuracy", "log_loss", "brier", "ece", "coverage", "cost")
_RATES = ("recall", "precision", "specificity", "fpr", "fnr")
_LOWER = ("log_loss", "brier", "ece", "fpr", "fnr", "error", "cost", "in_scope_loss")
OWN = ("outside_recall", "outside_precision", "in_scope_loss", "in_scope_accuracy")
"""Those on what is turned away, by a threshold for the very model that it was chosen with."""


def row_loss(outputs: Outputs, y: Array, state: State) -> Doubles:
    """Log-loss of each row [rows], in nats; NaN where the class is not known, 0 outside: those rows choose no model."""
    classes = len(state["labels"])
    losses = np.full(len(y), np.nan)
    losses[(y == OUTSIDE) | (y == classes)] = 0.0  # as read, and as learnt
    known = (y >= 0) & (y < classes)
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
    if name in OWN:
        return _metric_on_turned(name, decision)
    read = names.split(name, METRICS, state["labels"])
    classes = len(state["labels"])
    about = read._replace(code=1) if read.code is None and classes == 2 else read
    better: Literal["higher", "lower"] = "lower" if read.stem in _LOWER else "higher"
    of_class = read.stem in _RATES and about.code is not None and not read.share
    return Metric(
        name,
        _on_known(_compute(about, decision), decision),
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
    left_out |= set() if "outside" in state else {"outside_recall", "outside_precision"}
    left_out |= set() if decision and "outside" in decision else {*OWN}
    listed = [name for name in METRICS if not name.endswith("[class]") and name not in left_out]
    tops = {"lift@share": "lift@10%"} if binary else {}
    return tuple(tops.get(name, name) for name in listed if "@" not in name or name in tops)


def said(outputs: Outputs, y: Array) -> tuple[Array, Array]:
    """What reliability is about: the positive class of two, or the likeliest class of more.

    Returns:
        Its probability [known rows], and whether it was true, boolean [known rows].
    """
    return _claimed(outputs["probability"][y >= 0], y[y >= 0])


def called(outputs: Outputs, decision: State | None) -> Array:
    """Codes of the classes that were answered [rows]."""
    return outputs["code"] if "code" in outputs else postprocess.called(outputs["probability"], decision)


def row_costs(outputs: Outputs, y: Array, decision: State | None) -> Doubles:
    """What the answer to each row costs [rows], a person's look included; NaN where the rule knows no costs."""
    return _row_costs(_said_of(outputs, decision), y, decision)


def _said_of(outputs: Outputs, decision: State | None) -> Said:
    probability = outputs["probability"]
    left = outputs["left"] if "left" in outputs else reviewed(probability, decision)
    turned = outputs["turned"] if "turned" in outputs else turned_away(outputs, decision)
    return Said(probability, called(outputs, decision), left | turned, turned)


def _metric_on_turned(name: str, decision: State | None) -> Metric:
    """A rate of rows that were turned away, or were not."""

    def counted(outputs: Outputs, y: Array) -> tuple[Array, Array]:
        """Hits, and the rows that they are a share of, boolean [rows]."""
        said = _said_of(outputs, decision)
        inside, outside = y >= 0, y == OUTSIDE
        return {
            "outside_recall": (said.turned, outside),
            "outside_precision": (outside, said.turned & (inside | outside) & outside.any()),
            "in_scope_loss": (said.turned, inside),
            "in_scope_accuracy": (~said.turned & (said.code == y), inside),
        }[name]

    def rate(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        hits, rows = counted(outputs, y)
        weight = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
        return score.ratio(weight @ (hits & rows), weight @ rows)

    def trials(outputs: Outputs, y: Array) -> int:
        return int(counted(outputs, y)[1].sum())

    better: Literal["higher", "lower"] = "lower" if name in _LOWER else "higher"
    return Metric(name, rate, better, (0.0, 1.0), "rate", trials)


def _compute(name: Name, decision: State | None) -> Compute:
    """The arithmetic, for one class or for all."""
    if name.share:
        return _of_top(_OF_TOP[name.stem], name.share, name.code)
    if name.stem in _OF_RANKING:
        return _of_ranking(_OF_RANKING[name.stem], name.code)
    if name.stem in _OF_COUNTS:
        per_class, code = _OF_COUNTS[name.stem], name.code
        if code is None:
            return lambda said, y, weight: score.macro(per_class(c := _count(said, y, weight)), c)
        return lambda said, y, weight: score.of_class(per_class(_count(said, y, weight)), code)
    return {
        "accuracy": lambda said, y, weight: score.accuracy(_count(said, y, weight)),
        "balanced_accuracy": lambda said, y, weight: score.balanced_accuracy(_count(said, y, weight)),
        "mcc": lambda said, y, weight: score.mcc(_count(said, y, weight)),
        "log_loss": lambda said, y, weight: score.mean(score.log_losses(said.probability, y), weight),
        "brier": lambda said, y, weight: score.mean(score.brier_losses(said.probability, y), weight),
        "ece": lambda said, y, weight: ece(*_claimed(said.probability, y), weight),
        "coverage": lambda said, y, weight: score.mean(1.0 - said.left, weight),
        "error": _error,
        "cost": lambda said, y, weight: score.mean(_row_costs(said, y, decision), weight),
    }[name.stem]


def _row_costs(said: Said, y: Array, decision: State | None) -> Doubles:
    costs = decision and decision["costs"]
    if not costs:
        return np.full(len(y), np.nan)
    prices = np.asarray(costs["matrix"], np.float64)[y, said.code]
    return np.where(said.left, costs["review"] or 0.0, prices)


def _error(said: Said, y: Array, weight: Array | None) -> score.Result:
    """Share of wrong answers among those that no person looks at."""
    decided = (~said.left).astype(np.float64)
    return score.ratio(score.mean(decided * (said.code != y), weight), score.mean(decided, weight))


def _of_top(top: Top, share: float, code: int | None) -> Compute:
    code = 1 if code is None else code  # of more than two classes, one must be named: `check_class` sees to it
    return lambda said, y, weight: top(said.probability[:, code], y == code, share, weight)


def _of_ranking(ranking: Ranking, code: int | None) -> Compute:
    if code is not None:
        return lambda said, y, weight: ranking(said.probability[:, code], y == code, weight)

    def mean(said: Said, y: Array, weight: Array | None) -> score.Result:
        membership = (y[:, None] == np.arange(said.probability.shape[1])).astype(np.float64)
        return score.one_vs_rest(ranking, said.probability, membership, weight)

    return mean


def _trials(name: Name, decision: State | None) -> Callable[[Outputs, Array], int]:
    """How many rows the number rests on: of a rate its whole, else the smallest group that is told apart."""

    def trials(outputs: Outputs, y: Array) -> int:
        said, y = _said_of(_of_rows(outputs, y >= 0), decision), y[y >= 0]
        if name.stem in _ON_ALL:
            return len(y)
        if name.stem == "error":
            return int((~said.left).sum())
        if name.code is None:
            return int(np.unique(y, return_counts=True)[1].min(initial=len(y)))
        if name.share and name.stem == "precision":
            return round(name.share * len(y))
        members, others = int((y == name.code).sum()), int((y != name.code).sum())
        whole = {"recall": members, "fnr": members, "specificity": others, "fpr": others}
        if name.stem == "precision":
            return int((said.code == name.code).sum())
        return whole.get(name.stem, min(members, others))

    return trials


def _bounds(name: Name, classes: int) -> tuple[float, float]:
    special = {
        "log_loss": (0.0, np.inf), "mcc": (-1.0, 1.0), "gini": (-1.0, 1.0), "cost": (-np.inf, np.inf),
        "brier": (0.0, 1.0 if classes == 2 else 2.0), "lift": (0.0, 1 / (name.share or 1.0)),
    }  # fmt: skip
    return special.get(name.stem, (0.0, 1.0))


def _count(said: Said, y: Array, weight: Array | None) -> score.Counts:
    return score.count(said.code, y, said.probability.shape[1], weight)


def _claimed(probability: Array, y: Array) -> tuple[Array, Array]:
    if probability.shape[1] == 2:
        return probability[:, 1], y == 1
    return probability.max(axis=1), probability.argmax(axis=1) == y


def _on_known(compute: Compute, decision: State | None) -> Callable[[Outputs, Array, Array | None], score.Result]:
    def of_outputs(outputs: Outputs, y: Array, weight: Array | None) -> score.Result:
        known = y >= 0
        if not known.all():
            outputs, y = _of_rows(outputs, known), y[known]
            weight = None if weight is None else weight[..., known]
        return compute(_said_of(outputs, decision), y, weight)

    return of_outputs


def _of_rows(outputs: Outputs, rows: Array) -> Outputs:
    return outputs if rows.all() else {name: values[rows] for name, values in outputs.items()}
