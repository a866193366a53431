"""The step `grams`: the hashed n-grams of texts, without any vocabulary (feature hashing, Weinberger et al. 2009).

    grams(np.array(["房间很好!", ""], object), words=2, characters=0, buckets=262144)
    -> two rows: the bucket numbers of 房, 间, 很, 好, !, 房间, 间很, 很好, 好!; and none

A text is folded first (NFKC, then case), so that full width, ligatures and composed characters make no difference.
A word is a run of letters, digits and marks; each character of a script that writes no spaces (Chinese, Japanese kana,
Thai ...) is a word of its own, and so is each sign. Character n-grams run across words, with one space between words
that are written apart, and one at both ends. Nothing depends on the neighbours of a text, on the machine or its locale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

from modelyard.core.protocols import Array
from modelyard.core.ragged import Ragged

VERSION = 1

_CHUNK = 1 << 21  # characters looked at in one go: bounds the memory, changes no result
_SPACE, _LETTER, _MARK, _ALONE, _NOTHING = range(5)
_SPACELESS = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)),  # Thai and Lao, Burmese, Khmer
    *((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x312F), (0x31A0, 0x31FF)),  # radicals, kana, Bopomofo
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),  # Han
)
_SELECTORS = ((0x034F, 0x034F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))  # they choose a picture, not a character
_ZERO_WIDTH_SPACE = 0x200B
_BASE = np.uint64(0x9E3779B97F4A7C15)
_Numbers = NDArray[np.uint64]


def grams(texts: Array, words: int, characters: int, buckets: int) -> Ragged:
    """Bucket numbers of every n-gram of each text, each once, ascending.

    Args:
        texts: str objects [rows]; one without any character but spaces has no n-grams.
        words: The longest n-gram of words; 0: none.
        characters: The longest n-gram of characters; 0: none.
        buckets: Bucket numbers are below this, at most 2**31 - 1.
    """
    lengths: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
    values: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    for chunk in _chunks(texts):
        found = _hashed(chunk, words, characters)
        keys = [row * buckets + (key % np.uint64(buckets)).astype(np.int64) for row, key in found]
        distinct = _distinct(np.concatenate([np.zeros(0, np.int64), *keys]))
        lengths.append(np.bincount(distinct // buckets, minlength=len(chunk)).astype(np.int64))
        values.append((distinct % buckets).astype(np.int32))
    return Ragged(np.concatenate(values), np.cumsum(np.concatenate(lengths)))


def _chunks(texts: Array) -> Iterator[list[str]]:
    """Folded texts, a few at a time."""
    chunk, size = [], 0
    for text in texts:
        chunk.append(_folded(text))
        size += len(chunk[-1])
        if size >= _CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())


def _distinct(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """As `numpy.unique`, which hashes, where sorting takes a hundredth of the time."""
    keys.sort()
    first: NDArray[np.bool_] = np.concatenate([[True], keys[1:] != keys[:-1]])
    return keys[first[: len(keys)]]


def _hashed(texts: list[str], words: int, characters: int) -> list[tuple[NDArray[np.int64], _Numbers]]:
    """Row and 64-bit hash of all n-grams, for each kind and length of them."""
    rows = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)) + 2)
    # A space before and after every text, so that its first and last words are written apart like all others.
    joined = "".join(f" {text} " for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
    kinds = _kinds(codes)
    seen = kinds != _NOTHING
    rows, codes, kinds = rows[seen], codes[seen], kinds[seen]
    found = []
    if words:
        found += _runs(*_words(rows, codes, kinds), words, seed=1)
    if characters:
        found += _characters(rows, codes, kinds, characters)
    return found


def _kinds(codes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """What each character is to words; the characters of a table are few, so each is looked up once."""
    distinct = np.unique(codes)
    table = np.zeros(int(distinct[-1]) + 1, np.uint8)
    table[distinct] = [_kind(code) for code in distinct.tolist()]
    return table[codes]


def _kind(code: int) -> int:
    kind = category(chr(code))
    if _within(code, _SELECTORS) or (kind == "Cf" and code != _ZERO_WIDTH_SPACE):
        return _NOTHING
    if kind[0] == "L":
        return _ALONE if _within(code, _SPACELESS) else _LETTER
    return {"N": _LETTER, "M": _MARK, "P": _ALONE, "S": _ALONE}.get(kind[0], _SPACE)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _words(rows: NDArray[np.int64], codes: NDArray[np.int64], kinds: Array) -> tuple[NDArray[np.int64], _Numbers]:
    """Row and hash of each word: a polynomial in the characters, by their place in the word."""
    places = np.arange(len(codes))
    base = kinds[np.maximum.accumulate(np.where(kinds == _MARK, 0, places))]  # what a mark stands on
    before = np.concatenate([[_SPACE], base[:-1]])
    begins = (kinds == _ALONE) | ((kinds == _LETTER) & (before != _LETTER)) | ((kinds == _MARK) & (before == _SPACE))
    inside = kinds != _SPACE
    starts = np.flatnonzero(begins[inside])
    if not len(starts):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    lengths = np.diff(np.append(starts, int(inside.sum())))
    powers = np.cumprod(np.full(int(lengths.max()), _BASE))
    within = np.arange(int(inside.sum())) - np.repeat(starts, lengths)
    parts = _mixed(codes[inside].astype(np.uint64)) * powers[within]
    return rows[inside][starts], _mixed(np.add.reduceat(parts, starts))


def _characters(rows: NDArray[np.int64], codes: NDArray[np.int64], kinds: Array, longest: int) -> list[Any]:
    """Row and hash of the n-grams of characters; those that begin or end in a space tell where a word does."""
    space = kinds == _SPACE
    repeated = space[1:] & space[:-1] & (rows[1:] == rows[:-1])
    kept = np.concatenate([[True], ~repeated])
    rows, space = rows[kept], space[kept]
    found = _runs(rows, _mixed(np.where(space, 0x20, codes[kept]).astype(np.uint64)), longest, seed=2)
    return [(found[0][0][~space], found[0][1][~space]), *found[1:]]


def _runs(rows: NDArray[np.int64], units: _Numbers, longest: int, seed: int) -> list[Any]:
    """Row and hash of all runs of 1 to `longest` units within a row."""
    found = []
    running = np.full(len(units), seed, np.uint64)
    for length in range(1, longest + 1):
        count = max(len(units) - length + 1, 0)
        running = running[:count] * _BASE + units[length - 1 :]
        within = rows[:count] == rows[length - 1 :]
        found.append((rows[:count][within], _mixed(running[within])))
    return found


def _mixed(numbers: _Numbers) -> _Numbers:
    """Every bit depends on every bit (splitmix64, Steele, Lea and Flood 2014)."""
    mixed = numbers + _BASE
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
