"""Every metric, as plain functions over arrays.

`weight` is None (each row counts once), [rows], or [resamples, rows] to score many resamples in one pass; a weight of
k means that the row stands there k times. The result has the weight's leading shape: a number, or [resamples] numbers.
What is not defined (one class only, no rows) is NaN, never an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from modelyard.core.protocols import Array, Doubles

Result = Any
"""float, or Doubles [resamples] where the weight is [resamples, rows]."""


def mean(values: Array, weight: Array | None = None) -> Result:
    """Mean of values [rows]."""
    weight = _weights(weight, len(values))
    return ratio(weight @ values, weight.sum(-1))


def ratio(part: Result, whole: Result) -> Result:
    """part / whole, elementwise; NaN where the whole is not above 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)[()]


# ------------------------------------------------------------------- ranking
def roc_auc(score: Array, positive: Array, weight: Array | None = None) -> Result:
    """Area under the ROC curve: how often a positive row scores above a negative one, a tie counting half.

    Source: Hanley and McNeil 1982 (the Mann-Whitney statistic).

    Args:
        score: Higher means rather positive [rows].
        positive: Boolean [rows].
        weight: None, [rows] or [resamples, rows].
    """
    up, down = _side(score, positive, weight), _side(score, ~positive, weight)
    below = (down.reached(up.score, "left") + down.reached(up.score, "right")) / 2
    return ratio(np.einsum("...i,...i->...", up.weight, below), up.total * down.total)


def average_precision(score: Array, positive: Array, weight: Array | None = None) -> Result:
    """Precision averaged over the steps of recall, without interpolation; arguments as of `roc_auc`."""
    up, down = _side(score, positive, weight), _side(score, ~positive, weight)
    found = up.total[..., None] - up.reached(up.score, "left")
    called = found + down.total[..., None] - down.reached(up.score, "left")
    return ratio(np.einsum("...i,...i->...", up.weight, np.nan_to_num(ratio(found, called))), up.total)


def gini(score: Array, positive: Array, weight: Array | None = None) -> Result:
    """Gini coefficient of a ranking, 2 * ROC-AUC - 1: 0 is guessing; arguments as of `roc_auc`."""
    return 2 * roc_auc(score, positive, weight) - 1


def ks(score: Array, positive: Array, weight: Array | None = None) -> Result:
    """Largest distance between the share of positive and of negative rows at or above a score (Kolmogorov-Smirnov).

    It is signed: a ranking that is upside down gets 0, not the distance of its reverse. Arguments as of `roc_auc`.
    """
    up, down = _side(score, positive, weight), _side(score, ~positive, weight)
    places = np.unique(score)
    missed = np.nan_to_num(ratio(up.reached(places, "left"), up.total[..., None]))
    spared = np.nan_to_num(ratio(down.reached(places, "left"), down.total[..., None]))
    largest = (spared - missed).max(axis=-1, initial=0.0)
    return np.where(up.total * down.total > 0, largest, np.nan)[()]


class Top(NamedTuple):
    """The share of the rows that score highest; where a tie is cut, its rows count in part.

    Attributes:
        hits: Weight of the positive rows among them [...].
        rows: Weight of all rows among them.
        positive: Weight of all positive rows.
        total: Weight of all rows.
    """

    hits: Result
    rows: Result
    positive: Result
    total: Result


def top(score: Array, positive: Array, share: float, weight: Array | None = None) -> Top:
    """Count the positive rows among those that score highest.

    Args:
        score: Higher means rather positive [rows].
        positive: Boolean [rows].
        share: Of the rows, 0 to 1.
        weight: None, [rows] or [resamples, rows].
    """
    weight = _weights(weight, len(score))
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=np.nan) != 0)
    rows, hits = (_reached(each[..., order], ends) for each in (weight, weight * positive))
    cut = [
        np.interp(share * n[-1], n, found) for n, found in zip(np.atleast_2d(rows), np.atleast_2d(hits), strict=True)
    ]
    return Top(np.reshape(cut, rows.shape[:-1])[()], share * rows[..., -1], hits[..., -1], rows[..., -1])


