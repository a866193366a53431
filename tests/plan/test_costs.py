"""What rows and training cost: prices in order, labels that are checked, times that grow with the rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import ProjectError
from modelyard.plan.costs import Labels, Range, training_time


# -------------------------------------------------------------------- ranges
@pytest.mark.parametrize("ends", [(1, 2, 3), (2, 2, 2), (0, 0, 1), (0.2, 0.3, 0.6)])
def test_ends_in_order_are_a_range(ends: tuple[float, float, float]) -> None:
    found = Range(*ends)
    assert (found.low, found.likely, found.high) == ends


@pytest.mark.parametrize(
    "ends",
    [(3, 2, 1), (1, 3, 2), (2, 1, 3), (-1, 0, 1), (math.nan, 1, 2), (1, 2, math.nan), ("1", 2, 3), (True, 2, 3)],
)
def test_a_range_in_the_wrong_order_is_told(ends: tuple[Any, Any, Any]) -> None:
    with pytest.raises(ProjectError) as caught:
        Range(*ends)
    assert str(list(ends)) in str(caught.value) and len(str(caught.value).splitlines()) <= 12


def test_a_range_in_the_wrong_order_is_offered_in_the_right_one() -> None:
    with pytest.raises(ProjectError, match=r"\[0\.2, 0\.3, 0\.6\]"):
        Range(0.6, 0.2, 0.3)


def test_ranges_add_and_multiply() -> None:
    assert Range(1, 2, 4).times(3) == Range(3, 6, 12)
    assert Range(1, 2, 4).plus(Range(1, 1, 1)) == Range(2, 3, 5)


# -------------------------------------------------------------------- labels
def test_labels_cost_what_the_formula_says() -> None:
    labels = Labels(Range(0.2, 0.3, 0.6), annotators=2, checked=0.1, accepted=0.9)
    assert labels.of(900).likely == pytest.approx(900 * 0.3 * 2 * 1.1 / 0.9)
    assert labels.of(0) == Range(0, 0, 0)


@pytest.mark.parametrize(
    "wrong", [{"annotators": 0}, {"checked": -0.1}, {"checked": math.nan}, {"accepted": 0.0}, {"accepted": 1.1}]
)
def test_labels_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ProjectError, match=next(iter(wrong))):
        Labels(Range(1, 1, 1), **wrong)  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(0, 10), st.integers(1, 5), st.floats(0, 1), st.floats(0.05, 1), st.integers(0, 10_000))
def test_labels_cost_more_when_less_is_accepted(
    price: float, annotators: int, checked: float, accepted: float, rows: int
) -> None:
    labels = Labels(Range(price, price * 2, price * 3), annotators, checked, accepted)
    found = labels.of(rows)
    assert found.low <= found.likely <= found.high
    assert found.low >= Labels(Range(price, price, price), annotators, checked, 1.0).of(rows).low * (1 - 1e-12)


# -------------------------------------------------------------------- times
@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(0.01, 10), st.floats(0, 2))
def test_a_power_law_of_time_is_found_again(first: float, slope: float) -> None:
    sizes = np.array([100.0, 154, 237, 365, 1000])
    found = training_time(sizes, first * (sizes / 100) ** slope)
    assert found.slope == pytest.approx(slope, abs=1e-9)
    assert found.seconds(4000).likely == pytest.approx(first * 40**slope, rel=1e-9)
    assert found.seconds(4000).low == pytest.approx(found.seconds(4000).high, rel=1e-6)


def test_times_are_less_sure_farther_out() -> None:
    found = training_time([100, 200, 400, 800], [1.0, 2.3, 3.8, 8.4])
    near, far = found.seconds(800), found.seconds(8000)
    assert near.low < near.likely < near.high
    assert far.high / far.likely > near.high / near.likely


def test_time_never_falls_with_more_rows() -> None:
    found = training_time([100, 200, 400], [3.0, 2.0, 1.0])
    assert found.slope == 0
    assert found.seconds(800).likely == pytest.approx(6 ** (1 / 3))


def test_trainings_cost_hours_times_price() -> None:
    found = training_time([100, 200, 400], [36.0, 72.0, 144.0])
    assert found.cost(1000, Range(10, 10, 10), trainings=5).likely == pytest.approx(5)
    dear = found.cost(1000, Range(10, 20, 40), trainings=5)
    assert dear.low <= dear.likely <= dear.high and dear.likely == pytest.approx(10)


@pytest.mark.parametrize(
    ("sizes", "seconds"),
    [
        ([], []),
        ([100, 200], [1, 2]),
        ([100, 100, 100], [1, 2, 3]),
        ([100, 200, 400], [1, 2]),
        ([100, 200, 400], [1, 0, 2]),
        ([100, 200, 400], [1, -1, 2]),
        ([100, 200, 400], [1, math.nan, 2]),
        ([0, 200, 400], [1, 1, 2]),
    ],
)
def test_times_that_say_nothing(sizes: list[float], seconds: list[float]) -> None:
    with pytest.raises(ProjectError, match="training times"):
        training_time(sizes, seconds)


def test_time_of_no_rows() -> None:
    with pytest.raises(ProjectError, match="rows"):
        training_time([100, 200, 400], [1, 2, 4]).seconds(0)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(10, 1e6), st.floats(0.01, 1e5)), min_size=3, max_size=8, unique_by=lambda one: one[0]),
    st.floats(1, 1e7),
)
def test_any_times_give_a_range_in_order(runs: list[tuple[float, float]], rows: float) -> None:
    sizes, seconds = zip(*runs, strict=True)
    found = training_time(sizes, seconds)
    time = found.seconds(rows)
    assert 0 < time.low <= time.likely <= time.high and found.slope >= 0
    assert found.seconds(rows * 2).likely >= time.likely * (1 - 1e-9)
    shuffled = training_time(sizes[::-1], seconds[::-1])
    assert shuffled.seconds(rows).likely == pytest.approx(time.likely, rel=1e-6)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=3), st.floats(0, 1e3))
def test_sorted_numbers_are_a_range_and_others_are_not(values: list[float], factor: float) -> None:
    found = Range(*sorted(values))
    assert found.times(factor).likely == found.likely * factor and found.plus(found) == found.times(2)
    if values != sorted(values):
        with pytest.raises(ProjectError, match="range"):
            Range(*values)


def test_time_at_the_runs_themselves() -> None:
    """Where the runs lie, half of them took longer."""
    sizes = [100, 100, 400, 400]
    found = training_time(sizes, [1.0, 4.0, 4.0, 16.0])
    assert found.seconds(100).likely == pytest.approx(2) and found.seconds(400).likely == pytest.approx(8)
    assert found.seconds(200).likely == pytest.approx(4) and found.runs == 4
