"""What the quantile model looks at."""

from __future__ import annotations

import numpy as np
import pytest

from modelyard.plan.curves.anchors import measured
from modelyard.plan.curves.evidence import RESOLUTION, log
from modelyard.plan.curves.families import classical, fit
from modelyard.plan.curves.features import CLASSICAL, NAMES, features, reference

SIZES = np.geomspace(100, 2000, 8)
AHEAD = np.array([4000.0, 8000.0])


def rows_of(errors: np.ndarray, spread: float | None = 0.003, kind: int = 0) -> np.ndarray:
    curve = measured(SIZES, errors, spread=None if spread is None else np.full(8, spread))
    return features(curve, fit(curve), AHEAD, kind)


def column(rows: np.ndarray, name: str) -> np.ndarray:
    return rows[:, NAMES.index(name)]


def test_a_power_law_is_read_off() -> None:
    rows = rows_of(2 * SIZES**-0.5)
    assert rows.shape == (2, len(NAMES))
    assert np.isfinite(rows).all()
    for window in (3, 4, 6, 8):
        np.testing.assert_allclose(column(rows, f"slope of the last {window}"), -0.5, atol=1e-9)
    np.testing.assert_allclose(column(rows, "pow2 at the size"), -0.5 * np.log([2, 4]), atol=0.03)
    np.testing.assert_allclose(column(rows, "times the last size"), np.log([2, 4]))
    np.testing.assert_allclose(column(rows, "span"), np.log(20))
    np.testing.assert_allclose(column(rows, "anchors"), 8)
    np.testing.assert_allclose(column(rows, "first error"), 0.5 * np.log(20))


def test_the_first_column_is_the_classical_forecast() -> None:
    errors = 0.1 + 2 * SIZES**-0.5
    curve = measured(SIZES, errors, spread=np.full(8, 0.003))
    expected = log(classical(fit(curve), 8, AHEAD)) - log(errors[-1])
    np.testing.assert_array_equal(rows_of(errors)[:, CLASSICAL], expected)


def test_the_reference_is_held() -> None:
    rows = np.zeros((3, len(NAMES)))
    rows[:, CLASSICAL] = [-9.0, -0.3, 5.0]
    np.testing.assert_allclose(reference(rows), [-1.4, -0.3, 0.2])


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_flat_curve_has_finite_features(level: float) -> None:
    rows = rows_of(np.full(8, level))
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(column(rows, "slope of the last 6"), 0, atol=1e-9)


def test_scaling_the_errors_leaves_the_slopes() -> None:
    errors = 2 * SIZES**-0.3
    one, other = rows_of(errors, spread=0.0), rows_of(errors / 2, spread=0.0)
    np.testing.assert_allclose(column(one, "slope of the last 8"), column(other, "slope of the last 8"), atol=1e-9)


def test_the_source_of_the_spread_and_the_kind_are_told() -> None:
    errors = 2 * SIZES**-0.5
    assert column(rows_of(errors), "spread from residuals").tolist() == [0, 0]
    assert column(rows_of(errors, None), "spread from residuals").tolist() == [1, 1]
    assert column(rows_of(errors, kind=3), "kind of learner").tolist() == [3, 3]


def test_logarithms_end_at_the_resolution() -> None:
    np.testing.assert_array_equal(log(np.array([0.0, RESOLUTION / 2, 1.0])), [np.log(RESOLUTION)] * 2 + [0.0])
