"""Ten fixed splits of public tables against other systems' recorded runs on them, within the same wall budget.

Bars, against AutoGluon 1.6.3 `medium_quality` in 120 s (or another preset, by `--preset` and `--budget`):
    never worse by more than 0.002 ROC-AUC (1 % RMSE) beyond noise: the upper end of the paired bootstrap interval
    of the difference does not lie below that; and the mean difference over the splits is above 0;
    every bundle <= 10 MB, one row <= 1 ms; ECE <= 0.03 where there are more than 5,000 test rows;
    log-loss not worse than uncalibrated beyond the paired interval.

Nothing is chosen on these test files: each is scored once per run of this script, by the bundle, after everything was
chosen on training rows; the workspace counts how many bundles have scored it. `--inner SEED` is for development: the
training file is split once more, and its test file is left alone.

usage: python benchmarks/peers.py [--tasks a,b] [--preset medium_quality] [--budget 120] [--inner SEED]
needs the data mirror (MODELYARD_DATA), beside it the folder of recorded runs (or --peers), and pandas
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import DATA, ROOT, Measured, modelyard, options, report, spend

from modelyard.core import plugins
from modelyard.core.runs import bundle_path
from modelyard.data.read import read
from modelyard.measure import calibration, score
from modelyard.measure.intervals import bootstrap, paired, spread
from modelyard.runtime.bundle import Bundle

CALLS = 200
WORSE = {"roc_auc": 0.002, "rmse": 0.01}
MANY_ROWS = 5000
SCORED = "once by this run; docs/log.md counts the runs"


@dataclass(frozen=True)
class Task:
    """One split.

    Args:
        name: Its folder.
        target: The column to predict.
        binary: Two classes; else a number.
        folder: Where train.csv and test.csv lie.
    """

    name: str
    target: str
    binary: bool
    folder: Path


@dataclass
class Ours:
    """What Modelyard came to on one split.

    Args:
        metric: `roc_auc` or `rmse`.
        value: On the test rows.
        scores: Probability of the last class, or the number, float64 [rows].
        facts: Sizes and times.
    """

    metric: str
    value: float
    scores: np.ndarray[Any, Any]
    facts: dict[str, Any] = field(default_factory=dict)


def main() -> None:
    """Run every split, and compare with what was recorded."""
    chosen = options(
        __doc__,
        tasks="names of splits, comma-separated; all by default",
        preset="preset of the recorded runs",
        budget="seconds",
        inner="seed of a split of the training file",
        peers="folder of the recorded runs",
    )
    peers = Path(chosen.peers) if chosen.peers else DATA.parent / "peers"
    preset, budget = chosen.preset or "medium_quality", float(chosen.budget or 120)
    wanted = chosen.tasks.split(",") if chosen.tasks else None
    rows: list[Measured] = []
    found: dict[str, Any] = {}
    for task in _tasks(wanted):
        with tempfile.TemporaryDirectory() as scratch:
            ours, y = _run(task, budget, Path(scratch), None if chosen.inner is None else int(chosen.inner))
        print(f"{task.name}: {ours.metric} {ours.value:.5f} {json.dumps(ours.facts)}", flush=True)
        found[task.name] = {ours.metric: round(ours.value, 5), **ours.facts}
        if chosen.inner is None:
            found[task.name] |= _against(task, ours, y, peers, preset)
            rows += _measured(task, found[task.name])
    if chosen.inner is None:
        gains = [one["gain"] for one in found.values()]
        rows.append(Measured("mean gain over the splits (RMSE as a share)", statistics.mean(gains), "", ">= 0"))
        report(rows, chosen.out, against=f"autogluon 1.6.3 {preset}", budget_s=budget, test_scored=SCORED, tasks=found)


def _tasks(wanted: list[str] | None) -> Iterator[Task]:
    """The splits, written once by the script that made those of the recorded runs."""
    folder = ROOT / "build" / "benchmarks" / "peers"
    if not (folder / "tasks.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        script = DATA.parent / "peers" / "splits.py"
        subprocess.run([sys.executable, script, DATA, folder], check=True, stdout=subprocess.DEVNULL)
    for name, about in json.loads((folder / "tasks.json").read_text("utf-8")).items():
        if wanted is None or name in wanted:
            yield Task(name, about["target"], about["kind"] == "binary", folder / name)


def _run(task: Task, budget: float, folder: Path, inner: int | None) -> tuple[Ours, np.ndarray[Any, Any]]:
    """A run as a user makes it, on the command line; then the bundle on the test file."""
    train, test = task.folder / "train.csv", task.folder / "test.csv"
    if inner is not None:
        train, test = _inner(train, folder, inner)
    project = {
        "data": {"source": str(train), "test": str(test)},
        "predict": task.target,
        "train": {"time_budget": budget},
    }
    (folder / "modelyard.yaml").write_text(json.dumps(project), "utf-8")
    spent = spend(modelyard("run", folder, "--quiet"))
    if spent.code:
        raise SystemExit(spent.output)
    path = bundle_path(str(folder), Path(".modelyard"))
    bundle = Bundle.load(path)
    table = read(test)
    entry = bundle.targets[0]
    outputs = bundle.outputs(table)[entry["name"]]
    y = plugins.part("tasks", entry["task"], "target").reread({task.target: table[task.target]}, entry["state"])
    scores = outputs["probability"][:, -1] if task.binary else outputs["value"].reshape(-1)
    scores = scores.astype(np.float64)
    if task.binary and list(entry["state"]["labels"]) != sorted(entry["state"]["labels"]):
        raise SystemExit(f"{task.name}: recorded predictions are of the last class in order, the bundle's are not")
    metric = "roc_auc" if task.binary else "rmse"
    facts = {
        "method": entry["method"],
        "wall_s": round(spent.wall_seconds, 1),
        "cpu_s": round(spent.cpu_seconds, 1),
        "bundle_mb": round(_megabytes(path), 2),
        "one_row_ms": round(_one_row(bundle, table), 3),
        "ladder": _ladder(path),
    }
    if task.binary:
        facts |= {"ece": round(float(calibration.ece(scores, y == 1)), 4), **_calibrated(entry, outputs, y)}
    return Ours(metric, float(_metric(metric, scores, y)(None)), scores, facts), y


def _inner(train: Path, folder: Path, seed: int) -> tuple[Path, Path]:
    """A fifth of the training rows, drawn at random, as the test."""
    frame = pd.read_csv(train, dtype=str, keep_default_na=False)
    held = np.random.default_rng(seed).random(len(frame)) < 0.2
    parts = folder / "inner-train.csv", folder / "inner-test.csv"
    frame[~held].to_csv(parts[0], index=False)
    frame[held].to_csv(parts[1], index=False)
    return parts


def _metric(name: str, scores: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> Callable[[Any], Any]:
    """A metric as a function of row weights [resamples, rows], or None for the plain value."""
    if name == "roc_auc":
        return lambda weight: score.roc_auc(scores, y == 1, weight)
    squared = (scores - y) ** 2
    return lambda weight: np.sqrt(squared.mean() if weight is None else weight @ squared / weight.sum(axis=1))


def _against(task: Task, ours: Ours, y: np.ndarray[Any, Any], peers: Path, preset: str) -> dict[str, Any]:
    """The gain over the recorded predictions, above 0 when ours are better; of RMSE as a share of theirs."""
    theirs = np.load(peers / "predictions" / f"autogluon-{preset}-{task.name}.npy").astype(np.float64)
    mine, other = _metric(ours.metric, ours.scores, y), _metric(ours.metric, theirs, y)
    value = float(other(None))
    sign, scale = (1.0, 1.0) if task.binary else (-1.0, value)
    draws = bootstrap([lambda weight: sign * (mine(weight) - other(weight)) / scale], len(y), seed=0)[0]
    gain, low, high = spread(sign * (ours.value - value) / scale, draws, len(y))
    return {"theirs": round(value, 5), "gain": round(gain, 5), "low": round(low, 5), "high": round(high, 5)}


def _measured(task: Task, found: dict[str, Any]) -> Iterator[Measured]:
    limit = WORSE["roc_auc" if task.binary else "rmse"]
    kind = "ROC-AUC" if task.binary else "RMSE, share"
    yield Measured(f"{task.name}: gain ({kind})", found["gain"])
    yield Measured(f"{task.name}: upper end of the gain's interval", found["high"], "", f">= {-limit}")
    yield Measured(f"{task.name}: wall time of the whole run", found["wall_s"], "s", "<= 126")
    yield Measured(f"{task.name}: bundle", found["bundle_mb"], "MB", "<= 10")
    yield Measured(f"{task.name}: one row", found["one_row_ms"], "ms", "<= 1")
    if task.binary:
        many = found["test_rows"] > MANY_ROWS
        yield Measured(f"{task.name}: expected calibration error", found["ece"], "", "<= 0.03" if many else "")
        yield Measured(f"{task.name}: log-loss gained by calibration, upper end", found["calibration_high"], "", ">= 0")


def _calibrated(entry: dict[str, Any], outputs: dict[str, Any], y: np.ndarray[Any, Any]) -> dict[str, Any]:
    """What calibration gained in log-loss on the test rows, with its paired interval."""
    task = {part: plugins.part("tasks", entry["task"], part) for part in ("calibrate", "metrics")}
    slope, offset = (np.asarray(entry["calibration"][name], np.float64) for name in ("slope", "offset"))
    probability = np.clip(outputs["probability"][:, -1:].astype(np.float64), 1e-7, 1 - 1e-7)
    raw = (np.log(probability / (1 - probability)) - offset) / slope
    before = task["calibrate"].apply(raw, task["calibrate"].identity(entry["state"]), entry["state"])
    losses = [task["metrics"].row_loss(one, y, entry["state"]) for one in (before, outputs)]
    gain, low, high = paired(*losses)
    return {
        "log_loss": round(float(losses[1].mean()), 5),
        "calibration_gain": round(gain, 6),
        "calibration_low": round(low, 6),
        "calibration_high": round(high, 6),
        "test_rows": len(y),
    }


def _ladder(path: Path) -> dict[str, float]:
    """Held-out loss of each candidate."""
    evidence = json.loads((path / "evidence" / "report.json").read_text("utf-8"))
    steps = evidence["targets"][0]["ladder"]
    return {step["method"]: round(step["loss"], 5) for step in steps if step.get("loss") is not None}


def _megabytes(path: Path) -> float:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and "evidence" not in file.parts) / 1e6


def _one_row(bundle: Bundle, table: dict[str, Any]) -> float:
    """Median milliseconds of one answer in process."""
    row = {column.name: table[column.name][0] for column in bundle.inputs}
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        bundle.predict(row)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
