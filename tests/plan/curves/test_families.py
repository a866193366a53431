"""Laws: recovered when true, as good as an optimiser with many starts, never out of bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from modelyard.plan.curves import families
from modelyard.plan.curves.evidence import Curve
from modelyard.plan.curves.families import FAMILIES, MODEL_ERROR, Fit, average, classical, fit

SIZES = np.geomspace(100, 2000, 8)
BY_NAME = {family.name: index for index, family in enumerate(FAMILIES)}
TRUTHS = {
    "pow2": lambda n: 2.0 * n**-0.4,
    "pow3": lambda n: 0.1 + 2.0 * n**-0.5,
    "pow4": lambda n: 0.05 + 3.0 * (n + 300) ** -0.5,
    "exp3": lambda n: 0.12 + 0.3 * np.exp(-n / 700),
    "MMF4": lambda n: 0.08 + 0.4 / (1 + (n / 300) ** 1.3),
    "WBL4": lambda n: 0.08 + 0.4 * np.exp(-((n / 500) ** 0.7)),
    "ilog2": lambda n: 0.02 + 0.9 / np.log(n),
    "logit-pow3": lambda n: 1 / (1 + np.exp(2.5 - 12 * n**-0.5)),
}


def curve_of(errors: np.ndarray, spread: float = 0.003) -> Curve:
    return Curve(SIZES, np.asarray(errors), np.full(len(SIZES), spread))


def fitted(name: str, curve: Curve) -> Fit:
    return fit(curve)[BY_NAME[name]]


@pytest.mark.parametrize("name", TRUTHS)
def test_a_law_continues_itself(name: str) -> None:
    truth = TRUTHS[name]
    ahead = np.array([4000.0, 8000.0])
    found = fitted(name, curve_of(truth(SIZES)))
    assert found.chi2 < 1.0, "squared residuals in standard errors, over all anchors"
    np.testing.assert_allclose(found(ahead), truth(ahead), atol=0.006)


def reference(name: str, curve: Curve) -> float:
    """Least chi2 of scipy's trust-region fits from many starts."""
    noise = np.hypot(curve.spread, MODEL_ERROR)
    shapes = {
        "pow3": lambda x, p: p[0] + p[1] * x ** -np.exp(p[2]),
        "exp3": lambda x, p: p[0] + p[1] * np.exp(-x / np.exp(p[2])),
        "pow4": lambda x, p: p[0] + p[1] * (x + np.exp(p[3])) ** -np.exp(p[2]),
        "MMF4": lambda x, p: p[0] + p[1] / (1 + (x / np.exp(p[3])) ** np.exp(p[2])),
        "WBL4": lambda x, p: p[0] + p[1] * np.exp(-((x / np.exp(p[3])) ** np.exp(p[2]))),
    }
    x = curve.sizes / curve.sizes[-1]
    ends = {"pow3": [(-4, 1.6)], "exp3": [(-3.5, 3.4)], "pow4": [(-3, 1.8), (-4.6, 1.1)]}.get(
        name, [(-3, 1.6), (-6.9, 2.3)]
    )
    low, high = [0, 0, *(one[0] for one in ends)], [1, 50, *(one[1] for one in ends)]
    draws = np.random.default_rng(0)
    starts = [[0.1, 0.2, *(draws.uniform(*one) for one in ends)] for _ in range(12)]
    residuals = [
        least_squares(lambda p: (shapes[name](x, p) - curve.errors) / noise, start, bounds=(low, high))
        for start in starts
    ]
    return min(2 * one.cost for one in residuals)


@pytest.mark.parametrize("name", ["pow3", "exp3", "pow4", "MMF4", "WBL4"])
@pytest.mark.parametrize("seed", range(3))
def test_the_grid_is_as_good_as_an_optimiser(name: str, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.004, len(SIZES))
    curve = curve_of(TRUTHS["pow3"](SIZES) + noise)
    assert fitted(name, curve).chi2 <= 1.05 * reference(name, curve) + 0.3


def test_weights_draw_the_law_to_what_is_known_well() -> None:
    errors = TRUTHS["pow3"](SIZES)
    bent = errors.copy()
    bent[0] += 0.1
    sure = Curve(SIZES, bent, np.full(8, 0.003))
    unsure = Curve(SIZES, bent, np.array([0.5, *np.full(7, 0.003)]))
    ahead = np.array([8000.0])
    truth = TRUTHS["pow3"](ahead)
    assert abs(fitted("pow3", unsure)(ahead) - truth) < abs(fitted("pow3", sure)(ahead) - truth)


def test_pow2_goes_to_nothing_and_others_keep_a_floor() -> None:
    curve = curve_of(TRUTHS["pow3"](SIZES))
    far = np.array([1e12])
    assert fitted("pow2", curve)(far)[0] < 1e-3
    assert fitted("pow3", curve)(far)[0] == pytest.approx(0.1, abs=0.02)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8), st.floats(0, 0.2))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_law_stays_within_bounds_and_never_rises(errors: list[float], spread: float) -> None:
    fits = fit(curve_of(np.array(errors), spread))
    ahead = np.geomspace(50, 1e6, 30)
    for one in fits:
        values = one(ahead)
        assert ((values >= 0) & (values <= 1)).all()
        assert (np.diff(values) <= 1e-12).all(), f"{one.family.name} rises"
        assert one.chi2 >= 0
    mean = average(fits, 8, ahead)
    laws = np.array([one(ahead) for one in fits])
    assert (mean <= laws.max(axis=0) + 1e-12).all()
    assert (mean >= laws.min(axis=0) - 1e-12).all()


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_flat_curve_stays_flat(level: float) -> None:
    fits = fit(curve_of(np.full(8, level)))
    np.testing.assert_allclose(average(fits, 8, np.array([4000.0, 32000.0])), level, atol=0.01)


def test_a_rising_curve_is_fitted_by_its_mean() -> None:
    rising = fit(curve_of(np.linspace(0.1, 0.2, 8)))
    np.testing.assert_allclose(rising[BY_NAME["pow3"]](np.array([4000.0])), 0.15, atol=1e-6)


def test_the_average_prefers_the_law_that_fits() -> None:
    truth = TRUTHS["exp3"]
    curve = curve_of(truth(SIZES), spread=1e-4)
    fits = fit(curve)
    ahead = np.array([8000.0])
    assert average(fits, 8, ahead)[0] == pytest.approx(truth(ahead)[0], abs=0.015)


def test_the_classical_forecast_is_the_mean_of_two() -> None:
    fits = fit(curve_of(TRUTHS["MMF4"](SIZES)))
    ahead = np.array([3000.0, 9000.0])
    expected = (average(fits, 8, ahead) + fits[BY_NAME["logit-pow3"]](ahead)) / 2
    np.testing.assert_array_equal(classical(fits, 8, ahead), expected)


@pytest.mark.parametrize("factor", [1e-1, 10.0, 1e5])
def test_power_laws_do_not_care_for_the_unit_of_sizes(factor: float) -> None:
    errors = TRUTHS["pow3"](SIZES)
    one = fitted("pow3", curve_of(errors))
    other = fit(Curve(SIZES * factor, errors, np.full(8, 0.003)))[BY_NAME["pow3"]]
    np.testing.assert_allclose(one(np.array([9000.0])), other(np.array([9000.0 * factor])), rtol=1e-9)


def test_the_same_curve_gives_the_same_bytes() -> None:
    curve = curve_of(TRUTHS["WBL4"](SIZES))
    assert [one.chi2 for one in fit(curve)] == [one.chi2 for one in fit(curve)]
    assert len(families.AVERAGED) == 6
