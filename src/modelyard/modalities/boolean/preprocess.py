"""Yes or no: text, booleans, 0 and 1 -> float64 0, 1, NaN -> float32.

无 is a no in a column that says 有, and a missing cell in every other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.amounts import cleaned
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State

VERSION = 1
JSON = ("boolean", "number", "string")

PAIRS = (
    ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"), ("0", "1"),
    ("否", "是"), ("不是", "是"), ("假", "真"), ("错", "对"), ("无", "有"), ("没有", "有"), ("关", "开"),
    ("×", "√"), ("✗", "✓"), ("✘", "✔"), ("╳", "√"), ("×", "○"),
)  # fmt: skip
"""What stands for no and yes; a column is claimed only when it has words for both, single letters of one pair only."""

_WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS
_VALUES = {word: float(value) for pair in PAIRS for value, word in enumerate(pair)}
_PLAIN = {"false", "true", "no", "yes", "0", "1", "否", "是"}
_OWN = ("no_words", "yes_words")
_NONE, _SOME = ("无", "没有"), "有"

_SPELLINGS = 60  # words for yes and no in all their spellings, and words for missing, come to fewer


def claim(sample: Sample) -> float:
    """Certain when the values are words for yes and no and nothing else, else nothing."""
    if sample.distinct > _SPELLINGS:
        return 0.0
    options = settle(sample, {})
    found, bad = cells.read(sample.values, _WORDS - {*options["no_words"]}, _word, "")
    words = {*found} - {""}
    letters = {word for word in words if len(word) == 1 and word.isascii() and word.isalpha()}
    one_pair = any(letters <= {*pair} for pair in PAIRS)
    both = {_VALUES[word] for word in words} == {0.0, 1.0}
    return float(not bad and one_pair and both)


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides whether 无 is a no: where 有 is a yes."""
    yes, no = options.get("yes_words"), options.get("no_words")
    if no is None:
        no = [*_NONE] if any(isinstance(cell, str) and cell.strip() == _SOME for cell in sample.values) else []
    return {**options, "yes_words": yes or [], "no_words": no}


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> float64 [rows] of 0, 1 and NaN; everything else is `bad`."""
    texts, gaps = cells.own_gaps(options, cells.number)
    own = {_folded(word): float(value) for value in (0, 1) for word in options.get(_OWN[value]) or ()}
    bad: list[int] = []
    if values.dtype.kind in "fiub":
        numbers: Array = values.astype(np.float64)
    else:
        words = (_WORDS - own.keys()) | texts if own or texts else _WORDS
        found, bad = cells.read(values, words, partial(_value, own=own), math.nan)
        numbers = np.asarray(found, np.float64)
    read = cells.parsed(numbers, (), gaps)
    others = ~np.isnan(read.values) & (read.values != 0) & (read.values != 1)
    read.values[others] = np.nan
    return Parsed(read.values, np.union1d(bad, np.flatnonzero(others)).astype(np.int64), read.notes)


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell, as in `Preprocess`."""
    if not isinstance(cell, str):
        return ""
    own = {_folded(word) for option in _OWN for word in options.get(option) or ()}
    bare = cell.strip()
    if bare in (_WORDS - own) or bare in cells.own_gaps(options, cells.number)[0]:
        return "missing"
    return "" if _folded(bare) in _PLAIN else "yes_no"


def doubts(sample: Sample, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Nothing."""
    return ()


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


def _value(cell: Any, own: Mapping[str, float]) -> float | None:
    if isinstance(cell, str) and _folded(cell) in own:
        return own[_folded(cell)]
    word = _word(cell)
    return cells.number(cell) if word is None else _VALUES[word]


def _word(cell: Any) -> str | None:
    """The word of `PAIRS` that a cell means, or None."""
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, str) and _folded(cell) in _VALUES:
        return _folded(cell)
    number = cells.number(cell)
    return {0.0: "0", 1.0: "1"}.get(math.nan if number is None else number)


def _folded(word: str) -> str:
    """A word in plain width and small letters."""
    return cleaned(word).casefold()
