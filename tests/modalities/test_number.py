"""Numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from modelyard.core.protocols import Sample
from modelyard.modalities.number import preprocess
from modelyard.modalities.number.options import Options

DEFAULTS = Options().model_dump()


def objects_of(*items: Any) -> Any:
    column = np.empty(len(items), object)
    column[:] = items
    return column


def sample_of(*items: Any) -> Sample:
    return Sample("x", objects_of(*items), len(set(map(str, items))), len(items))


def state_of(*values: float) -> dict[str, Any]:
    return preprocess.finish(preprocess.summarise(np.asarray(values, np.float64)), DEFAULTS)


# --------------------------------------------------------------------- parse
def test_text_and_numbers_side_by_side() -> None:
    parsed = preprocess.parse(objects_of("1,234.5", " 1e3 ", 7, 2.5, True, None, "?", "１２"), DEFAULTS)
    assert_array_equal(parsed.values, [1234.5, 1000, 7, 2.5, 1, np.nan, np.nan, 12])
    assert not len(parsed.bad) and not parsed.notes


def test_junk_is_bad_and_words_for_nothing_are_not() -> None:
    parsed = preprocess.parse(objects_of("12 kg", "-", "无", "unknown", "1_000", "5"), DEFAULTS)
    assert parsed.bad.tolist() == [0, 4]  # no unit was settled
    assert_array_equal(parsed.values, [np.nan] * 5 + [5])


@pytest.mark.parametrize("cells", [("inf", "1"), (np.inf, 1), ("1e999", "x"), (10**400, 1)], ids=str)
def test_infinities_are_missing_and_counted(cells: tuple[Any, ...]) -> None:
    parsed = preprocess.parse(objects_of(*cells), DEFAULTS)
    assert np.isnan(parsed.values[0])
    assert parsed.notes == {"infinite": 1}
    assert 0 not in parsed.bad


def test_arrays_of_numbers_are_copied() -> None:
    values = np.array([1.0, np.inf])
    parsed = preprocess.parse(values, DEFAULTS)
    assert np.isnan(parsed.values[1]) and np.isinf(values[1])


def test_underscores_are_no_thousands_in_either_path() -> None:
    assert preprocess.parse(objects_of("1_000", "2"), DEFAULTS).bad.tolist() == [0]
    assert preprocess.parse(objects_of("1_000", "?"), DEFAULTS).bad.tolist() == [0]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.floats(allow_infinity=False), max_size=20))
def test_the_fast_path_and_the_slow_one_read_the_same(values: list[float]) -> None:
    texts = [repr(value) for value in values]
    fast = preprocess.parse(objects_of(*texts), DEFAULTS)
    slow = preprocess.parse(objects_of(*texts, "junk"), DEFAULTS)
    assert_array_equal(fast.values, slow.values[:-1])
    assert_array_equal(fast.values, values)


def test_the_target_may_be_a_thousand_digits_long() -> None:
    assert preprocess.parse(objects_of("9" * 1000), DEFAULTS).notes == {"infinite": 1}


# ------------------------------------------------------------------- options
def test_option_missing() -> None:
    options = Options(missing=[-999, "leer"]).model_dump()
    parsed = preprocess.parse(objects_of("-999", -999.0, "leer", "1"), options)
    assert_array_equal(parsed.values, [np.nan, np.nan, np.nan, 1])
    assert not len(parsed.bad)
    assert preprocess.parse(objects_of("leer"), DEFAULTS).bad.tolist() == [0]


def test_option_decimal() -> None:
    cells = objects_of("1.234,5", "1.500", 2.5)
    comma = preprocess.parse(cells, Options(decimal="comma").model_dump())
    assert_array_equal(comma.values, [1234.5, 1500, 2.5])
    point = preprocess.parse(cells, Options(decimal="point").model_dump())
    assert_array_equal(point.values, [np.nan, 1.5, 2.5])
    with pytest.raises(ValidationError):
        Options(decimal="dot")


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (("1,5", "2,75"), "comma"),
        (("1.234,50", "12"), "comma"),
        (("1,234", "1.5"), "point"),
        (("1,234", "5,678"), "point"),
        (("1", "2"), "point"),
        (("abc",), "point"),
        ((), "point"),
    ],
)
def test_settle_decides_the_decimal_mark_of_the_column(cells: tuple[str, ...], decimal: str) -> None:
    assert preprocess.settle(sample_of(*cells), DEFAULTS)["decimal"] == decimal


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (("94.172", "500"), "either"),
        (("94,172",), "either"),
        (("94.172 kg", "1.200 kg"), "either"),
        (("1.234.567", "94.172"), "comma"),
        (("1.635,50", "4,5"), "comma"),
        (("4.5", "94.172"), "point"),
        (("0.125",), "point"),
        (("a 1.5", "b 1,5", "c"), ""),
        (("1", "2"), ""),
        ((4.5, None), ""),
        ((), ""),
    ],
)
def test_how_a_column_writes_decimals(cells: tuple[Any, ...], mark: str) -> None:
    assert preprocess.mark(sample_of(*cells)) == mark


@pytest.mark.parametrize(
    ("cells", "others", "read"),
    [
        (("94.172", "1.200", "500"), "comma", [94172, 1200, 500]),
        (("94.172 kg", "1.200 kg"), "comma", [94172, 1200]),
        (("1,234", "2,500"), "comma", [1.234, 2.5]),
        (("48.1", "11.575"), "comma", [48.1, 11.575]),
        (("94.172", "1.200"), "mixed", [94.172, 1.2]),
        (("94.172", "1.200"), "", [94.172, 1.2]),
    ],
)
def test_the_other_columns_decide_a_mark_that_may_be_either(
    cells: tuple[str, ...], others: Any, read: list[float]
) -> None:
    sample = replace(sample_of(*cells), mark=others)
    options = preprocess.settle(sample, DEFAULTS)
    assert_array_equal(preprocess.parse(sample.values, options).values, read)
    assert preprocess.doubts(sample, options) == (("decimal_mark",) if others == "mixed" else ())
    assert {preprocess.how(cell, options) for cell in cells if "." in cell} <= (
        {"decimal", "unit"} if options["decimal"] == "comma" else {""}
    )
    said = preprocess.settle(sample, {**DEFAULTS, "decimal": "point"})
    assert said["decimal"] == "point"


def test_settle_respects_what_was_said() -> None:
    said = Options(decimal="point", unit="g", text=False).model_dump()
    assert preprocess.settle(sample_of("1,5", "3 kg"), said) == said
    assert preprocess.settle(sample_of("3 kg"), Options(unit=" 公斤 ").model_dump())["unit"] == "kg"


def test_a_time_of_day_is_hours_as_its_text_is() -> None:
    cells = sample_of(time(9, 30), time(0, 0, 36), time(23, 15, tzinfo=UTC), None, "9:30")
    options = preprocess.settle(cells, DEFAULTS)
    assert (options["unit"], options["text"]) == ("h", True)
    assert_array_equal(preprocess.parse(cells.values, options).values, [9.5, 0.01, 23.25, np.nan, 9.5])
    assert preprocess.how(time(9, 30), options) == "clock"
    hours = sample_of(*(time(row % 24, row) for row in range(60)))
    assert preprocess.claim(hours) > 0.5
    lists = sample_of(*hours.values, [1])
    assert preprocess.settle(lists, DEFAULTS)["unit"] == "h"


# --------------------------------------------------------------------- claim
@pytest.mark.parametrize(
    "cells", [("1", "2.5"), (1, 2), (1.5, np.int8(3)), ("1,5", "2,5"), ("?", "1"), ("1e5", "-"), tuple("12345") * 10]
)
def test_claims_numbers(cells: tuple[Any, ...]) -> None:
    assert preprocess.claim(sample_of(*cells)) >= 0.8


@pytest.mark.parametrize(
    "cells",
    [("a", "b"), ("1", "2", "three"), ("007", "012"), ("2024-01-01",), ("?", "-"), ("1-2", "3-4"), ("1.2.3", "1.2.4")],
)
def test_leaves_other_columns_alone(cells: tuple[Any, ...]) -> None:
    assert preprocess.claim(sample_of(*cells)) < 0.5


def test_a_few_odd_cells_do_not_hide_a_column_of_numbers() -> None:
    assert preprocess.claim(sample_of(*map(str, range(98)), "<5", "leer")) >= 0.8


# ------------------------------------------------------------- units and percents
def settled(*cells: Any, name: str = "x", **options: Any) -> tuple[dict[str, Any], list[float], list[int]]:
    """Settled options, values and unreadable rows of a column."""
    sample = Sample(name, objects_of(*cells), len(set(map(str, cells))), len(cells))
    chosen = preprocess.settle(sample, Options(**options).model_dump())
    parsed = preprocess.parse(sample.values, chosen)
    return chosen, parsed.values.tolist(), parsed.bad.tolist()


@pytest.mark.parametrize(
    ("cells", "unit", "values", "bad"),
    [
        (("3,000元", "¥5", "1.2万"), "元", [3000, 5, 12000], []),
        (("1.5 kg", "500 g", "2 kg", "3"), "kg", [1.5, 0.5, 2, 3], []),
        (("1.5 kg", "5 cm", "2 kg"), "kg", [1.5, np.nan, 2], [1]),
        (("$1", "$2", "¥3"), "$", [1, 2, np.nan], [2]),
        (("85%", "12‰", "0.5", 0.25), "%", [0.85, 0.012, 0.5, 0.25], []),
        (("85%", "90%", "78", 60), "%", [0.85, 0.9, np.nan, np.nan], [2, 3]),
        (("5", "6 kg"), "kg", [5, 6], []),
        (tuple(f"{n} kmpl" for n in range(12)), "kmpl", list(range(12)), []),
        (("5 foo", "6 foo"), "", [np.nan, np.nan], [0, 1]),
        (("1.2万", "3亿"), "", [12000, 3e8], []),
        ((1, 2.5), "", [1, 2.5], []),
    ],
)
def test_a_column_has_one_unit(cells: tuple[Any, ...], unit: str, values: list[float], bad: list[int]) -> None:
    options, read, unread = settled(*cells)
    assert options["unit"] == unit
    assert_allclose(read, values)
    assert unread == bad


def test_option_unit() -> None:
    assert settled("1.5 kg", "500 g", unit="g")[1] == [1500, 500]
    assert settled("1.5 kg", "2 kg", unit="")[2] == [0, 1]


def test_option_percent() -> None:
    assert settled("85%", "78", 60, percent="points") == (
        {**DEFAULTS, "decimal": "point", "unit": "%", "percent": "points", "text": True},
        [85, 78, 60],
        [],
    )


def test_option_text() -> None:
    assert [settled(*cells)[0]["text"] for cells in (("1", "2"), (1.5,), ("1", "?"), ("1,000", "2"), ("5 kg",))] == [
        *(False, False, False, True, True)
    ]
    assert settled("5 kg", text=False)[0]["text"] is False


def test_own_codes_for_missing_in_a_column_of_shares() -> None:
    options, _, _ = settled("85%", "90%", missing=[-999])
    parsed = preprocess.parse(objects_of("85%", -999, "-999", -999.0), options)
    assert_array_equal(parsed.values, [0.85, np.nan, np.nan, np.nan])
    assert not len(parsed.bad)


def test_a_later_row_is_read_like_the_first_ones() -> None:
    options, _, _ = settled("1.5 kg", "2 kg")
    parsed = preprocess.parse(objects_of("300 g", 7, "2 lb", "5 元", "10-20 kg"), options)
    assert parsed.values[:3].tolist() == pytest.approx([0.3, 7, 0.90718474])
    assert parsed.bad.tolist() == [3, 4]
    assert preprocess.parse(np.array([1.0, 2.0]), options).values.tolist() == [1, 2]


# ------------------------------------------------------------------ names of things
@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("x", [f"{n:03}" for n in range(30)]),
        ("x", ["02134", *map(str, range(90_000, 90_099))]),
        ("x", [str(110105199003070000 + n) for n in range(30)]),
        ("x", [2**60 + n for n in range(30)]),
        ("x", [f"13812345{n:03}" for n in range(30)]),
        ("x", [f"1.{n}0105E+17" for n in range(1, 9)]),
        ("x", [float(f"11010519900307{n}000") for n in range(1, 9)]),
        ("x", ["1.1", "1.10", "1.9", *["2.0"] * 40, "1.1.2"]),
        ("版本", ["1.1", "1.10", "2"]),
        ("zip_code", [10001, 10002, 94110]),
        ("行业代码", ["11", "21"]),
        ("x", ["一", "二", "三"]),
        ("x", ["1/2", "3/4"]),
        ("x", ["1/2", "3/4", "1"]),
    ],
)
def test_digits_that_name_things_are_left_to_categories(name: str, cells: list[Any]) -> None:
    assert preprocess.claim(Sample(name, objects_of(*cells), len(set(cells)), len(cells))) < 0.5


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("x", [*map(str, range(1, 300)), "05"]),
        ("x", [10.0**n for n in range(10, 25)]),
        ("x", ["12000000000000000000", "5"]),
        ("code_length", [1.5, 2.5]),
        ("x", ["1/2", "0.5", "2"]),
        ("x", ["1 1/2", "3/4"]),
        ("x", ["十二", "三", "五"]),
        ("x", ["1.234.567", "2.345.678"]),
        ("x", ["12 kg", "3 kg", "5"]),
        ("时间", ["09:30", "10:15"]),
    ],
)
def test_amounts_are_claimed(name: str, cells: list[Any]) -> None:
    assert preprocess.claim(Sample(name, objects_of(*cells), len(set(cells)), len(cells))) >= 0.8


def test_digits_that_a_number_does_not_keep_are_counted() -> None:
    parsed = preprocess.parse(objects_of("110105199003071234", 2**53 + 1, 2**60, 1e300, "5"), DEFAULTS)
    assert parsed.notes == {"rounded": 2}
    assert preprocess.parse(np.array([2**53 + 1]), DEFAULTS).notes == {"rounded": 1}


# ----------------------------------------------------------------------- told
def test_what_is_told() -> None:
    options = Options(unit="kg", missing=["leer"]).model_dump()
    cells = ["3 kg", "500 g", "5", "1.2万 kg", "(3 kg)", "无", "leer", 7, None, "junk"]
    hows = ["unit", "converted", "bare", "multiplier", "unit", "missing", "missing", "", "", ""]
    assert [preprocess.how(cell, options) for cell in cells] == hows
    plain = {"5": "", "05": "zeros", "1,000": "grouped", "85%": "percent", "12:30": "converted", "１": "wide"}
    assert {cell: preprocess.how(cell, DEFAULTS) for cell in plain} == plain
    assert preprocess.how("85%", Options(percent="points").model_dump()) == "points"
    assert preprocess.how("1,5", Options(decimal="comma").model_dump()) == "decimal"


@pytest.mark.parametrize(
    ("cells", "doubts"),
    [
        (("$1", "¥2"), ("mixed_units",)),
        (("3 kg", "5件"), ("mixed_units",)),
        (("85%", "78"), ("bare_percent",)),
        (("85%", "0.78"), ()),
        (("3 kg", "500 g"), ()),
        (("a", "b"), ()),
        (("1", "b", "c"), ()),
        ((1, 2), ()),
        ((), ()),
    ],
)
def test_doubts(cells: tuple[Any, ...], doubts: tuple[str, ...]) -> None:
    sample = sample_of(*cells)
    assert preprocess.doubts(sample, preprocess.settle(sample, DEFAULTS)) == doubts


# --------------------------------------------------------------------- views
def test_raw_keeps_gaps_and_fits_float32() -> None:
    block = preprocess.block([np.array([1.0, np.nan, 1e300])], [state_of(1)])
    assert_array_equal(preprocess.view("raw", block, [state_of(1)]).ravel(), np.array([1, np.nan, 3.4e38], np.float32))


def test_dense_adds_an_indicator_only_where_training_had_gaps() -> None:
    states = [state_of(1, 3), state_of(0, 4, np.nan)]
    block = preprocess.block([np.array([3.0, np.nan]), np.array([np.nan, 4.0])], states)
    assert_array_equal(preprocess.view("dense", block, states), [[1, 0, 1], [0, 1, 0]])
    names = [feature.name for feature in preprocess.features("dense", ["a", "年龄"], states)]
    assert names == ["a", "年龄", "年龄[missing]"]


def test_wild_cells_do_not_rule_the_dense_view() -> None:
    block = preprocess.block([np.array([1e308, -1e308])], [state_of(1, 2, 3)])
    assert preprocess.view("dense", block, [state_of(1, 2, 3)]).ravel().tolist() == [10, -10]


def test_constant_and_empty_columns() -> None:
    assert state_of(0.1, 0.1, 0.1) == {"mean": 0.1, "scale": 1.0, "missing": False}
    assert state_of(np.nan) == {"mean": 0.0, "scale": 1.0, "missing": True}
    assert state_of() == {"mean": 0.0, "scale": 1.0, "missing": False}


def test_profile_and_odd() -> None:
    values = np.array([0.0, 1.0, np.nan])
    assert preprocess.profile(values) == {"kind": "number", "edges": [0.0, 1.0], "counts": [0, 1, 1], "missing": 1}
    assert not preprocess.odd(np.array([1e9]), state_of(1)).any()


# -------------------------------------------------------------------- scaling
def scaled(way: str, values: Any) -> Any:
    state = preprocess.finish(preprocess.summarise(values), {**DEFAULTS, "scaling": way})
    return preprocess.view("dense", values[:, None], [state])[:, 0]


def test_each_way_of_scaling_sees_other_numbers() -> None:
    values = np.r_[np.random.default_rng(0).lognormal(sigma=2, size=999), 1e6]
    views = {way: scaled(way, values) for way in ("standard", "robust", "quantile")}
    assert_array_equal(scaled("auto", values), views["quantile"])
    assert np.median(np.abs(views["standard"])) < 0.1 < np.median(np.abs(views["quantile"]))
    assert abs(np.median(views["robust"])) < 0.01 and views["robust"].max() == 10


def test_ordinary_numbers_are_standardised() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    assert_array_equal(scaled("auto", values), scaled("standard", values))


@pytest.mark.parametrize("way", ["auto", "standard", "robust", "quantile"])
@pytest.mark.parametrize("values", [[], [np.nan], [5.0], [5.0] * 9, [0.0] * 9 + [1.0]], ids=str)
def test_scaling_of_next_to_nothing(way: str, values: list[float]) -> None:
    array = np.asarray(values, np.float64)
    state = preprocess.finish(preprocess.summarise(array), {**DEFAULTS, "scaling": way})
    assert np.isfinite(preprocess.view("dense", np.array([[np.nan], [5.0], [-1e300]]), [state])).all()
    assert json.loads(json.dumps(state, allow_nan=False)) == state
