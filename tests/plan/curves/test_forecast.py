"""The public function: its contract, its flags, its refusals, and laws that any forecast keeps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard import plan
from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.plan.curves import quantiles
from modelyard.plan.curves.anchors import measured
from modelyard.plan.curves.forecast import extend, forecast
from modelyard.plan.curves.quantiles import LEVELS, shipped

SIZES = np.geomspace(100, 2000, 8)
ERRORS = 0.1 + 2 * SIZES**-0.5
SPREAD = np.full(8, 0.004)


def usual(**changed: Any) -> plan.Forecast:
    return forecast(**{"sizes": SIZES, "errors": ERRORS, "spread": SPREAD, "kind": "trees", **changed})


def test_a_forecast_keeps_its_contract() -> None:
    found = usual()
    assert found.levels == (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
    assert found.quantiles.shape == (16, 7)
    assert found.quantiles.dtype == np.float64
    np.testing.assert_array_equal(found.low, found.quantiles[:, 1])
    np.testing.assert_array_equal(found.high, found.quantiles[:, 5])
    np.testing.assert_array_equal(found.curve.sizes, SIZES)
    assert found.model == shipped().name != "fallback"
    assert found.flags == ()
    assert found.refused == ""


def test_a_steep_curve_is_expected_to_fall_on() -> None:
    found = usual()
    middle = found.quantiles[:, LEVELS.index(0.5)]
    assert middle[-1] < middle[0] < ERRORS[-1]
    assert found.low[7] <= 0.1 + 2 * found.sizes[7] ** -0.5 <= found.high[7]


def test_zones() -> None:
    found = usual(at=[2100, 8000, 8001, 16000, 16001, 1e6])
    assert found.zones == ("forecast", "forecast", "beyond", "beyond", "refused", "refused")


def test_sizes_of_any_reach_are_answered() -> None:
    found = usual(at=[2001, 1e5, 1e9])
    assert np.isfinite(found.quantiles).all()


@given(
    st.lists(st.floats(0, 1), min_size=6, max_size=12),
    st.floats(1.05, 3.0),
    st.floats(2, 1e6),
    st.one_of(st.none(), st.floats(0, 0.3)),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_any_curve_gets_quantiles_in_order(
    errors: list[float], ratio: float, first: float, spread: float | None
) -> None:
    sizes = first * ratio ** np.arange(len(errors))
    found = forecast(sizes, errors, spread=None if spread is None else np.full(len(errors), spread))
    assert np.isfinite(found.quantiles).all()
    assert ((found.quantiles >= 0) & (found.quantiles <= 1)).all()
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    lower, higher = found.probability(0.1), found.probability(0.4)
    assert ((lower >= 0) & (higher <= 1) & (lower <= higher)).all()


@pytest.mark.parametrize("without", [False, True])
def test_probabilities_agree_with_the_quantiles(without: bool, fallback: quantiles.Model) -> None:
    model = fallback if without else shipped()
    found = extend(measured(SIZES, ERRORS, spread=SPREAD), np.array([4000.0, 8000.0]), model)
    for column, level in enumerate(LEVELS):
        for row in range(2):
            assert found.probability(float(found.quantiles[row, column]))[row] == pytest.approx(level, abs=0.02)


def test_a_target_out_of_reach_and_one_met_already() -> None:
    found = usual()
    assert (found.probability(0.0) < 0.02).all()
    assert (found.probability(1.0) > 0.98).all()
    assert (found.probability(0.9) > 0.95).all()


def test_more_data_can_make_it_worse() -> None:
    falling, rising = usual().worse(), usual(errors=ERRORS[::-1].copy()).worse()
    assert ((falling >= 0) & (falling <= 1)).all()
    assert falling[7] < rising[7]


def test_errors_of_nothing_stay_nothing() -> None:
    found = usual(errors=np.zeros(8))
    assert found.low.max() == 0.0
    assert found.refused
    assert found.quantiles[:, LEVELS.index(0.5)].max() < 0.01


@pytest.mark.parametrize("level", [0.0, 0.35, 1.0])
def test_equal_errors_are_refused(level: float) -> None:
    found = usual(errors=np.full(8, level))
    assert "flat" in found.flags
    assert "equal" in found.refused


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"errors": np.linspace(0.30, 0.29, 8)}, "flat"),
        ({"errors": np.linspace(0.20, 0.30, 8)}, "flat"),
        ({"errors": np.linspace(0.49, 0.46, 8), "chance": 0.5}, "chance"),
        ({"errors": [0.3, 0.25, 0.2, 0.17, 0.15, 0.15, 0.2, 0.25]}, "dipping"),
        ({"spread": np.full(8, 0.15)}, "noisy"),
        ({"spread": None}, "spread_estimated"),
        ({"kind": None}, "unknown_learner"),
        ({"kind": "probe"}, "unknown_learner"),
        ({"kind": "某个模型"}, "unknown_learner"),
    ],
)
def test_flags(changed: dict[str, Any], flag: str) -> None:
    assert flag in usual(**changed).flags
    assert flag not in usual().flags


def test_refusals_are_told_in_both_languages() -> None:
    near = {"errors": np.linspace(0.49, 0.46, 8), "chance": 0.5}
    assert "0.5" in usual(**near).refused
    assert "5 %" in usual(errors=np.linspace(0.30, 0.29, 8)).refused
    messages.use("zh")
    assert "尚未" in usual(**near).refused


def test_without_chance_nobody_knows_what_is_near_it() -> None:
    assert "chance" not in usual(errors=np.linspace(0.49, 0.40, 8)).flags


@pytest.mark.parametrize("kind", ["linear", "trees", "deep_trees", "network", "KNN", "TabPFNv2"])
def test_known_kinds(kind: str) -> None:
    assert "unknown_learner" not in usual(kind=kind).flags


@pytest.mark.parametrize(
    "kind", ["naive", "ensemble", "probe", "tuned", "zero_shot", "few_shot", "DummyClassifier", ""]
)
def test_kinds_that_no_curve_is_known_of(kind: str) -> None:
    assert "unknown_learner" in usual(kind=kind).flags


def test_the_kind_of_learner_matters() -> None:
    assert not np.array_equal(usual(kind="TabNet").quantiles, usual(kind="trees").quantiles)


def test_repeats_are_used() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (8, 3))
    each = forecast(SIZES, ERRORS[:, None] + noise)
    means = forecast(SIZES, (ERRORS[:, None] + noise).mean(axis=1))
    assert each.curve.source == "repeats"
    assert "spread_estimated" in means.flags
    assert not np.array_equal(each.quantiles, means.quantiles)


def test_more_noise_gives_a_wider_band() -> None:
    narrow, wide = usual(spread=np.full(8, 0.001)), usual(spread=np.full(8, 0.04))
    assert (wide.high - wide.low)[7] > (narrow.high - narrow.low)[7]


def test_wrong_numbers_are_mistakes() -> None:
    with pytest.raises(DataError, match="at least 6"):
        forecast(SIZES[:5], ERRORS[:5])
    with pytest.raises(DataError, match="beyond"):
        usual(at=[100])


def test_the_input_is_left_as_it_was() -> None:
    sizes, errors = SIZES.copy(), ERRORS.copy()
    forecast(sizes, errors)
    np.testing.assert_array_equal(sizes, SIZES)
    np.testing.assert_array_equal(errors, ERRORS)


def test_the_same_bytes_twice() -> None:
    one, other = usual(), usual()
    assert one.quantiles.tobytes() == other.quantiles.tobytes()
    assert one.probability(0.12).tobytes() == other.probability(0.12).tobytes()


@pytest.fixture
def fallback(tmp_path: Path) -> quantiles.Model:
    """What is left of the shipped models where `model.npz` is missing."""
    (tmp_path / "fallback.npz").write_bytes((quantiles.HERE / "fallback.npz").read_bytes())
    return shipped(tmp_path)


def test_without_the_model_the_fallback_serves(fallback: quantiles.Model) -> None:
    assert fallback.name == "fallback"
    found = extend(measured(SIZES, ERRORS, spread=SPREAD), np.array([4000.0, 8000.0]), fallback)
    assert found.model == "fallback"
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    assert (found.low < found.high).all()


def test_it_loads_numpy_and_nothing_heavy() -> None:
    program = (
        "import sys, modelyard.plan as plan; assert 'numpy' not in sys.modules;"
        "plan.forecast([100, 154, 237, 365, 562, 866], [.3, .26, .23, .21, .19, .18]);"
        "heavy = {'scipy', 'sklearn', 'pandas', 'torch', 'pydantic', 'yaml', 'click', 'onnxruntime'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_the_room_does_not_have() -> None:
    with pytest.raises(AttributeError, match="prophecy"):
        _ = plan.prophecy
