"""Yes or no: text, booleans, 0 and 1 -> float64 0, 1, NaN -> float32.

有/无 is left to `category`, because 无 often means that nothing was entered.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State

VERSION = 1
JSON = ("boolean", "number", "string")

PAIRS = (("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("否", "是"), ("假", "真"), ("0", "1"))
"""What stands for no and yes; a column is claimed only when its two values are one of the pairs."""

_WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS
_VALUES = {word: float(value) for pair in PAIRS for value, word in enumerate(pair)}

_SPELLINGS = 30  # a pair in all its spellings, and words for missing, come to fewer


def claim(sample: Sample) -> float:
    """Certain when the values are exactly one pair of words for yes and no, else nothing."""
    if sample.distinct > _SPELLINGS:
        return 0.0
    found, bad = cells.read(sample.values, _WORDS, _word, "")
    return 0.0 if bad else float(tuple(sorted({*found} - {""}, key=_VALUES.__getitem__)) in PAIRS)


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing hangs on the whole column."""
    return dict(options)


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> float64 [rows] of 0, 1 and NaN; everything else is `bad`."""
    texts, gaps = cells.own_gaps(options, cells.number)
    bad: list[int] = []
    if values.dtype.kind in "fiub":
        numbers: Array = values.astype(np.float64)
    else:
        found, bad = cells.read(values, _WORDS | texts, _value, math.nan)
        numbers = np.asarray(found, np.float64)
    read = cells.parsed(numbers, (), gaps)
    others = ~np.isnan(read.values) & (read.values != 0) & (read.values != 1)
    read.values[others] = np.nan
    return Parsed(read.values, np.union1d(bad, np.flatnonzero(others)).astype(np.int64), read.notes)


def summarise(values: Array) -> State:
    """{"true", "false", "missing": how many}."""
    return {"true": int((values == 1).sum()), "false": int((values == 0).sum()), "missing": int(np.isnan(values).sum())}


def merge(one: State, other: State) -> State:
    """Counts of two chunks."""
    return {name: one[name] + other[name] for name in one}


def finish(summary: State, options: Mapping[str, Any]) -> State:
    """{"share": of yes among the known, "missing": whether a cell was}."""
    known = summary["true"] + summary["false"]
    return {"share": summary["true"] / known if known else 0.0, "missing": summary["missing"] > 0}


def block(parsed: Sequence[Array], states: Sequence[State]) -> Doubles:
    """float64 [rows, columns]."""
    return np.stack(parsed, axis=1)


def view(name: str, block: Array, states: Sequence[State]) -> Floats:
    """raw: 0, 1, NaN. dense: less the share of yes, then an indicator for each column that had missing cells."""
    return scaling.as_float32(block) if name == "raw" else scaling.standardise(block, plan(states))


def plan(states: Sequence[State]) -> scaling.Scaling:
    """How the dense view is made: centred, but not stretched, so that a rare yes does not become a huge number."""
    share = np.asarray([state["share"] for state in states], np.float64)
    return scaling.Scaling(share, np.ones_like(share), scaling.flagged(states))


def features(name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
    """One per column; in the dense view also `column[missing]`."""
    return scaling.features(name, columns, states)


def profile(values: Array) -> State:
    """How many of each."""
    counts = summarise(values)
    return {
        "kind": "boolean",
        "levels": ["false", "true"],
        "counts": [counts["false"], counts["true"]],
        "missing": counts["missing"],
    }


def odd(values: Array, state: State) -> NDArray[np.bool_]:
    """Yes and no are all there is."""
    return np.zeros(len(values), bool)


def _value(cell: Any) -> float | None:
    word = _word(cell)
    return cells.number(cell) if word is None else _VALUES[word]


def _word(cell: Any) -> str | None:
    """The word of `PAIRS` that a cell means, or None."""
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, str) and unicodedata.normalize("NFKC", cell).casefold() in _VALUES:
        return unicodedata.normalize("NFKC", cell).casefold()
    number = cells.number(cell)
    return {0.0: "0", 1.0: "1"}.get(math.nan if number is None else number)
