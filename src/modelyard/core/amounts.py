"""Numbers as people write them: 1.2万, 3,000元, (1,234), 85%, 1 234,56 €, 三千五百, 2小时30分, 1 1/2, 上午9:30.

    read("¥1.2万")  -> Amount(12000.0, "元", "multiplier")

A text is read or it is not: bounds and ranges (10k+, <5, 10-20, 60岁以上) and names (12A, 3号楼, 10²) are no numbers.
Ships in every bundle: standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from modelyard.core.units import BEFORE, factor, is_share, is_time, unit_of


@dataclass(frozen=True)
class Amount:
    """What a text says.

    Args:
        value: The number, multipliers such as 万 applied.
        unit: The unit's one name; empty without one.
        how: What had to be done, the most telling of: multiplier, percent, unit, negative, decimal, grouped, wide,
            fraction, clock, numeral; empty where nothing had.
    """

    value: float
    unit: str = ""
    how: str = ""


_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8"}
_REPLACED: dict[str, str | None] = {
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{SMALL HYPHEN-MINUS}△▲", "-"),
    **dict.fromkeys("\N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}", " "),
    **dict.fromkeys("\u200b\u200c\u200e\u200f\u2060\ufeff"),
    **{sign: f" {fraction}" for sign, fraction in _VULGAR.items()},
    **{"￥": "¥", "’": "'"},
}
_WIDE = str.maketrans(_REPLACED)
_SWAP = str.maketrans(",.", ".,")
_LONGEST = 64  # characters of an amount

_MULTIPLIERS = {
    **{"百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9, "百亿": 1e10},
    **{"千亿": 1e11, "万亿": 1e12, "萬": 1e4, "億": 1e8, "w": 1e4, "k": 1e3, "K": 1e3, "thousand": 1e3},
    **dict.fromkeys(("M", "mn", "mio", "Mio", "Mio.", "million"), 1e6),
    **dict.fromkeys(("B", "bn", "Mrd", "Mrd.", "billion"), 1e9),
    **dict.fromkeys(("lakh", "lakhs"), 1e5),
    **dict.fromkeys(("crore", "crores", "Cr"), 1e7),
}
_DIGITS = r"(?:[0-9][0-9,.' ]*[0-9.,]|[0-9]|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
_AMOUNT = re.compile(
    rf"(?P<sign>[+-]?)\s*(?P<before>{BEFORE})?\s*(?P<inner>[+-]?)\s*(?P<digits>{_DIGITS})\s*(?P<rest>.*?)(?P<behind>-?)"
)
_LONGEST_FIRST = "|".join(sorted(map(re.escape, _MULTIPLIERS), key=len, reverse=True))
_MULTIPLIED = re.compile(rf"(?P<size>{_LONGEST_FIRST})(?:(?<![a-zA-Z])|\b)\s*(?P<unit>.*)")
_PLAIN = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(
    r"(?:[1-9][0-9]{0,2}(?P<mark>[, '])[0-9]{3}(?:(?P=mark)[0-9]{3})*|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})"
    r"(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"
)
_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([^\d\s.,+\-<>~]+)\s*")
_FRACTION = re.compile(r"(?:(?P<whole>[0-9]+) +)?(?P<above>[0-9]{1,3}) ?/ ?(?P<below>[1-9][0-9]{0,2})")
_CLOCK = re.compile(
    r"(?P<half>凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*(?P<hour>[0-9]{1,3})(?:[:时点](?P<minute>[0-9]{2})?分?"
    r"(?::?(?P<second>[0-9]{2}(?:\.[0-9]+)?)秒?)?)?\s*(?P<noon>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_LATE = ("中午", "下午", "傍晚", "晚上", "p")

_NUMERALS = {
    **{
        digit: number
        for digits in ("零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖")
        for number, digit in enumerate(digits)
    },
    **{"〇": 0, "两": 2, "兩": 2, "貳": 2, "陸": 6},
}
_PLACES = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
_FIRST, _NEXT = "".join([*_NUMERALS, "十拾"]), "".join([*_NUMERALS, *_PLACES, *_MYRIADS])
_SPELT = re.compile(f"(?P<sign>[负負]?)(?P<words>[{_FIRST}][{_NEXT}]*)(?P<rest>.*)")


_TELLING = re.compile(f"[0-9{_FIRST}]")  # no amount is without one of these


def cleaned(text: str) -> str:
    """A text in plain width: digits, letters, signs, spaces and dashes as a keyboard has them."""
    if text.isascii():
        return text.strip()
    text = text.translate(_WIDE).strip()
    if text.isascii():
        return text
    return "".join(str(int(sign)) if sign.isdecimal() and not sign.isascii() else sign for sign in text)


@lru_cache(maxsize=65_536)
def read(text: str, comma: bool = False) -> Amount | None:
    """A text as an amount, or None.

    Args:
        text: The cell.
        comma: Numbers are spelt 1.234,5.
    """
    bare = cleaned(text)
    if len(bare) > _LONGEST or not _TELLING.search(bare):
        return None
    found = _amount(bare, comma) or _fraction(bare) or _clock(bare) or _pieces(bare) or _spelt(bare)
    return found if found is None or found.how or bare == text.strip() else replace(found, how="wide")


def numeral(text: str) -> int | None:
    """Chinese numerals as a number: 三千五百, 十二, 二〇二四; None for anything else."""
    found = _SPELT.fullmatch(text)
    if found is None or found["sign"] or found["rest"]:
        return None
    return (
        _placed(text) if {*text} & (_PLACES.keys() | _MYRIADS) else int("".join(str(_NUMERALS[sign]) for sign in text))
    )


def _amount(text: str, comma: bool) -> Amount | None:
    """A sign, a currency, digits, a multiplier and a unit."""
    bracketed = text.startswith("(") and text.endswith(")")
    found = _AMOUNT.fullmatch(text[1:-1].strip() if bracketed else text)
    if found is None:
        return None
    signs = found["sign"] + found["inner"] + found["behind"]
    number, tail = _decimal(found["digits"], comma), _tail(found["rest"], found["before"])
    if number is None or tail is None or len(signs) + bracketed > 1:
        return None
    size, unit = tail
    negative = bracketed or "-" in signs
    steps = {
        "multiplier": size != 1,
        "percent": is_share(unit),
        "unit": bool(unit),
        "negative": negative and not re.match("-[0-9.,]", text),
        "decimal": comma and not found["digits"].isdigit(),
        "grouped": _PLAIN.fullmatch(found["digits"]) is None,
    }
    return Amount((-1 if negative else 1) * number * size, unit, next((how for how, done in steps.items() if done), ""))


def _decimal(digits: str, comma: bool) -> float | None:
    """Digits with their marks as a number."""
    if comma:
        digits = digits.translate(_SWAP)
    if _PLAIN.fullmatch(digits):
        return float(digits)
    return float(re.sub("[, ']", "", digits)) if _GROUPED.fullmatch(digits) else None


def _tail(rest: str, before: str | None) -> tuple[float, str] | None:
    """What stands behind the digits, as (multiplier, unit); None when it makes the text no number."""
    currency = unit_of(before) or "" if before else ""
    if not rest:
        return 1.0, currency
    multiplied = _MULTIPLIED.fullmatch("M" if currency and rest == "m" else rest)
    unit = unit_of(rest, bool(currency))
    if multiplied and (unit is None or rest in _MULTIPLIERS or unit == rest.casefold()):  # 千克 is a unit, 千元 is not
        behind = unit_of(multiplied["unit"], bool(currency)) if multiplied["unit"] else ""
        return None if behind is None else (_MULTIPLIERS[multiplied["size"]], currency + behind)
    return None if unit is None else (1.0, currency + unit)


def _fraction(text: str) -> Amount | None:
    """1/2 and 1 1/2."""
    found = _FRACTION.fullmatch(text)
    if found is None:
        return None
    return Amount(int(found["whole"] or 0) + int(found["above"]) / int(found["below"]), "", "fraction")


def _clock(text: str) -> Amount | None:
    """A time of day, or a duration with colons, in hours."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    half = (found["half"] or (found["noon"] or "")[:1]).lower()
    hour, minute, second = (float(found[part] or 0) for part in ("hour", "minute", "second"))
    said = found["minute"] or half or text.endswith(("点", "时"))
    if not said or minute >= 60 or second >= 60 or (half and hour > 12):
        return None
    if half and half != "中午":
        hour = hour % 12 + 12 * (half in _LATE)
    elif half and hour < 11:  # 中午1点
        hour += 12
    return Amount(hour + minute / 60 + second / 3600, "h", "clock")