def top_precision(score: Array, positive: Array, share: float, weight: Array | None = None) -> Result:
    """Of the rows that score highest, the share that are positive; arguments as of `top`."""
    found = top(score, positive, share, weight)
    return ratio(found.hits, found.rows)


def top_recall(score: Array, positive: Array, share: float, weight: Array | None = None) -> Result:
    """Of the positive rows, the share that is among those that score highest; arguments as of `top`."""
    found = top(score, positive, share, weight)
    return ratio(found.hits, found.positive)


def lift(score: Array, positive: Array, share: float, weight: Array | None = None) -> Result:
    """How many times more positive rows there are among those that score highest; arguments as of `top`."""
    found = top(score, positive, share, weight)
    return ratio(ratio(found.hits, found.rows), ratio(found.positive, found.total))


def one_vs_rest(
    metric: Callable[[Array, Array, Array | None], Result],
    scores: Array,
    y: Array,
    weight: Array | None = None,
) -> Result:
    """Mean of a metric over columns, leaving out those for which it is not defined.

    Args:
        metric: `roc_auc` or `average_precision`.
        scores: One column per class or label [rows, classes].
        y: 0 and 1 [rows, classes]; a cell with NaN is left out.
        weight: None, [rows] or [resamples, rows].
    """
    columns = range(scores.shape[1])
    return _mean_of_defined(np.stack([of_column(metric, scores, y, c, weight) for c in columns], axis=-1))


def of_column(
    metric: Callable[[Array, Array, Array | None], Result],
    scores: Array,
    y: Array,
    column: int,
    weight: Array | None = None,
) -> Result:
    """A metric of one column, over the rows where y is known there; arguments as of `one_vs_rest`."""
    known = ~np.isnan(y[:, column])
    if not known.all():
        weight = None if weight is None else weight[..., known]
    return metric(scores[known, column], y[known, column] == 1, weight)


# ----------------------------------------------------------------- decisions
class Counts(NamedTuple):
    """Summed weights of rows, per class [..., classes].

    Attributes:
        hits: Rows of the class that were called so.
        called: Rows that were called so.
        actual: Rows of the class.
        rows: All rows [..., 1].
    """

    hits: Doubles
    called: Doubles
    actual: Doubles
    rows: Doubles


def count(called: Array, y: Array, classes: int, weight: Array | None = None) -> Counts:
    """Count decisions for one class per row; `called` and `y` are codes [rows]."""
    weight = _weights(weight, len(y))
    pairs, inverse = np.unique(y.astype(np.int64) * classes + called, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(pairs)))
    sums = np.add.reduceat(weight[..., order], starts, axis=-1)
    of_y, of_called = pairs // classes, pairs % classes
    hits, by_call, by_class = (np.zeros((*weight.shape[:-1], classes)) for _ in range(3))
    hits[..., of_y[of_y == of_called]] = sums[..., of_y == of_called]
    np.add.at(by_call.T, of_called, sums.T)
    np.add.at(by_class.T, of_y, sums.T)
    return Counts(hits, by_call, by_class, weight.sum(-1, keepdims=True))


def count_sets(called: Array, y: Array, weight: Array | None = None) -> Counts:
    """Count decisions for any number of labels per row; `called` and `y` are boolean [rows, labels]."""
    weight = _weights(weight, len(y))
    hits, by_call, by_label = (weight @ each.astype(np.float64) for each in (called & y, called, y))
    return Counts(hits, by_call, by_label, weight.sum(-1, keepdims=True))


def confusion(called: Array, y: Array, classes: int) -> Array:
    """Rows of each class (first axis) that were called each class (second axis): int64 [classes, classes]."""
    cells = np.bincount(y.astype(np.int64) * classes + called, minlength=classes * classes)
    return cells.reshape(classes, classes)


def recall(counts: Counts) -> Doubles:
    """Per class: the share of its rows that were found."""
    return _array(ratio(counts.hits, counts.actual))


def precision(counts: Counts) -> Doubles:
    """Per class: the share of the rows called so that are so."""
    return _array(ratio(counts.hits, counts.called))


