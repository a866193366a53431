"""Numbers: text, integers, floats -> float64 with NaN -> float32.

Text may group thousands (1,234.5), be full-width (１２．５) or in scientific notation (1e3).
Infinities count as missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core import cells, scaling
from modelyard.core.protocols import Array, Doubles, Feature, Floats, Parsed, Sample, State

VERSION = 1
JSON = ("number",)

_WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS
_CODE = re.compile(r"[+-]?0[0-9]")  # 007 and 02134 name things
_PLAIN = {str, int, float, bool, type(None), np.float64}
_READABLE = 0.95
_SURE = 0.9


def claim(sample: Sample) -> float:
    """High when nearly all cells are numbers; low for codes such as 007, whose zeros would be lost."""
    read = parse(sample.values, settle(sample, {}))
    numbers = int(np.isfinite(read.values).sum())
    if not numbers or numbers < _READABLE * (numbers + len(read.bad)):
        return 0.0
    codes = sum(isinstance(cell, str) and _CODE.match(cell.strip()) is not None for cell in sample.values)
    return 0.3 if codes > (1 - _READABLE) * numbers else _SURE


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """Decides `decimal: auto` for the whole column: the comma only where it makes more cells readable."""
    if options.get("decimal", "auto") != "auto":
        return dict(options)
    with_point, with_comma = ({**options, "decimal": mark} for mark in ("point", "comma"))
    bad = len(parse(sample.values, with_point).bad)
    return with_comma if bad and len(parse(sample.values, with_comma).bad) < bad else with_point


def parse(values: Array, options: Mapping[str, Any]) -> Parsed:
    """Cells -> float64 [rows]; what is no number is `bad`."""
    one = partial(cells.number, comma=options.get("decimal") == "comma")
    texts, gaps = cells.own_gaps(options, one)
    numbers = None if one.keywords["comma"] else _at_once(values)
    bad: list[int] = []
    if numbers is None:
        found, bad = cells.read(values, _WORDS | texts, one, math.nan)
        numbers = np.asarray(found, np.float64)
    return cells.parsed(numbers, bad, gaps)


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
