"""Rows as they are sent: what is a table, and how refusals are worded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import RequestError
from modelyard.core.schema import Column
from modelyard.runtime import requests

NAMES = ["a", "b"]
NUMBER, COLOUR = Column("年龄", "number"), Column("colour", "category")


def cells(data: Any) -> dict[str, list[Any]]:
    return {name: values.tolist() for name, values in requests.table(data, NAMES).items()}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": 1, "b": "x"}, {"a": [1], "b": ["x"]}),
        ({"a": None, "b": True}, {"a": [None], "b": [True]}),
        ({"a": [1], "b": ["x"]}, {"a": [1], "b": ["x"]}),
        ({"a": (1, 2), "b": np.asarray([3, 4])}, {"a": [1, 2], "b": [3, 4]}),
        ([{"a": 1}, {"b": 2}], {"a": [1, None], "b": [None, 2]}),
        ([[1, 2], [3, 4]], {"a": [1, 3], "b": [2, 4]}),
        (((1, "x"), (3, "y")), {"a": [1, 3], "b": ["x", "y"]}),
        (np.asarray([[1, 2], [3, 4]]), {"a": [1, 3], "b": [2, 4]}),
        ([np.asarray([1, 2]), np.asarray([3, 4])], {"a": [1, 3], "b": [2, 4]}),
        ([[1, 2, 3]], {"x1": [1], "x2": [2], "x3": [3]}),
        ({}, {}),
        ([], {}),
    ],
)
def test_shapes_of_tables(data: Any, expected: dict[str, list[Any]]) -> None:
    assert cells(data) == expected


@given(st.dictionaries(st.text(min_size=1), st.none() | st.integers(-9, 9) | st.text() | st.booleans(), min_size=1))
@settings(max_examples=60, derandomize=True)
def test_a_row_alone_is_the_row_in_a_list(row: dict[str, Any]) -> None:
    alone, listed = requests.table(row, NAMES), requests.table([row], NAMES)
    assert {name: values.tolist() for name, values in alone.items()} == {
        name: values.tolist() for name, values in listed.items()
    }


def test_nothing_is_refused_where_nothing_is_wrong() -> None:
    requests.refuse_missing([NUMBER], {"年龄": np.zeros(1)})
    requests.refuse_unreadable([])


def test_the_first_column_at_fault_is_the_field() -> None:
    with pytest.raises(RequestError) as refusal:
        requests.refuse_missing([NUMBER, COLOUR], {})
    assert refusal.value.field == "年龄" and len(refusal.value.mistakes) == 2
    with pytest.raises(RequestError) as refusal:
        requests.refuse_unreadable([(COLOUR, np.asarray([3])), (NUMBER, np.asarray([1, 2]))])
    assert refusal.value.field == "colour"
    assert "row 3" in str(refusal.value) and "row 1, 2" in str(refusal.value)


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "row 1"), (5, "row 1, 2, 3, 4, 5"), (6, "row 1, 2, 3, 4, 5 and more")]
)
def test_rows_are_named_up_to_five(count: int, shown: str) -> None:
    said = str(requests.odd_cells(COLOUR, np.arange(count) + 1))
    assert said.endswith(shown) and f"{count} cell(s)" in said


def test_thousands_of_columns_are_counted_and_not_listed() -> None:
    columns = [Column(f"c{number}", "number") for number in range(5000)]
    with pytest.raises(RequestError) as refusal:
        requests.refuse_missing(columns, {})
    assert refusal.value.field == "c0" and len(refusal.value.mistakes) == 6
    assert "5000 such columns" in str(refusal.value)
    warning = str(requests.unknown_columns([column.name for column in columns]))
    assert "c4 and more" in warning and "c5" not in warning


def test_an_empty_request_says_what_is_expected() -> None:
    assert "at least one row" in str(requests.refuse_empty())
    assert requests.refuse_empty().field == ""