def specificity(counts: Counts) -> Doubles:
    """Per class: the share of the other rows that were not called so."""
    others = counts.rows - counts.actual
    return _array(ratio(others - counts.called + counts.hits, others))


def f1(counts: Counts) -> Doubles:
    """Per class: the harmonic mean of precision and recall."""
    return _array(ratio(2 * counts.hits, counts.called + counts.actual))


def of_class(values: Doubles, code: int) -> Result:
    """The value of one class."""
    return values[..., code][()]


def macro(values: Doubles, counts: Counts) -> Result:
    """Mean over the classes that occur or were called, as in scikit-learn: what is not defined for one counts as 0."""
    occurs = counts.actual + counts.called > 0
    return ratio(np.where(occurs, np.nan_to_num(values), 0).sum(-1), occurs.sum(-1))


def micro(counts: Counts) -> Counts:
    """All classes poured into one [..., 1]."""
    return Counts(*(part.sum(-1, keepdims=True) for part in counts))


def accuracy(counts: Counts) -> Result:
    """Share of rows called right."""
    return ratio(counts.hits.sum(-1), counts.rows[..., 0])


def balanced_accuracy(counts: Counts) -> Result:
    """Mean recall of the classes that occur."""
    return _mean_of_defined(recall(counts))


def mcc(counts: Counts) -> Result:
    """Matthews correlation of decisions and classes; 0 for a constant decision, NaN where only one class occurs.

    Source: Gorodkin 2004, which reduces to Matthews 1975 for two classes.
    """
    rows = counts.rows[..., 0]
    covariance = counts.hits.sum(-1) * rows - (counts.called * counts.actual).sum(-1)
    of_calls = rows**2 - (counts.called**2).sum(-1)
    of_classes = rows**2 - (counts.actual**2).sum(-1)
    defined = ratio(covariance, np.sqrt(of_calls * of_classes))
    return np.where((of_calls == 0) & (of_classes > 0), 0.0, defined)[()]


# ------------------------------------------------------------- probabilities
def log_losses(probability: Array, y: Array) -> Doubles:
    """Minus the log of what the true class was given, per row [rows]; `probability` [rows, classes], `y` codes."""
    return -_safe_log(probability[np.arange(len(y)), y])


def log_losses_of_sets(probability: Array, y: Array) -> Doubles:
    """Mean binary log-loss of the labels that are known, per row [rows]; `y` is 0, 1 or NaN [rows, labels]."""
    known = ~np.isnan(y)
    losses = -_safe_log(np.where(y == 1, probability, 1 - probability))
    return _array(ratio(np.where(known, losses, 0.0).sum(axis=1), known.sum(axis=1)))


def brier_losses(probability: Array, y: Array) -> Doubles:
    """Squared distance to the truth, per row [rows]: 0 to 1 for two classes, 0 to 2 for more, as in scikit-learn.

    Source: Brier 1950.
    """
    classes = probability.shape[1]
    distance = probability.astype(np.float64) - (y[:, None] == np.arange(classes))
    return _array((distance**2).sum(axis=1) * (0.5 if classes == 2 else 1.0))


def hamming_losses(called: Array, y: Array) -> Doubles:
    """Share of wrong labels among those that are known, per row [rows]; `called` boolean, `y` 0, 1 or NaN."""
    known = ~np.isnan(y)
    wrong = known & (called != (y == 1))
    return _array(ratio(wrong.sum(axis=1), known.sum(axis=1)))


# ------------------------------------------------------------------- numbers
def rmse(value: Array, y: Array, weight: Array | None = None) -> Result:
    """Root of the mean squared error, in the unit of y."""
    return np.sqrt(mean((value - y) ** 2, weight))


def mae(value: Array, y: Array, weight: Array | None = None) -> Result:
    """Mean absolute error, in the unit of y."""
    return mean(np.abs(value - y), weight)


def r2(value: Array, y: Array, weight: Array | None = None) -> Result:
    """Share of the variance of y that is explained; NaN where y does not vary."""
    weight = _weights(weight, len(y))
    rows = weight.sum(-1)
    centred = y - (y.mean() if len(y) else 0.0)
    squares = weight @ centred**2
    spread = squares - np.nan_to_num(ratio((weight @ centred) ** 2, rows))
    # A resample of one value leaves only rounding, which is no spread.
    spread = np.where(spread > 1e-12 * squares, spread, 0.0)
    return 1 - ratio(weight @ (value - y) ** 2, spread)


