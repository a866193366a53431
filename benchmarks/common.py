"""What every benchmark shares: how things are timed, and how results are written down.

A benchmark is a script: `python benchmarks/x.py --out results/x.json`. It documents its bars in its docstring, prints a
short table, and writes JSON with the machine, the versions, the date and the commit. It never fails because of a time.
Only the standard library is imported here, because a child process reports at least the memory of its parent.
"""

from __future__ import annotations

import argparse
import csv
import json
import operator
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DATA = Path(os.environ.get("MODELYARD_DATA", ROOT / "../shared/data"))
LIBRARIES = (
    "numpy", "onnxruntime", "onnx", "lightgbm", "scikit-learn", "pyarrow", "torch", "pydantic", "msgspec", "starlette",
    "uvicorn", "uvloop", "httptools", "transformers", "tokenizers", "peft", "accelerate",
)  # fmt: skip
ADULT_COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship", "race",
    "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income",
)  # fmt: skip
_COMPARISONS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Measured:
    """One number.

    Args:
        what: What was measured.
        value: In `unit`.
        unit: E.g. "CPU-s", "ms", "MB"; empty for a count or a ratio.
        bar: What it has to be, e.g. "<= 1"; empty when there is no bar.
    """

    what: str
    value: float
    unit: str = ""
    bar: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it clears the bar; None without one."""
        if not self.bar:
            return None
        sign, limit = self.bar.split()
        return bool(_COMPARISONS[sign](self.value, float(limit)))


def options(description: str | None, **others: str) -> argparse.Namespace:
    """The script's options: `--out`, a path, and for each other one a text `--NAME`, None when it is left out."""
    script = Path(sys.argv[0]).stem
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS / f"{script}.json", help="where the JSON goes")
    for name, meaning in others.items():
        parser.add_argument(f"--{name}", help=meaning)
    return parser.parse_args()


def report(rows: Iterable[Measured], out: Path, **facts: Any) -> None:
    """Print the table and write the JSON.

    Args:
        rows: What was measured.
        out: The JSON file; its stem is the benchmark's name.
        facts: What else a reader has to know, as plain data: the bundle, the data set, the number of rows.
    """
    rows = list(rows)
    width = max(len(row.what) for row in rows)
    for row in rows:
        verdict = {None: "", True: "met", False: "NOT MET"}[row.met]
        print(f"{row.what:<{width}}  {row.value:>12,.4g} {row.unit:<8} {row.bar:<10} {verdict}".rstrip())
    record = {
        "benchmark": out.stem,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
        **facts,
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")


def machine() -> dict[str, Any]:
    """What the numbers were measured on; no name of a host, no path."""
    processor = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        models = [line.split(":", 1)[1].strip() for line in described.read_text().splitlines() if "model name" in line]
        processor = models[0] if models else processor
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Python's and the libraries' versions, of those that are installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit, with `+` when the working tree differs from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    return f"{head}+" if _git("status", "--porcelain", "--untracked-files=no") else head


def ratio(
    one: Callable[[], object],
    other: Callable[[], object],
    rounds: int = 15,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float, float]:
    """Time two callables side by side, A B A B, so that whatever else the machine does hits both.

    Args:
        rounds: How often each is called, after one call that is not counted.
        clock: `time.process_time` for CPU-seconds.

    Returns:
        Median seconds of one and of the other, and the median of one / other over the rounds.
    """
    pairs = []
    for _ in range(rounds + 1):
        began = clock()
        one()
        between = clock()
        other()
        pairs.append((between - began, clock() - between))
    firsts, seconds = zip(*pairs[1:], strict=True)
    return (
        statistics.median(firsts),
        statistics.median(seconds),
        statistics.median(first / second for first, second in pairs[1:]),
    )


@dataclass(frozen=True)
class Spent:
    """What a process took, its children included.

    Args:
        cpu_seconds: User and system.
        wall_seconds: From start to end.
        peak_mb: Largest resident memory of one process, in 10**6 bytes.
        code: Its exit code.
        output: Its standard output and error.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    code: int
    output: str


def spend(command: Sequence[str | Path], folder: Path | None = None, **environment: str) -> Spent:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: Added to this process's.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(cpu, wall, usage.ru_maxrss * 1024 / 1e6, process.returncode, said)


def least(command: Sequence[str | Path], times: int = 5, **environment: str) -> Spent:
    """Run a command several times; the run that took the least CPU is the one least disturbed.

    Raises:
        RuntimeError: It failed.
    """
    runs = [spend(command, **environment) for _ in range(times)]
    failed = [run for run in runs if run.code]
    if failed:
        raise RuntimeError(f"{command} ended with {failed[0].code}:\n{failed[0].output}")
    return min(runs, key=lambda run: run.cpu_seconds)


def cpu_seconds_of(process: int) -> float:
    """User and system seconds that a running process has taken so far."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb_of(process: int) -> float:
    """Resident memory of a running process, in 10**6 bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def modelyard(*arguments: str | Path) -> list[str | Path]:
    """The command line of this interpreter's Modelyard."""
    return [Path(sys.executable).with_name("modelyard"), *arguments]


def adult_project(method: str = "trees") -> Path:
    """The folder of a project on adult_census, run with today's code; what the store has is not made again.

    Raises:
        SystemExit: The data mirror is not there.
    """
    source = DATA / "adult_census" / "adult-train.csv"
    if not source.exists():
        raise SystemExit(f"{source} is not there: set MODELYARD_DATA to the data mirror's folder")
    folder = ROOT / "build" / "benchmarks" / f"adult-{method}"
    folder.mkdir(parents=True, exist_ok=True)
    write_adult(source, folder / "adult.csv")
    settings = f"data: adult.csv\npredict: income\ntrain: {{method: {method}, time_budget: 2 min}}\n"
    (folder / "modelyard.yaml").write_text(settings, "utf-8")
    done = spend(modelyard("run", folder, "--quiet"))
    if done.code:
        raise SystemExit(done.output)
    return folder


def write_adult(source: Path, target: Path) -> None:
    """adult_census with a header, without blanks and without the full stops of the test labels."""
    with source.open(encoding="utf-8") as read, target.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written)
        writer.writerow(ADULT_COLUMNS)
        writer.writerows([*row[:-1], row[-1].rstrip(".")] for row in csv.reader(read, skipinitialspace=True) if row)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