def _pieces(text: str) -> Amount | None:
    """2小时30分, 1m 75cm, 3万5千: pieces of one kind, each smaller than the one before, in the first one's unit."""
    pieces = _PIECE.findall(text)
    if len(pieces) < 2 or "".join(map("".join, pieces)) != text.replace(" ", ""):
        return None
    words = [word for _, word in pieces]
    multiplied = all(word in _MULTIPLIERS for word in words)
    unit = "" if multiplied else unit_of(words[0])
    if unit is None:
        return None
    sizes = [_MULTIPLIERS[word] if multiplied else _size(word, unit) for word in words]
    if any(size is None or size >= before for before, size in pairwise([float("inf"), *sizes])):  # type: ignore[operator]
        return None
    value = sum(float(number) * (size or 0) for (number, _), size in zip(pieces, sizes, strict=True))
    return Amount(value, unit, "multiplier" if multiplied else "unit")


def _size(word: str, first: str) -> float | None:
    """How many of the first unit one of a later unit is; m and 分 are minutes where hours stand before them."""
    unit = "min" if word in ("m", "分") and is_time(first) else unit_of(word)
    return None if unit is None else factor(unit, first)


def _spelt(text: str) -> Amount | None:
    """Chinese numerals, and a unit behind them."""
    found = _SPELT.fullmatch(text)
    value = numeral(found["words"]) if found else None
    unit = unit_of(found["rest"]) if found and found["rest"] else ""
    if found is None or value is None or unit is None:
        return None
    return Amount(float(-value if found["sign"] else value), unit, "numeral")


def _placed(signs: Sequence[str]) -> int | None:
    """Numerals with places: 万 and 亿 close a block of up to four."""
    total, block, digit = 0, 0, -1
    for sign in signs:
        if sign in _NUMERALS:
            if digit > 0:
                return None
            digit = _NUMERALS[sign]
        elif sign in _PLACES:
            block, digit = block + abs(digit) * _PLACES[sign], -1
        else:
            size, block = _MYRIADS[sign], block + max(digit, 0)
            total, block, digit = (total + block) * size if total < size else total + block * size, 0, -1
    return total + block + max(digit, 0)
