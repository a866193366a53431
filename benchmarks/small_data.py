"""Is what a small table's report says true? Few rows of a large table are drawn again and again, and the report's
numbers, which come from repeated cross-validation, are held against the bundle's on the many rows that were left.

Bars: over the draws, the mean of (report - truth) is within 0.02 of 0 for ROC-AUC, and the intervals of the reports,
    made for 95 %, hold the truth in 85 % of the draws or more.

Beside it, without a bar: by how much a validation loss flatters when each fold picks its own number of boosting rounds
on the very rows that judge it, instead of one number for all folds.

usage: python benchmarks/small_data.py [--draws 20] [--rows 600]      needs the data mirror (MODELYARD_DATA)
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import DATA, Measured, options, report, write_adult

import modelyard
from modelyard.core import plugins
from modelyard.core.columns import as_columns, row_count, take
from modelyard.core.progress import Clock, Silent
from modelyard.core.project import from_values
from modelyard.core.protocols import Problem
from modelyard.core.store import Store
from modelyard.data.dataset import Dataset
from modelyard.data.read import read
from modelyard.measure import score
from modelyard.models.pace import Unwatched
from modelyard.prepare.prepare import prepare
from modelyard.train.desk import Desk, Training


def main() -> None:
    """Draw, run, compare."""
    chosen = options(__doc__, draws="how many small tables", rows="rows of each")
    draws, rows = int(chosen.draws or 20), int(chosen.rows or 600)
    with tempfile.TemporaryDirectory() as scratch:
        write_adult(DATA / "adult_census" / "adult-train.csv", Path(scratch) / "adult.csv")
        table = dict(read(str(Path(scratch) / "adult.csv")))
    said, true, held, own, common = ([] for _ in range(5))
    for seed in range(draws):
        order = np.random.default_rng(seed).permutation(row_count(table))
        few, rest = take(table, order[:rows]), take(table, order[rows:])
        reported, truth = _reported(few, rest)
        said.append(reported.value)
        true.append(truth)
        held.append(reported.low <= truth <= reported.high)
        losses = _flattered(few, seed)
        own.append(losses[0])
        common.append(losses[1])
        print(f"{seed}: said {reported.value:.4f}, true {truth:.4f}, {losses}", flush=True)
    bias = float(np.mean(np.subtract(said, true)))
    found = [
        Measured("ROC-AUC, report minus truth, mean over draws", abs(bias), "", "<= 0.02"),
        Measured("standard error of that mean", float(np.std(np.subtract(said, true)) / np.sqrt(draws))),
        Measured("share of intervals that hold the truth", float(np.mean(held)), "", ">= 0.85"),
        Measured("log-loss, each fold's own rounds minus common rounds", float(np.mean(np.subtract(own, common)))),
    ]
    report(found, chosen.out, data="adult_census", rows_drawn=rows, draws=draws, bias=bias)


def _reported(few: dict[str, Any], rest: dict[str, Any]) -> tuple[Any, float]:
    """What the report of a run on few rows says, and what its bundle comes to on the others."""
    with tempfile.TemporaryDirectory() as folder:
        run = modelyard.run(few, "income", folder=folder, train={"method": ["linear", "trees", "ensemble"]})
        answered = run.bundle.outputs({name: cells for name, cells in rest.items() if name != "income"})
        state = run.bundle.targets[0]["state"]
        positive = np.asarray(rest["income"]) == state["labels"][1]
        (target,) = run.report.targets
        return target.score("roc_auc").number, float(score.roc_auc(answered["income"]["probability"][:, 1], positive))


def _flattered(few: dict[str, Any], seed: int) -> tuple[float, float]:
    """Held-out log-loss of trees when each fold stops where it likes best, and when all stop together."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project = from_values({"data": {}, "predict": "income", "train": {"method": "trees", "seed": seed}}, folder)
        prepare(project, folder, as_columns(few))
        dataset = Dataset.load(folder)
        training = Training(project, dataset, "", 1, Store(folder / "store"), Silent(), Clock(600), {})
        desk = Desk(training, dataset.targets[0], 5, 1)
        bench = desk.bench("raw")
        problems = [desk.problem(bench, one) for one in desk.divided]
        together = _best(problems, project.train.trees, folder / "together")
        alone = [_best([one], project.train.trees, folder / str(number)) for number, one in enumerate(problems)]
        return float(np.mean(alone)), together


def _best(problems: Sequence[Problem], options: Any, folder: Path) -> float:
    """The lowest held-out loss on the way, mean over the folds."""
    folders = [folder / str(number) for number in range(len(problems))]
    for one in folders:
        one.mkdir(parents=True)
    fit = plugins.part("methods", "trees", "fit").fit
    curves = fit(problems, options, options.rounds, folders, Unwatched())["curves"]
    return float(min(point["valid_loss"] for point in curves))


if __name__ == "__main__":
    main()
