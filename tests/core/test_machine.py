"""How many threads there really are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelyard.core import machine
from modelyard.core.machine import available_threads


def test_threads_are_those_we_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_quotas", lambda *_: [])
    assert available_threads() == len(os.sched_getaffinity(0))
    monkeypatch.setattr(machine, "_quotas", lambda *_: [1.0])
    assert available_threads() == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(machine, "_quotas", lambda *_: [2.5, 8.0])
    assert available_threads() == 2
    monkeypatch.setattr(machine, "_quotas", lambda *_: [0.1])
    assert available_threads() == 1


@pytest.mark.parametrize(
    ("files", "own", "quotas"),
    [
        ({"cpu.max": "200000 100000\n"}, "0::/\n", [2.0]),
        ({"cpu.max": "max 100000\n"}, "0::/\n", []),
        ({"a/b/cpu.max": "50000 100000", "a/cpu.max": "max 100000"}, "0::/a/b\n", [0.5]),
        ({"a/cpu.max": "150000 100000", "cpu.max": "300000 100000"}, "1:name=systemd:/x\n0::/a\n", [1.5, 3.0]),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, "5:cpu:/\n", [1.0]),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, "5:cpu:/\n", []),
        ({"cpu.max": "odd"}, None, []),
        ({}, None, []),
    ],
)
def test_quotas_of_control_groups(files: dict[str, str], own: str | None, quotas: list[float], tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(content)
    if own is not None:
        (tmp_path / "own").write_text(own)
    assert machine._quotas(tmp_path / "cgroup", tmp_path / "own") == quotas
