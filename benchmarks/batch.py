"""Whole tables through a bundle: memory, speed, and what a batch survives.

Ten million rows (adult_census over again, numbers shaken with a fixed seed) from Parquet to Parquet, by a process that
is killed at random moments and started again.

Bars: at most 1 GB resident in any of the processes; afterwards every row is in the output once.

usage: python benchmarks/batch.py [--rows 10000000] [--kills 5] [--out results/batch.json]
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from common import DATA, ROOT, Measured, modelyard, options, report, write_adult

ROWS, KILLS = 10_000_000, 5
EARLIEST, LATEST = 8.0, 30.0  # seconds after which a process is killed
PROJECT = """name: adult
data: rows.csv
predict: income
columns: {id: {role: key}}
train: {method: trees, threads: 1, folds: 1, trees: {rounds: 300}}
"""
MAKE = """
import sys
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

source, out, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
table = pyarrow.csv.read_csv(source).drop_columns(["income", "id"])
draws = np.random.default_rng(0)
writer = None
for start in range(0, rows, 500_000):
    count = min(500_000, rows - start)
    part = table.take(pa.array(draws.integers(0, table.num_rows, count)))
    shaken = np.asarray(part["fnlwgt"]) + draws.integers(-5000, 5000, count)
    part = part.set_column(part.column_names.index("fnlwgt"), "fnlwgt", pa.array(shaken))
    part = part.append_column("id", pa.array(np.arange(start, start + count)))
    writer = writer or pq.ParquetWriter(out, part.schema)
    writer.write_table(part, row_group_size=100_000)
writer.close()
"""
CHECK = """
import sys
import numpy as np
import pyarrow.parquet as pq

table = pq.read_table(sys.argv[1], columns=["id", "income", "income.probability.>50K"])
ids = np.asarray(table["id"])
lost = int(sys.argv[2]) - len(np.unique(ids))
print(len(ids), lost, len(ids) - len(np.unique(ids)), table["income"].null_count)
"""


@dataclass(frozen=True)
class Attempt:
    """One process: how it ended, the seconds it took, and its largest resident memory in MB (10**6 bytes)."""

    killed: bool
    wall: float
    cpu: float
    peak_mb: float


def make_project(folder: Path) -> Path:
    """A bundle that knows adult_census, with an id that is carried along; made once."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "rows.csv").exists():
        source = DATA / "adult_census" / "adult-train.csv"
        if not source.exists():
            raise SystemExit(f"{source} is not there: set MODELYARD_DATA to the data mirror's folder")
        write_adult(source, folder / "adult.csv")
        head, *lines = (folder / "adult.csv").read_text("utf-8").splitlines()
        numbered = [f"id,{head}", *(f"{number},{line}" for number, line in enumerate(lines))]
        (folder / "rows.csv").write_text("\n".join(numbered) + "\n", "utf-8")
    (folder / "modelyard.yaml").write_text(PROJECT, "utf-8")
    subprocess.run(modelyard("run", folder, "--quiet"), check=True, stdout=subprocess.DEVNULL)
    return folder


def attempt(command: list[str | Path], seconds: float | None) -> Attempt:
    """Run a command to its end, or kill it after some seconds."""
    began, reaped = time.perf_counter(), 0
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        while not reaped:
            reaped, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not reaped and seconds is not None and time.perf_counter() - began > seconds:
                process.send_signal(signal.SIGKILL)
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        errors = said.read()
    if process.returncode > 0:
        raise SystemExit(errors)
    cpu = usage.ru_utime + usage.ru_stime
    return Attempt(process.returncode < 0, time.perf_counter() - began, cpu, usage.ru_maxrss * 1024 / 1e6)


def main() -> None:
    """Make the rows, answer them with interruptions, count what came out."""
    given = options(__doc__, rows="how many rows", kills="how often the process is killed")
    rows, kills = int(given.rows or ROWS), int(given.kills or KILLS)
    project = make_project(ROOT / "build" / "benchmarks" / "batch")
    moments = random.Random(3)
    with tempfile.TemporaryDirectory() as scratch:
        source, out = Path(scratch) / "rows.parquet", Path(scratch) / "answers.parquet"
        made = [sys.executable, "-c", MAKE, project / "rows.csv", source, str(rows)]
        subprocess.run(made, check=True)
        command = modelyard("predict", project, "--data", source, "--out", out, "--quiet")
        attempts = [attempt(command, moments.uniform(EARLIEST, LATEST)) for _ in range(kills)]
        attempts.append(attempt(command, None))
        checked = subprocess.run(
            [sys.executable, "-c", CHECK, out, str(rows)], check=True, capture_output=True, text=True
        )
        count, lost, double, empty = map(int, checked.stdout.split())
        size = source.stat().st_size / 1e6, out.stat().st_size / 1e6
    cpu = sum(one.cpu for one in attempts)
    found = [
        Measured("largest resident memory of a process", max(one.peak_mb for one in attempts), "MB", "<= 1000"),
        Measured("processes that were killed", sum(one.killed for one in attempts)),
        Measured("rows in the output", count),
        Measured("rows lost", lost, "", "<= 0"),
        Measured("rows double", double, "", "<= 0"),
        Measured("rows without an answer", empty, "", "<= 0"),
        Measured("rows per CPU-second, repeated work included", rows / cpu, "rows/s"),
        Measured("rows per second of wall, repeated work included", rows / sum(one.wall for one in attempts), "rows/s"),
    ]
    report(found, given.out, rows_asked=rows, input_mb=round(size[0]), output_mb=round(size[1]))


if __name__ == "__main__":
    main()
