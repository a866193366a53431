"""Cells as users write them: which words mean that nothing is there, and what a text says as a number or a name.

Ships in every bundle: standard library and numpy only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from numbers import Real
from typing import Any, TypeVar, cast

import numpy as np

from modelyard.core.amounts import cleaned
from modelyard.core.protocols import Array, Parsed

Value = TypeVar("Value")

MISSING_WORDS = frozenset(
    {"", "?", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "NaT", "NULL", "null", "None", "缺失"}
    | {"#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!"}
)
"""Texts that mean a missing cell in a column of any kind, the errors of spreadsheets included."""

_LATIN = ("unknown", "missing", "not available", "not known", "undefined", "tbd", "n.a.")
UNKNOWN_WORDS = frozenset(
    {spelt for word in _LATIN for spelt in (word, word.upper(), word.capitalize(), word.title())}
    | {
        "不详",
        "未知",
        "暂无",
        "待定",
        "空",
        "不明",
        "暂缺",
        "未填",
        "未填写",
        "未提供",
        "无数据",
        "未记录",
        "空白",
        "？",
    }
)
"""Texts that say that nobody knows: missing in every column, unless a category keeps them as levels."""

NONE_WORDS = frozenset(
    {"-", "--", "---", "—", "——", "–", ".", "。", "/", "\\", "…", "……", "－", "none", "NONE", "nil", "无", "没有"}
)
"""Texts that say that there is none: missing where a number, a date or a yes is due, often a level of a category."""

VAGUE_WORDS = UNKNOWN_WORDS | NONE_WORDS

_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]+\.0")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # half characters and NUL: neither UTF-8 nor ONNX takes them
_EXACT = 2**53  # from here on a float64 skips whole numbers
_ROUNDED = re.compile(r"[1-9]\.[0-9]{2,14}[eE]\+?(?P<exponent>1[5-9])")
_SPREADSHEET = 15  # digits of a number that spreadsheets keep
_HUGE = 10**20
_MOST = 0.8
_LOOK = 20  # cells that tell whether a closer look is worth its time
_SHORT = 64  # characters of a text that is worth remembering
_SWAP = str.maketrans(",.", ".,")
_NAME_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def read(
    values: Array, words: Collection[str], one: Callable[[Any], Value | None], missing: Value
) -> tuple[list[Value], list[int]]:
    """Read a column, each distinct text once.

    Args:
        values: Cells as given [rows], of any dtype.
        words: Stripped texts that mean a missing cell.
        one: Reads a stripped text that is none of the words, or a cell of another type; None when it cannot.
        missing: Stands for a missing cell, and for one that could not be read.

    Returns:
        What was read [rows], and the rows of the cells that could not be read.
    """
    cells = as_list(values)
    distinct = _texts_only(cells)
    found: list[Value | None]
    if distinct is None:
        found = [missing if is_nothing(cell) else _one(cell, words, one, missing) for cell in cells]
    else:  # the usual case, many times faster than looking at each cell
        known = {cell: missing if cell is None else _one(cell, words, one, missing) for cell in distinct}
        if all(value is text for text, value in known.items()):  # every text means itself
            return cells, []
        found = list(map(known.__getitem__, cells))
        if None not in known.values():
            return cast("list[Value]", found), []
    bad = [row for row, value in enumerate(found) if value is None]
    return [missing if value is None else value for value in found], bad


def _texts_only(cells: list[Any]) -> set[str | None] | None:
    """The distinct cells, when they are texts and None; else None: among numbers, 1, 1.0 and True are the same."""
    try:
        distinct = set(cells)
    except TypeError:  # a list in a cell
        return None
    return distinct if all(cell is None or type(cell) is str for cell in distinct) else None


def _one(cell: Any, words: Collection[str], one: Callable[[Any], Value | None], missing: Value) -> Value | None:
    if not isinstance(cell, str):
        return one(cell)
    bare = cell.strip()
    return missing if bare in words else one(bare)


def as_list(values: Array) -> list[Any]:
    """Cells as Python objects; narrow floats and times stay numpy scalars, which know how they are written."""
    if values.dtype.kind in "mM" or values.dtype in (np.float16, np.float32):
        return list(values)
    return values.tolist()  # type: ignore[no-any-return]


def is_nothing(cell: Any) -> bool:
    """None, NaN, NaT or pandas.NA."""
    if cell is None or type(cell).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(cell, float | np.floating | np.datetime64 | np.timedelta64) and bool(cell != cell)


def number(cell: Any, comma: bool = False) -> float | None:
    """A stripped text or another cell as a number, infinite where float64 ends; None when it is none.

    Args:
        cell: Text may group thousands (1,234.5) and be full-width (１２．５).
        comma: Text spells numbers the other way round: 1.234,5.
    """
    if isinstance(cell, str):
        return _number_of_text(cell, comma)
    if not isinstance(cell, Real | Decimal | np.bool_) or isinstance(cell, np.timedelta64):
        return None
    try:
        return float(cell)
    except OverflowError:
        return math.inf
    except ValueError:  # a signalling NaN
        return None


def words_of(name: str) -> list[str]:
    """The Latin words of a column's name, in small letters: customerId and customer_id are customer, id."""
    return [word.lower() for word in _NAME_WORD.findall(name)]


