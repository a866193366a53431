"""Learning-rate schedules."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.models.schedules import Schedule, share

SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)


def rates(schedule: Schedule, steps: int, warmup: float = 0.0) -> list[float]:
    return [share(schedule, step, steps, warmup) for step in range(steps)]


def test_constant() -> None:
    assert rates("constant", 5) == [1.0] * 5


def test_linear_falls_by_equal_amounts() -> None:
    assert rates("linear", 4) == [1.0, 0.75, 0.5, 0.25]


def test_cosine_is_half_way_in_the_middle() -> None:
    found = rates("cosine", 4)
    assert found[0] == 1.0
    assert found[2] == pytest.approx(0.5)


def test_step_falls_twice() -> None:
    assert rates("step", 8) == [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]


def test_warmup_rises_to_the_full_rate() -> None:
    found = rates("constant", 10, warmup=0.4)
    assert found == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 1])


def test_warmup_delays_the_fall() -> None:
    assert rates("linear", 10, warmup=0.5)[5] == 1.0


def test_the_schedules_differ() -> None:
    assert len({tuple(rates(schedule, 8)) for schedule in SCHEDULES}) == len(SCHEDULES)


@pytest.mark.parametrize("schedule", SCHEDULES)
@settings(max_examples=50, derandomize=True)
@given(steps=st.integers(1, 300), warmup=st.floats(0, 0.99))
def test_always_between_zero_and_one_and_never_rising_after_warmup(
    schedule: Schedule, steps: int, warmup: float
) -> None:
    found = rates(schedule, steps, warmup)
    assert all(0 < rate <= 1 for rate in found)
    after = found[int(warmup * steps) :]
    assert after == sorted(after, reverse=True)
    before = found[: int(warmup * steps)]
    assert before == sorted(before)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_steps_beyond_the_last_are_like_the_last(schedule: Schedule) -> None:
    end = share(schedule, 10, 10, 0.1)
    assert share(schedule, 15, 10, 0.1) == end >= 0
