"""Metrics as errors and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import DataError
from modelyard.plan.curves.metric import Scale

ACCURACY = Scale("higher", 0.0, 1.0)
SQUARED = Scale("lower", low=0.0, baseline=4.0)
R2 = Scale("higher", high=1.0, baseline=0.0)


def test_a_bounded_metric_that_shall_rise() -> None:
    np.testing.assert_allclose(ACCURACY.error([1.0, 0.9, 0.0]), [0.0, 0.1, 1.0])


def test_a_bounded_metric_that_shall_fall() -> None:
    np.testing.assert_allclose(Scale("lower", 0.0, 100.0).error([0.0, 25.0, 100.0]), [0.0, 0.25, 1.0])


def test_a_correlation_has_a_negative_bound() -> None:
    np.testing.assert_allclose(Scale("higher", -1.0, 1.0).error([1.0, 0.0, -1.0]), [0.0, 0.5, 1.0])


def test_an_unbounded_metric_is_divided_by_the_baseline() -> None:
    np.testing.assert_allclose(SQUARED.error([0.0, 1.0, 4.0]), [0.0, 0.25, 1.0])
    np.testing.assert_allclose(R2.error([1.0, 0.4, 0.0]), [0.0, 0.6, 1.0])


def test_worse_than_the_baseline_is_as_bad_as_it() -> None:
    np.testing.assert_array_equal(SQUARED.error([5.0, 1e9]), 1.0)
    np.testing.assert_array_equal(R2.error([-3.0]), 1.0)


def test_a_value_out_of_its_bounds_is_left_to_be_seen() -> None:
    assert ACCURACY.error(90.0) < 0


def test_nan_stays_nan_and_shapes_stay() -> None:
    assert np.isnan(SQUARED.error(float("nan")))
    assert ACCURACY.error(np.zeros((3, 2))).shape == (3, 2)


@given(st.floats(-100, 100), st.floats(0.01, 100), st.floats(0, 1), st.sampled_from(["higher", "lower"]))
@settings(max_examples=60, derandomize=True)
def test_there_and_back(low: float, span: float, share: float, better: Any) -> None:
    scale = Scale(better, low, low + span)
    value = low + share * span
    np.testing.assert_allclose(scale.value(scale.error(value)), value, atol=1e-9)
    assert -1e-9 <= float(scale.error(value)) <= 1 + 1e-9


@given(st.lists(st.floats(0, 4), min_size=2, max_size=9, unique=True))
@settings(max_examples=40, derandomize=True)
def test_order_is_kept(values: list[float]) -> None:
    rising = np.sort(np.array(values))
    assert (np.diff(SQUARED.error(rising)) >= 0).all()
    assert (np.diff(ACCURACY.error(rising / 4)) <= 0).all()


@pytest.mark.parametrize(
    ("settings_of_scale", "place"),
    [
        ({"better": "bigger", "low": 0.0, "high": 1.0}, "better"),
        ({"better": "higher", "low": 1.0, "high": 0.0}, "low, high"),
        ({"better": "higher", "low": 1.0, "high": 1.0}, "low, high"),
        ({"better": "higher", "low": float("nan"), "high": 1.0}, "low, high"),
        ({"better": "lower", "low": float("-inf"), "high": 1.0}, "low, high"),
        ({"better": "higher"}, "low, high"),
        ({"better": "lower", "high": 1.0}, "low, high"),
        ({"better": "higher", "low": 0.0, "baseline": 0.5}, "low, high"),
        ({"better": "lower", "low": 0.0}, "baseline"),
        ({"better": "higher", "high": 1.0}, "baseline"),
        ({"better": "lower", "low": 0.0, "baseline": 0.0}, "baseline"),
        ({"better": "lower", "low": 0.0, "baseline": -1.0}, "baseline"),
        ({"better": "higher", "high": 1.0, "baseline": 1.5}, "baseline"),
        ({"better": "lower", "low": 0.0, "baseline": float("nan")}, "baseline"),
        ({"better": "lower", "low": 0.0, "baseline": float("inf")}, "baseline"),
    ],
)
def test_metrics_that_are_no_errors(settings_of_scale: dict[str, Any], place: str) -> None:
    with pytest.raises(DataError) as caught:
        Scale(**settings_of_scale)
    (mistake,) = caught.value.mistakes
    assert mistake.place == place
    assert mistake.expected


def test_a_missing_baseline_says_how_to_get_one() -> None:
    with pytest.raises(DataError, match="naive"):
        Scale("lower", low=0.0)
