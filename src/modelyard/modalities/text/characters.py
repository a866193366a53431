"""What texts are made of, counted over many texts at once: characters, words, digits, capitals, signs, scripts.

Only the different characters of a chunk are looked up one by one; all else is arithmetic on arrays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array, Doubles

COUNTS = ("characters", "words", "digits", "capitals", "signs")

_CHUNK = 1 << 21  # characters looked at in one go
_SPACE, _DIGIT, _CAPITAL, _LETTER, _WIDE, _MARK, _SIGN = range(7)
_KINDS = {"Nd": _DIGIT, "Lu": _CAPITAL, "Lt": _CAPITAL}
_GROUPS = {"L": _LETTER, "N": _LETTER, "M": _MARK, "P": _SIGN, "S": _SIGN}
_SPACELESS = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)),  # Thai and Lao, Burmese, Khmer
    *((0x2E80, 0x312F), (0x31A0, 0x31FF), (0x3400, 0x4DBF)),  # radicals, kana, Bopomofo, Han
    *((0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
)


def counts(texts: Array) -> Doubles:
    """How many of each of `COUNTS` the texts have, float64 [rows, 5]; signs are neither letters, marks nor spaces."""
    found = [np.zeros((0, len(COUNTS)))]
    for rows, codes, size in _chunks(texts):
        kinds = _table(codes, _kind)
        inside = (kinds != _SPACE) & (kinds != _SIGN)
        before = np.concatenate([[False], (inside & (kinds != _WIDE))[:-1]])
        begins = (kinds == _WIDE) | (inside & (kinds != _MARK) & ~before)
        marked = (np.ones(len(codes), bool), begins, kinds == _DIGIT, kinds == _CAPITAL, kinds == _SIGN)
        each = np.stack([np.bincount(rows[mark], minlength=size) for mark in marked], axis=1).astype(np.float64)
        each[:, 0] -= 1  # the space that ends each text
        found.append(each)
    return np.concatenate(found)


def spaceless(texts: Array) -> Doubles:
    """Letters of scripts that write no spaces, in each text, float64 [rows]."""
    found = [np.zeros(0)]
    for rows, codes, size in _chunks(texts):
        found.append(np.bincount(rows[_table(codes, _kind) == _WIDE], minlength=size).astype(np.float64))
    return np.concatenate(found)


def scripts(texts: Array) -> set[str]:
    """The scripts of all letters, as Unicode begins their names: LATIN, CJK, ARABIC."""
    distinct = {code for _, codes, _ in _chunks(texts) for code in np.unique(codes).tolist()}
    return {_script(code) for code in distinct} - {""}


def strange(texts: Array, known: Collection[str]) -> NDArray[np.bool_]:
    """Whether most letters of a text are of other scripts [rows]."""
    found = [np.zeros(0, bool)]
    for rows, codes, size in _chunks(texts):
        ours = _table(codes, lambda code: 0 if not _script(code) else 1 if _script(code) in known else 2)
        familiar, foreign = (np.bincount(rows[ours == which], minlength=size) for which in (1, 2))
        found.append(foreign > familiar)
    return np.concatenate(found)


def _chunks(texts: Array) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint32], int]]:
    """Row and code of every character, row 0 first, each text ended by a space; and the number of rows."""
    chunk: list[str] = []
    size = 0
    for number, text in enumerate(texts, 1):
        chunk.append(text)
        size += len(text)
        if size >= _CHUNK or number == len(texts):
            lengths = np.fromiter(map(len, chunk), np.int64, len(chunk)) + 1
            joined = " ".join([*chunk, ""]).encode("utf-32-le", "surrogatepass")
            yield np.repeat(np.arange(len(chunk)), lengths), np.frombuffer(joined, "<u4"), len(chunk)
            chunk, size = [], 0


def _table(codes: NDArray[np.uint32], of: Callable[[int], int]) -> NDArray[np.uint8]:
    """What `of` says of each character."""
    distinct = np.unique(codes)
    table = np.zeros(int(distinct[-1]) + 1, np.uint8)
    table[distinct] = [of(code) for code in distinct.tolist()]
    return table[codes]


def _kind(code: int) -> int:
    category = unicodedata.category(chr(code))
    if category[0] == "L" and any(low <= code <= high for low, high in _SPACELESS):
        return _WIDE
    return _KINDS.get(category, _GROUPS.get(category[0], _SPACE))


def _script(code: int) -> str:
    letter = chr(code)
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
