"""Slices: which there are, which are shown, and when one is called worse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.number import Number
from modelyard.core.protocols import Array
from modelyard.core.report import Score
from modelyard.evaluate.slices import MOST_SHOWN, Part, compare, few_values, holding, lengths, parts
from modelyard.measure.intervals import wilson


def objects(*values: Any) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def named(found: list[Part]) -> dict[str, int]:
    return {part.value: part.size for part in found}


def test_values_with_enough_rows_are_slices() -> None:
    table = {"城市": objects(*["北京"] * 40, *["上海"] * 35, *["rare"] * 5)}
    assert named(parts(table, ["城市"])) == {"北京": 40, "上海": 35}


def test_texts_are_cut_into_quarters_of_their_length() -> None:
    texts = objects(*(f"{number}" + "x" * number for number in range(200)), None, "", float("nan"))
    assert np.isnan(lengths(texts)[-3:]).all()
    assert lengths(texts)[:2].tolist() == [1.0, 2.0]
    assert named(parts({"t": lengths(texts)}, ["t"])) == {
        "1 … 51.75": 50,
        "51.75 … 102": 50,
        "102 … 152.25": 50,
        "152.25 … 202": 50,
    }


def test_missing_cells_are_a_slice_of_their_own() -> None:
    table = {"c": objects(*[None] * 30, *[float("nan")] * 5, *["a"] * 50, *[" a "] * 2, *[""] * 3)}
    assert named(parts(table, ["c"])) == {"": 38, "a": 52}


def test_a_column_with_one_value_is_no_slice() -> None:
    assert parts({"c": objects(*["a"] * 100)}, ["c"]) == []


def test_numbers_and_booleans_of_few_values_are_taken_as_they_are() -> None:
    table = {"n": np.repeat([1.0, 2.5], 40), "b": np.repeat([True, False], 40), "i": np.repeat([3, 4], 40)}
    assert named(parts(table, ["n", "b", "i"])) == {"1": 40, "2.5": 40, "False": 40, "True": 40, "3": 40, "4": 40}


def test_long_numbers_stay_apart() -> None:
    branches = np.repeat([1000001.0, 1000002.0, 1000003.0], 40)
    assert named(parts({"branch": branches}, ["branch"])) == {"1000001": 40, "1000002": 40, "1000003": 40}
    assert holding(branches, "1000002").tolist() == (branches == 1000002).tolist()
    assert holding(np.asarray([0.1, 1234567.25, np.nan]), "1234567.25").tolist() == [False, True, False]
    assert holding(np.asarray([0.1, 2.0], np.float32), "0.1").tolist() == [True, False]
    found = parts({"id": np.arange(1000000.0, 1000201.0)}, ["id"])
    assert [part.value for part in found][:2] == ["1000000 … 1000050", "1000050 … 1000100"]


def test_numbers_of_many_values_are_cut_into_quarters() -> None:
    table = {"age": np.r_[np.arange(200.0), [np.nan] * 40]}
    found = parts(table, ["age"])
    assert [part.size for part in found] == [50, 50, 50, 50, 40]
    assert found[0].value == "0 … 49.75" and found[3].value == "149.25 … 199" and found[4].value == ""
    assert sum(part.rows.astype(int) for part in found).tolist() == [1] * 240


def test_many_equal_numbers_make_fewer_ranges() -> None:
    table = {"x": np.r_[np.zeros(300), np.arange(1.0, 41.0)]}
    assert len(parts(table, ["x"])) <= 2


def test_infinities_do_not_break_the_ranges() -> None:
    table = {"x": np.r_[np.arange(200.0), [np.inf] * 40]}
    assert len(parts(table, ["x"])) == 5


def test_dates_are_cut_into_ranges_of_days() -> None:
    days = np.datetime64("2020-01-01") + np.arange(200)
    days[:35] = np.datetime64("NaT")
    found = parts({"day": days}, ["day"])
    assert found[0].value.startswith("2020-02-05 … ")
    assert found[-1].value == "" and found[-1].size == 35


def test_columns_that_are_not_there_are_passed_over() -> None:
    assert parts({"c": objects(*["a", "b"] * 40)}, ["nowhere"]) == []
    assert parts({}, ["c"]) == []
    assert parts({"c": objects()}, ["c"]) == []


def test_a_column_of_names_costs_little() -> None:
    table = {"name": objects(*(f"row {number}" for number in range(20_000)))}
    assert parts(table, ["name"]) == []


@pytest.mark.parametrize(
    ("values", "few"),
    [
        (objects("a", "b"), True),
        (objects("a", "a"), False),
        (objects("a", None), False),
        (objects(*map(str, range(20))), True),
        (objects(*map(str, range(21))), False),
        (np.arange(3.0), True),
        (np.asarray([], float), False),
    ],
)
def test_what_few_values_are(values: Array, few: bool) -> None:
    assert few_values(values) is few


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.sampled_from("abc"), st.floats(), st.booleans()), min_size=1, max_size=80))
def test_any_cells_are_cut_without_overlap(cells: list[Any]) -> None:
    found = parts({"c": objects(*cells)}, ["c"], least=1)
    assert all(part.size >= 1 for part in found)
    assert not found or max(sum(part.rows.astype(int) for part in found)) <= 1


# ------------------------------------------------------------------- comparing
def compared(rights: Array, looked_at: list[Part], better: str = "higher", **more: Any) -> Any:
    """Compare by the share of right rows, or of wrong ones."""
    values = rights if better == "higher" else ~rights

    def number(rows: Array) -> Number:
        return Number.of(*wilson(float(values[rows].mean()), int(rows.sum())), int(rows.sum()))

    score = Score("accuracy", better, number(np.ones(len(rights), bool)))
    return compare(looked_at, score, lambda rows: float(values[rows].mean()), number, **more)


def grouped(rates: dict[str, float], rows: int, seed: int = 0) -> tuple[Array, list[Part]]:
    random = np.random.default_rng(seed)
    group = objects(*np.repeat(list(rates), rows).tolist())
    rights = random.random(len(group)) < np.repeat(list(rates.values()), rows)
    return rights, parts({"g": group}, ["g"])


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_slice_that_is_much_worse_is_called_so(better: str) -> None:
    rights, looked_at = grouped({"a": 0.9, "b": 0.9, "c": 0.6}, 300)
    found = compared(rights, looked_at, better)
    assert (found.shown[0].value, found.shown[0].worse) == ("c", True)
    assert [item.worse for item in found.shown[1:]] == [False, False]


def test_noise_is_not_called_worse() -> None:
    """Forty equal slices, ten draws: at 95 % over all slices together, alarms are rare."""
    alarms = 0
    for seed in range(10):
        rights, looked_at = grouped({str(number): 0.8 for number in range(40)}, 60, seed)
        alarms += any(item.worse for item in compared(rights, looked_at).shown)
    assert alarms <= 2


def test_at_most_a_dozen_are_shown_the_worst_and_the_largest() -> None:
    rights, looked_at = grouped({str(number): 0.5 + number / 100 for number in range(40)}, 50)
    found = compared(rights, looked_at)
    assert (len(found.shown), found.looked_at) == (MOST_SHOWN, 40)


def test_columns_that_come_first_come_first() -> None:
    rights, looked_at = grouped({"a": 0.9, "b": 0.2}, 100)
    sex = parts({"sex": objects(*["f", "m"] * 100)}, ["sex"])
    found = compared(rights, [*looked_at, *sex], first=("sex",))
    assert [item.column for item in found.shown] == ["sex", "sex", "g", "g"]


def test_what_is_not_defined_in_a_slice_is_shown_and_not_judged() -> None:
    looked_at = parts({"g": objects(*["a"] * 50, *["b"] * 50)}, ["g"])
    score = Score("roc_auc", "higher", Number(0.8, 0.7, 0.9, 100))
    found = compare(looked_at, score, lambda _: math.nan, lambda _: Number(None))
    assert [(item.number.value, item.worse) for item in found.shown] == [(None, False), (None, False)]


def test_nothing_to_compare() -> None:
    found = compare([], Score("f1", "higher", Number(None)), lambda _: 0.0, lambda _: Number(None))
    assert (found.shown, found.looked_at) == ((), 0)
