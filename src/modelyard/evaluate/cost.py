"""What an answer costs: time for one row in process, and bytes on the disk. None of it enters the bundle's id."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelyard.core.columns import row_count, take
from modelyard.core.number import Number
from modelyard.core.protocols import Array, Columns
from modelyard.core.report import Cost
from modelyard.measure.timing import latency, machine

EVIDENCE = "evidence"
MEGABYTE = 1_000_000
SERIES = 5
MOST_CALLS, FEWEST_CALLS = 100, 5
SECONDS_PER_SERIES = 0.1


def measure(bundle: Any, table: Columns) -> Cost:
    """Time single rows of a table in process, and add up the bundle's files.

    Timings vary more between moments than within one, so several short series are taken: the estimate is their
    median, the range that of the middle ones.

    Args:
        bundle: A loaded bundle.
        table: Rows; the first one is asked again and again. Without rows no latency is measured.
    """
    size = Number(_bytes(bundle.path) / MEGABYTE)
    host = machine()
    named = f"{host['cpu']}, {host['threads']} × {host['system']}"
    if not row_count(table):
        return Cost(Number(None), Number(None), size, named)
    names = [column.name for column in bundle.inputs]
    row = {name: _cell(values) for name, values in take(table, slice(0, 1)).items() if name in names}
    first = latency(lambda: bundle.predict(row), calls=3, warm_up=3).median_ms
    calls = min(MOST_CALLS, max(FEWEST_CALLS, round(1000 * SECONDS_PER_SERIES / max(first, 1e-3))))
    series = [latency(lambda: bundle.predict(row), calls=calls, warm_up=2) for _ in range(SERIES)]
    median = _middle([one.median_ms for one in series], SERIES * calls)
    return Cost(median, _middle([one.p99_ms for one in series], SERIES * calls), size, named)


def _cell(values: Array) -> Any:
    """The first cell as a user would send it."""
    seconds = values.astype("datetime64[s]") if values.dtype.kind == "M" else values
    return seconds.tolist()[0]


def _middle(values: Sequence[float], calls: int) -> Number:
    """The median of the series; its range leaves out the best and the worst, which say more of the machine."""
    inner = sorted(values)[1:-1]
    return Number(statistics.median(values), inner[0], inner[-1], calls)


def _bytes(folder: Path) -> int:
    """Size of what ships: the evidence beside it does not."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.relative_to(folder).parts[0] != EVIDENCE)