def loses_digits(cell: Any) -> bool:
    """Whether a cell is a whole number with more digits than a float64 keeps."""
    try:
        whole = int(cell) if isinstance(cell, str | int | np.integer) and not isinstance(cell, bool) else 0
        return abs(whole) > _EXACT and int(float(whole)) != whole
    except (ValueError, TypeError):  # a text of another kind, or of thousands of digits; a duration
        return False
    except OverflowError:
        return True


def rounded_ids(values: Iterable[Any]) -> bool:
    """Whether most cells look like ids of 16 or more digits of which a spreadsheet kept 15 or fewer.

    1.10105E+17 and 110105199003071000 are what it makes of 110105199003071234: the digits are lost for good.
    """
    values = list(values)
    if not any(map(_rounded_length, values[:_LOOK])):
        return False
    found = [_rounded_length(cell) for cell in values]
    lengths = {length for length in found if length}
    return len(lengths) == 1 and sum(map(bool, found)) >= max(3, _MOST * len(found))


def _rounded_length(cell: Any) -> int:
    """Digits that a whole number had before a spreadsheet rounded it; 0 where it did not."""
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) < _HUGE and cell == int(cell):
        cell = str(int(Decimal(repr(cell))))
    if not isinstance(cell, str):
        return 0
    bare = cell.strip()
    if found := _ROUNDED.fullmatch(bare):
        return int(found["exponent"]) + 1
    kept = bare[:_SPREADSHEET].rstrip("0")
    whole = bare.isdigit() and _SPREADSHEET < len(bare) <= 20 and not bare[_SPREADSHEET:].strip("0")
    return len(bare) if whole and len(kept) >= _SPREADSHEET - 3 else 0


def own_gaps(options: Mapping[str, Any], one: Callable[[Any], float | None]) -> tuple[frozenset[str], list[float]]:
    """What the user lists under `missing:` for a column, as texts, and as numbers where `one` reads it as such."""
    own = options.get("missing")
    if not own:
        return frozenset(), []
    bare = [word.strip() if isinstance(word, str) else word for word in own]
    numbers = [found for word in bare if (found := one(word)) is not None]
    return frozenset(map(text_of, bare)), numbers


def text_of(cell: Any) -> str:
    """The one text that equal cells share, whether a CSV wrote 3, a frame with gaps 3.0 or a Parquet file the number 3.

    Otherwise texts stay as they are, but for white space around them and characters that no file may hold.
    """
    if isinstance(cell, str):
        return _remembered(str(cell)) if len(cell) <= _SHORT else _canonical(str(cell))
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating) and abs(float(cell)) < _EXACT and float(cell).is_integer():
        return str(int(cell))
    return _canonical(str(cell))


def writable(text: str) -> str:
    """A text without the characters that no file may hold: half characters and NUL."""
    return text if text.isprintable() else _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


@lru_cache(maxsize=16_384)  # the same few levels come with every request
def _remembered(text: str) -> str:
    return _canonical(text)


def _canonical(text: str) -> str:
    text = writable(text.strip())
    if text.endswith(".0") and _WHOLE.fullmatch(text):
        return text[:-2]
    return text.lower() if len(text) < 6 and text.lower() in ("true", "false") else text


def parsed(numbers: Array, bad: Iterable[int], gaps: Collection[float]) -> Parsed:
    """A column of numbers in canonical form: infinities and the user's own codes for a missing cell become NaN.

    Args:
        numbers: float64 [rows]; written to.
        bad: Rows that could not be read.
        gaps: Numbers that mean a missing cell, such as -999.
    """
    infinite = np.isinf(numbers)
    notes = {"infinite": int(infinite.sum())} if infinite.any() else {}
    if notes:
        numbers[infinite] = np.nan
    if gaps:
        numbers[np.isin(numbers, np.asarray([*gaps], np.float64))] = np.nan
    return Parsed(numbers, np.asarray(list(bad), np.int64), notes)


def _number_of_text(text: str, comma: bool) -> float | None:
    text = cleaned(text)
    if comma:
        text = text.translate(_SWAP)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        return None if "_" in text else float(text)  # Python reads 1_000 as a number; people do not
    except ValueError:
        return None
