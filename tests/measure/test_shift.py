"""How far values have moved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import plugins, scaling
from modelyard.measure.shift import LARGE, MODERATE, Shift, counted, expected, shift

COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=12)


def profile(modality: str, values: Any) -> dict[str, Any]:
    found: dict[str, Any] = plugins.part("modalities", modality, "preprocess").profile(np.asarray(values))
    return found


@pytest.mark.parametrize(
    ("modality", "values"),
    [
        ("number", [1.0, 2.0, np.nan, 2.0, 50.0]),
        ("number", [np.nan, np.nan]),
        ("number", [7.0]),
        ("boolean", [1.0, 0.0, np.nan, 1.0]),
        ("datetime", [0.0, 86400.0, np.nan]),
        ("category", np.asarray(["甲", "乙", "甲", "", "only once", "乙"], object)),
        ("category", np.asarray(["", ""], object)),
        ("text", np.asarray(["a short one", "", "a much longer one than that", "短", "房间很好"], object)),
        ("text", np.asarray(["", ""], object)),
    ],
)
def test_the_rows_of_the_profile_are_counted_as_in_the_profile(modality: str, values: Any) -> None:
    found = profile(modality, values)
    assert counted(found, np.asarray(values)) == expected(found)
    assert sum(expected(found)) == len(values)
    assert shift(expected(found), counted(found, np.asarray(values))).psi == 0


def test_new_levels_and_values_outside_have_a_place() -> None:
    cities = profile("category", np.asarray(["a", "a", "b", "b"], object))
    assert counted(cities, np.asarray(["c", "", "a"], object)) == [1, 0, 1, 1]
    numbers = {"kind": "number", **scaling.bins(np.arange(10.0))}
    assert sum(counted(numbers, np.asarray([-1e300, 1e300, np.nan]))) == 3
    assert counted(numbers, np.empty(0)) == [0] * len(expected(numbers))


def test_the_index_is_the_published_sum() -> None:
    p, q = np.asarray([100, 300, 600]) / 1000, np.asarray([200, 300, 500]) / 1000
    by_hand = sum((a - b) * math.log(a / b) for a, b in zip(p, q, strict=True))
    assert shift([100_000, 300_000, 600_000], [200_000, 300_000, 500_000]).psi == pytest.approx(by_hand, rel=1e-4)


@given(COUNTS, st.data())
@settings(max_examples=60, derandomize=True)
def test_it_is_never_negative_symmetric_and_nothing_only_for_equal_shares(reference: list[int], data: Any) -> None:
    found = data.draw(st.lists(st.integers(0, 1000), min_size=len(reference), max_size=len(reference)))
    one, other = shift(reference, found), shift(found, reference)
    assert one.psi >= 0 and one.psi == pytest.approx(other.psi)
    assert shift(reference, reference).psi == 0
    assert one.chance > 0


def test_chance_alone_is_called_stable() -> None:
    draws = np.random.default_rng(0)
    reference = draws.multinomial(500, [0.1] * 10).tolist()
    found = [shift(reference, draws.multinomial(60, [0.1] * 10).tolist()) for _ in range(400)]
    above = sum(one.psi > one.chance for one in found)
    assert above <= 40  # 5 % are meant; the chi-square is an approximation
    assert sum(one.psi > MODERATE for one in found) > 100  # which the bare bands would have called a shift
    many = [shift(reference, draws.multinomial(60, [0.1] * 10).tolist(), looked_at=400) for _ in range(400)]
    assert sum(one.psi > one.chance for one in many) <= 2


@pytest.mark.parametrize(
    ("found", "band"),
    [
        (Shift(0.05, 0.0), "stable"),
        (Shift(0.2, 0.0), "moderate"),
        (Shift(0.3, 0.0), "large"),
        (Shift(0.3, 0.4), "stable"),
    ],
)
def test_bands(found: Shift, band: str) -> None:
    assert found.band == band and MODERATE < LARGE


@pytest.mark.parametrize(("reference", "found"), [([0, 0], [5, 5]), ([5, 5], [0, 0]), ([9, 0], [9, 0]), ([3], [4])])
def test_what_cannot_be_judged_is_stable(reference: list[int], found: list[int]) -> None:
    assert shift(reference, found).band == "stable"
