"""How the cells of one column spell numbers: decimal mark, unit, percent; and what is a name rather than a number."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from modelyard.core import amounts, cells
from modelyard.core.protocols import Sample
from modelyard.core.units import PERCENT, factor, is_known, is_share, unit_of

WORDS = cells.MISSING_WORDS | cells.VAGUE_WORDS
"""Texts that mean a missing number."""

_MANY = 10  # different numbers with a word behind them, before a word that is in no table counts as their unit
_FEW_CODES = 0.01
_FEW_BAD = 0.05
_CODE = re.compile(r"0[0-9]+")  # 007 and 02134 name things
_VERSION = re.compile(r"[vV]?[0-9]+(?:\.[0-9]+){2,}(?<!\.[0-9]{3}\.[0-9]{3})")  # 1.1.2, but not 1.234.567
_HEX = re.compile(r"[0-9]+[eE][0-9]+")  # 1E5 and 9E4 are codes; who means a number writes 1e+05 or 1.0E5 as well
_MOBILE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")
_NAMING = {
    "id",
    "code",
    "zip",
    "zipcode",
    "postcode",
    "postal",
    "phone",
    "mobile",
    "tel",
    "telephone",
    "fax",
    "version",
}
_NAMING_ENDS = (
    *("编号", "代码", "编码", "邮编", "邮政编码", "号码", "手机", "手机号", "电话"),
    *("证号", "卡号", "账号", "单号", "版本", "版本号"),
)


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
    size = factor(amount.unit, PERCENT if is_share(unit) else unit)
    return None if size is None else amount.value * size * (0.01 if is_share(unit) and not points else 1)


def is_unclear(value: float, unit: str, points: bool) -> bool:
    """Whether a number without a unit may mean two things in a column of shares."""
    return is_share(unit) and not points and abs(value) > 1


def settle(sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with decimal mark, unit and text decided by the cells."""
    texts = Counter(text for text in _texts(sample.values) if text not in WORDS)
    decimal = options.get("decimal", "auto")
    comma = decimal == "comma" or (decimal == "auto" and _unread(texts, True) < _unread(texts, False))
    found = {text: amounts.read(text, comma) for text in texts}
    spelt = {text: amount for text, amount in found.items() if amount is not None and amount.how}
    unit, text = options.get("unit"), options.get("text")
    return {
        **options,
        "decimal": "comma" if comma else "point",
        "unit": _usual_unit(spelt, texts) if unit is None else unit_of(unit) or unit.strip(),
        "text": bool(spelt) if text is None else text,
    }


def names_things(sample: Sample, comma: bool) -> bool:
    """Whether cells that could all be numbers name things: codes, versions, phones, long ids, dates such as 1/2."""
    texts = [*_texts(sample.values)]
    wholes = [cell for cell in sample.values if _is_whole(cell)]
    if _says_names(sample.name) and (len(wholes) == len(sample.values) or (texts and all(map(_is_part, texts)))):
        return True
    if any(map(_VERSION.fullmatch, texts)) or any(map(cells.loses_digits, wholes)) or cells.rounded_ids(sample.values):
        return True
    if texts and all(map(_HEX.fullmatch, texts)):
        return True
    mobiles = sum(_MOBILE.fullmatch(str(cell).strip()) is not None for cell in wholes)
    return mobiles == len(sample.values) or _has_codes(texts) or _is_bare_numerals(texts) or _may_be_dates(texts, comma)


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell; empty where it is taken as it stands."""
    if not isinstance(cell, str):
        return ""
    bare, unit = cell.strip(), options.get("unit") or ""
    if bare in WORDS or bare in {str(word).strip() for word in options.get("missing") or ()}:
        return "missing"
    amount = amounts.read(bare, options.get("decimal") == "comma")
    if amount is None:
        return ""
    if amount.unit not in ("", unit) and not is_share(amount.unit):
        return "converted"
    if unit and not amount.unit and not amount.how and not is_share(unit):
        return "bare"
    if amount.how == "percent":
        return "points" if options.get("percent") == "points" else "percent"
    return amount.how or ("zeros" if _CODE.fullmatch(bare) else "")


def doubts(sample: Sample, bad: int) -> tuple[str, ...]:
    """Why cells that are all amounts are not one column of numbers: other units, or numbers beside percents.

    Args:
        sample: The column.
        bad: Its cells that could not be read.
    """
    texts = Counter(text for text in _texts(sample.values) if text not in WORDS)
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


def _texts(values: Iterable[Any]) -> Iterable[str]:
    return (cell.strip() for cell in values if isinstance(cell, str))


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


def _says_names(name: str) -> bool:
    """Whether a column is called a code, a phone number, a version ..."""
    *before, last = ["", *cells.words_of(name)]
    if last in ("number", "no", "num"):
        last = before[-1] if before else ""
    return last in _NAMING or name.strip().endswith(_NAMING_ENDS)


def _is_whole(cell: Any) -> bool:
    if isinstance(cell, str):
        bare = cell.strip()
        return bare.isascii() and bare.isdigit()
    number = cells.number(cell)
    return number is not None and not isinstance(cell, bool) and math.isfinite(number) and number == math.floor(number)


def _is_part(text: str) -> bool:
    """A part of a version number: 1.10 or 2."""
    return re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) is not None


def _has_codes(texts: list[str]) -> bool:
    """Whether leading zeros belong to the cells: in more than a few of them, or where all are equally long."""
    codes = sum(_CODE.fullmatch(text) is not None for text in texts)
    known = [text for text in texts if text not in WORDS]
    same = len({len(text) for text in known}) == 1 and all(text.isdigit() for text in known)
    return codes > _FEW_CODES * len(known) or (codes > 0 and same)


def _is_bare_numerals(texts: list[str]) -> bool:
    """一, 二, 三 alone are names of levels; 十二 is a number."""
    return bool(texts) and max(map(len, texts)) == 1 and any(amounts.numeral(text) is not None for text in texts)


def _may_be_dates(texts: list[str], comma: bool) -> bool:
    """1/2 and 3/4 with nothing beside them that tells fractions from days: neither 1 1/2, ½ nor 0.5."""
    read = {text: amounts.read(text, comma) for text in {*texts}}
    fractions = [text for text, amount in read.items() if amount is not None and amount.how == "fraction"]
    clear = any(not text.replace("/", "").isdigit() for text in fractions)
    return bool(fractions) and not clear and not any("." in text for text in read)
