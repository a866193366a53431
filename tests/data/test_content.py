"""Equal rows are equal whatever file they came from, and nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.protocols import Array
from modelyard.data.content import as_texts, chunks, digests, missing

NUMBERS = st.one_of(st.integers(-(2**52), 2**52), st.floats(allow_nan=False, allow_infinity=False))


def cells_of(*values: Any) -> Array:
    return np.fromiter(values, object, len(values))


@pytest.mark.parametrize(
    ("spellings", "said"),
    [
        ((1, 1.0, "1", " 1 ", "1.0", "+1", "1e0", np.int64(1), np.float64(1), Decimal("1.0"), "１"), "1"),
        ((0.1, "0.1", "0.10", ".1", "1e-1", Decimal("0.100")), "0.1"),
        ((0, -0.0, "-0", "0.0"), "0"),
        ((True, np.bool_(True), "true", "TRUE", " True"), "true"),
        ((2**60, str(2**60), f"+{2**60}"), str(2**60)),
        ((2**60 + 1, str(2**60 + 1)), str(2**60 + 1)),
        ((float("inf"), "inf", "Infinity"), "inf"),
        ((date(2024, 1, 5), datetime(2024, 1, 5), "2024-01-05", "2024-01-05 00:00:00"), "2024-01-05"),
        (
            (
                datetime(2024, 1, 5, 10, tzinfo=timezone(timedelta(hours=8))),
                datetime(2024, 1, 5, 2, tzinfo=UTC),
                "2024-01-05T02:00:00Z",
                "2024-01-05 10:00:00+08:00",
            ),
            "2024-01-05T02:00:00",
        ),
        ((None, float("nan"), "", "  ", "NA", "nan", "null", "?", np.float32("nan"), np.datetime64("NaT")), ""),
        (("上海", " 上海 ", "上海".encode()), "上海"),
        (("1_000",), "1_000"),
        (("2024-13-45",), "2024-13-45"),
    ],
)
def test_spellings_of_one_value_are_one_text(spellings: tuple[Any, ...], said: str) -> None:
    assert set(as_texts(cells_of(*spellings))) == {said}


def test_different_values_stay_apart() -> None:
    values = cells_of(
        "1", "01x", "1.5", "true", "a", "A", "2024-01-05", "2024-01-06", 2**60, 2**60 + 1, "", "1_000", "1000"
    )
    texts = as_texts(values)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    "typed",
    [
        np.asarray([3, 5], np.int8),
        np.asarray([3, 0.1, 5, np.nan], np.float32),
        np.asarray([3, 0.1], np.float16),
        np.asarray([3.0, np.nan]),
        np.asarray([True, False]),
        np.asarray(["2024-01-05", "NaT"], "datetime64[ns]"),
        np.asarray(["2024-01-05T01:02:03", "2024-01-05"], "datetime64[s]"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_typed_columns_say_what_their_texts_say(typed: Array) -> None:
    texts = cells_of(*(str(cell) for cell in typed))
    assert as_texts(typed) == as_texts(texts)
    assert digests({"a": typed}).tolist() == digests({"a": texts}).tolist()


def test_missing_cells() -> None:
    assert missing(cells_of("a", "", " ", None, float("nan"), "NA", 0, False, [], ["a"])).tolist() == [
        False, True, True, True, True, True, False, False, False, False,
    ]  # fmt: skip
    assert missing(np.asarray([1.0, np.nan])).tolist() == [False, True]
    assert missing(np.asarray(["2024-01-05", "NaT"], "datetime64[D]")).tolist() == [False, True]
    assert missing(np.asarray([1, 2])).tolist() == [False, False]
    assert missing(np.empty(0, object)).tolist() == []


def test_lists_and_lone_surrogates_have_a_digest_too() -> None:
    found = digests({"a": cells_of(["x", "y"], {"k": 1}, "\ud800", "2024-01-0\ud800")})
    assert len(set(found)) == 4


@given(st.lists(st.tuples(NUMBERS, st.text(max_size=8)), min_size=1, max_size=20))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_a_table_of_texts_and_a_typed_one_have_the_same_digests(rows: list[tuple[Any, str]]) -> None:
    numbers, words = zip(*rows, strict=True)
    typed = {"n": cells_of(*numbers), "w": cells_of(*words)}
    texts = {"w": cells_of(*words), "n": cells_of(*map(str, numbers))}
    assert digests(typed).tolist() == digests(texts).tolist()


@given(st.lists(st.one_of(NUMBERS, st.text(max_size=4), st.none(), st.booleans()), min_size=2, max_size=12))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_a_cell_has_one_digest_whatever_stands_beside_it(values: list[Any]) -> None:
    together = digests({"a": cells_of(*values)})
    alone = [digests({"a": cells_of(value)})[0] for value in values]
    assert together.tolist() == alone


@pytest.mark.parametrize("beside", [(), ("word",), (None,), (2**60,)])
def test_a_number_with_an_underscore_is_a_word(beside: tuple[Any, ...]) -> None:
    found = digests({"a": cells_of("1_000", "1000", 1000, str(2**60), *beside)})
    assert found[0] != found[1] == found[2] != found[3]


def test_digests_tell_rows_and_columns_apart() -> None:
    first = digests({"a": cells_of("1", "2"), "b": cells_of("2", "1")})
    assert len(set(first)) == 2
    swapped = digests({"b": cells_of("1", "2"), "a": cells_of("2", "1")})
    assert swapped.tolist() == first.tolist()[::-1]


def test_digests_are_the_same_on_every_machine() -> None:
    found = digests({"年龄": cells_of("31", None), "city": cells_of("上海", "Rome")})
    assert [digest.hex() for digest in found] == [
        "74c57367022afe2f08ce4ab909327d35",
        "ffd0b8b8b75104a1b610d7b355811712",
    ]


@given(st.integers(0, 10_000), st.integers(0, 20_000))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_chunks_cover_all_rows_once(rows: int, width: int) -> None:
    covered = [row for chunk in chunks(rows, width) for row in range(rows)[chunk]]
    assert covered == list(range(rows))
