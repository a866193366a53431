"""The same work plan and seed three times while the machine is loaded, and once with another seed.

Bar: one bundle id; another one for the other seed.

usage: python benchmarks/reproducible.py [--out results/reproducible.json]
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from common import Measured, options, report
from survives import bundle_id, make_project


def burn(seconds: float) -> None:
    """Keep one processor busy, for a bounded time."""
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(number * number for number in range(10_000))


def run(folder: Path, *extra: str) -> str:
    """One run; the bundle's id."""
    command = [sys.executable, "-m", "modelyard", "run", str(folder), "--quiet", *extra]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return bundle_id(folder)


def main() -> None:
    """Run, load the machine, run again."""
    chosen = options(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        first = Path(scratch) / "first"
        make_project(first)
        ids, calm = [], run(first)
        record = next(first.glob(".modelyard/runs/*/run.json")).parent
        load = [
            multiprocessing.Process(target=burn, args=(240.0,), daemon=True) for _ in range(2 * (os.cpu_count() or 1))
        ]
        for process in load:
            process.start()
        for number in range(3):
            folder = Path(scratch) / f"again-{number}"
            make_project(folder)
            shutil.copytree(record, folder / ".modelyard" / "runs" / record.name)
            ids.append(run(folder, "--plan", record.name))
        other = Path(scratch) / "other"
        make_project(other)
        shutil.copytree(record, other / ".modelyard" / "runs" / record.name)
        text = (other / "modelyard.yaml").read_text("utf-8").replace("train: {", "train: {seed: 1, ")
        (other / "modelyard.yaml").write_text(text, "utf-8")
        different = run(other, "--plan", record.name)
        for process in load:
            process.terminate()
    rows = [
        Measured("different ids of one plan and seed, calm and three times loaded", len({calm, *ids}), "", "<= 1"),
        Measured("ids that another seed shares with them", different in {calm, *ids}, "", "<= 0"),
    ]
    report(rows, chosen.out, calm=calm, loaded=ids, other_seed=different)


if __name__ == "__main__":
    main()
