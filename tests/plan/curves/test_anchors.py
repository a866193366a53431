"""What is a curve and what is not; how its spread is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.plan.curves.anchors import FEWEST, from_residuals, horizons, measured

SIZES = [100, 154, 237, 365, 562, 866, 1334, 2054]
ERRORS = [0.30, 0.26, 0.23, 0.21, 0.19, 0.175, 0.165, 0.155]
EACH = np.array(ERRORS)[:, None] + np.array([-0.01, 0.0, 0.01])


def mistakes_of(**changed: Any) -> list[Any]:
    with pytest.raises(DataError) as caught:
        measured(**{"sizes": SIZES, "errors": ERRORS, **changed})
    for mistake in caught.value.mistakes:
        assert str(mistake).count("\n") < 12
        assert mistake.expected
    return list(caught.value.mistakes)


def test_lists_become_a_curve_of_doubles() -> None:
    curve = measured(SIZES, ERRORS, spread=[0.01] * 8, chance=0.5)
    assert curve.sizes.dtype == curve.errors.dtype == curve.spread.dtype == np.float64
    assert curve.chance == 0.5
    assert curve.source == "given"
    np.testing.assert_array_equal(curve.spread, 0.01)


@pytest.mark.parametrize("count", range(FEWEST))
def test_fewer_than_six_anchors_are_refused(count: int) -> None:
    (mistake,) = mistakes_of(sizes=SIZES[:count], errors=ERRORS[:count])[:1]
    assert mistake.place == "sizes"
    assert str(count) in mistake.got
    assert "plan curve" in mistake.fix


def test_six_anchors_are_enough() -> None:
    assert len(measured(SIZES[:6], ERRORS[:6]).sizes) == 6


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([*SIZES[:6], 2054, 1334], "rising"),
        (SIZES[::-1], "rising"),
        ([*SIZES[:7], 1334], "once"),
        ([1, *SIZES[1:]], "2 or more"),
        ([-100, *SIZES[1:]], "2 or more"),
        ([float("nan"), *SIZES[1:]], "2 or more"),
        ([*SIZES[:7], float("inf")], "2 or more"),
        ([SIZES], "one list"),
        (5, "one list"),
    ],
)
def test_sizes_that_are_no_sizes(sizes: Any, expected: str) -> None:
    first = mistakes_of(sizes=sizes)[0]
    assert first.place == "sizes"
    assert expected in first.expected


def test_the_place_of_a_size_out_of_order_is_told() -> None:
    (mistake,) = mistakes_of(sizes=[100, 154, 365, 237, 562, 866, 1334, 2054])
    assert "237" in mistake.got
    assert "position 3" in mistake.got
    assert "sort" in mistake.fix


@pytest.mark.parametrize("wrong", [1.5, -0.1, float("nan"), float("inf"), 90.0])
def test_errors_outside_their_bounds(wrong: float) -> None:
    (mistake,) = mistakes_of(errors=[*ERRORS[:3], wrong, *ERRORS[4:]])
    assert mistake.place == "errors"
    assert "position 3" in mistake.got
    assert "Scale" in mistake.fix


@pytest.mark.parametrize("errors", [ERRORS[:7], [], 0.3, np.zeros((8, 2, 2)), np.zeros((8, 0)), np.zeros((3, 8))])
def test_errors_of_another_shape(errors: Any) -> None:
    (mistake,) = mistakes_of(errors=errors)
    assert mistake.place == "errors"
    assert "8" in mistake.expected


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"sizes": "many"}, "sizes"),
        ({"errors": ["误差"] * 8}, "errors"),
        ({"errors": [[0.1], [0.1, 0.2]]}, "errors"),
        ({"spread": {"a": 1}}, "spread"),
        ({"spread": [0.1] * 7}, "spread"),
        ({"spread": [-0.1] * 8}, "spread"),
        ({"spread": [float("nan")] * 8}, "spread"),
        ({"spread": 0.01}, "spread"),
        ({"errors": EACH, "spread": [0.01] * 8}, "spread"),
        ({"repeats": 0}, "repeats"),
        ({"repeats": 2.5}, "repeats"),
        ({"errors": EACH, "repeats": 5}, "repeats"),
        ({"chance": 0.0}, "chance"),
        ({"chance": float("nan")}, "chance"),
        ({"chance": 1.2}, "chance"),
    ],
)
def test_other_wrong_numbers(changed: dict[str, Any], place: str) -> None:
    assert [mistake.place for mistake in mistakes_of(**changed)] == [place]


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes_of(sizes=SIZES[::-1], errors=[2.0] * 8, spread=[-1.0] * 8, repeats=0, chance=3.0)
    assert [mistake.place for mistake in found] == ["sizes", "errors", "spread", "repeats", "chance"]


def test_mistakes_are_told_in_chinese_too() -> None:
    messages.use("zh")
    (mistake,) = mistakes_of(sizes=SIZES[:3], errors=ERRORS[:3])
    assert "至少 6 个" in mistake.expected


def test_repeats_give_means_and_standard_errors() -> None:
    curve = measured(SIZES, EACH)
    np.testing.assert_allclose(curve.errors, ERRORS)
    np.testing.assert_allclose(curve.spread, 0.01 / np.sqrt(3))
    assert curve.source == "repeats"


def test_means_with_their_repeats_are_the_repeats_themselves() -> None:
    draws = np.random.default_rng(0).normal(0, 0.01, (8, 5))
    each = np.array(ERRORS)[:, None] + draws
    one = measured(SIZES, each)
    other = measured(SIZES, each.mean(1), spread=each.std(1, ddof=1) / np.sqrt(5), repeats=5)
    np.testing.assert_allclose(one.errors, other.errors)
    np.testing.assert_allclose(one.spread, other.spread)


def test_the_spread_of_few_repeats_is_drawn_to_that_of_all_anchors() -> None:
    each = EACH.copy()
    each[0] = ERRORS[0]  # three equal repeats: luck, not certainty
    spread = measured(SIZES, each).spread
    assert 0 < spread[0] < spread[1]


def test_many_repeats_speak_for_themselves() -> None:
    scale = np.linspace(0.03, 0.006, 8)[:, None]
    each = np.clip(np.array(ERRORS)[:, None] + scale * np.random.default_rng(1).normal(size=(8, 400)), 0, 1)
    np.testing.assert_allclose(measured(SIZES, each).spread, scale[:, 0] / 20, rtol=0.25)


def test_one_repeat_is_no_repeat() -> None:
    one = measured(SIZES, np.array(ERRORS)[:, None])
    assert one.source == "residuals"
    np.testing.assert_array_equal(one.spread, measured(SIZES, ERRORS, repeats=1).spread)


def test_without_repeats_the_residuals_tell() -> None:
    sizes = np.array(SIZES, dtype=float)
    law = 0.1 + 2 * sizes**-0.5
    noise = np.random.default_rng(3).normal(0, 0.02, (200, 8))
    found = np.array([measured(sizes, np.clip(law + one, 0, 1)).spread[0] for one in noise])
    assert np.sqrt(np.mean(found**2)) == pytest.approx(0.02, rel=0.2)
    assert (from_residuals(sizes, law) < 1e-3).all()


def test_known_repeats_steady_what_residuals_tell() -> None:
    sizes = np.array(SIZES, dtype=float)
    law = 0.1 + 2 * sizes**-0.5
    assert from_residuals(sizes, law, 3)[0] > from_residuals(sizes, law, 25)[0] > from_residuals(sizes, law)[0]


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_errors_within_bounds_are_a_curve(errors: list[float]) -> None:
    curve = measured(SIZES, errors)
    assert np.isfinite(curve.spread).all()
    assert (curve.spread >= 0).all()


def test_horizons_hold_the_octaves() -> None:
    found = horizons(None, 1000.0)
    assert len(found) == 16
    assert {2000.0, 4000.0, 8000.0, 16000.0} <= set(found.tolist())
    assert found[-1] == 16000.0
    assert (np.diff(found) > 0).all()


def test_horizons_as_asked() -> None:
    np.testing.assert_array_equal(horizons([2000, 3000], 1000.0), [2000.0, 3000.0])
    np.testing.assert_array_equal(horizons(2000, 1000.0), [2000.0])


@pytest.mark.parametrize(
    "at", [[1000], [500, 2000], [3000, 2000], [2000, 2000], [], "far", [float("nan")], [float("inf")], [[2000.0]]]
)
def test_horizons_that_cannot_be(at: Any) -> None:
    with pytest.raises(DataError, match=r"1,000|numbers"):
        horizons(at, 1000.0)
