"""How the cells of one column spell numbers: decimal mark, unit, percent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from modelyard.core import amounts, cells
from modelyard.core.protocols import Array, Sample
from modelyard.core.units import PERCENT, converted, is_known, is_share, unit_of

WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS
"""Texts that mean a missing number."""

_MANY = 10  # different numbers with a word behind them, before a word that is in no table counts as their unit
_FEW_BAD = 0.05
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CODE = re.compile(r"0[0-9]+")


def texts_of(values: Array) -> Counter[str]:
    """The texts of a column that are no words for missing, stripped, and how often each occurs."""
    try:
        found = Counter(values.tolist())
    except TypeError:  # lists in cells
        found = Counter(cell for cell in values if isinstance(cell, str))
    texts: Counter[str] = Counter()
    for cell, count in found.items():
        if isinstance(cell, str) and (bare := cell.strip()) not in WORDS:
            texts[bare] += count
    return texts


def number(cell: Any, comma: bool, unit: str, points: bool) -> float | None:
    """A stripped text or another cell as a number in the column's unit, or None.

    Args:
        cell: Text may carry a unit that can be converted.
        comma: Text spells 1.234,5.
        unit: The column's unit; empty when its numbers have none. A number without a unit is in this one, but beside
            percents only up to 1, because 85 may be 85 % or 8500 %.
        points: 85% is 85 rather than 0.85.
    """
    plain = cells.number(cell, comma)
    if plain is not None:
        return None if is_unclear(plain, unit, points) else plain
    amount = amounts.read(cell, comma) if isinstance(cell, str) else None
    if amount is None:
        return None
    if not amount.unit:
        return None if is_unclear(amount.value, unit, points) else amount.value
    found = converted(amount.value, amount.unit, PERCENT if is_share(unit) else unit)
    return None if found is None else found * 0.01 if is_share(unit) and not points else found


def is_unclear(value: float, unit: str, points: bool) -> bool:
    """Whether a number without a unit may mean two things in a column of shares."""
    return is_share(unit) and not points and abs(value) > 1


def settle(texts: Mapping[str, int], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with decimal mark, unit and text decided by the texts of the column and how often each occurs."""
    special = {text: count for text, count in texts.items() if not _PLAIN.fullmatch(text)}
    decimal, unit, text = options.get("decimal", "auto"), options.get("unit"), options.get("text")
    bad = _unread(special, False) if decimal == "auto" else 0
    comma = decimal == "comma" or (bad > 0 and _unread(texts, True) < bad)
    found = {text: amounts.read(text, comma) for text in (texts if comma else special)}
    spelt = {text: amount for text, amount in found.items() if amount is not None and amount.how}
    return {
        **options,
        "decimal": "comma" if comma else "point",
        "unit": _usual_unit(spelt, texts) if unit is None else unit_of(unit) or unit.strip(),
        "text": bool(spelt) if text is None else text,
    }


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell; empty where it is taken as it stands."""
    if not isinstance(cell, str):
        return ""
    bare, unit = cell.strip(), options.get("unit") or ""
    own = options.get("missing")
    if bare in WORDS or (own and bare in {str(word).strip() for word in own}):
        return "missing"
    if _PLAIN.fullmatch(bare):
        return "zeros" if _CODE.fullmatch(bare) else "bare" if unit and not is_share(unit) else ""
    amount = amounts.read(bare, options.get("decimal") == "comma")
    if amount is None:
        return ""
    if amount.unit not in ("", unit) and not is_share(amount.unit):
        return "converted"
    if unit and not amount.unit and not amount.how and not is_share(unit):
        return "bare"
    if amount.how == "percent":
        return "points" if options.get("percent") == "points" else "percent"
    return amount.how


def doubts(sample: Sample, bad: int) -> tuple[str, ...]:
    """Why cells that are all amounts are not one column of numbers: other units, or numbers beside percents.

    Args:
        sample: The column.
        bad: Its cells that could not be read.
    """
    texts = texts_of(sample.values) if bad else Counter[str]()
    if bad <= _FEW_BAD * sum(texts.values()):
        return ()
    found = [amounts.read(text) or amounts.read(text, comma=True) for text in texts]
    known = [amount for amount in found if amount is not None]
    units = {amount.unit for amount in known if is_known(amount.unit)}
    if len(known) < (1 - _FEW_BAD) * len(found):
        return ()
    if units and all(map(is_share, units)):
        return ("bare_percent",) if any(not amount.unit and abs(amount.value) > 1 for amount in known) else ()
    return ("mixed_units",) if len(units) > 1 else ()


def _unread(texts: Mapping[str, int], comma: bool) -> int:
    """Cells that are no numbers when spelt so."""
    return sum(
        count
        for text, count in texts.items()
        if cells.number(text, comma) is None and amounts.read(text, comma) is None
    )


def _usual_unit(spelt: Mapping[str, amounts.Amount], counts: Mapping[str, int]) -> str:
    """The most frequent unit; of words that are in no table only one that many different numbers carry."""
    units: Counter[str] = Counter()
    different: Counter[str] = Counter()
    for text, amount in spelt.items():
        units[amount.unit] += counts[text]
        different[amount.unit] += 1
    usual = [unit for unit, _ in units.most_common() if unit and (is_known(unit) or different[unit] > _MANY)]
    return usual[0] if usual else ""
