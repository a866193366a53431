"""What a row says, whatever file it came from: which cells are missing, and the one text that equal cells share.

A CSV holds "1", a Parquet file 1, a frame with gaps 1.0: the same row. Splits and fingerprints are made from this
text, so that they do not depend on the format of the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelyard.core.cells import MISSING_WORDS, as_list, is_nothing, text_of
from modelyard.core.columns import row_count
from modelyard.core.protocols import Array, Columns

DIGEST_BYTES = 16
_CHUNK_CELLS = 2_000_000
_EXACT = 2**53  # from here on a float64 skips whole numbers


def missing(values: Array) -> NDArray[np.bool_]:
    """Boolean [rows]: None, NaN, NaT, or a word that means a missing cell in any kind of column."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "M":
        return np.isnat(values)
    if values.dtype.kind != "O":
        return np.zeros(len(values), bool)
    cells = values.tolist()
    try:
        gaps = {cell for cell in {*cells} if _is_gap(cell)}
    except TypeError:  # lists and dictionaries cannot be members of a set
        return np.fromiter(map(_is_gap, cells), bool, len(cells))
    return np.fromiter(map(gaps.__contains__, cells), bool, len(cells)) if gaps else np.zeros(len(cells), bool)


def as_texts(values: Array) -> list[str]:
    """The canonical text of each cell; "" for a missing one.

    Numbers are written the shortest way, whole ones without a point; times in ISO 8601, UTC, without a zero time of
    day; true and false in small letters; everything else as it is, without white space around it.
    """
    if values.dtype.kind == "M":
        values = np.datetime_as_string(values.astype("datetime64[us]"))
    known = _Texts()
    return [known[cell] if type(cell) is str else _text_of(cell) for cell in as_list(values)]


def digests(columns: Columns) -> NDArray[np.object_]:
    """The content of each row: blake2b over what its cells say, columns in the order of their names.

    Returns:
        [rows] of 16 bytes each; equal rows have equal digests, whatever file format they come from.
    """
    ordered = [columns[name] for name in sorted(columns)]
    found: list[bytes] = []
    for chunk in chunks(row_count(columns), len(ordered)):
        codes = np.stack([_codes(values[chunk]) for values in ordered], axis=1).astype("<u8")
        found += [blake2b(row.tobytes(), digest_size=DIGEST_BYTES).digest() for row in codes]
    return np.fromiter(found, object, len(found))


def chunks(rows: int, width: int) -> Iterator[slice]:
    """Slices of at most about two million cells that cover all rows."""
    step = max(256, _CHUNK_CELLS // max(1, width))
    return (slice(start, min(rows, start + step)) for start in range(0, rows, step))


def _codes(values: Array) -> NDArray[np.uint64]:
    """Eight bytes per cell [rows]: of a number its float64, of anything else a hash of its canonical text."""
    numbers = _numbers(values)
    if numbers is not None:
        return _bits(numbers)
    texts = as_texts(values)
    known = {text: _code(text) for text in set(texts)}
    return np.fromiter(map(known.__getitem__, texts), np.uint64, len(texts))


def _numbers(values: Array) -> NDArray[np.float64] | None:
    """A column of numbers in one step, NaN for a missing cell; None when a cell needs a closer look."""
    if values.dtype.kind in "fiu":
        narrow = values.dtype.kind == "f" and values.dtype.itemsize < 8  # 0.1 is meant, not the float32 beside it
        numbers: NDArray[np.float64] | None = (values.astype(str) if narrow else values).astype(np.float64)
    elif values.dtype.kind != "O":
        return None
    else:
        numbers = _as_floats(values)
        if numbers is None:
            present = ~missing(values)
            known = _as_floats(values[present])
            if known is None:
                return None
            numbers = np.full(len(values), np.nan)
            numbers[present] = known
    return None if numbers is None or (np.abs(numbers) >= _EXACT).any() else numbers


def _as_floats(cells: Array) -> NDArray[np.float64] | None:
    if not {*map(type, cells)} <= {str, int, float}:
        return None
    if "_" in "".join(cell for cell in cells if type(cell) is str):  # Python reads 1_000 as a number; people do not
        return None
    try:
        return cells.astype(np.float64)
    except (ValueError, OverflowError):
        return None


def _bits(numbers: NDArray[np.float64]) -> NDArray[np.uint64]:
    bits = (numbers + 0.0).astype("<f8").view("<u8")  # -0.0 becomes 0.0
    bits[np.isnan(numbers)] = _NOTHING
    return bits.astype(np.uint64)


def _code(text: str) -> int:
    """The same eight bytes as in `_bits` where a canonical text is a number that float64 holds exactly."""
    try:
        number = float(text)
    except ValueError:
        return _hash(text)
    if "_" in text or (abs(number) >= _EXACT and text.lstrip("-").isdigit()):
        return _hash(text)
    return int(_bits(np.asarray([number]))[0])


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


_NOTHING = _hash("")


def _is_gap(cell: Any) -> bool:
    return cell.strip() in MISSING_WORDS if isinstance(cell, str) else is_nothing(cell)


class _Texts(dict[str, str]):
    """Cell -> canonical text, each worked out once."""

    def __missing__(self, cell: str) -> str:
        self[cell] = text = _text_of_text(cell)
        return text


def _text_of(cell: Any) -> str:
    """Canonical text of a cell that is not a text itself."""
    if type(cell) is int:
        return str(cell)
    if type(cell) is float:
        return _text_of_float(cell)
    if is_nothing(cell):
        return ""
    if isinstance(cell, date):
        return _text_of_time(cell.isoformat())
    return _text_of_text(cell.decode("utf-8", "replace") if isinstance(cell, bytes) else text_of(cell))


def _text_of_text(cell: str) -> str:
    cell = cell.strip()
    if cell in MISSING_WORDS:
        return ""
    try:
        number = float(cell)
    except ValueError:
        return _text_of_time(cell) if cell[4:5] == "-" and cell[7:8] == "-" else text_of(cell)
    if "_" in cell:  # Python reads 1_000 as a number; people do not
        return cell
    if abs(number) >= _EXACT and cell.lstrip("+-").isdigit():
        return cell.lstrip("+")
    return _text_of_float(number)


def _text_of_float(number: float) -> str:
    if math.isnan(number):
        return ""
    return str(int(number)) if abs(number) < _EXACT and number == int(number) else repr(number)


def _text_of_time(cell: str) -> str:
    try:
        moment = datetime.fromisoformat(cell)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):  # not a time, or one at the edge of the calendar
        return text_of(cell)
    return moment.isoformat().removesuffix("T00:00:00")
