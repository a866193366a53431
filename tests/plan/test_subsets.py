"""Subsets: nested, alike in classes, whole groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import DataError
from modelyard.plan.subsets import ANCHORS, FEWEST_ROWS, RATIO, beginning, order, shrunk, sizes, strata_of


def test_eight_sizes_that_rise_to_all_rows() -> None:
    found = sizes(1446)
    assert len(found) == ANCHORS
    assert found[-1] == 1446
    assert found[0] == 70
    ratios = np.divide(found[1:], found[:-1])
    assert np.allclose(ratios, RATIO, atol=0.02)
    assert not shrunk(found)


def test_one_more_anchor_leaves_the_others() -> None:
    assert sizes(5000, 9)[1:] == sizes(5000)


def test_few_rows_have_fewer_sizes() -> None:
    found = sizes(200)
    assert 6 <= len(found) < ANCHORS
    assert min(found) >= FEWEST_ROWS
    assert shrunk(found)


@pytest.mark.parametrize(("rows", "asked"), [(0, None), (50, None), (138, None), (300, 8), (1446, 16)])
def test_too_few_rows_are_refused(rows: int, asked: int | None) -> None:
    with pytest.raises(DataError) as error:
        sizes(rows, asked)
    assert "modelyard label" in str(error.value)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=20, max_size=120),
    st.integers(1, 4),
    st.integers(0, 5),
    st.integers(5, 100),
)
def test_smaller_subsets_are_part_of_larger_ones(classes: list[int], together: int, seed: int, size: int) -> None:
    units = np.arange(len(classes)) // together
    ordered = order(np.asarray(classes), units, seed)
    assert sorted(ordered) == list(range(len(classes)))
    small, large = (set(beginning(ordered, units, each).tolist()) for each in (size, 2 * size))
    assert small <= large
    for subset in (small, large):
        there = np.isin(np.arange(len(classes)), sorted(subset))
        assert all(there[units == unit].all() or not there[units == unit].any() for unit in set(units.tolist()))


def test_classes_keep_their_shares() -> None:
    classes = np.repeat([0, 1, 2], [900, 90, 10])
    units = np.arange(1000)
    for seed in range(3):
        subset = beginning(order(classes, units, seed), units, 200)
        assert np.bincount(classes[subset], minlength=3).tolist() == pytest.approx([180, 18, 2], abs=2)


def test_rare_classes_are_there_from_the_beginning() -> None:
    classes = np.repeat([0, 1], [990, 10])
    units = np.arange(1000)
    assert set(classes[beginning(order(classes, units, 7), units, 16)].tolist()) == {0, 1}


def test_seeds_draw_otherwise() -> None:
    classes, units = np.zeros(100, int), np.arange(100)
    one, same, other = (order(classes, units, seed).tolist() for seed in (0, 0, 1))
    assert one == same != other


def test_sizes_of_whole_groups_are_as_near_as_they_can_be() -> None:
    units = np.repeat(np.arange(10), 10)
    ordered = order(np.zeros(100, int), units, 0)
    assert len(beginning(ordered, units, 33)) == 30
    assert len(beginning(ordered, units, 37)) == 40
    assert len(beginning(ordered, units, 1)) == 10


def test_strata_are_classes_and_parts() -> None:
    y, parts = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 0])
    assert strata_of(y, parts).tolist() == [0, 1, 2, 2]
    assert strata_of(np.array([0.5, 1.5, 2.5, 3.5]), parts).tolist() == [0, 1, 0, 0]
    assert strata_of(np.zeros((4, 2)), parts).tolist() == [0, 1, 0, 0]