def median_absolute_error(value: Array, y: Array, weight: Array | None = None) -> Result:
    """Median of the absolute errors, in the unit of y; of two middle ones their mean."""
    if not len(y):
        return ratio(0.0, _weights(weight, 0).sum(-1))
    errors = np.abs(value - y)
    order = np.argsort(errors, kind="stable")
    reached = np.cumsum(_weights(weight, len(y))[..., order], -1)
    half = reached[..., -1:] / 2
    middle = errors[order][(reached >= half).argmax(-1)] + errors[order][(reached > half).argmax(-1)]
    return np.where(half[..., 0] > 0, middle / 2, np.nan)[()]


def mape(value: Array, y: Array, weight: Array | None = None) -> Result:
    """Mean absolute error as a share of |y|; NaN where some y is 0."""
    if (y == 0).any():
        zeros = _weights(weight, len(y)) @ (y == 0)
        rest = np.where(y == 0, 0.0, np.abs(value - y) / np.where(y == 0, 1.0, np.abs(y)))
        return np.where(zeros > 0, np.nan, mean(rest, weight))[()]
    return mean(np.abs(value - y) / np.abs(y), weight)


def smape(value: Array, y: Array, weight: Array | None = None) -> Result:
    """Mean absolute error as a share of the mean of |value| and |y|, 0 to 2; rows on which both are 0 count as 0.

    Source: Makridakis 1993.
    """
    size = (np.abs(value) + np.abs(y)) / 2
    return mean(np.divide(np.abs(value - y), size, out=np.zeros(len(y)), where=size > 0), weight)


def within(value: Array, y: Array, share: float, weight: Array | None = None) -> Result:
    """Share of rows whose error is at most that share of |y|."""
    return mean((np.abs(value - y) <= share * np.abs(y)).astype(np.float64), weight)


# ------------------------------------------------------------------- private
def _weights(weight: Array | None, rows: int) -> Doubles:
    return np.ones(rows) if weight is None else np.asarray(weight, np.float64)


def _reached(weight: Doubles, ends: Array) -> Doubles:
    """Summed weight up to each place, and 0 before the first: [..., 1 + ends]."""
    sums = np.cumsum(weight, axis=-1)[..., ends]
    return np.concatenate([np.zeros((*weight.shape[:-1], 1)), sums], axis=-1)


def _array(values: Any) -> Doubles:
    return np.asarray(values, np.float64)


class _Side(NamedTuple):
    """The positive or the negative rows by ascending score: sorted once, however many resamples there are."""

    score: Array
    weight: Doubles
    sums: Doubles

    @property
    def total(self) -> Doubles:
        """Weight of all rows [...]."""
        return self.sums[..., -1]

    def reached(self, score: Array, side: Literal["left", "right"]) -> Doubles:
        """Weight of the rows below each score (`left`), or not above it (`right`): [..., scores]."""
        return _array(self.sums[..., np.searchsorted(self.score, score, side)])


def _side(score: Array, member: Array, weight: Array | None) -> _Side:
    rows = np.flatnonzero(member)
    rows = rows[np.argsort(score[rows], kind="stable")]
    ordered = _weights(weight, len(score))[..., rows]
    sums = np.zeros((*ordered.shape[:-1], len(rows) + 1))
    np.cumsum(ordered, axis=-1, out=sums[..., 1:])
    return _Side(score[rows], ordered, sums)


def _safe_log(probability: Array) -> Doubles:
    """Log in double, kept finite by the smallest step of the probability's own type, as scikit-learn does."""
    step = np.finfo(probability.dtype).eps
    return np.log(np.clip(probability, step, 1 - step).astype(np.float64))


def _mean_of_defined(values: Doubles) -> Result:
    """Mean over the last axis of what is not NaN; NaN where nothing is."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(-1), defined.sum(-1))
