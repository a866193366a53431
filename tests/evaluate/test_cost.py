"""Latency and size, measured on a bundle that is a folder and a function."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modelyard.core.columns import take
from modelyard.core.schema import Column
from modelyard.evaluate.cost import FEWEST_CALLS, SERIES, measure


def test_only_what_ships_counts(stand: Any, bundle: Any, table: Any) -> None:
    assert (bundle.path / "evidence" / "report.html").stat().st_size == 999_999
    assert measure(bundle, table).cost.bundle_mb.value == pytest.approx(0.25)


def test_a_folder_called_evidence_deeper_down_is_part_of_the_bundle(bundle: Any, table: Any) -> None:
    (bundle.path / "graphs" / "evidence").mkdir()
    (bundle.path / "graphs" / "evidence" / "x").write_bytes(b"0" * 50_000)
    assert measure(bundle, table).cost.bundle_mb.value == pytest.approx(0.3)


def test_latency_has_a_median_a_tail_and_ranges(bundle: Any, table: Any) -> None:
    cost = measure(bundle, table).cost
    median, tail = cost.latencies
    assert 0 < median.value <= tail.value
    for number in cost.latencies:
        assert number.low <= number.value <= number.high
        assert number.n >= SERIES * FEWEST_CALLS
    assert cost.machine


def test_without_rows_there_is_no_latency(bundle: Any, table: Any) -> None:
    cost = measure(bundle, take(table, slice(0, 0))).cost
    assert (cost.latency_p50_ms.value, cost.latency_p99_ms.value) == (None, None)
    assert cost.bundle_mb.value is not None


def test_slow_bundles_are_asked_less_often(tmp_path: Path) -> None:
    calls: list[Any] = []

    def slow(row: Any) -> None:
        calls.append(row)
        time.sleep(0.01)

    bundle = SimpleNamespace(path=tmp_path, inputs=(Column("x", "number"),), predict=slow)
    cost = measure(bundle, {"x": np.zeros(3)}).cost
    assert len(calls) < 200
    assert cost.latency_p50_ms.value >= 10


def test_one_row_is_sent_as_a_user_sends_it(tmp_path: Path) -> None:
    rows: list[Any] = []
    inputs = tuple(Column(name, kind) for name, kind in (("x", "number"), ("天", "datetime"), ("c", "category")))
    bundle = SimpleNamespace(path=tmp_path, inputs=inputs, predict=rows.append)
    table = {
        "x": np.asarray([1.5, 2.0]),
        "天": np.asarray(["2020-01-02", "2020-01-03"], "datetime64[ns]"),
        "c": np.asarray(["a", None], object),
        "target": np.asarray([1, 0]),
    }
    measure(bundle, table)
    assert set(rows[0]) == {"x", "天", "c"}
    assert (rows[0]["x"], rows[0]["c"], rows[0]["天"]) == (1.5, "a", "2020-01-02T00:00:00")
    assert all(row == rows[0] for row in rows)
