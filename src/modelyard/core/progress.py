"""How long work says where it is, and learns that its time is up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Screen(Protocol):
    """Whatever shows progress to a person; the command line has one with bars."""

    def begin(self, title: str) -> None:
        """A piece of work starts."""

    def advance(self, done: int, total: int, values: dict[str, float]) -> None:
        """It is at `done` of at most `total`; values are the newest numbers, e.g. a loss."""

    def end(self) -> None:
        """It is over."""


class Silent:
    """Shows nothing."""

    def begin(self, title: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int, values: dict[str, float]) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Clock:
    """The time budget of a run. It stops only what runs past the budget by 5 %.

    Args:
        budget: Seconds.
    """

    GRACE = 1.05

    def __init__(self, budget: float) -> None:
        self.budget = budget
        self._began = time.monotonic()
        self.stopped: list[str] = []

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    @property
    def up(self) -> bool:
        """Whether the budget and its grace are spent."""
        return self.elapsed > self.budget * self.GRACE


@dataclass
class Watched:
    """The `Watch` that methods are given: progress goes to the screen, the clock says when to stop.

    Args:
        screen: Where progress is shown.
        clock: The run's clock.
        what: Name of the work, kept in `clock.stopped` if the clock stops it.
    """

    screen: Screen
    clock: Clock
    what: str

    def step(self, done: int, total: int, **values: float) -> bool:
        """See `core.protocols.Watch`."""
        self.screen.advance(done, total, values)
        if not self.clock.up or done >= total:  # what is done needs no stopping
            return True
        if self.what not in self.clock.stopped:
            self.clock.stopped.append(self.what)
        return False
