"""Reading cells: words for missing, numbers as people spell them, one text for equal cells."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import cells


def column_of(*items: Any) -> Any:
    column = np.empty(len(items), object)
    for row, item in enumerate(items):
        column[row] = item
    return column


# ---------------------------------------------------------------------- read
def test_read_looks_at_each_distinct_text_once() -> None:
    seen: list[str] = []

    def one(cell: str) -> str:
        seen.append(cell)
        return cell.upper()

    found, bad = cells.read(column_of("a", " a ", "b", "a", "?", None), {"?"}, one, "")
    assert found == ["A", "A", "B", "A", "", ""]
    assert bad == []
    assert sorted(seen) == ["a", "a", "b"]  # " a " is another text, stripped


def test_read_tells_what_it_could_not_read() -> None:
    found, bad = cells.read(column_of("x", 1, None, [1]), set(), lambda cell: cell if cell == 1 else None, 0)
    assert found == [0, 1, 0, 0]
    assert bad == [0, 3]


def test_read_takes_an_empty_column() -> None:
    assert cells.read(column_of(), set(), str, "") == ([], [])


@pytest.mark.parametrize("nothing", [None, math.nan, np.float32("nan"), np.datetime64("NaT"), pandas.NA, pandas.NaT])
def test_nothing_is_recognised_without_knowing_who_made_it(nothing: Any) -> None:
    assert cells.is_nothing(nothing)


@pytest.mark.parametrize("something", [0, "", False, [], np.zeros(3), math.inf, np.datetime64("2024")])
def test_everything_else_is_something(something: Any) -> None:
    assert not cells.is_nothing(something)


def test_words_that_may_be_levels_are_not_missing_everywhere() -> None:
    assert not cells.MISSING_WORDS & cells.VAGUE_WORDS
    assert {"无", "-", "none"} <= cells.VAGUE_WORDS
    assert {"", "?", "NA", "缺失", "#DIV/0!"} <= cells.MISSING_WORDS
    assert {"不详", "暂无", "unknown", "Unknown"} <= cells.UNKNOWN_WORDS < cells.VAGUE_WORDS


@pytest.mark.parametrize(
    "cells_given",
    [
        ["1.10105E+17", "1.20105e17", "1.30105E+17"],
        ["110105199003071000", "120105199003072000", "130105199003073000", "11010519900307123X"],
        [1.10105199003071e17, 1.20105199003071e17, 1.30105199003071e17],
        [110105199003071000, 120105199003072000, 130105199003073000],
        ["1.10105E+17", "120105199003072000", "130105199003073000"],
    ],
)
def test_ids_that_a_spreadsheet_rounded(cells_given: list[Any]) -> None:
    kept = cells_given if len(cells_given) < 4 else [*cells_given, *cells_given[:3]]
    assert cells.rounded_ids(kept)


@pytest.mark.parametrize(
    "cells_given",
    [
        ["1.2E+05", "3.4E+06", "1.1E+17"],
        ["1.10105E+17", "1.20105E+16", "1.30105E+15"],
        ["110105199003071234"] * 5,
        [1e17, 2e17, 3e17],
        [12000000000000000, 13000000000000000, 14000000000000000],
        ["1.10105E+17", "1.20105E+17"],
        [True, None, "x", math.nan, math.inf],
        [],
    ],
)
def test_large_numbers_that_are_no_rounded_ids(cells_given: list[Any]) -> None:
    assert not cells.rounded_ids(cells_given)


@pytest.mark.parametrize("cell", ["110105199003071234", 2**60 + 1, np.int64(2**53 + 1), "9" * 400])
def test_what_loses_digits(cell: Any) -> None:
    assert cells.loses_digits(cell)


@pytest.mark.parametrize("cell", ["110105199003071000.5", 2**60, 1e300, True, None, "x", "12", 7, "9" * 5000])
def test_what_does_not(cell: Any) -> None:
    assert not cells.loses_digits(cell)


def test_words_of_a_name() -> None:
    assert cells.words_of("customerId") == cells.words_of("customer_id") == ["customer", "id"]
    assert cells.words_of("客户ID2") == ["id", "2"] and cells.words_of("年龄") == []


# -------------------------------------------------------------------- number
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12", 12),
        ("-1.5", -1.5),
        ("1e3", 1000),
        ("1,234.5", 1234.5),
        ("-1,234,567", -1234567),
        ("1,234e2", 123400),
        ("１２．５", 12.5),
        ("－３", -3),
        ("\N{MINUS SIGN}3", -3),
        ("１，２３４", 1234),
        ("٣", 3),
        (True, 1),
        (np.False_, 0),
        (np.int8(7), 7),
        (np.float32(0.5), 0.5),
        (Decimal("1.25"), 1.25),
        (Fraction(1, 4), 0.25),
        (10**400, math.inf),
        ("1e999", math.inf),
    ],
)
def test_numbers_as_people_spell_them(cell: Any, expected: float) -> None:
    assert cells.number(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "abc",
        "1,5",
        "12,34",
        "1,2345",
        "1_000",
        "0x10",
        "1 2",
        "--1",
        "12%",
        "1.2.3",
        ",5",
        "0,567",
        "10²",
        "①",
        1 + 2j,
        [1],
        b"1",
    ],
)
def test_what_is_no_number(cell: Any) -> None:
    assert cells.number(cell) is None


def test_durations_and_signalling_nans_are_no_numbers() -> None:
    assert cells.number(np.timedelta64(5, "s")) is None
    assert cells.number(Decimal("sNaN")) is None


@pytest.mark.parametrize(
    ("cell", "expected"), [("1,5", 1.5), ("1.234,5", 1234.5), ("7", 7), ("1.000", 1000), (2.5, 2.5)]
)
def test_decimal_commas(cell: Any, expected: float) -> None:
    assert cells.number(cell, comma=True) == expected


@pytest.mark.parametrize("cell", ["1.5", "1,234.5", "1.23", "1,2,3"])
def test_decimal_points_are_refused_where_commas_are_spoken(cell: str) -> None:
    assert cells.number(cell, comma=True) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_back(value: float) -> None:
    assert cells.number(repr(value)) == value
    if abs(value) < 1e15:
        grouped = f"{value:,.6f}"
        assert cells.number(grouped) == float(f"{value:.6f}")
        swapped = grouped.replace(",", "~").replace(".", ",").replace("~", ".")
        assert cells.number(swapped, comma=True) == float(f"{value:.6f}")


# ------------------------------------------------------------------- text_of
@pytest.mark.parametrize("cell", [3, 3.0, "3", "3.0", " 3 ", np.int64(3), np.float32(3)])
def test_equal_cells_share_a_text(cell: Any) -> None:
    assert cells.text_of(cell) == "3"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (True, "true"),
        (np.False_, "false"),
        ("TRUE", "true"),
        (0.1, "0.1"),
        (np.float32(0.1), "0.1"),
        (-0.0, "0"),
        (1e300, "1e+300"),
        (2**60, str(2**60)),
        (math.inf, "inf"),
        ("007", "007"),
        ("3.00", "3.00"),
        ("1.0.0", "1.0.0"),
        ("v3.0", "v3.0"),
        ("  two  words　", "two  words"),
        ("Ａ", "Ａ"),
        ("北京", "北京"),
        ("a\0b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        ("🙂", "🙂"),
    ],
)
def test_texts(cell: Any, expected: str) -> None:
    assert cells.text_of(cell) == expected


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(st.text(st.characters(), max_size=8), st.floats(), st.integers(), st.booleans()))
def test_texts_are_stable_and_can_be_written(cell: Any) -> None:
    text = cells.text_of(cell)
    assert cells.text_of(text) == text
    text.encode()
    assert "\0" not in text


# -------------------------------------------------------------------- parsed
def test_infinities_and_own_codes_become_missing() -> None:
    read = cells.parsed(np.array([1.0, np.inf, -np.inf, -999.0, np.nan]), [4], [-999.0])
    assert np.isnan(read.values[1:]).all() and read.values[0] == 1
    assert read.notes == {"infinite": 2}
    assert read.bad.tolist() == [4] and read.bad.dtype == np.int64


def test_notes_are_silent_when_there_is_nothing_to_say() -> None:
    assert cells.parsed(np.array([1.0]), [], []).notes == {}


def test_own_words_are_texts_and_numbers() -> None:
    texts, numbers = cells.own_gaps({"missing": [" leer ", -999.0, "1,000"]}, cells.number)
    assert texts == {"leer", "-999", "1,000"}
    assert numbers == [-999.0, 1000.0]
    assert cells.own_gaps({}, cells.number) == (frozenset(), [])
