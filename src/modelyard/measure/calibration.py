"""From scores to probabilities that mean what they say: Platt, temperature, conformal thresholds, reliability.

Calibration is linear per score column, `slope * score + offset`; each fit keeps the order of the rows (slope > 0) and
steps back to the identity when the held-out rows are too few or do not get better by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from modelyard.core.protocols import Array, Doubles
from modelyard.measure import score as scoring

LIMIT = 1e30
"""Scores are cut to +-LIMIT, in numpy and in the graph, so that no infinity turns into NaN."""
FEWEST_ROWS = 20
"""Held-out rows below which nothing is fitted."""
MOST_BINS, ROWS_PER_BIN = 15, 10


def calibrated(scores: Array, calibration: Mapping[str, Any]) -> Doubles:
    """Scores [rows, width] -> `slope * score + offset`, in double and finite."""
    cut = np.clip(np.asarray(scores, np.float64), -LIMIT, LIMIT)
    return np.asarray(cut * np.asarray(calibration["slope"]) + np.asarray(calibration["offset"]), np.float64)


def sigmoid(logit: Array) -> Doubles:
    """1 / (1 + exp(-logit)), exact in both tails."""
    small = np.exp(-np.abs(logit))
    return np.asarray(np.where(logit >= 0, 1.0, small) / (1 + small), np.float64)


def softmax(logits: Array) -> Doubles:
    """exp(logits) / sum, along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)


# ----------------------------------------------------------------------- fits
def platt(score: Array, positive: Array, weight: Array | None = None) -> tuple[float, float]:
    """Slope and offset of a logistic curve through a score, with smoothed targets, by Newton's method.

    Sources: Platt 1999; Lin, Lin and Weng 2007 (the stable form).

    Args:
        score: [rows].
        positive: Boolean [rows].
        weight: How much each row counts [rows]; all alike by default.

    Returns:
        (1, 0) when there are fewer than `FEWEST_ROWS` rows, one class, one score, a falling curve, or a gain that does
        not pay for two parameters: on a few hundred rows of a sound score, the fit would follow noise.
    """
    score = np.clip(np.asarray(score, np.float64), -LIMIT, LIMIT)
    counts = np.ones(len(score)) if weight is None else np.asarray(weight, np.float64)
    ups, downs = float(counts[positive].sum()), float(counts[~positive].sum())
    width = score.std() if len(score) else 0.0
    if len(score) < FEWEST_ROWS or not ups or not downs or width == 0:
        return 1.0, 0.0
    centre = score.mean()
    target = np.where(positive, (ups + 1) / (ups + 2), 1 / (downs + 2))
    steepness, height = _logistic((score - centre) / width, target, counts)
    slope, offset = steepness / width, height - steepness / width * centre
    fitted, before = (_binary_loss(logit, positive, counts) for logit in (slope * score + offset, score))
    better = slope > 0 and _pays(before - fitted, float(counts.sum()), parameters=2)
    return (float(slope), float(offset)) if better else (1.0, 0.0)


def temperature(scores: Array, y: Array, weight: Array | None = None) -> float:
    """The slope (one over the temperature) at which softmax(slope * scores) has the least log-loss.

    The loss is convex in the slope; its root is found by Newton's method inside a shrinking bracket. Targets are
    smoothed by one row's worth, so that rows without a mistake do not drive the slope to infinity.
    Source: Guo, Pleiss, Sun and Weinberger 2017.

    Args:
        scores: [rows, classes].
        y: Codes [rows].
        weight: How much each row counts [rows]; all alike by default.

    Returns:
        1 when there are fewer than `FEWEST_ROWS` rows, one class, equal scores, or a gain that does not pay for it.
    """
    scores = np.clip(np.asarray(scores, np.float64), -LIMIT, LIMIT)
    if len(scores) < FEWEST_ROWS or (y == y[0]).all():
        return 1.0
    scores = scores - scores.max(axis=1, keepdims=True)
    width = scores.std(axis=1).mean()
    if width == 0:
        return 1.0
    counts = np.ones(len(scores)) if weight is None else np.asarray(weight, np.float64)
    slope = _softmax_slope(scores / width, y, counts) / width
    gain = _class_loss(scores, y, counts) - _class_loss(slope * scores, y, counts)
    return float(slope) if _pays(gain, float(counts.sum()), parameters=1) else 1.0


def _pays(gain: float, rows: float, parameters: int) -> bool:
    """Whether a gain in mean log-loss is worth the noise of its parameters on that many rows (Akaike 1974)."""
    return rows * gain > parameters


def split_quantile(strangeness: Array, confidence: float, weight: Array | None = None) -> float | None:
    """The strangeness that a new row stays under with at least this confidence, whatever the distribution.

    Sources: Vovk, Gammerman and Shafer 2005; Lei et al. 2018; with weights Tibshirani et al. 2019, where the new row
    counts as much as an average one.

    Args:
        strangeness: Of held-out rows [rows]; large means that the truth was unexpected.
        confidence: 0 to 1.
        weight: How much each row counts [rows]; all alike by default.

    Returns:
        The ceil((rows + 1) * confidence)-th smallest; None when there are not that many rows.
    """
    if weight is not None and len(weight):
        order = np.argsort(strangeness, kind="stable")
        reached = np.cumsum(weight[order]) / (np.sum(weight) + np.mean(weight))
        place = int(np.searchsorted(reached, confidence - 1e-9))
        return float(strangeness[order[place]]) if place < len(order) else None
    rank = math.ceil((len(strangeness) + 1) * confidence - 1e-9)
    return float(np.partition(strangeness, rank - 1)[rank - 1]) if 1 <= rank <= len(strangeness) else None


