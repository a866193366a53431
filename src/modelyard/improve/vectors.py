"""Rows as vectors, in which rows that say much the same lie near each other.

With a bundle its own features are taken, as they were scaled in training, and the vectors of its frozen encoders; other
texts, and every column where there is no bundle, by their hashed n-grams, weighed by how rare they are and projected at
random (Achlioptas: Database-friendly random projections, 2003). Every column weighs the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from modelyard.core import plugins
from modelyard.core.cells import as_list, number
from modelyard.core.columns import row_count
from modelyard.core.protocols import Array, Columns, Doubles, Preprocess
from modelyard.data.content import as_texts, missing
from modelyard.runtime import grams
from modelyard.runtime.bundle import Bundle, Reading
from modelyard.runtime.steps import Made

TEXT = "text"
_WIDTH = 128
_BUCKETS = 1 << 14
_WORDS = 2
_FARTHEST = 4.0  # standard deviations: no single number makes a row an outlier


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows as a bundle sees them.

    Args:
        bundle: The bundle.
        parsed: Input column -> canonical values [rows].
        made: What was made of texts for its graphs.
    """

    bundle: Bundle
    parsed: dict[str, Array]
    made: Mapping[str, Made]

    def answers(self) -> dict[str, dict[str, Any]]:
        """Target -> what the bundle answers."""
        return self.bundle.answer(self.bundle.run(Reading({}, self.parsed, ()), dict(self.made)))


def seen(bundle: Bundle, table: Columns) -> Seen:
    """Look at rows with a bundle; a cell that nobody can read is missing, and stops nobody who labels."""
    parsed = {
        column.name: _preprocess(column.modality).parse(table[column.name], column.options).values
        for column in bundle.inputs
    }
    return Seen(bundle, parsed, bundle.made(Reading({}, parsed, ())))


def of_rows(table: Columns, columns: Sequence[str], look: Seen | None) -> Doubles:
    """Vectors of rows, float64 [rows, width].

    Args:
        table: Their cells.
        columns: Which of them count.
        look: How a bundle sees them; None: what numbers are and how they are scaled is told from these rows.
    """
    parts = [_cells(table[name]) for name in columns] if look is None else [*_blocks(look), *_read(look)]
    return np.concatenate([np.zeros((row_count(table), 0)), *parts], axis=1)


def _read(look: Seen) -> Iterator[Doubles]:
    """Each text column: the vectors of its frozen encoder, or its n-grams."""
    encoded = {one.feed.column: one.values for one in look.made.values() if isinstance(one.values, np.ndarray)}
    for column in look.bundle.inputs:
        if column.name in encoded:
            yield _even(encoded[column.name], 1)
        elif column.modality == TEXT:
            yield _texts(look.parsed[column.name].tolist())


def _blocks(look: Seen) -> Iterator[Doubles]:
    """The dense features of each modality, each column of the table weighing 1."""
    for entry in look.bundle.manifest["blocks"]:
        names = [column["name"] for column in entry["columns"]]
        if entry["modality"] != TEXT:
            preprocess = _preprocess(entry["modality"])
            block = preprocess.block([look.parsed[name] for name in names], entry["states"])
            yield _even(preprocess.view("dense", block, entry["states"]), len(names))


def _cells(values: Array) -> Doubles:
    """One column that nobody has told the meaning of: numbers where all of it are, else texts."""
    gaps = missing(values)
    numbers = [None if gap else number(cell) for cell, gap in zip(as_list(values), gaps.tolist(), strict=True)]
    if not gaps.all() and None not in [one for one, gap in zip(numbers, gaps.tolist(), strict=True) if not gap]:
        known = np.array([np.nan if one is None else one for one in numbers], np.float64)
        return _even(np.column_stack([np.nan_to_num(_scaled(known)), gaps]), 1)
    return _texts(as_texts(values))


def _scaled(numbers: Doubles) -> Doubles:
    numbers = np.where(np.isinf(numbers), np.nan, numbers)
    if np.isnan(numbers).all():
        return numbers
    spread = float(np.nanstd(numbers))
    return np.clip((numbers - np.nanmean(numbers)) / (spread or 1.0), -_FARTHEST, _FARTHEST)


def _texts(texts: Sequence[str]) -> Doubles:
    """Texts by their n-grams: TF-IDF without frequencies, each text of length 1, projected."""
    listed = np.fromiter(texts, object, len(texts))
    found = grams.grams(listed, _WORDS, 0, _BUCKETS)
    ones = np.ones(len(found.values), np.float32)
    matrix = sparse.csr_array((ones, found.values, found.starts), shape=(len(texts), _BUCKETS))
    frequent = np.bincount(found.values, minlength=_BUCKETS)
    matrix.data *= np.log((1 + len(texts)) / (1 + frequent))[found.values] + 1.0
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    signs = np.random.default_rng(0).integers(0, 2, (_BUCKETS, _WIDTH), np.int8).astype(np.float32) * 2 - 1
    return _even((matrix @ signs) / np.maximum(lengths, 1e-9)[:, None], 1)


def _even(features: Array, columns: int) -> Doubles:
    """Features centred, their variances adding up to the number of columns that they stand for."""
    wide = np.clip(features.astype(np.float64), -1e6, 1e6)
    centred = wide - wide.mean(axis=0) if len(wide) else wide
    total = float(centred.var(axis=0).sum()) if len(wide) else 0.0
    return np.asarray(centred * np.sqrt(columns / total) if total > 0 else centred, np.float64)


def _preprocess(modality: str) -> Preprocess:
    module: Preprocess = plugins.part("modalities", modality, "preprocess")
    return module
