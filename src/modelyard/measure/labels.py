"""Rows whose class may be wrong, from outputs of models that did not see them.

Confident learning (Northcutt, Jiang and Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset Labels,
JAIR 70): a row is suspicious when another class exceeds the probability that rows of that class have on average. It
takes for granted that mistakes depend on the class alone. Where classes overlap, rows that were labelled rightly and
lie on the other side are suspicious too, so the estimate is an upper one: these are rows to look at, not to correct.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles

_EQUAL = 1e-9  # outputs that are all the same say nothing, whatever their mean is rounded to


@dataclass(frozen=True, eq=False)
class Suspicion:
    """Rows whose class may be wrong.

    Args:
        rows: Their places, the most suspicious first, int64 [suspicious].
        likely: The class that each more likely has, int64 [suspicious].
        margin: How much more probable the likely class is than the given one [suspicious], falling.
        estimated: How many of all rows have a wrong class, as far as one can tell.
        joint: Estimated share of rows by given and by likely class [classes, classes]; it sums to 1.
    """

    rows: NDArray[np.int64]
    likely: NDArray[np.int64]
    margin: Doubles
    estimated: int
    joint: Doubles


def suspicious(probability: Array, y: Array) -> Suspicion:
    """The rows whose class may be wrong.

    Args:
        probability: Of each class [rows, classes], by a model that did not learn from the row, calibrated.
        y: The given class codes, int [rows]; -1 for rows without one, which are never suspicious.
    """
    outputs = np.asarray(probability, np.float64)
    classes = outputs.shape[1]
    known = np.flatnonzero((y >= 0) & np.isfinite(outputs).all(axis=1))
    outputs, given = outputs[known], np.asarray(y)[known].astype(np.int64)
    counts = np.bincount(given, minlength=classes)
    reached = outputs > _usual(outputs, given, counts) + _EQUAL
    sure = reached.any(axis=1)
    likely = np.where(sure, np.where(reached, outputs, -1.0).argmax(axis=1), given)
    joint = _joint(given[sure], likely[sure], counts)
    margin = outputs[np.arange(len(given)), likely] - outputs[np.arange(len(given)), given]
    found = np.flatnonzero(likely != given)
    found = found[np.argsort(-margin[found], kind="stable")]
    wrong = round(float(joint.sum() - np.trace(joint)) * len(given))
    return Suspicion(known[found], likely[found], margin[found], wrong, joint)


def _usual(outputs: Doubles, given: NDArray[np.int64], counts: NDArray[np.int64]) -> Doubles:
    """Mean probability of each class among the rows that have it; out of reach for a class that no row has."""
    own = outputs[np.arange(len(given)), given]
    sums = np.bincount(given, own, minlength=outputs.shape[1])
    usual: Doubles = np.divide(sums, counts, out=np.full(outputs.shape[1], np.inf), where=counts > 0)
    return usual


def _joint(given: NDArray[np.int64], likely: NDArray[np.int64], counts: NDArray[np.int64]) -> Doubles:
    """Confident counts by given and likely class, brought to the shares that the given classes have."""
    size = len(counts)
    joint = np.bincount(given * size + likely, minlength=size * size).reshape(size, size).astype(np.float64)
    lost = joint.sum(axis=1) == 0  # a class of which the model is never sure: its rows count as right
    joint[lost, np.flatnonzero(lost)] = 1.0
    joint *= (counts / joint.sum(axis=1))[:, None]
    return joint / max(1.0, float(joint.sum()))
