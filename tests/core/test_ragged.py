"""Rows of different lengths."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.feeds import Feed
from modelyard.core.ragged import EMPTY, Ragged

ROWS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=9), max_size=8)
laws = settings(max_examples=60, derandomize=True, deadline=None)


def listed(ragged: Ragged) -> list[list[int]]:
    """The inverse of `Ragged.of`."""
    return [ragged.values[start:end].tolist() for start, end in zip(ragged.starts, ragged.starts[1:], strict=False)]


@laws
@given(ROWS)
def test_from_lists_and_back(rows: list[list[int]]) -> None:
    ragged = Ragged.of(rows)
    assert listed(ragged) == rows
    assert len(ragged) == len(rows) and ragged.lengths.tolist() == [len(row) for row in rows]
    assert (ragged.values.dtype, ragged.starts.dtype) == (np.int32, np.int64)


@laws
@given(ROWS, st.data())
def test_rows_by_number_mask_and_slice(rows: list[list[int]], data: st.DataObject) -> None:
    ragged = Ragged.of(rows)
    numbers = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=9)) if rows else []
    assert listed(ragged[np.asarray(numbers, np.int64)]) == [rows[number] for number in numbers]
    mask = np.asarray(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), bool)
    assert listed(ragged[mask]) == [row for row, taken in zip(rows, mask, strict=True) if taken]
    start, stop = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    assert listed(ragged[start:stop]) == rows[start:stop]


def test_some_rows_of_some_rows() -> None:
    rows = [[1, 2, 3], [], [4], [5, 6]]
    some = Ragged.of(rows)[1:]
    assert listed(some) == rows[1:]
    assert listed(some[np.asarray([2, 0, 2])]) == [[5, 6], [], [5, 6]]
    assert some.starts[0] == 0 and some.starts[-1] == len(some.values)


@laws
@given(ROWS, st.integers(0, 12))
def test_padded_rows_are_rectangular_and_never_narrower_than_asked(rows: list[list[int]], width: int) -> None:
    padded = Ragged.of(rows).padded(width)
    longest = max([len(row) for row in rows], default=0)
    assert padded.dtype == np.int64 and padded.shape == (len(rows), max(longest, width, 1))
    for row, filled in zip(rows, padded.tolist(), strict=True):
        assert filled == row + [EMPTY] * (len(filled) - len(row))


@laws
@given(ROWS, st.integers(1, 10))
def test_windows_hold_every_value_in_order(rows: list[list[int]], size: int) -> None:
    windows = Ragged.of(rows).windows(size)
    longest = max([len(row) for row in rows], default=0)
    assert windows.dtype == np.int64
    assert windows.shape == (len(rows), max(1, -(-longest // size)), min(max(longest, 1), size))
    for row, filled in zip(rows, (window.ravel().tolist() for window in windows), strict=True):
        assert [value for value in filled if value != EMPTY] == row
        assert filled[: len(row)] == row  # only the last window has room left


@pytest.mark.parametrize(
    ("lengths", "shape"), [([3], (1, 1, 3)), ([4], (1, 1, 4)), ([5], (1, 2, 4)), ([8, 0], (2, 2, 4)), ([], (0, 1, 1))]
)
def test_windows_are_no_longer_than_they_must_be(lengths: list[int], shape: tuple[int, ...]) -> None:
    assert Ragged.of([[7] * length for length in lengths]).windows(4).shape == shape


def test_nothing_at_all() -> None:
    nothing = Ragged.of([])
    assert len(nothing) == 0 and nothing.padded().shape == (0, 1)
    assert len(nothing[:5]) == 0 and len(nothing[np.asarray([], np.int64)]) == 0
    assert Ragged.of([[], []]).padded().tolist() == [[EMPTY], [EMPTY]]


def test_a_number_of_a_row_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        Ragged.of([[1]])[np.asarray([1])]


@pytest.mark.parametrize("step", ["grams", "tokens", "vectors"])
def test_a_feed_is_plain_data(step: str) -> None:
    feed = Feed(f"{step}/评论", step, "评论", 1, {"window": 8, "tokenizer": "files/a.json"})  # type: ignore[arg-type]
    assert Feed(**json.loads(json.dumps(feed.to_json()))) == feed
    assert Feed("a", "grams", "b", 1).options == {}
