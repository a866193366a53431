"""Hindsight: only what came before is used, and what can be tested is tested."""

from __future__ import annotations

import numpy as np
import pytest

from modelyard.core.errors import DataError
from modelyard.plan.curves.backtest import TIMES, Hindsight, backtest
from modelyard.plan.curves.forecast import forecast

SIZES = 100 * 1.54 ** np.arange(8)
ERRORS = 0.1 + 2 * SIZES**-0.5
SPREAD = np.full(8, 0.004)


def test_eight_anchors_are_tested_at_twice_and_four_times() -> None:
    found = backtest(SIZES, ERRORS, spread=SPREAD)
    assert [(one.times, one.anchors) for one in found] == [(2.0, 5), (2.0, 6), (4.0, 5)]
    for one in found:
        assert one.size / one.last == pytest.approx(one.times, rel=0.25)
        assert one.error == pytest.approx(0.1 + 2 * one.size**-0.5)
        assert one.inside


def test_hindsight_is_the_forecast_of_the_anchors_before() -> None:
    (one,) = [each for each in backtest(SIZES, ERRORS, spread=SPREAD) if each.anchors == 6]
    found = forecast(SIZES[:6], ERRORS[:6], spread=SPREAD[:6], at=[SIZES[7]])
    assert (one.low, one.high) == (found.low[0], found.high[0])
    assert one.median == found.quantiles[0, 3]


@pytest.mark.parametrize("spread", [SPREAD, None])
def test_hidden_anchors_do_not_tell(spread: np.ndarray | None) -> None:
    changed = ERRORS.copy()
    changed[6:] = [0.5, 0.01]
    one, other = (backtest(SIZES, errors, spread=spread) for errors in (ERRORS, changed))
    for before, after in zip(one, other, strict=True):
        assert (before.low, before.median, before.high) == (after.low, after.median, after.high)
    assert not other[0].inside


def test_six_anchors_leave_little_to_test() -> None:
    assert backtest(SIZES[:6], ERRORS[:6]) == ()


def test_many_anchors_are_all_tested() -> None:
    sizes = 50 * 2.0 ** np.arange(9)
    found = backtest(sizes, 0.1 + 2 * sizes**-0.5)
    assert [one.anchors for one in found if one.times == 2] == [5, 6, 7, 8]
    assert [one.anchors for one in found if one.times == 4] == [5, 6, 7]
    assert {one.times for one in found} == set(TIMES)


def test_anchors_too_far_apart_test_nothing() -> None:
    sizes = 10.0 ** np.arange(2, 9)
    assert backtest(sizes, 0.1 + sizes**-0.3) == ()


def test_repeats_are_taken_as_they_are() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (8, 3))
    assert len(backtest(SIZES, ERRORS[:, None] + noise)) == 3


def test_what_is_no_curve_is_refused() -> None:
    with pytest.raises(DataError, match="at least 6"):
        backtest(SIZES[:4], ERRORS[:4])


@pytest.mark.parametrize(("error", "inside"), [(0.1, True), (0.2, True), (0.15, True), (0.09, False), (0.21, False)])
def test_the_ends_of_the_band_are_inside(error: float, inside: bool) -> None:
    assert Hindsight(2.0, 6, 100.0, 200.0, 0.15, 0.1, 0.2, error).inside is inside
