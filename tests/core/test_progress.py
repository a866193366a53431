"""The clock stops only what runs past the budget by 5 %; whoever is watched learns it from the answer."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from modelyard.core import progress
from modelyard.core.progress import Clock, Screen, Silent, Watched


@dataclass
class Listening:
    """A screen that remembers."""

    heard: list[tuple[object, ...]] = field(default_factory=list)

    def begin(self, title: str) -> None:
        self.heard.append(("begin", title))

    def advance(self, done: int, total: int, values: dict[str, float]) -> None:
        self.heard.append(("advance", done, total, values))

    def end(self) -> None:
        self.heard.append(("end",))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in its only element; tests move it."""
    time = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: time[0])
    return time


def test_the_clock_grants_five_percent_of_grace(now: list[float]) -> None:
    clock = Clock(60)
    assert clock.elapsed == 0 and not clock.up
    now[0] += 60
    assert clock.elapsed == 60 and not clock.up
    now[0] += 3
    assert not clock.up
    now[0] += 0.01
    assert clock.up


def test_a_budget_of_nothing_is_up_at_once(now: list[float]) -> None:
    clock = Clock(0)
    assert not clock.up
    now[0] += 1e-6
    assert clock.up


def test_the_watched_go_on_until_the_clock_is_up(now: list[float]) -> None:
    screen, clock = Listening(), Clock(10)
    watched = Watched(screen, clock, "network")
    assert watched.step(1, 5, train_loss=0.5)
    now[0] += 11
    assert not watched.step(2, 5, train_loss=0.4)
    assert not watched.step(3, 5)
    assert clock.stopped == ["network"]
    assert screen.heard == [
        ("advance", 1, 5, {"train_loss": 0.5}),
        ("advance", 2, 5, {"train_loss": 0.4}),
        ("advance", 3, 5, {}),
    ]


def test_everyone_who_was_stopped_is_named_once(now: list[float]) -> None:
    clock = Clock(1)
    now[0] += 2
    for what in ("a", "b", "a"):
        Watched(Silent(), clock, what).step(1, 2)
    assert clock.stopped == ["a", "b"]


def test_what_is_done_is_not_stopped(now: list[float]) -> None:
    clock = Clock(1)
    now[0] += 2
    assert Watched(Silent(), clock, "a").step(1, 1)
    assert clock.stopped == []


@pytest.mark.parametrize("screen", [Silent(), Listening()])
def test_both_are_screens(screen: Screen) -> None:
    screen.begin("work")
    screen.advance(1, 2, {"loss": 0.5})
    screen.end()
    if isinstance(screen, Listening):
        assert [heard[0] for heard in screen.heard] == ["begin", "advance", "end"]