# ---------------------------------------------------------------- reliability
class Reliability(NamedTuple):
    """What was said and what happened, in bins of equally many rows; empty bins are left out.

    Attributes:
        said: Mean probability in each bin [bins].
        happened: Share of hits in each bin [bins].
        rows: Rows in each bin [bins].
    """

    said: Doubles
    happened: Doubles
    rows: Doubles


def reliability(probability: Array, hit: Array) -> Reliability:
    """Bins for a reliability diagram.

    Args:
        probability: What was said [rows].
        hit: Whether it happened, boolean [rows].
    """
    said, happened, rows = _bins(probability, hit, np.ones((1, len(hit))))
    full = rows[0] > 0
    return Reliability(said[0, full] / rows[0, full], happened[0, full] / rows[0, full], rows[0, full])


def ece(probability: Array, hit: Array, weight: Array | None = None) -> scoring.Result:
    """Expected calibration error: mean distance between what was said and what happened, over bins of equal mass.

    Up to 15 bins of at least 10 rows; rows with the same probability share a bin, so their order changes nothing.
    Sources: Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.

    Args:
        probability: What was said [rows].
        hit: Whether it happened, boolean [rows].
        weight: None, [rows] or [resamples, rows].
    """
    shape = () if weight is None else np.shape(weight)[:-1]
    said, happened, rows = _bins(probability, hit, np.ones((1, len(hit))) if weight is None else np.atleast_2d(weight))
    return scoring.ratio(np.abs(said - happened).sum(-1), rows.sum(-1)).reshape(shape)[()]


def noise(probability: Array, hit: Array) -> float:
    """The `ece` that perfectly calibrated probabilities show by chance: the mean distance of a binomial share, per bin.

    Args:
        probability: What was said [rows].
        hit: Whether it happened, boolean [rows].
    """
    found = reliability(probability, hit)
    distance = np.sqrt(2 / np.pi * found.said * (1 - found.said) / np.maximum(found.rows, 1))
    return float((found.rows * distance).sum() / max(1.0, found.rows.sum()))


def _bins(probability: Array, hit: Array, weight: Array) -> tuple[Doubles, Doubles, Doubles]:
    """Summed probability, hits and weight of each bin, each [resamples, MOST_BINS]."""
    order = np.argsort(probability, kind="stable")
    ordered = np.asarray(probability, np.float64)[order]
    weight = np.asarray(weight, np.float64)[:, order]
    if not len(order):
        empty = np.zeros((len(weight), MOST_BINS))
        return empty, empty, empty
    last = np.searchsorted(ordered, ordered, "right") - 1
    reached = np.cumsum(weight, axis=1)
    total = reached[:, -1:]
    bins = np.clip(total // ROWS_PER_BIN, 1, MOST_BINS)
    place = np.ceil(reached[:, last] * bins / np.maximum(total, 1)).astype(np.int64) - 1
    place = np.maximum(place, 0) + MOST_BINS * np.arange(len(weight))[:, None]

    def summed(values: Array) -> Doubles:
        sums = np.bincount(place.ravel(), values.ravel(), minlength=MOST_BINS * len(weight))
        return np.asarray(sums.reshape(len(weight), MOST_BINS), np.float64)

    return summed(weight * ordered), summed(weight * np.asarray(hit, np.float64)[order]), summed(weight)


# -------------------------------------------------------------------- private
def _logistic(score: Doubles, target: Doubles, weight: Doubles) -> tuple[float, float]:
    """Slope and offset of least cross-entropy, by Newton's method with halved steps; `score` is standardised."""
    design = np.stack([score, np.ones_like(score)], axis=1)

    def loss(at: Doubles) -> float:
        logit = design @ at
        return float(weight @ (np.logaddexp(0, logit) - target * logit))

    point, best = np.zeros(2), loss(np.zeros(2))
    for _ in range(100):
        share = sigmoid(design @ point)
        gradient = design.T @ (weight * (share - target))
        if np.abs(gradient).max() < 1e-9 * weight.sum():
            break
        curvature = (design * (weight * share * (1 - share))[:, None]).T @ design + 1e-12 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while loss(point - step) > best and np.abs(step).max() > 1e-12:
            step = step / 2
        point, best = point - step, loss(point - step)
    return float(point[0]), float(point[1])


def _softmax_slope(scores: Doubles, y: Array, weight: Doubles) -> float:
    """Root of the derivative of the smoothed log-loss in the slope; `scores` have a spread of about 1."""
    rows, classes = scores.shape
    doubt = 1 / (rows + 2)
    own = scores[np.arange(rows), y]
    others = (scores.sum(axis=1) - own) / (classes - 1)
    wanted = (1 - doubt) * own + doubt * others
    low, high, slope = 1e-3, 1e3, 1.0
    for _ in range(60):
        share = softmax(slope * scores)
        given = (share * scores).sum(axis=1)
        gradient = np.average(given - wanted, weights=weight)
        curvature = np.average((share * scores**2).sum(axis=1) - given**2, weights=weight)
        low, high = (low, slope) if gradient > 0 else (slope, high)
        step = slope - gradient / curvature if curvature > 0 else 0.0
        following = step if low < step < high else math.sqrt(low * high)
        if abs(following - slope) <= 1e-9 * slope:
            break
        slope = following
    return slope


def _binary_loss(logit: Doubles, positive: Array, weight: Doubles) -> float:
    """Mean log-loss as it is reported: of probabilities in float32."""
    both = np.stack([sigmoid(-logit), sigmoid(logit)], axis=1).astype(np.float32)
    return float(np.average(scoring.log_losses(both, positive.astype(np.int64)), weights=weight))


def _class_loss(logits: Doubles, y: Array, weight: Doubles) -> float:
    return float(np.average(scoring.log_losses(softmax(logits).astype(np.float32), y), weights=weight))
