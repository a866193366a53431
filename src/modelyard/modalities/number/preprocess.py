"""Numbers: text, integers, floats -> float64 with NaN -> float32.

Text is read as people write it (see `core.amounts`): 1,234.5, 1.2万, 3,000元, 85%, (1,234). One column has one decimal
mark and one unit, decided once. Infinities count as missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State
from modelyard.core.units import is_share
from modelyard.modalities.number import names, spelling

VERSION = 1
JSON = ("number",)

_PLAIN = {str, int, float, bool, type(None), np.float64}
_READABLE = 0.95
_EXACT = 2.0**53  # from here on a float64 skips whole numbers
_SURE, _UNSURE = 0.9, 0.3


def claim(sample: Sample) -> float:
    """High when nearly all cells are numbers; low for codes such as 007, whose zeros would be lost."""
    texts = spelling.texts_of(sample.values)
    read = parse(sample.values, spelling.settle(texts, {}))
    numbers = int(np.isfinite(read.values).sum())
    if not numbers or numbers < _READABLE * (numbers + len(read.bad)):
        return 0.0
    return _UNSURE if names.are_names(sample, texts, read.values) else _SURE


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides decimal mark and unit for the whole column, and whether requests may spell it.

    A comma divides only where that makes more cells readable, or where it does so in the other columns and a cell such
    as 94.172 may be either.
    """
    return spelling.settle(spelling.texts_of(sample.values), options, sample.mark)


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> float64 [rows]; what is no number, or in another unit that cannot be converted, is `bad`."""
    comma, unit = options.get("decimal") == "comma", options.get("unit") or ""
    texts, gaps = cells.own_gaps(options, partial(cells.number, comma=comma))
    numbers = None if comma or is_share(unit) else _at_once(values)
    bad: list[int] = []
    if numbers is None:
        one = partial(spelling.number, comma=comma, unit=unit, points=options.get("percent") == "points")
        found, bad = cells.read(values, spelling.WORDS | texts, one, math.nan)
        numbers = np.asarray(found, np.float64)
        bad = [row for row in bad if cells.number(values[row]) not in gaps] if gaps else bad
    large = (np.abs(numbers) >= _EXACT) & ~np.isinf(numbers)
    rounded = sum(map(cells.loses_digits, values[large])) if large.any() else 0
    read = cells.parsed(numbers, bad, gaps)
    return replace(read, notes={**read.notes, "rounded": rounded}) if rounded else read


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell, as in `Preprocess`."""
    return spelling.how(cell, options)


def doubts(sample: Sample, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Units that cannot be converted into each other, and plain numbers beside percents, where they are many."""
    return spelling.doubts(sample, len(parse(sample.values, options).bad), options.get("decimal") == "comma")


def mark(sample: Sample) -> str:
    """How the column writes decimals: "comma", "point", "either" (94.172 may be 94172), "" where nothing shows."""
    return spelling.mark(spelling.texts_of(sample.values))


def summarise(values: Array) -> State:
    """Moments of a chunk, and a sketch of how its numbers are spread."""
    return {**scaling.moments(values), "sketch": scaling.sketch(values)}


def merge(one: State, other: State) -> State:
    """Moments and sketch of two chunks."""
    return {**scaling.merge_moments(one, other), "sketch": scaling.merge_sketches(one["sketch"], other["sketch"])}


def finish(summary: State, options: Mapping[str, Any]) -> State:
    """{"mean", "scale", "missing": whether a cell was}; where quantiles scale the column also {"knots", "places"}.

    `robust` puts the median in the place of the mean and the quartiles' distance in that of the deviation; `auto` takes
    quantiles where the tails are so long that standardising would press nearly all numbers together.
    """
    way, sketch = options["scaling"], summary["sketch"]
    mean, scale = scaling.robust(summary, sketch) if way == "robust" else scaling.standard(summary)
    state = {"mean": mean, "scale": scale, "missing": summary["missing"] > 0}
    if way == "quantile" or (way == "auto" and scaling.is_heavy(summary, sketch)):
        curve = scaling.normal_scores(sketch)
        state |= {"knots": curve.knots.tolist(), "places": curve.places.tolist()} if curve else {}
    return state


def block(parsed: Sequence[Array], states: Sequence[State]) -> Doubles:
    """float64 [rows, columns]."""
    return np.stack(parsed, axis=1)


def view(name: str, block: Array, states: Sequence[State]) -> Floats:
    """raw: as float32, with NaN. dense: scaled, then an indicator for each column that had missing cells."""
    return scaling.as_float32(block) if name == "raw" else scaling.standardise(block, plan(states))


def plan(states: Sequence[State]) -> scaling.Scaling:
    """How the dense view is made."""
    centre = np.asarray([state["mean"] for state in states], np.float64)
    scale = np.asarray([state["scale"] for state in states], np.float64)
    curves = {
        number: scaling.Curve(np.asarray(state["knots"], np.float64), np.asarray(state["places"], np.float64))
        for number, state in enumerate(states)
        if "knots" in state
    }
    return scaling.Scaling(centre, scale, scaling.flagged(states), curves=curves)


def features(name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
    """One per column; in the dense view also `column[missing]`."""
    return scaling.features(name, columns, states)


def profile(values: Array) -> State:
    """Counts between deciles."""
    return {"kind": "number", **scaling.bins(values)}


def odd(values: Array, state: State) -> NDArray[np.bool_]:
    """No number is odd: what lies far out is cut off in the views."""
    return np.zeros(len(values), bool)


def _at_once(values: Array) -> Doubles | None:
    """The whole column in one step, or None when a cell needs a closer look."""
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    kinds = set(map(type, values)) if values.dtype.kind == "O" else set()
    if not kinds or not kinds <= _PLAIN:
        return None
    if str in kinds and any("_" in cell for cell in values if type(cell) is str):
        return None  # Python reads 1_000 as a number; people do not
    try:
        return values.astype(np.float64)
    except (ValueError, OverflowError):
        return None
