"""How fast this machine does a piece of work, and how many threads pay."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

LIMIT = 1.0  # seconds spent on measuring


def seconds_per_call(call: Callable[[], object], calls: int = 5, warm: int = 0) -> float:
    """Median wall-clock seconds of a call; a slow one is made once only.

    Args:
        call: The work.
        calls: The most calls that are timed.
        warm: Calls before the timed ones, where the first ones are slower than the rest.
    """
    for _ in range(warm):
        call()
    times: list[float] = []
    while len(times) < calls and sum(times) < LIMIT:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return median(times)


def useful_threads(most: int, size: int, per_thread: int) -> int:
    """The threads that pay for work of a size: small work is soon divided and long waited for.

    Where other processes want the processors as well, the waiting has no bound: 200 rounds of LightGBM on 26,000 x 14
    cells took 0.5 s with one thread, 0.3 to 25 s with two. The rule knows nothing of the load, so that runs repeat.

    Args:
        most: The most threads allowed.
        size: Of the work, in any unit.
        per_thread: The size that keeps one thread busy.
    """
    return max(1, min(most, size // per_thread))


class Unwatched:
    """The Watch of work that is only measured."""

    def step(self, done: int, total: int, **values: float) -> bool:
        """See `core.protocols.Watch`."""
        return True
