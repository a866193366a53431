"""How long a call takes, and on what machine: a latency means nothing without both."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from modelyard.core.machine import available_threads


class Latency(NamedTuple):
    """Wall-clock time of one call.

    Attributes:
        median_ms: Half of the calls took no longer [milliseconds].
        p99_ms: 99 of 100 calls took no longer [milliseconds].
        calls: Calls that were timed.
    """

    median_ms: float
    p99_ms: float
    calls: int


def latency(call: Callable[[], Any], *, calls: int = 300, warm_up: int = 30) -> Latency:
    """Time a call.

    Args:
        call: What is timed; its answer is thrown away.
        calls: How often it is timed, at least 1.
        warm_up: Calls before that, which are not timed: they fill caches and let lazy work happen.
    """
    for _ in range(warm_up):
        call()
    nanoseconds = np.empty(calls)
    for number in range(calls):
        start = time.perf_counter_ns()
        call()
        nanoseconds[number] = time.perf_counter_ns() - start
    median, p99 = np.quantile(nanoseconds, [0.5, 0.99], method="higher") / 1e6
    return Latency(float(median), float(p99), calls)


def machine(threads: int | None = None) -> dict[str, Any]:
    """The machine in words that may stand in a report: no host name, no path.

    Args:
        threads: Threads that the measured program used; by default as many as it may use.

    Returns:
        {"cpu": model name, "cores": processors of the machine, "threads": int, "system": e.g. "Linux x86_64"}.
    """
    return {
        "cpu": _cpu_model(Path("/proc/cpuinfo")),
        "cores": os.cpu_count() or 1,
        "threads": threads or available_threads(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _cpu_model(listing: Path) -> str:
    """The processor's model name where Linux tells it, else what the platform module knows."""
    try:
        lines = listing.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next((name for name in names if name), platform.processor() or platform.machine())
