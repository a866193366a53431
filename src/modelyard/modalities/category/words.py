"""Which words of a column of categories are levels, and which mean that nothing is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from modelyard.core import cells

_MANY = 50  # among more different levels than this, 无 says that nothing was entered
_COUNTRIES = {
    "CN",
    "JP",
    "FR",
    "GB",
    "US",
    "KR",
    "RU",
    "BR",
    "ZA",
    "ES",
    "IT",
    "AU",
    "CH",
    "SE",
    "TR",
    "TH",
    "SG",
    "PL",
}
_SEVERAL = 3
_LONG = 16  # digits of a number that nobody calculates with
_WHOLE = re.compile(r"-?[0-9]+\.0")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_NARROW = {
    **{wide: wide - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(first), ord(last) + 1)},
    **{ord(sign): ord(sign) - 0xFEE0 for sign in "＋－．％／＃＆"},
}


def missing(options: Mapping[str, Any]) -> frozenset[str]:
    """Texts that mean a missing cell in a column with these options; without `keep`, words for none are levels."""
    keep = options.get("keep")
    return _gaps(None if keep is None else tuple(keep)) | cells.own_gaps(options, lambda _: None)[0]


@lru_cache(maxsize=1024)
def _gaps(keep: tuple[str, ...] | None) -> frozenset[str]:
    gaps = cells.MISSING_WORDS | (cells.UNKNOWN_WORDS if keep is None else cells.VAGUE_WORDS)
    return gaps - frozenset(keep or ())


def kept(values: Iterable[Any]) -> list[str]:
    """The texts of a column that stay as they are although they look missing, or like a whole number.

    无 and none are levels among a few others. A dash is one among signs: + and -. 2.0 is one beside 1.10: a version.
    """
    levels = {cell.strip() for cell in values if isinstance(cell, str)}
    others = levels - cells.VAGUE_WORDS
    found: set[str] = set()
    if others and len(levels) <= _MANY:
        found |= {level for level in levels & cells.NONE_WORDS if any(map(str.isalnum, level))}
    if any(not any(map(str.isalnum, level)) for level in others):
        found |= {level for level in levels & cells.NONE_WORDS if not any(map(str.isalnum, level))}
    if any(_DECIMAL.fullmatch(level) and not level.endswith(".0") for level in others):
        found |= {level for level in others if _WHOLE.fullmatch(level)}
    if len(levels & _COUNTRIES) >= _SEVERAL:
        found.add("NA")  # Namibia
    return sorted(found)


def narrow(text: str) -> str:
    """A text with its full-width letters, digits and signs in plain width: Ａ１ is A1."""
    return text if text.isascii() else text.translate(_NARROW)


def how(cell: Any, options: Mapping[str, Any]) -> str:
    """What had to be done to read a cell; empty where it is taken as it stands."""
    if cells.loses_digits(cell):
        return "exact"
    if not isinstance(cell, str):
        return "" if cells.number(cell) is None or isinstance(cell, bool) else "code"
    bare = cell.strip()
    if bare in (options.get("keep") or ()):
        return "kept" if bare in cells.VAGUE_WORDS | cells.MISSING_WORDS else ""
    if bare in missing(options):
        return "missing"
    if cells.number(bare) is not None:
        return "exact" if len(bare) >= _LONG else "code"
    return "" if narrow(bare) == bare else "wide"
