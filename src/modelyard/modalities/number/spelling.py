"""How the cells of one column spell numbers: decimal mark, unit, percent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import time
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
_MARKED = re.compile(r"[0-9][.,][0-9]")
_LIKELY = 0.95


def texts_of(values: Array) -> Counter[str]:
    """The texts of a column that are no words for missing, stripped, and how often each occurs; times are texts."""
    try:
        found = Counter(values.tolist())
    except TypeError:  # lists in cells
        found = Counter(cell for cell in values if isinstance(cell, str | time))
    texts: Counter[str] = Counter()
    for given, count in found.items():
        cell = spelt(given)
        if isinstance(cell, str) and (bare := cell.strip()) not in WORDS:
            texts[bare] += count
    return texts


def spelt(cell: Any) -> Any:
    """A time of day, as Excel, Parquet and databases have it, as a file of text spells it; another cell as it is."""
    return cell.replace(tzinfo=None).isoformat() if isinstance(cell, time) else cell


def number(cell: Any, comma: bool, unit: str, points: bool) -> float | None:
    """A stripped text or another cell as a number in the column's unit, or None.

    Args:
        cell: Text may carry a unit that can be converted; a time of day is so many hours.
        comma: Text spells 1.234,5.
        unit: The column's unit; empty when its numbers have none. A number without a unit is in this one, but beside
            percents only up to 1, because 85 may be 85 % or 8500 %.
        points: 85% is 85 rather than 0.85.
    """
    cell = spelt(cell)
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


def mark(texts: Mapping[str, int]) -> str:
    """How a column writes decimals: "comma", "point", "either" (94.172 may be 94172), "" where nothing shows.

    Args:
        texts: Of the column, and how often each occurs.
    """
    marked = {text: count for text, count in texts.items() if _MARKED.search(text)}
    if not marked:
        return ""
    most = (1 - _LIKELY) * sum(texts.values())
    by_point, by_comma = _unread(texts, False), _unread(texts, True)
    if min(by_point, by_comma) > most:
        return ""
    if by_point != by_comma:
        return "comma" if by_comma < by_point else "point"
    return "either" if any(_value(text, True) != _value(text, False) for text in marked) else ""


def settle(texts: Mapping[str, int], options: Mapping[str, Any], others: str = "") -> dict[str, Any]:
    """The options with decimal mark, unit and text decided by the texts of the column and how often each occurs.

    Args:
        texts: Of the column.
        options: As written.
        others: How the other columns write decimals, as `Sample.mark`: decides what its own texts leave open.
    """
    special = {text: count for text, count in texts.items() if not _PLAIN.fullmatch(text)}
    decimal, unit, text = options.get("decimal", "auto"), options.get("unit"), options.get("text")
    bad = _unread(special, False) if decimal == "auto" else 0
    comma = decimal == "comma" or (bad > 0 and _unread(texts, True) < bad)
    comma = comma or (decimal == "auto" and others == "comma" and mark(texts) == "either")
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
    cell = spelt(cell)
    if not isinstance(cell, str):
        return ""
    bare, unit = cell.strip(), options.get("unit") or ""
    own = options.get("missing")
    if bare in WORDS or (own and bare in {str(word).strip() for word in own}):
        return "missing"
    comma = options.get("decimal") == "comma"
    if _PLAIN.fullmatch(bare) and not (comma and "." in bare):
        return "zeros" if _CODE.fullmatch(bare) else "bare" if unit and not is_share(unit) else ""
    amount = amounts.read(bare, comma)
    if amount is None:
        return ""
    if amount.unit not in ("", unit) and not is_share(amount.unit):
        return "converted"
    if unit and not amount.unit and not amount.how and not is_share(unit):
        return "bare"
    if amount.how == "percent":
        return "points" if options.get("percent") == "points" else "percent"
    return amount.how


def doubts(sample: Sample, bad: int, comma: bool) -> tuple[str, ...]:
    """What is open: a mark that divides or groups; why cells that are all amounts are not one column of numbers.

    Args:
        sample: The column.
        bad: Its cells that could not be read.
        comma: Whether a comma is taken to divide.
    """
    texts = texts_of(sample.values) if bad or sample.mark else Counter[str]()
    if sample.mark == "mixed" and not comma and mark(texts) == "either":
        return ("decimal_mark",)
    if not bad or bad <= _FEW_BAD * sum(texts.values()):
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
    return sum(count for text, count in texts.items() if _value(text, comma) is None)


def _value(text: str, comma: bool) -> float | None:
    """A text as a number, whatever its unit."""
    plain = cells.number(text, comma)
    if plain is not None:
        return plain
    amount = amounts.read(text, comma)
    return None if amount is None else amount.value


def _usual_unit(spelt: Mapping[str, amounts.Amount], counts: Mapping[str, int]) -> str:
    """The most frequent unit; of words that are in no table only one that many different numbers carry."""
    units: Counter[str] = Counter()
    different: Counter[str] = Counter()
    for text, amount in spelt.items():
        units[amount.unit] += counts[text]
        different[amount.unit] += 1
    usual = [unit for unit, _ in units.most_common() if unit and (is_known(unit) or different[unit] > _MANY)]
    return usual[0] if usual else ""
