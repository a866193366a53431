"""Choosing a decision rule on held-out rows: the threshold, or the certainty, that keeps what was asked for.

A *bound* is a rate with a number to keep, `fpr <= 0.05`. Of all thresholds at which every bound holds on the held-out
rows, the one is taken that leaves the smallest margin largest, in standard errors: it is the likeliest to hold on new
rows too. Where there is none, the conditions come first, beyond noise if any threshold reaches that, and the goals get
as near as they can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

from modelyard.core.protocols import Array, Doubles
from modelyard.measure.score import ratio

APART = 1e-6
"""Scores nearer to each other than this share a side of every threshold: the same row must not change it with the
batch it comes in."""

Rate = tuple[Doubles, Doubles]
"""Hits and trials at each threshold."""
Standing = Literal["held", "measured", "missed"]


@dataclass(frozen=True)
class Bound:
    """A rate that the rule has to keep.

    Args:
        metric: Name of the rate.
        more: Whether it has to be at least `value`, else at most.
        value: The number, 0 to 1.
        condition: It comes before the goals, which give way where not everything can be had.
    """

    metric: str
    more: bool
    value: float
    condition: bool = False


class Choice(NamedTuple):
    """What was chosen.

    Attributes:
        threshold: Scores from here on are taken.
        standing: "held" when every bound holds beyond noise on the held-out rows, "measured" when it holds as
            measured, "missed" when no threshold keeps all bounds.
        margin: The smallest margin of a bound, in standard errors; below 0 it is not kept.
    """

    threshold: float
    standing: Standing
    margin: float


def thresholds(score: Array) -> Doubles:
    """Every threshold that tells the rows apart in another way, rising: amid neighbouring scores, and beyond the ends.

    Args:
        score: Probabilities [rows].
    """
    values = np.unique(np.asarray(score, np.float64))
    if not len(values):
        return np.zeros(1)
    gap = np.diff(values)
    middles = values[:-1][gap >= APART] + gap[gap >= APART] / 2
    last = (values[-1] + 1) / 2 if values[-1] <= 1 - 2 * APART else 1 + APART
    return np.asarray([0.0, *middles, last], np.float64)


def class_rates(score: Array, positive: Array, at: Doubles) -> dict[str, Rate]:
    """Rates of calling a row positive when its score reaches a threshold, at each threshold.

    Args:
        score: Probability of the class [rows].
        positive: Whether the row is of the class, boolean [rows].
        at: Thresholds, rising.

    Returns:
        recall, fnr, fpr, specificity, precision; and `other_...` the same as seen from the other side.
    """
    up, down = np.sort(score[positive].astype(np.float64)), np.sort(score[~positive].astype(np.float64))
    missed, spared = (np.searchsorted(side, at, "left").astype(np.float64) for side in (up, down))
    found, false = len(up) - missed, len(down) - spared
    ups, downs = np.full(len(at), float(len(up))), np.full(len(at), float(len(down)))
    own = _five(found, missed, false, spared, ups, downs)
    other = _five(spared, false, missed, found, downs, ups)
    return own | {f"other_{name}": rate for name, rate in other.items()}


def certainty_rates(certainty: Array, right: Array, at: Doubles) -> dict[str, Rate]:
    """`coverage` and `error` of answering only where the certainty reaches a threshold, at each threshold.

    Args:
        certainty: Probability of the answer [rows].
        right: Whether the answer is right, boolean [rows].
        at: Thresholds, rising.
    """
    every, wrong = np.sort(certainty.astype(np.float64)), np.sort(certainty[~right].astype(np.float64))
    decided = len(every) - np.searchsorted(every, at, "left").astype(np.float64)
    missed = len(wrong) - np.searchsorted(wrong, at, "left").astype(np.float64)
    return {"coverage": (decided, np.full(len(at), float(len(every)))), "error": (missed, decided)}


def choose(rates: Mapping[str, Rate], bounds: Sequence[Bound], at: Doubles, confidence: float = 0.95) -> Choice:
    """The threshold that keeps some bounds.

    Args:
        rates: At each threshold.
        bounds: At least one.
        at: Thresholds.
        confidence: One-sided, of what is called beyond noise.
    """
    beyond = NormalDist().inv_cdf(confidence)
    margins = {bound: _margin(rates[bound.metric], bound) for bound in bounds}
    first = _least([margins[bound] for bound in bounds if bound.condition], len(at))
    then = _least([margins[bound] for bound in bounds if not bound.condition], len(at))
    both = np.minimum(first, then)
    if (both >= 0).any():
        place = int(np.argmax(both))
        return Choice(float(at[place]), "held" if both[place] >= beyond else "measured", float(both[place]))
    for enough in (beyond, 0.0):
        if (first >= enough).any():
            place = int(np.argmax(np.where(first >= enough, then, -np.inf)))
            return Choice(float(at[place]), "missed", float(both[place]))
    place = int(np.argmax(first))
    return Choice(float(at[place]), "missed", float(both[place]))


def best(score: Array, positive: Array, metric: str) -> float:
    """The threshold at which a balance of both kinds of mistakes is best; of equals the one nearest to 0.5.

    Args:
        score: Probability of the class [rows].
        positive: Whether the row is of the class, boolean [rows].
        metric: `f1`, `balanced_accuracy` or `mcc`.
    """
    at = thresholds(score)
    found, false = (rate[0] for rate in _found_and_false(score, positive, at))
    ups, downs = float(positive.sum()), float((~positive).sum())
    value = np.nan_to_num(BALANCES[metric](found, false, ups, downs), nan=-np.inf)
    ties = at[value >= value.max() - 1e-12]
    return float(ties[np.argmin(np.abs(ties - 0.5))])


def best_together(scores: Array, y: Array) -> float:
    """The one threshold for all labels at which F1 over all decisions together (micro) is best.

    Args:
        scores: Probabilities [rows, labels].
        y: 0, 1 or NaN [rows, labels].
    """
    known = ~np.isnan(y)
    return best(scores[known], y[known] == 1, "f1")


# -------------------------------------------------------------------- private
def _f1(found: Doubles, false: Doubles, ups: float, downs: float) -> Doubles:
    return np.asarray(ratio(2 * found, found + false + ups), np.float64)


def _balanced_accuracy(found: Doubles, false: Doubles, ups: float, downs: float) -> Doubles:
    return np.asarray((ratio(found, ups) + ratio(downs - false, downs)) / 2, np.float64)


def _mcc(found: Doubles, false: Doubles, ups: float, downs: float) -> Doubles:
    called, rows = found + false, ups + downs
    return np.asarray(ratio(found * rows - called * ups, np.sqrt(called * (rows - called) * ups * downs)), np.float64)


BALANCES: dict[str, Callable[[Doubles, Doubles, float, float], Doubles]] = {
    "f1": _f1, "balanced_accuracy": _balanced_accuracy, "mcc": _mcc,
}  # fmt: skip


def _found_and_false(score: Array, positive: Array, at: Doubles) -> tuple[Rate, Rate]:
    rates = class_rates(score, positive, at)
    return rates["recall"], rates["fpr"]


def _five(
    found: Doubles, missed: Doubles, false: Doubles, spared: Doubles, ups: Doubles, downs: Doubles
) -> dict[str, Rate]:
    return {
        "recall": (found, ups), "fnr": (missed, ups), "fpr": (false, downs), "specificity": (spared, downs),
        "precision": (found, found + false),
    }  # fmt: skip


def _margin(rate: Rate, bound: Bound) -> Doubles:
    """How far a rate is on the good side of its bound, in standard errors of the bound (the score test)."""
    hits, trials = rate
    value = ratio(hits, trials)
    inside = np.clip(bound.value, 1 / (2 * np.maximum(trials, 1)), 1 - 1 / (2 * np.maximum(trials, 1)))
    error = np.sqrt(inside * (1 - inside) / np.maximum(trials, 1))
    distance = (value - bound.value) if bound.more else (bound.value - value)
    return np.asarray(np.where(np.isnan(value), -np.inf, distance / error), np.float64)


def _least(margins: Sequence[Doubles], places: int) -> Doubles:
    return np.asarray(np.min(margins, axis=0), np.float64) if margins else np.full(places, np.inf)
