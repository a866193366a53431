"""The n-grams of texts as sparse features: presence times inverse document frequency, all texts of one length.

Bucket numbers come from `runtime.grams`. Which of them training has seen, and in how many texts, is common to all folds
and knows no target, so that the mean of the folds' models is a model of the same kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from modelyard.core.feeds import Feed
from modelyard.core.protocols import Array, Floats, TextColumn, Texts
from modelyard.core.ragged import Ragged
from modelyard.fragments.graph import Graph
from modelyard.runtime import grams

SCALE = 10.0
"""Length of a text's vector: beside numbers of variance one, weights of n-grams are penalised less by as much."""
LEAST, MANY = 2, 1_000
"""Texts that an n-gram must be in to count, from so many texts on: half of all are in one alone, and tell nothing."""
_KEPT = "words", "characters", "buckets"


@dataclass(frozen=True)
class Grams:
    """The n-grams of one text column.

    Args:
        column: Its name.
        options: {"words", "characters", "buckets"} of the step.
        seen: Buckets that training has seen, ascending, int32 [features].
        rarity: Inverse document frequency of each, float32 [features].
    """

    column: str
    options: Mapping[str, int]
    seen: NDArray[np.int32]
    rarity: Floats

    def __len__(self) -> int:
        return len(self.seen)

    def matrix(self, texts: Array) -> Any:
        """Sparse float32 [rows, features]; buckets never seen are left out."""
        found = grams.grams(texts, **self.options)
        places = np.searchsorted(self.seen, found.values)
        known = places < len(self.seen)
        known[known] = self.seen[places[known]] == found.values[known]
        return self._scaled(found, places, known)

    def feed(self) -> Feed:
        """What a graph is fed with."""
        name = f"grams/{self.column}/" + ".".join(str(self.options[key]) for key in _KEPT)
        return Feed(name, "grams", self.column, grams.VERSION, dict(self.options))

    def export(self, graph: Graph, weight: Array) -> str:
        """Add the product of `matrix` and a weight [features, width]; returns its name, [rows, width]."""
        ids = graph.feed(self.feed())
        place_of = np.zeros(self.options["buckets"], np.int32)  # 0: never seen
        place_of[self.seen] = np.arange(1, len(self.seen) + 1)
        zero = graph.constant(np.int64(0))
        there = graph.node("GreaterOrEqual", ids, zero)
        found = graph.node("Gather", graph.constant(place_of), graph.node("Max", ids, zero))
        places = graph.node("Where", there, found, graph.constant(np.int32(0)))
        rarity = graph.constant(np.concatenate([[0.0], self.rarity]).astype(np.float32))
        table = np.concatenate([np.zeros((1, weight.shape[1])), weight * self.rarity[:, None] * SCALE])
        total = self._sum(graph, graph.node("Gather", graph.constant(table.astype(np.float32)), places), keep=0)
        each = graph.node("Gather", rarity, places)
        length = graph.node("Sqrt", self._sum(graph, graph.node("Mul", each, each), keep=1))
        return str(graph.node("Div", total, graph.node("Max", length, graph.constant(np.float32(1e-6)))))

    def arrays(self, number: int) -> dict[str, Array]:
        """What a checkpoint keeps of the column of that number."""
        return {f"grams/{number}/seen": self.seen, f"grams/{number}/rarity": self.rarity}

    def _scaled(self, found: Ragged, places: Array, known: Array) -> Any:
        rows = np.repeat(np.arange(len(found)), found.lengths)[known]
        values = self.rarity[places[known]]
        length = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, minlength=len(found)))
        scaled = (values * SCALE / np.maximum(length, 1e-6)[rows]).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(found)))])
        return sparse.csr_matrix((scaled, places[known].astype(np.int32), starts), (len(found), len(self)))

    def _sum(self, graph: Graph, tensor: str, keep: int) -> str:
        return graph.node("ReduceSum", tensor, graph.constant(np.asarray([1], np.int64)), keepdims=keep)


def fit(columns: Sequence[TextColumn], texts: Sequence[Texts]) -> tuple[Grams, ...]:
    """The n-grams of each column that are seen in the training texts of any fold.

    Args:
        columns: The text columns.
        texts: Training texts of each fold, rows that several folds share count in each; none where a view has none.
    """
    found = []
    for column in (one for one in columns if one.name in texts[0]):
        options = {key: int(column.options[key]) for key in _KEPT}
        if options["words"] or options["characters"]:
            found.append(_fitted(column.name, options, np.concatenate([one[column.name] for one in texts])))
    return tuple(found)


def beside(matrix: Floats, of: Sequence[Grams], texts: Texts) -> Any:
    """A view with its n-grams at the end: sparse float32 [rows, features + n-grams]; the view itself without any."""
    if not of:
        return matrix
    return sparse.hstack([sparse.csr_matrix(matrix), *(one.matrix(texts[one.column]) for one in of)], "csr", np.float32)


def of_arrays(arrays: Mapping[str, Array], columns: Sequence[Mapping[str, Any]]) -> tuple[Grams, ...]:
    """The inverse of `Grams.arrays`.

    Args:
        arrays: Of the checkpoint.
        columns: {"column", "options"} of each.
    """
    return tuple(
        Grams(one["column"], one["options"], arrays[f"grams/{number}/seen"], arrays[f"grams/{number}/rarity"])
        for number, one in enumerate(columns)
    )


def _fitted(column: str, options: dict[str, int], texts: Array) -> Grams:
    distinct = np.unique(texts)
    found = grams.grams(distinct, **options)
    seen, counts = np.unique(found.values, return_counts=True)
    frequent = counts >= (LEAST if len(distinct) >= MANY else 1)
    rarity = np.log((1 + len(distinct)) / (1 + counts[frequent])) + 1
    return Grams(column, options, seen[frequent].astype(np.int32), rarity.astype(np.float32))
