"""Tables in every form that people hold them in become the same columns."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.columns import as_columns, row_count, take
from modelyard.core.errors import DataError
from modelyard.core.protocols import Array

NAN = float("nan")
CELL = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


def column(values: Any) -> Array:
    """One column, through the mapping form."""
    return as_columns({"a": values})["a"]


def same(found: Array, expected: list[Any]) -> bool:
    """Equal cell by cell, NaN to NaN, None to None, and of the same Python type."""
    return [repr(cell) for cell in found.tolist()] == [repr(cell) for cell in expected]


# ------------------------------------------------------------------ one column of cells
@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2], "i", [1, 2]),
        ([1, 2.5], "f", [1.0, 2.5]),
        ([1.0, None], "f", [1.0, NAN]),
        ([1, None, 2.5], "f", [1.0, NAN, 2.5]),
        ([NAN, NAN], "f", [NAN, NAN]),
        ([math.inf, -math.inf], "f", [math.inf, -math.inf]),
        ([1, None], "O", [1, None]),
        ([True, False], "b", [True, False]),
        ([True, None], "O", [True, None]),
        ([True, 1], "O", [True, 1]),
        ([True, NAN], "O", [True, None]),
        (["a", None, NAN], "O", ["a", None, None]),
        (["a", 1, 2.5, True, None], "O", ["a", 1, 2.5, True, None]),
        (["", " "], "O", ["", " "]),
        ([None, None], "O", [None, None]),
        ([], "O", []),
        (["上海", "é"], "O", ["上海", "é"]),
        ([2**63 - 1, -(2**63)], "i", [2**63 - 1, -(2**63)]),
        ([2**63, 1], "O", [2**63, 1]),
        ([-(2**63) - 1], "O", [-(2**63) - 1]),
        ([10**30, 1.5, None], "O", [10**30, 1.5, None]),
        ([b"good", b"\xe5\xa5\xbd", b"\xff", None], "O", ["good", "好", b"\xff", None]),
        ([[1, 2], [3, 4]], "O", [[1, 2], [3, 4]]),
        ([{"x": 1}, None], "O", [{"x": 1}, None]),
        (["x", pd.NA, pd.NaT, None], "O", ["x", None, None, None]),
        ([dt.date(2024, 1, 1), None], "O", [dt.date(2024, 1, 1), None]),
        (("a", "b"), "O", ["a", "b"]),
        (range(3), "i", [0, 1, 2]),
        pytest.param((number for number in (1, 2)), "i", [1, 2], id="generator"),
        ({"k": 1}.values(), "i", [1]),
    ],
    ids=str,
)
def test_cells_keep_their_values_in_the_narrowest_type(values: Any, kind: str, expected: list[Any]) -> None:
    found = column(values)
    assert found.dtype.kind == kind
    assert found.shape == (len(expected),)
    assert same(found, expected)


@pytest.mark.parametrize(
    ("items", "dtype"),
    [
        ([np.int64(1), np.int64(2)], np.int64),
        ([np.float32(0.1), np.float32(2)], np.float32),
        ([np.bool_(True), np.bool_(False)], np.bool_),
        ([np.datetime64("2024-01-01"), np.datetime64("NaT")], "datetime64[D]"),
        ([np.int64(1), 2, np.uint8(3)], np.int64),
        ([np.float64(1), 2, None], np.float64),
        ([np.bool_(True), False], np.bool_),
        ([np.str_("a"), "b"], object),
        ([np.datetime64("NaT"), "b"], object),
    ],
    ids=str,
)
def test_scalars_of_numpy_count_as_pythons(items: list[Any], dtype: Any) -> None:
    found = column(items)
    assert found.dtype == dtype
    assert all(type(cell) in (str, type(None)) for cell in found.tolist()) or dtype is not object


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2], np.int8),
        np.array([1, 2], np.uint64),
        np.array([1.5, NAN], np.float16),
        np.array([True, False]),
        np.array(["2024-01-01", "NaT"], "datetime64[ns]"),
        np.array([], np.float32),
        np.array([1.5, 2], ">f8"),
    ],
    ids=str,
)
def test_arrays_of_numbers_pass_as_they_are(values: Array) -> None:
    assert column(values) is values or column(values).base is values
    assert column(values).dtype == values.dtype


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (np.array(["a", "b"]), "O", ["a", "b"]),
        (np.array([b"a", b"b"]), "O", ["a", "b"]),
        (np.array([1, None], object), "O", [1, None]),
        (np.array([True, False], object), "b", [True, False]),
        (np.array([1, 2.5], object), "f", [1.0, 2.5]),
        (np.array(["a", NAN], object), "O", ["a", None]),
        (np.ma.array([1, 2], mask=[False, True]), "O", [1, None]),
        (np.ma.array([1.5, 2], mask=[False, True]), "f", [1.5, NAN]),
        (np.ma.array([1, 2], mask=False), "i", [1, 2]),
    ],
    ids=str,
)
def test_other_arrays_of_numpy(values: Array, kind: str, expected: list[Any]) -> None:
    found = column(values)
    assert found.dtype.kind == kind
    assert same(found, expected)


def test_durations_become_seconds() -> None:
    assert column(np.array([1, 90], "timedelta64[m]")).tolist() == [60.0, 5400.0]
    assert same(column(np.array(["NaT", 1], "timedelta64[ns]")), [np.nan, 1e-9])
    assert same(column([dt.timedelta(hours=1), None, np.timedelta64(500, "ms")]), [3600.0, np.nan, 0.5])
    assert same(column(pd.Series(pd.to_timedelta(["1 h", None]))), [3600.0, np.nan])
    assert same(column(pl.Series([dt.timedelta(days=1), None])), [86400.0, np.nan])
    assert same(column([np.timedelta64("NaT"), "a"]), [None, "a"])


def test_complex_numbers_become_objects() -> None:
    assert column(np.array([1 + 2j])).dtype == object


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(CELL, max_size=6))
def test_no_cell_changes_its_value(cells: list[Any]) -> None:
    for before, after in zip(cells, column(cells).tolist(), strict=True):
        nothing = before is None or (isinstance(before, float) and math.isnan(before))
        if nothing:
            assert after is None or math.isnan(after)
        elif isinstance(before, int) and isinstance(after, float):
            assert after == float(before) and not isinstance(before, bool)
        else:
            assert after == before and type(after) is type(before)


# ------------------------------------------------------------------------ forms of tables
WANTED = {"年龄": [31, 52], "risk": ["good", "bad"], "x": [0.5, 1.5], "ok": [True, False]}
ROWS = [dict(zip(WANTED, cells, strict=True)) for cells in zip(*WANTED.values(), strict=True)]


@pytest.mark.parametrize(
    "table",
    [
        WANTED,
        {name: np.asarray(values) for name, values in WANTED.items()},
        {name: pd.Series(values, index=[7, 3]) for name, values in WANTED.items()},
        {name: pl.Series(values) for name, values in WANTED.items()},
        {name: pa.array(values) for name, values in WANTED.items()},
        ROWS,
        tuple(ROWS),
        pd.DataFrame(WANTED, index=["b", "a"]),
        pd.DataFrame(WANTED).convert_dtypes(),
        pd.DataFrame(WANTED).astype(object),
        pl.DataFrame(WANTED),
        pa.table(WANTED),
        pa.table(WANTED).to_batches()[0],
        pa.concat_tables([pa.table(WANTED)[:1], pa.table(WANTED)[1:]]),
    ],
    ids=lambda table: type(table).__module__.split(".")[0] + "-" + type(table).__name__,
)
def test_every_form_gives_the_same_columns(table: Any) -> None:
    columns = as_columns(table)
    assert list(columns) == list(WANTED)
    for name, kind in zip(WANTED, "iOfb", strict=True):
        assert columns[name].dtype.kind == kind, name
        assert same(columns[name], WANTED[name]), name


HOLES = {"i": [2**53 + 1, None], "f": [1.5, None], "b": [True, None], "s": ["a", None]}


NULLABLE = zip(HOLES.items(), ("Int64", "Float64", "boolean", "string"), strict=True)


@pytest.mark.parametrize(
    "table",
    [
        HOLES,
        pl.DataFrame(HOLES),
        pa.table(HOLES),
        pd.DataFrame({name: pd.array(values, dtype) for (name, values), dtype in NULLABLE}),
        pa.table(HOLES).to_pandas(types_mapper=pd.ArrowDtype),
        [{"i": 2**53 + 1, "f": 1.5, "b": True, "s": "a"}, {}],
    ],
    ids=["mapping", "polars", "arrow", "pandas-nullable", "pandas-arrow", "rows"],
)
def test_whole_numbers_with_holes_stay_whole(table: Any) -> None:
    columns = as_columns(table)
    assert same(columns["i"], [2**53 + 1, None])
    assert same(columns["f"], [1.5, NAN])
    assert same(columns["b"], [True, None])
    assert same(columns["s"], ["a", None])


EIGHT = dt.datetime(2024, 1, 5, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
MIDNIGHT = dt.datetime(2024, 1, 5)


def arrow_backed(cells: list[Any], kind: pa.DataType) -> pd.Series[Any]:
    return pd.Series(cells, dtype=pd.ArrowDtype(kind))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pd.Series([1, None], dtype="Int64"), "O", [1, None]),
        (pd.Series([1, None], dtype="UInt8"), "O", [1, None]),
        (pd.Series([1.5, None], dtype="Float64"), "f", [1.5, NAN]),
        (pd.Series([True, None], dtype="boolean"), "O", [True, None]),
        (pd.Series(["上", None], dtype="string"), "O", ["上", None]),
        (pd.Series(["上", None], dtype="string[pyarrow]"), "O", ["上", None]),
        (pd.Series(["lo", None], dtype="category"), "O", ["lo", None]),
        (pd.Series([1, None, 2], dtype="category"), "O", [1, None, 2]),
        (pd.Series([1, 2], dtype="category"), "i", [1, 2]),
        (pd.Series([1.5, None], dtype="category"), "f", [1.5, NAN]),
        (pd.Series(pd.Categorical(["hi", None], ["lo", "hi"], ordered=True)), "O", ["hi", None]),
        (pd.Series([EIGHT, None]), "M", [MIDNIGHT, None]),
        (pd.Series([0.0, 1.0], dtype="Sparse[float]"), "f", [0.0, 1.0]),
        (pd.Series([Decimal("1.50"), None]), "O", [Decimal("1.50"), None]),
        (arrow_backed([1, None], pa.int64()), "O", [1, None]),
        (arrow_backed([True, None], pa.bool_()), "O", [True, None]),
        (arrow_backed(["上", None], pa.string()), "O", ["上", None]),
        (arrow_backed(["上", None], pa.dictionary(pa.int32(), pa.string())), "O", ["上", None]),
        (arrow_backed([EIGHT, None], pa.timestamp("us", "Asia/Shanghai")), "M", [MIDNIGHT, None]),
        (arrow_backed([MIDNIGHT, None], pa.timestamp("us")), "M", [MIDNIGHT, None]),
        (arrow_backed([Decimal("1.50"), None], pa.decimal128(10, 2)), "O", [Decimal("1.50"), None]),
        (pl.Series(["a", None], dtype=pl.Categorical), "O", ["a", None]),
        (pl.Series(["a", None], dtype=pl.Enum(["a", "b"])), "O", ["a", None]),
        (pl.Series([1, 2], dtype=pl.UInt8), "u", [1, 2]),
        (pl.Series([1, None], dtype=pl.Int128), "O", [1, None]),
        (pl.Series([True, None]), "O", [True, None]),
        (pl.Series([Decimal("1.50"), None]), "O", [Decimal("1.50"), None]),
        (pl.Series([EIGHT.replace(tzinfo=None), None]).dt.replace_time_zone("Asia/Shanghai"), "M", [MIDNIGHT, None]),
        (pl.Series([dt.timedelta(days=1), None]), "f", [86400.0, NAN]),
        (pl.Series([dt.time(8), None]), "O", [dt.time(8), None]),
        (pl.Series([{"a": 1}, None]), "O", [{"a": 1}, None]),
        (pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)), "O", [[1, 2], [3, 4]]),
    ],
)
def test_the_types_of_frames(values: Any, kind: str, expected: list[Any]) -> None:
    found = column(values)
    assert found.dtype.kind == kind
    assert same(found, expected)


@pytest.mark.parametrize("values", [arrow_backed([[1, 2], None], pa.list_(pa.int64())), pl.Series([[1, 2], None])])
def test_lists_in_the_cells_of_frames(values: Any) -> None:
    one, other = column(values).tolist()
    assert (list(one), other) == ([1, 2], None)


def test_old_style_holes_of_pandas() -> None:
    frame = pd.DataFrame({"i": [1, NAN], "s": np.array(["a", NAN], object), "t": [pd.Timestamp("2024-01-01"), pd.NaT]})
    columns = as_columns(frame)
    assert same(columns["i"], [1.0, NAN])
    assert same(columns["s"], ["a", None])
    assert columns["t"].dtype.kind == "M" and np.isnat(columns["t"][1])


def test_categories_are_their_values() -> None:
    frame = pd.DataFrame({"s": pd.Categorical(["b", None, "a"]), "i": pd.Categorical([3, 1, 3])})
    columns = as_columns(frame)
    assert same(columns["s"], ["b", None, "a"])
    assert same(columns["i"], [3, 1, 3])
    assert same(as_columns(pl.DataFrame({"s": pl.Series(["b", None], dtype=pl.Categorical)}))["s"], ["b", None])
    assert same(as_columns(pa.table({"s": pa.array(["b", None]).dictionary_encode()}))["s"], ["b", None])


MOMENT = dt.datetime(2024, 3, 1, 8, 30)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"t": pd.to_datetime([MOMENT, None])}),
        pd.DataFrame({"t": pd.to_datetime([MOMENT, None]).tz_localize("UTC").tz_convert("Asia/Shanghai")}),
        pl.DataFrame({"t": [MOMENT, None]}),
        pl.DataFrame({"t": [MOMENT, None]}).with_columns(
            pl.col("t").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Shanghai")
        ),
        pa.table({"t": pa.array([MOMENT, None], pa.timestamp("us"))}),
        pa.table({"t": pa.array([MOMENT, None], pa.timestamp("ns", tz="Asia/Shanghai"))}),
        {"t": np.array([MOMENT, None], "datetime64[us]")},
    ],
    ids=["pandas", "pandas-zone", "polars", "polars-zone", "arrow", "arrow-zone", "numpy"],
)
def test_datetimes_are_datetimes_in_utc(table: Any) -> None:
    found = as_columns(table)["t"]
    assert found.dtype.kind == "M"
    assert found[0] == np.datetime64(MOMENT)
    assert np.isnat(found[1])


def test_dates_are_datetimes_too() -> None:
    day = dt.date(2024, 3, 1)
    for table in (pl.DataFrame({"t": [day, None]}), pa.table({"t": [day, None]})):
        found = as_columns(table)["t"]
        assert found.dtype.kind == "M" and found[0] == np.datetime64(day) and np.isnat(found[1])


def test_text_that_came_as_bytes() -> None:
    assert same(as_columns(pa.table({"s": pa.array(["好".encode(), None])}))["s"], ["好", None])
    assert same(as_columns(pl.DataFrame({"s": [b"a", None]}))["s"], ["a", None])


def test_wider_and_nested_types_become_objects() -> None:
    from decimal import Decimal

    table = pa.table({"d": [Decimal("1.5"), None], "l": [[1, 2], None], "m": [{"x": 1}, None]})
    columns = as_columns(table)
    assert columns["d"].tolist() == [Decimal("1.5"), None]
    assert columns["l"].tolist() == [[1, 2], None]
    assert columns["m"].tolist() == [{"x": 1}, None]


def test_rows_that_lack_names_have_nothing_there() -> None:
    columns = as_columns([{"a": 1}, {"b": "x"}, {"a": 3, "b": None}])
    assert same(columns["a"], [1, None, 3])
    assert same(columns["b"], [None, "x", None])


MATRIX = [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    "table",
    [np.array(MATRIX), MATRIX, [(1, 2, 3), [4, 5, 6]], list(np.array(MATRIX))],
    ids=["array", "lists", "tuples", "arrays"],
)
def test_a_matrix_gets_names(table: Any) -> None:
    columns = as_columns(table)
    assert list(columns) == ["x1", "x2", "x3"]
    assert same(columns["x2"], [2, 5])
    assert list(as_columns(table, ["a", "二", "c"])) == ["a", "二", "c"]


def test_a_list_of_mixed_rows_keeps_each_columns_kind() -> None:
    columns = as_columns([[1, "a", True], [2.5, None, False]], ["n", "s", "b"])
    assert same(columns["n"], [1.0, 2.5])
    assert same(columns["s"], ["a", None])
    assert columns["b"].dtype == np.bool_


def test_an_array_of_objects_keeps_each_columns_kind() -> None:
    columns = as_columns(np.array([[1, "a"], [2, None]], object))
    assert columns["x1"].dtype == np.int64
    assert same(columns["x2"], ["a", None])


def test_a_masked_matrix() -> None:
    columns = as_columns(np.ma.array([[1.5, 2], [3, 4]], mask=[[False, True], [False, False]]))
    assert same(columns["x2"], [NAN, 4.0])


@pytest.mark.parametrize(
    ("table", "names", "rows"),
    [
        ({}, [], 0),
        ([], [], 0),
        ([{}], [], 0),
        ({"a": []}, ["a"], 0),
        (np.zeros((0, 2)), ["x1", "x2"], 0),
        (np.zeros((2, 0)), [], 0),
        ([[], []], [], 0),
        (pd.DataFrame(), [], 0),
        (pd.DataFrame({"a": []}), ["a"], 0),
        (pl.DataFrame({"a": []}), ["a"], 0),
        (pa.table({"a": pa.array([], pa.string())}), ["a"], 0),
        ([{"a": 1}], ["a"], 1),
    ],
    ids=str,
)
def test_tables_with_little_in_them(table: Any, names: list[str], rows: int) -> None:
    columns = as_columns(table)
    assert list(columns) == names
    assert row_count(columns) == rows


def test_names_are_text() -> None:
    assert list(as_columns({1: [1], None: [2], ("a", "b"): [3]})) == ["1", "None", "('a', 'b')"]
    assert list(as_columns(pd.DataFrame([[1, 2]]))) == ["0", "1"]
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert list(as_columns(frame)) == ["('a', 'x')", "('a', 'y')"]


def test_half_characters_in_names_are_replaced() -> None:
    assert list(as_columns({"\ud800": [1], "年龄": [2]})) == ["\ufffd", "年龄"]
    with pytest.raises(DataError):
        as_columns([[1, 2]], names=["\ud800", "\udfff"])


def test_thousands_of_columns() -> None:
    columns = as_columns(pd.DataFrame(np.zeros((1, 5000))))
    assert len(columns) == 5000 and row_count(columns) == 1


# --------------------------------------------------------------------------- no tables
@pytest.mark.parametrize(
    ("data", "got"),
    [
        (None, "NoneType"),
        (5, "int"),
        ("data.csv", "str"),
        (b"bytes", "bytes"),
        ([1, 2], "list[int]"),
        (["a"], "list[str]"),
        ([{"a": 1}, 5], "list[dict]"),
        ({1, 2}, "set"),
        (np.zeros(3), "ndarray (3,)"),
        (np.zeros((2, 2, 2)), "ndarray (2, 2, 2)"),
        (np.array(5), "ndarray ()"),
        (pd.Series([1]), "Series"),
        (pl.Series([1]), "Series"),
        (pl.LazyFrame({"a": [1]}), "LazyFrame"),
        pytest.param((row for row in [{"a": 1}]), "generator", id="generator"),
        ([[1, 2], [3]], "rows of different lengths: [1, 2]"),
        ([np.zeros((2, 2))], "list[ndarray]"),
        ({"a": 5}, "column `a` is int"),
        ({"a": "text"}, "column `a` is str"),
        ({"a": b"text"}, "column `a` is bytes"),
        ({"a": None}, "column `a` is NoneType"),
        ({"a": {"b": 1}}, "column `a` is dict"),
        ({"表": np.zeros((2, 2))}, "column `表` is ndarray (2, 2)"),
        ({"a": np.array(5)}, "column `a` is ndarray ()"),
        ({"a": [1], "b": [1, 2]}, "columns of different lengths: [1, 2]"),
        ({"a": [], "b": [1]}, "columns of different lengths: [0, 1]"),
    ],
    ids=str,
)
def test_what_is_no_table_is_refused(data: Any, got: str) -> None:
    with pytest.raises(DataError) as caught:
        as_columns(data)
    assert f"Got:      {got}" in str(caught.value)
    assert "a mapping of equally long columns" in str(caught.value)


def test_names_must_fit_the_matrix() -> None:
    with pytest.raises(DataError, match="2 columns and 1 names for them"):
        as_columns(np.zeros((3, 2)), ["a"])


@pytest.mark.parametrize(
    "data",
    [
        {1: [1], "1": [2]},
        [{1: 1, "1": 2}],
        pd.DataFrame([[1, 2]], columns=["1", 1]),
        pd.DataFrame([[1, 2]], columns=["1", "1"]),
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["1", "1"]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_a_name_twice_is_refused(data: Any) -> None:
    with pytest.raises(DataError, match="columns of the same name: 1\n"):
        as_columns(data)


def test_refusals_are_chinese_in_chinese() -> None:
    messages.use("zh")
    with pytest.raises(DataError, match="各行长度不同：\\[1, 2\\]"):
        as_columns([[1, 2], [3]])


# ------------------------------------------------------------------------------- rows
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (slice(1, 3), ["b", "c"]),
        (np.array([2, 0]), ["c", "a"]),
        (np.array([True, False, True]), ["a", "c"]),
        (np.array([], np.int64), []),
    ],
    ids=str,
)
def test_take_rows(rows: Array | slice, expected: list[str]) -> None:
    assert take(as_columns({"s": ["a", "b", "c"]}), rows)["s"].tolist() == expected
    assert take({}, rows) == {}
