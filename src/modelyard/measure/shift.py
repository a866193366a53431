"""How far the values of a column have moved from a reference profile: the population stability index.

profile {"edges": [20, 40], "counts": [5, 9, 6], "missing": 1}    numbers, between inner edges
profile {"edges": [20, 90], "counts": [5, 9, 6], "missing": 1}    texts, by their number of characters
profile {"levels": ["a", "b"], "counts": [7, 3], "other": 0, "missing": 2}    names, by level
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from modelyard.core.protocols import Array

MODERATE, LARGE = 0.1, 0.25
"""The usual bands: below the first nothing is said to have moved, above the second much."""
_HALF = 0.5  # added to each count, so that a bin that is empty on one side does not make the index infinite


class Shift(NamedTuple):
    """The index, and what it would stay below by chance alone if nothing had moved."""

    psi: float
    chance: float

    @property
    def band(self) -> str:
        """`stable`, `moderate` or `large`; what chance alone may show is stable."""
        if self.psi <= max(self.chance, MODERATE):
            return "stable"
        return "large" if self.psi > LARGE else "moderate"


def expected(profile: Mapping[str, Any]) -> list[int]:
    """The reference counts: the profile's bins, then all other levels if it has levels, then missing."""
    other = [profile.get("other", 0)] if "levels" in profile else []
    return [*profile["counts"], *other, profile["missing"]]


def counted(profile: Mapping[str, Any], values: Array) -> list[int]:
    """Counts of parsed values [rows] in the same places as `expected`."""
    if "levels" in profile:
        return _by_level(profile["levels"], values)
    values = _lengths(values) if values.dtype == object else values
    known = values[~np.isnan(values)]
    edges = np.asarray(profile["edges"], np.float64)
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return [*counts.tolist(), len(values) - len(known)]


def shift(reference: Sequence[int], found: Sequence[int], looked_at: int = 1, confidence: float = 0.95) -> Shift:
    """The population stability index of counts against reference counts: sum of (p - q) ln(p / q).

    Without any shift it is distributed about as (1/n + 1/m) times chi-square with a degree of freedom less than bins.
    Source: Yurdakul, Statistical Properties of Population Stability Index, 2018.

    Args:
        reference: Counts when the bundle was made [bins].
        found: Counts of the rows to be judged [bins].
        looked_at: How many columns are judged at once; chance finds the largest of many.
        confidence: How sure a shift has to be not to be chance.
    """
    before, after = (np.asarray(counts, np.float64) + _HALF for counts in (reference, found))
    rows = [counts.sum() for counts in (np.asarray(reference), np.asarray(found))]
    p, q = before / before.sum(), after / after.sum()
    index = float(((p - q) * np.log(p / q)).sum())
    freedom = int(((np.asarray(reference) + np.asarray(found)) > 0).sum()) - 1
    if freedom < 1 or not all(rows):
        return Shift(index, math.inf)
    certainty = 1 - (1 - confidence) / max(1, looked_at)
    return Shift(index, float(sum(1 / n for n in rows)) * _chi_square(certainty, freedom))


def _lengths(texts: Array) -> Array:
    """Characters of each text, float64 [rows], NaN where it is missing."""
    lengths = np.fromiter(map(len, texts), np.float64, len(texts))
    lengths[lengths == 0] = np.nan
    return lengths


def _by_level(levels: Sequence[str], values: Array) -> list[int]:
    """Yes and no are kept as 1 and 0; texts as themselves, "" where they are missing."""
    if values.dtype.kind == "f":
        yes, no = int((values == 1).sum()), int((values == 0).sum())
        return [no, yes, 0, len(values) - yes - no]
    counts: Counter[str] = Counter(values.tolist())
    found = [counts[level] for level in levels]
    missing = counts[""]
    return [*found, len(values) - sum(found) - missing, missing]


def _chi_square(share: float, freedom: int) -> float:
    """Quantile of chi-square. Source: Wilson and Hilferty, The Distribution of Chi-square, 1931."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + NormalDist().inv_cdf(share) * math.sqrt(part)) ** 3)
