"""The builder: what it grows is what scikit-learn grew, what it calibrates holds, and twice is the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from threadpoolctl import threadpool_limits

from modelyard.plan.curves import build
from modelyard.plan.curves.features import NAMES, reference
from modelyard.plan.curves.quantiles import LEVELS, grown, shipped

DRAWS = np.random.default_rng(0)


def table_of(rows: int = 900, groups: int = 15) -> build.Table:
    """Goals that follow one feature, with noise."""
    inputs = DRAWS.normal(size=(rows, len(NAMES)))
    inputs[:, 0] = np.clip(inputs[:, 0] * 0.2 - 0.2, -1, 0.1)
    goal = inputs[:, 0] + 0.3 * (inputs[:, 5] > 0) + DRAWS.normal(0, 0.1, rows)
    times = DRAWS.choice(build.OCTAVES, rows)
    return build.Table(inputs, goal, times, np.ones(rows), DRAWS.integers(0, groups, rows))


TABLE = table_of()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def model() -> build.Model:
    return build.model(TABLE, trees=3)


def test_a_heap_says_what_the_grown_tree_says() -> None:
    booster = build._booster(0.5, 6).fit(TABLE.inputs, TABLE.goal, TABLE.weight)
    forest = build._stacked([booster])
    np.testing.assert_allclose(forest(TABLE.inputs)[:, 0], booster.predict(TABLE.inputs), atol=1e-6)


def test_a_tree_of_one_leaf_is_a_heap_too() -> None:
    few = TABLE.rows(np.arange(len(TABLE.goal)) < 50)  # fewer than two leaves' worth of rows
    booster = build._booster(0.9, 2).fit(few.inputs, few.goal)
    np.testing.assert_allclose(build._stacked([booster])(few.inputs)[:, 0], booster.predict(few.inputs), atol=1e-6)


def test_every_level_is_grown(model: build.Model) -> None:
    assert model.forest is not None
    assert model.forest.start.shape == (len(LEVELS),)
    raw = grown(model.forest, TABLE.inputs)
    below = (TABLE.goal[:, None] <= raw).mean(axis=0)
    assert (np.diff(below) > 0).all()


def test_offsets_make_each_level_hold() -> None:
    raw = np.tile(reference(TABLE.inputs)[:, None], len(LEVELS))
    found = build.Model("m", build.offsets(raw, TABLE))
    quantiles = found(np.where(np.arange(len(NAMES)) == 0, reference(TABLE.inputs)[:, None], 0.0), TABLE.times)
    below = (TABLE.goal[:, None] <= quantiles).mean(axis=0)
    np.testing.assert_allclose(below, LEVELS, atol=0.02)


def test_the_model_covers_what_it_has_not_seen(model: build.Model) -> None:
    fresh = table_of(rows=2000)
    quantiles = model(fresh.inputs, fresh.times)
    inside = (fresh.goal >= quantiles[:, 1]) & (fresh.goal <= quantiles[:, 5])
    assert inside.mean() == pytest.approx(0.8, abs=0.06)


def test_folds_split_no_group() -> None:
    masks = list(build.folds(TABLE.group, 5))
    np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
    for mask in masks:
        assert not set(TABLE.group[mask]) & set(TABLE.group[~mask])


def test_a_saved_model_is_the_model(model: build.Model, tmp_path: Path) -> None:
    build.save(model, tmp_path / "model.npz")
    read = shipped(tmp_path)
    assert read.name == build.VERSION
    np.testing.assert_array_equal(read(TABLE.inputs, TABLE.times), model(TABLE.inputs, TABLE.times))


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "other.npz"):
        build.save(build.Model("m", build.offsets(TABLE.inputs[:, :7], TABLE), build.grow(TABLE, 2)), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_the_fallback_is_offsets_alone(tmp_path: Path) -> None:
    build.save(build.fallback(TABLE), tmp_path / "fallback.npz")
    read = shipped(tmp_path)
    assert read.forest is None
    assert read.name == "fallback"
    assert (np.diff(read.offsets.shifts, axis=1) > 0).all()
