"""Worlds: evenly spread, the same everywhere, and the inverse of what a forecast says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from modelyard.core.number import Number
from modelyard.plan import worlds
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.forecast import Forecast, forecast

SIZES = np.array([48, 74, 114, 175, 270, 416, 640, 1000.0])


def fallen(exponent: float = 0.4) -> Forecast:
    return forecast(SIZES, 0.05 + 0.4 * (SIZES / 48) ** -exponent, spread=np.full(8, 0.004), kind="trees")


def test_worlds_are_spread_evenly_in_a_random_order() -> None:
    found = worlds.draw(1000)
    assert_allclose(np.sort(found), (np.arange(1000) + 0.5) / 1000)
    assert not (np.diff(found) > 0).all()
    assert_array_equal(found, worlds.draw(1000))
    other = worlds.draw(1000, stream=1)
    assert abs(np.corrcoef(found, other)[0, 1]) < 0.1
    assert (worlds.draw(1000, seed=1) != found).any()


def test_no_worlds() -> None:
    assert len(worlds.draw(0)) == 0 and worlds.errors(fallen(), np.empty(0)).shape == (0, 16)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(0.1, 1.0), st.floats(0.02, 0.4))
def test_errors_are_drawn_as_often_as_they_are_probable(exponent: float, target: float) -> None:
    found = fallen(exponent)
    drawn = worlds.errors(found, worlds.draw(2000))
    assert_allclose((drawn <= target).mean(0), found.probability(target), atol=2e-3)


def test_the_levels_themselves_are_the_quantiles() -> None:
    found = fallen()
    drawn = worlds.errors(found, np.asarray(found.levels))
    assert_allclose(drawn.T, found.quantiles, atol=1e-9)
    wide = worlds.errors(found, np.array([0.0, 0.001, 0.5, 0.999, 1.0]))
    assert (np.diff(wide, axis=0) >= 0).all() and wide.min() >= 0 and wide.max() <= 1


def test_a_measured_number_in_worlds() -> None:
    found = worlds.around(Number(0.8, 0.7, 0.85, 100), np.array([0.025, 0.5, 0.975]))
    assert_allclose(found, [0.7, 0.8, 0.85], atol=1e-12)
    assert_array_equal(worlds.around(Number(5.0), np.array([0.1, 0.9])), [5.0, 5.0])
    narrow: Floats = worlds.around(Number(0.8, 0.7, 0.85), np.array([0.1]), confidence=0.8)
    assert narrow[0] == pytest.approx(0.7)


def test_a_number_that_is_not_defined_has_no_draws() -> None:
    with pytest.raises(ValueError, match="not defined"):
        worlds.around(Number.of(math.nan), np.array([0.5]))


# -------------------------------------------------------------------- one size
def test_errors_at_a_horizon_are_its_own() -> None:
    found, at = fallen(), worlds.draw(200)
    drawn = worlds.errors(found, at)
    for place in (0, 7, 15):
        assert_allclose(worlds.errors_at(found, found.sizes[place], at), drawn[:, place], atol=1e-12)


def test_errors_today_are_as_measured() -> None:
    found = fallen()
    assert_allclose(worlds.errors_at(found, 1000, worlds.draw(50)), found.curve.errors[-1])


def test_errors_between_two_sizes_are_straight_on_the_logarithm() -> None:
    found, at = fallen(), np.array([0.25, 0.5, 0.9])
    middle = worlds.errors_at(found, float(np.sqrt(found.sizes[3] * found.sizes[4])), at)
    ends = [worlds.errors_at(found, found.sizes[place], at) for place in (3, 4)]
    assert_allclose(middle, (ends[0] + ends[1]) / 2, atol=1e-12)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.floats(1000, 16_000))
def test_unlucky_worlds_have_larger_errors_at_every_size(size: float) -> None:
    drawn = worlds.errors_at(fallen(), size, np.linspace(0, 1, 21))
    assert (np.diff(drawn) >= -1e-12).all() and drawn.min() >= 0 and drawn.max() <= 1


def test_a_forecast_at_other_sizes_is_a_forecast() -> None:
    found = fallen()
    same = worlds.at_sizes(found, found.sizes)
    assert_allclose(same.quantiles, found.quantiles)
    assert_allclose(same.low, found.low)
    assert same.zones == found.zones
    between = worlds.at_sizes(found, np.array([1000.0, 4000, 4001, 8001]))
    assert between.zones == ("forecast", "forecast", "beyond", "refused")
    assert_allclose(between.quantiles[0], found.curve.errors[-1])
    assert (between.low <= between.high).all()
