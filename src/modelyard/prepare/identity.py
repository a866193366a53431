"""Columns that only say which row it is: row and customer numbers, UUIDs. A model could but learn them by heart."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from modelyard.core.cells import as_list, words_of
from modelyard.core.protocols import Array, Sample

FEWEST = 20  # rows; below, numbers that rise by one or words that differ are no sign of anything
_LARGEST = 2**63

_NAMES = {"id", "uuid", "guid", "rowid", "pk", "phone", "mobile", "telephone"}  # as a word: customer_id, PassengerId
_WHOLE_NAMES = {"index", "idx", "row", "no", "no.", "nr", "#", "level_0", "unnamed_1", "编码"}
_ENDINGS = (
    *("编号", "序号", "单号", "流水号", "学号", "工号", "卡号", "账号", "证号", "号码", "主键", "行号"),
    *("手机", "手机号", "电话"),
)
_CODE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=.*[0-9])(?=.*[a-f])[0-9a-f]{16,}", re.IGNORECASE)


def is_identity(sample: Sample, cells: Array, absent: Array) -> bool:
    """Whether a column names its rows.

    Numbers do when they count the rows (0, 1, 2 ... or 1, 2, 3 ...), or when all differ and the column's name says so;
    texts do when all differ and either the name says so or they look like a UUID or a hash.

    Args:
        sample: The column's sample: cheap to look at first.
        cells: All its cells [rows].
        absent: Which of them are missing [rows].
    """
    if sample.distinct < len(sample.values) or len(sample.values) < FEWEST or cells.dtype.kind in "Mb":
        return False
    cells = cells[~absent]
    named = says_identity(sample.name)
    numbers = _whole_numbers(sample.values)
    if numbers is not None:
        numbers = _whole_numbers(as_list(cells))
        if numbers is None:
            return False
        counts = sample.rows == len(cells) and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())
        return counts or (named and len(np.unique(numbers)) == len(numbers))
    texts = [cell for cell in sample.values if isinstance(cell, str)]
    if len(texts) < len(sample.values) or not (named or all(_CODE.fullmatch(text.strip()) for text in texts)):
        return False
    return not _are_fractions(texts) and len(set(cells.tolist())) == len(cells)


def says_identity(name: str) -> bool:
    """Whether a column's name says that it holds identities."""
    bare = name.strip()
    return not _NAMES.isdisjoint(words_of(name)) or bare.lower() in _WHOLE_NAMES or bare.endswith(_ENDINGS)


def _whole_numbers(cells: Array | list[object]) -> NDArray[np.int64] | None:
    """Cells as int64, or None when one of them is anything else."""
    found = [_whole_number(cell) for cell in cells]
    return None if None in found else np.asarray(found, np.int64)


def _whole_number(cell: object) -> int | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, str):
        bare = cell.strip()
        number = int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 19 else None
    elif isinstance(cell, int | np.integer):
        number = int(cell)
    else:
        number = int(cell) if isinstance(cell, float | np.floating) and cell.is_integer() else None
    return number if number is not None and abs(number) < _LARGEST else None


def _are_fractions(texts: list[str]) -> bool:
    """Texts such as 0.731: measurements, whatever their column is called."""
    return all(re.fullmatch(r"[-+]?[0-9]*[.,][0-9]+", text.strip()) for text in texts)
