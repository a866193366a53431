"""Bytes -> rows: every shape that JSON can have, and none of its values in an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import RequestError
from modelyard.serve import body
from modelyard.serve.fields import Field
from modelyard.serve.refused import RefusedError

NOTHING = type(None)
AGE = Field("age", "number", ("number", "null"), frozenset({int, float, NOTHING}), {})
CITY = Field("城市", "category", ("string", "number", "null"), frozenset({str, int, float, NOTHING}), {})
FIELDS = (AGE, CITY)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["rows", "age", "城市", "x"]), inner),
    max_leaves=12,
)


def refusal(content: bytes) -> RequestError:
    with pytest.raises(RequestError) as caught:
        body.parse(content)
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        {"rows": [{"age": 1}, {"age": 2}]},
        [{"age": 1}, {"age": 2}],
    ],
)
def test_rows_come_as_an_object_or_as_a_list(content: Any) -> None:
    assert body.parse(json.dumps(content).encode()) == [{"age": 1}, {"age": 2}]


def test_one_bare_row() -> None:
    assert body.parse('{"age": 1, "城市": "上海"}'.encode()) == [{"age": 1, "城市": "上海"}]


def test_a_bare_row_may_have_a_column_called_rows() -> None:
    assert body.parse(b'{"rows": 3, "age": 1}') == [{"rows": 3, "age": 1}]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"  \n", b"age=1", b"{", b'{"age": NaN}', b'{"age": Infinity}', b'{"age": 1e999}', b'{"age": 1}x',
        b"\xff\xfe", b'"\xff"', b'{"age": "\\ud800"}', b"[" * 100_000, b'{"age":' * 50_000, b"\x1f\x8b\x08\x00",
    ],
)  # fmt: skip
def test_what_is_not_json_is_a_400(content: bytes) -> None:
    error = refusal(content)
    assert isinstance(error, RefusedError)
    assert error.status == 400
    assert "null, not NaN" in error.mistakes[0].fix


@pytest.mark.parametrize("content", [b"3", b'"age"', b"true", b"null", b'{"rows": [{"age": 1}], "row": 1}'])
def test_json_of_another_shape(content: bytes) -> None:
    error = refusal(content)
    assert not isinstance(error, RefusedError)
    assert 'key "rows"' in error.mistakes[0].expected


@pytest.mark.parametrize("content", [b"[]", b'{"rows": []}'])
def test_no_rows(content: bytes) -> None:
    assert refusal(content).mistakes[0].got == "no rows"


def test_a_row_that_is_no_object_is_named() -> None:
    error = refusal(b'{"rows": [{"age": 1}, [1, 2]]}')
    assert error.mistakes[0].place == "rows[1]"
    assert error.mistakes[0].got == "JSON of the kind: array"


def test_rows_that_fit() -> None:
    body.check([{"age": 1, "城市": "x"}, {"age": 2.5, "城市": 7, "more": [1]}, {"age": None, "城市": None}], FIELDS)


@pytest.mark.parametrize("cell", ["31", True, [31], {"value": 31}])
def test_wrong_type_names_row_field_and_kind_but_no_value(cell: Any) -> None:
    with pytest.raises(RequestError) as caught:
        body.check([{"age": 1, "城市": "x"}, {"age": cell, "城市": "x"}], FIELDS)
    assert caught.value.field == "age"
    assert [mistake.place for mistake in caught.value.mistakes] == ["rows[1].age"]
    assert caught.value.mistakes[0].expected == "one of: number, null"
    assert "31" not in str(caught.value)


def test_a_missing_column_is_missing_whatever_other_rows_have() -> None:
    with pytest.raises(RequestError) as caught:
        body.check([{"age": 1, "城市": "x"}, {"age": 2}], FIELDS)
    assert caught.value.field == "城市"
    assert caught.value.mistakes[0].place == "rows[1].城市"
    assert caught.value.mistakes[0].got == "it is not there"


def test_all_columns_are_named_at_once() -> None:
    with pytest.raises(RequestError) as caught:
        body.check([{"age": "x"}], FIELDS)
    assert [mistake.place for mistake in caught.value.mistakes] == ["rows[0].age", "rows[0].城市"]


def test_thousands_of_wrong_columns_make_a_short_error() -> None:
    wide = [
        Field(f"x{number}", "number", ("number", "null"), frozenset({int, float, NOTHING}), {})
        for number in range(5000)
    ]
    with pytest.raises(RequestError) as caught:
        body.check([{}], wide)
    assert len(caught.value.mistakes) == body.MISTAKES_SHOWN + 1
    assert "4990" in caught.value.mistakes[-1].got


def test_chinese() -> None:
    messages.use("zh")
    assert refusal(b"[]").mistakes[0].got == "没有任何行"


@settings(derandomize=True, max_examples=150, deadline=None)
@given(JSON)
def test_any_json_is_rows_or_a_request_error(content: Any) -> None:
    encoded = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    try:
        rows = body.parse(encoded)
        body.check(rows, FIELDS)
    except RequestError as error:
        assert error.mistakes
    else:
        assert rows
        assert all(type(row["age"]) in AGE.kinds and type(row["城市"]) in CITY.kinds for row in rows)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_request_error(content: bytes) -> None:
    try:
        assert body.parse(content)
    except RequestError as error:
        assert error.mistakes
