"""Rows that are nearly equal: the same but for one or two inputs, or for rounding.

Rows that agree in all columns but those of one or two blocks have equal hashes over the other blocks, so candidates
are found by sorting (blocking; cf. Manku, Jain and Das Sarma 2007, Detecting near-duplicates for web crawling), in
near-linear time. Whether a pair's agreement is a surprise says how rare the shared values are, given the shared value
of the column that each depends on most (Chow and Liu 1968): customers without any product look alike and are no twins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles
from modelyard.data.dataset import TEST, Note
from modelyard.prepare.checks.coded import Coded, CodedColumn, Codes, bins

FEWEST_ROWS = 100
FEWEST_COLUMNS = 4
MOST_COLUMNS = 60  # the richest; more would say nothing new
DIFFERENT = 2  # columns in which twins may differ
BLOCKS = 6
TOLERANCE = 0.02  # of a column's spread, within which numbers count as equal
SURPRISE = 7.0  # nats beyond what one twin among all rows takes
SHARE = 0.02  # of the rows, from where on it is worth saying
FEWEST_TWINS = 5
_COARSE = 12
_NEXT = 2  # rows ahead that a row is compared with
_SAMPLED = 10_000  # rows from which dependence is learnt


def findings(seen: Coded) -> Iterator[Note]:
    """How many rows have a twin, and how many of the test have it among the rows that are trained on."""
    pairs = twins(seen)
    rows = np.unique(pairs)
    if len(rows) < max(FEWEST_TWINS, SHARE * len(seen.rows)):
        return
    parts = seen.parts[pairs]
    crossing = np.isin(parts, TEST).any(axis=1) & (parts != TEST).any(axis=1)
    across = len(np.unique(pairs[crossing][parts[crossing] == TEST])) if seen.survey.held_out else 0
    one, other = seen.rows[pairs[crossing][0] if across else pairs[0]]
    values = {
        "count": len(rows),
        "rows": len(seen.rows),
        "one": int(seen.survey.numbers[one]) + 1,
        "other": seen.survey.named([other]),
        "across": across,
    }
    yield Note("checks.twins_across" if across else "checks.twins", values, "warn" if across else "note")


def twins(seen: Coded) -> NDArray[np.int64]:
    """Pairs of nearly equal rows, as places among the rows that are looked at [pairs, 2]; each row in a few of them."""
    columns = sorted(seen.columns, key=lambda column: -column.size)[:MOST_COLUMNS]
    if len(seen.rows) < FEWEST_ROWS or len(columns) < FEWEST_COLUMNS:
        return np.zeros((0, 2), np.int64)
    facets = [_facet(column) for column in columns]
    pairs = _candidates(facets)
    agree = np.stack([facet.agrees(pairs) for facet in facets], axis=1)
    same = np.stack([facet.equals(pairs) for facet in facets], axis=1).all(axis=1)
    near = ((~agree).sum(axis=1) <= DIFFERENT) & ~same
    pairs, agree = pairs[near], agree[near]
    count = len(facets)
    ways = count * (count - 1) / 2 + count + 1
    surprising = _surprise(facets, pairs[:, 0], agree) >= np.log(len(seen.rows)) + np.log(ways) + SURPRISE
    found: NDArray[np.int64] = pairs[surprising]
    return found


@dataclass(frozen=True, eq=False)
class _Facet:
    """A column as twins are looked for in it.

    Args:
        exact: Numbers, or codes of categories [rows].
        coarse: Few codes [rows], of which neighbours share one.
        size: How many of them.
        within: How far apart equal numbers may be.
        rarity: -log of the share of rows that agree with this one [rows].
    """

    exact: Array
    coarse: Codes
    size: int
    within: float
    rarity: Doubles

    def agrees(self, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        one, other = self.exact[pairs[:, 0]], self.exact[pairs[:, 1]]
        close: NDArray[np.bool_] = np.abs(one - other) <= self.within
        return close | (np.isnan(one) & np.isnan(other))

    def equals(self, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        one, other = self.exact[pairs[:, 0]], self.exact[pairs[:, 1]]
        equal: NDArray[np.bool_] = one == other
        return equal | (np.isnan(one) & np.isnan(other))


def _facet(column: CodedColumn) -> _Facet:
    if not column.is_number:
        exact = column.codes.astype(np.float64)
        shares = np.bincount(column.codes, minlength=column.size) / len(column.codes)
        ranked = np.argsort(np.argsort(-shares))
        coarse = np.minimum(ranked[column.codes], _COARSE).astype(np.int32)
        return _Facet(exact, coarse, _COARSE + 1, 0.0, -np.log(shares[column.codes]))
    values = column.values
    there = np.sort(values[np.isfinite(values)])
    coarse = np.minimum(bins(values, _COARSE)[0], _COARSE).astype(np.int32)
    if not len(there):
        return _Facet(values, coarse, _COARSE + 1, 0.0, np.zeros(len(values)))
    spread = float(np.subtract(*np.quantile(there, (0.75, 0.25)))) / 1.35 or float(there.std())
    within = TOLERANCE * spread
    close = np.searchsorted(there, values + within, "right") - np.searchsorted(there, values - within, "left")
    close = np.where(np.isfinite(values), close, len(values) - len(there))
    return _Facet(values, coarse, _COARSE + 1, within, -np.log(np.maximum(close, 1) / len(values)))


# -------------------------------------------------------------------- candidates
def _candidates(facets: list[_Facet]) -> NDArray[np.int64]:
    """Pairs [pairs, 2] of rows that have equal coarse codes but for two blocks of columns, and stand side by side."""
    random = np.random.default_rng(0)
    blocks = [facets[number::BLOCKS] for number in range(min(BLOCKS, len(facets)))]
    hashes = []
    for block in blocks:
        words = [random.integers(0, 2**63, facet.size, np.uint64)[facet.coarse] for facet in block]
        hashes.append(np.bitwise_xor.reduce(words))
    whole = np.bitwise_xor.reduce(hashes)
    found = []
    for out in combinations(range(len(blocks)), min(DIFFERENT, len(blocks) - 1)):
        kept = whole ^ np.bitwise_xor.reduce([hashes[number] for number in out])
        finest = next(blocks[number][0] for number in range(len(blocks)) if number not in out)
        order = np.lexsort((np.nan_to_num(finest.exact), kept))
        for step in range(1, _NEXT + 1):
            one, other = order[:-step], order[step:]
            equal = kept[one] == kept[other]
            found.append(np.stack([one[equal], other[equal]], axis=1))
    pairs = np.sort(np.concatenate(found), axis=1)
    codes = np.unique(pairs[:, 0] * len(whole) + pairs[:, 1])
    return np.stack([codes // len(whole), codes % len(whole)], axis=1)


# ---------------------------------------------------------------------- surprise
def _surprise(facets: list[_Facet], rows: NDArray[np.int64], agree: NDArray[np.bool_]) -> Doubles:
    """How rare it is to agree with a row in these columns [pairs], in nats, each given the one that it hangs on."""
    parents, shared = _tree(facets)
    found = np.zeros(len(rows))
    for number, (facet, parent) in enumerate(zip(facets, parents, strict=True)):
        lift = np.zeros(len(rows))
        if parent >= 0:
            lift = shared[number][facets[parent].coarse[rows], facet.coarse[rows]] * agree[:, parent]
        found += np.maximum(0.0, facet.rarity[rows] - lift) * agree[:, number]
    return found


def _tree(facets: list[_Facet]) -> tuple[list[int], list[Doubles]]:
    """Of each column the one that says most of it (a maximum spanning tree), and log p(own | its) / p(own) by codes."""
    step = max(1, len(facets[0].coarse) // _SAMPLED)
    codes = [facet.coarse[::step].astype(np.int64) for facet in facets]
    size = _COARSE + 1
    parents, lifts = [-1] * len(facets), [np.zeros((size, size))] * len(facets)
    best = np.full(len(facets), -np.inf)
    inside, newest = {0}, 0
    while len(inside) < len(facets):
        for number in set(range(len(facets))) - inside:
            information, lift = _information(codes[newest], codes[number], size)
            if information > best[number]:
                best[number], parents[number], lifts[number] = information, newest, lift
        newest = max(set(range(len(facets))) - inside, key=lambda number: best[number])
        inside.add(newest)
    return parents, lifts


def _information(one: NDArray[np.int64], other: NDArray[np.int64], size: int) -> tuple[float, Doubles]:
    """Mutual information of two columns of codes in nats, and log p(other | one) / p(other) [size, size]."""
    joint = np.bincount(one * size + other, minlength=size * size).reshape(size, size) + 0.5 / size
    joint = joint / joint.sum()
    lift = np.log(joint / (joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)))
    return float((joint * lift).sum()), lift
