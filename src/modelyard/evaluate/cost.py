"""What an answer costs: time, memory, and bytes on the disk. None of it enters the bundle's id."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modelyard.core.columns import row_count, take
from modelyard.core.goals import Goal, Setting, setting
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Columns
from modelyard.core.report import Cost
from modelyard.evaluate.served import Served
from modelyard.measure.timing import latency, machine
from modelyard.runtime.answers import plain
from modelyard.runtime.bundle import Bundle

EVIDENCE = "evidence"
MEGABYTE = 1_000_000
SERIES = 5
MOST_CALLS, FEWEST_CALLS = 100, 5
SECONDS_PER_SERIES = 0.1
UNKNOWN = Number(None)


@dataclass(frozen=True)
class Times:
    """How long a call takes under one setting."""

    latency_p50_ms: Number = UNKNOWN
    latency_p99_ms: Number = UNKNOWN
    rows_per_second: Number = UNKNOWN


@dataclass(frozen=True)
class Prices:
    """Everything that was measured about the bundle itself.

    Args:
        cost: One row in process, and the size: what every report shows.
        timed: Times under the settings that goals ask for.
        memory_mb: Peak memory of a server that answered rows; measured where a goal asks for it.
    """

    cost: Cost
    timed: Mapping[Setting, Times] = field(default_factory=dict)
    memory_mb: Number = UNKNOWN

    def of(self, metric: str, how: Setting) -> Number:
        """What a goal on the bundle is about."""
        if metric == "bundle_mb":
            return self.cost.bundle_mb
        number: Number = self.memory_mb if metric == "memory_mb" else getattr(self.timed.get(how, Times()), metric)
        return number


def measure(bundle: Any, table: Columns, goals: Sequence[Goal] = ()) -> Prices:
    """Time answers to rows of a table, and add up the bundle's files.

    Args:
        bundle: A loaded bundle.
        table: Rows; the first ones are asked again and again. Without rows no time is measured.
        goals: Those that are about the bundle say under which settings it is timed besides.
    """
    size = Number(_bytes(bundle.path) / MEGABYTE)
    host = machine()
    named = f"{host['cpu']}, {host['threads']} × {host['system']}"
    if not row_count(table):
        return Prices(Cost(UNKNOWN, UNKNOWN, size, named))
    asked = [goal for goal in goals if goal.is_of_bundle]
    settings = {Setting(), *(setting(goal) for goal in asked if goal.metric not in ("bundle_mb", "memory_mb"))}
    timed = {how: _timed(bundle, table, how) for how in sorted(settings, key=str)}
    usual = timed[Setting()]
    memory = _memory(bundle, table) if any(goal.metric == "memory_mb" for goal in asked) else UNKNOWN
    return Prices(Cost(usual.latency_p50_ms, usual.latency_p99_ms, size, named), timed, memory)


def _timed(bundle: Any, table: Columns, how: Setting) -> Times:
    """Time one setting.

    Timings vary more between moments than within one, so several short series are taken: the estimate is their
    median, the range that of the middle ones.
    """
    with _asked(bundle, table, how) as ask:
        first = latency(ask, calls=3, warm_up=3).median_ms
        calls = min(MOST_CALLS, max(FEWEST_CALLS, round(1000 * SECONDS_PER_SERIES / max(first, 1e-3))))
        series = [latency(ask, calls=calls, warm_up=2) for _ in range(SERIES)]
    return Times(
        _middle([one.median_ms for one in series], SERIES * calls),
        _middle([one.p99_ms for one in series], SERIES * calls),
        _middle([1000 * how.batch / max(one.median_ms, 1e-6) for one in series], SERIES * calls),
    )


@contextmanager
def _asked(bundle: Any, table: Columns, how: Setting) -> Iterator[Callable[[], Any]]:
    """A call that answers the setting's number of rows."""
    rows = _rows(bundle, table, how.batch)
    if how.over == "http":
        with Served(bundle.path, how.threads) as server:
            yield lambda: server.ask(rows)
        return
    loaded = Bundle.load(bundle.path, how.threads) if how.threads else bundle
    data = rows[0] if how.batch == 1 else rows
    yield lambda: loaded.predict(data)


def _memory(bundle: Any, table: Columns) -> Number:
    """Peak memory of a server after some answers; unknown where the system does not tell."""
    with Served(bundle.path) as server:
        server.ask(_rows(bundle, table, min(row_count(table), 1_000)))
        peak = server.peak_bytes()
    return UNKNOWN if peak is None else Number(peak / MEGABYTE)


def _rows(bundle: Any, table: Columns, count: int) -> list[dict[str, Any]]:
    """The first rows as a user would send them, over again where there are not so many."""
    names = [column.name for column in bundle.inputs]
    chosen = take({name: table[name] for name in names}, np.arange(count) % row_count(table))
    columns = {name: _cells(values) for name, values in chosen.items()}
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _cells(values: Array) -> list[Any]:
    return plain(values.astype("datetime64[s]") if values.dtype.kind == "M" else values)


def _middle(values: Sequence[float], calls: int) -> Number:
    """The median of the series; its range leaves out the best and the worst, which say more of the machine."""
    inner = sorted(values)[1:-1]
    return Number(statistics.median(values), inner[0], inner[-1], calls)


def _bytes(folder: Path) -> int:
    """Size of what ships: the evidence beside it does not."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.relative_to(folder).parts[0] != EVIDENCE)
