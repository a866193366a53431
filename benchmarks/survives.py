"""What a run survives: `kill -9` at random moments, and a full disk.

Bar: after each of 20 kills the rerun ends in the bundle id of an undisturbed run; on a disk that is too small the run
ends with an error and leaves no half entry, and goes on once there is space.

usage: python benchmarks/survives.py [--out results/survives.json]
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import Measured, options, report

KILLS = 20
PROJECT = """name: rows
data: rows.csv
predict: label
train: {time_budget: 60 s, threads: 1, network: {epochs: 5}, trees: {rounds: 60}}
"""


def make_project(folder: Path) -> None:
    """A table of 3,000 rows that every rung can learn."""
    generator = random.Random(7)
    lines = ["x,城市,label"]
    for _ in range(3000):
        x, city = generator.gauss(0, 1), generator.choice(["上海", "Rome", "Bonn"])
        lines.append(f"{x:.5f},{city},{'yes' if x + (city == '上海') + generator.gauss(0, 1) > 0.3 else 'no'}")
    folder.mkdir(parents=True)
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "modelyard.yaml").write_text(PROJECT, "utf-8")


def start(folder: Path) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    command = [sys.executable, "-m", "modelyard", "run", str(folder), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def bundle_id(folder: Path) -> str:
    """Id of the newest finished run."""
    records = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob(".modelyard/runs/*/run.json"))]
    finished = [record for record in records if record["state"] == "finished"]
    return str(finished[-1]["bundle"]) if finished else ""


def finish(folder: Path) -> str:
    """Run to the end; the bundle's id."""
    process = start(folder)
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(errors)
    return bundle_id(folder)


def kills(scratch: Path) -> tuple[list[Measured], dict[str, object]]:
    """Kill runs of one project at random moments of their life, each from an empty store."""
    make_project(scratch / "calm")
    began = time.monotonic()
    expected = finish(scratch / "calm")
    life = time.monotonic() - began
    plan = next((scratch / "calm" / ".modelyard" / "store").glob("plan-*"))
    generator, same, moments = random.Random(1), 0, []
    for number in range(KILLS):
        folder = scratch / f"kill-{number}"
        make_project(folder)
        # the same measured rate for all: the plan is what makes two machines' runs comparable
        shutil.copytree(plan, folder / ".modelyard" / "store" / plan.name)
        process, moment = start(folder), generator.uniform(0.02, 0.95) * life
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        same += finish(folder) == expected
        moments.append(round(moment, 2))
        drafts = [path.name for path in (folder / ".modelyard" / "store").glob("tmp-*")]
        if drafts:
            sys.exit(f"left behind: {drafts}")
        shutil.rmtree(folder)
    rows = [Measured(f"reruns after {KILLS} kills that ended in the same bundle id", same, "", f">= {KILLS}")]
    return rows, {"seconds_undisturbed": round(life, 1), "killed_after_s": moments}


def full_disk(scratch: Path) -> tuple[list[Measured], dict[str, object]]:
    """Run on a tmpfs that is too small, then on the same one after it has grown."""
    place = scratch / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)], check=False).returncode:
        return [], {"full_disk": "skipped: no permission to mount a tmpfs"}
    try:
        make_project(place / "project")
        process = start(place / "project")
        _, errors = process.communicate()
        half = [path.name for path in place.glob("project/.modelyard/store/tmp-*")]
        subprocess.run(["mount", "-o", "remount,size=200m", str(place)], check=True)
        rows = [
            Measured("exit code on a full disk", process.returncode, "", "<= 2"),
            Measured("half entries left on a full disk", len(half), "", "<= 0"),
            Measured("runs that finish once there is space", bool(finish(place / "project")), "", ">= 1"),
        ]
        return rows, {"said_on_a_full_disk": errors.replace(str(place), "SMALL_DISK").strip().splitlines()[:4]}
    finally:
        subprocess.run(["umount", str(place)], check=True)


def main() -> None:
    """Run both and write the result."""
    chosen = options(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        killed, killed_facts = kills(Path(scratch))
        full, full_facts = full_disk(Path(scratch))
    report([*killed, *full], chosen.out, **killed_facts, **full_facts)


if __name__ == "__main__":
    main()
