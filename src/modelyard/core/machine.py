"""What this process may use of the machine it runs on. Ships in every bundle: standard library only."""

from __future__ import annotations

import os
from pathlib import Path


def available_threads() -> int:
    """Processors that this process may use: its affinity, cut to the whole processors of its control group's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = int(min(_quotas(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")), default=allowed))
    return max(1, min(allowed, granted))


def _quotas(root: Path, own: Path) -> list[float]:
    """The limits in processors that control groups set: version 2 from this process's group upwards, or version 1."""
    try:
        group = own.read_text("utf-8").rpartition("0::/")[2].strip()
    except OSError:
        group = ""
    folders = [root / group, *(root / group).parents]
    pairs = [(folder / "cpu.max",) for folder in folders if folder.is_relative_to(root)]
    limits = []
    for files in [*pairs, (root / "cpu/cpu.cfs_quota_us", root / "cpu/cpu.cfs_period_us")]:
        try:
            quota, period = " ".join(file.read_text("ascii") for file in files).split()
        except (OSError, ValueError):
            continue
        if quota.isdigit():  # else "max" or "-1": no limit
            limits.append(int(quota) / int(period))
    return limits
