"""How fast, and how many threads pay."""

from __future__ import annotations

import time

import pytest

from modelyard.models import pace
from modelyard.models.pace import Unwatched, seconds_per_call, useful_threads


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only moves when it is told to."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_the_median_of_a_few_calls(clock: list[float]) -> None:
    lengths = iter([0.05, 0.01, 0.02, 0.01, 0.01])

    def work() -> None:
        clock[0] += next(lengths)

    assert seconds_per_call(work) == pytest.approx(0.01)


def test_a_slow_call_is_made_once(clock: list[float]) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        clock[0] += 2 * pace.LIMIT

    assert seconds_per_call(work) == pytest.approx(2 * pace.LIMIT)
    assert len(calls) == 1


def test_warm_calls_are_not_counted(clock: list[float]) -> None:
    lengths = iter([9.0, 0.01, 0.01])

    def work() -> None:
        clock[0] += next(lengths)

    assert seconds_per_call(work, calls=2, warm=1) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("most", "size", "threads"), [(8, 0, 1), (8, 99, 1), (8, 100, 1), (8, 200, 2), (8, 10_000, 8), (1, 10_000, 1)]
)
def test_threads_follow_the_size(most: int, size: int, threads: int) -> None:
    assert useful_threads(most, size, 100) == threads


def test_unwatched_work_goes_on() -> None:
    assert Unwatched().step(3, 10, loss=1.0)
