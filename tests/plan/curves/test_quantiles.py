"""Forests as arrays, and the conformal offsets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.plan.curves.features import NAMES
from modelyard.plan.curves.quantiles import (
    HERE,
    LEVELS,
    NARROWEST,
    Forest,
    Model,
    Offsets,
    grown,
    plain,
    shipped,
    width,
)

TIMES = np.array([2.0, 4.0, 8.0, 16.0])
STILL = Offsets(TIMES, np.zeros((4, 7)))


def stumps(left: float = -0.5, right: float = 0.5) -> Forest:
    """One tree of depth 2 per level, which asks for the second feature only."""
    return Forest(
        feature=np.full((7, 3), 1),
        threshold=np.tile([0.0, np.inf, np.inf], (7, 1)),
        leaf=np.tile([left, 99.0, right, 99.0], (7, 1)),
        level=np.arange(7),
        start=np.arange(7) / 10,
    )


def test_trees_are_walked_by_every_row_at_once() -> None:
    rows = np.zeros((3, len(NAMES)))
    rows[:, 1] = [-1.0, 0.0, 1.0]
    found = stumps()(rows)
    np.testing.assert_allclose(found[:, 0], [-0.5, -0.5, 0.5])
    np.testing.assert_allclose(found[0], np.arange(7) / 10 - 0.5)


def test_no_rows_are_no_answers() -> None:
    assert stumps()(np.zeros((0, len(NAMES)))).shape == (0, 7)


def test_quantiles_that_cross_are_put_in_order() -> None:
    forest = stumps()
    crossing = Forest(forest.feature, forest.threshold, forest.leaf, forest.level, -forest.start)
    assert (np.diff(grown(crossing, np.zeros((2, len(NAMES)))), axis=1) >= 0).all()


def test_offsets_are_interpolated_in_the_logarithm_and_held_beyond() -> None:
    offsets = Offsets(TIMES, np.outer([1.0, 2.0, 3.0, 4.0], np.ones(7)))
    found = offsets.at(np.array([1.1, 2.0, np.sqrt(8), 16.0, 1000.0]))
    np.testing.assert_allclose(found[:, 0], [1.0, 1.0, 1.5, 4.0, 4.0])
    assert found.shape == (5, 7)


def test_offsets_are_in_units_of_the_width() -> None:
    rows = np.zeros((1, len(NAMES)))
    model = Model("m", Offsets(TIMES, np.tile([0, -1.0, 0, 0, 0, 1.0, 0], (4, 1))), stumps())
    raw = grown(stumps(), rows)
    found = model(rows, np.array([2.0]))
    assert found.min() == pytest.approx(raw[0, 1] - width(raw)[0])
    assert found.max() == pytest.approx(raw[0, 5] + width(raw)[0])


def test_a_width_is_never_nothing() -> None:
    assert width(np.zeros((2, 7))).tolist() == [NARROWEST] * 2


def test_the_fallback_says_the_classical_forecast() -> None:
    rows = np.zeros((2, len(NAMES)))
    rows[:, 0] = [-0.2, -0.4]
    assert plain(rows).shape == (2, len(LEVELS))
    np.testing.assert_array_equal(Model("fallback", STILL)(rows, np.array([2.0, 4.0])), plain(rows))


@given(st.lists(st.floats(-3, 3), min_size=28, max_size=28), st.floats(1.0, 100.0))
@settings(max_examples=40, derandomize=True, deadline=None)
def test_quantiles_rise_whatever_the_offsets(shifts: list[float], times: float) -> None:
    model = Model("m", Offsets(TIMES, np.reshape(shifts, (4, 7))), stumps())
    assert (np.diff(model(np.zeros((1, len(NAMES))), np.array([times])), axis=1) >= 0).all()


def test_the_shipped_model_is_whole() -> None:
    model = shipped()
    assert model.forest is not None
    assert model.name.startswith("lcdb11-")
    assert model.forest.feature.max() < len(NAMES)
    assert np.isfinite(model.forest.leaf).all()
    assert set(model.forest.level.tolist()) == set(range(len(LEVELS)))
    assert model.offsets.shifts.shape == (4, len(LEVELS))
    assert (model.offsets.shifts[:, LEVELS.index(0.9)] > 0).all(), "raw bands are too narrow; the offsets widen them"
    assert (HERE / "model.npz").stat().st_size < 2_000_000


def test_the_card_names_the_version_and_the_source() -> None:
    card = (HERE / "CARD.md").read_text("utf-8")
    for words in (shipped().name, "LCDB 1.1", "Yan, Mohr", "CC BY 4.0", "coverage"):
        assert words in card


def test_a_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "fallback.npz").write_bytes((HERE / "fallback.npz").read_bytes())
    assert shipped(tmp_path) is shipped(tmp_path)
