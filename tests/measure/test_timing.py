"""Latency counts what it should; the machine is told without names."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import pytest

from modelyard.measure import timing


def test_latency_calls_as_often_as_asked() -> None:
    calls: list[int] = []
    found = timing.latency(lambda: calls.append(0), calls=7, warm_up=3)
    assert len(calls) == 10 and found.calls == 7
    assert 0 <= found.median_ms <= found.p99_ms


def test_latency_takes_quantiles_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    took = [2_000_000] * 98 + [9_000_000] * 2
    clock = iter([0, 50_000_000] + [moment for time in took for moment in (0, time)])
    monkeypatch.setattr(timing.time, "perf_counter_ns", lambda: next(clock))
    found = timing.latency(lambda: None, calls=101, warm_up=0)
    assert (found.median_ms, found.p99_ms) == (2.0, 9.0)


def test_latency_of_one_call() -> None:
    found = timing.latency(lambda: None, calls=1, warm_up=0)
    assert found.median_ms == found.p99_ms


def test_latency_lets_errors_through() -> None:
    def fail() -> None:
        raise RuntimeError("of the call")

    with pytest.raises(RuntimeError, match="of the call"):
        timing.latency(fail)


def test_machine_is_plain_data_without_names_of_its_own() -> None:
    found = timing.machine(threads=3)
    assert set(found) == {"cpu", "cores", "threads", "system"}
    assert found["cpu"] and found["cores"] >= 1 and found["threads"] == 3
    assert timing.machine()["threads"] >= 1
    written = json.dumps(found)
    assert platform.node() not in written and os.sep not in found["system"]


def test_processor_name_from_a_listing(tmp_path: Path) -> None:
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor\t: 0\nmodel name\t: Example 9000 @ 3 GHz\nprocessor\t: 1\nmodel name\t: other\n")
    assert timing._cpu_model(listing) == "Example 9000 @ 3 GHz"


@pytest.mark.parametrize("content", [None, "", "processor: 0\n", "model name\t:\n"])
def test_processor_name_without_a_listing(tmp_path: Path, content: str | None) -> None:
    listing = tmp_path / "cpuinfo"
    if content is not None:
        listing.write_text(content)
    assert timing._cpu_model(listing) == (platform.processor() or platform.machine())
