"""Predicting in process, through `Bundle.predict`: one row, batches, whole files; and whether the answers are right.

Bars: one row <= 1 ms median; batches >= 0.9 of the speed of the bare onnxruntime call on the same graph; >= 10,000 rows
of adult_census per CPU-second; checkpoint against bundle <= 1e-5 on probabilities over 10,000 rows with missing, unseen
and extreme values; batches of 1, 7 and 64 equal to all rows at once (to 1e-6, the last digit of a float32: matrix
kernels add up in another order when the batch is larger).

The bundle is that of a project on adult_census, by default made with trees; `--project` names another one. One thread.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from common import DATA, Measured, adult_project, options, ratio, report, write_adult

from modelyard.core.columns import row_count, take
from modelyard.core.protocols import Columns, Outputs
from modelyard.core.runs import WORKSPACE, Record, Runs
from modelyard.data.dataset import Dataset
from modelyard.data.read import read
from modelyard.models import checkpoint
from modelyard.runtime.bundle import Bundle

PARITY_ROWS = 10_000
EXTREMES = (0.0, -1.0, 1e12, -1e12, 1e30, 1e-30)


def main() -> None:
    """Measure and write down."""
    chosen = options(__doc__, project="the folder of a project on adult_census that has been run")
    folder = Path(chosen.project or adult_project())
    runs = Runs(folder / WORKSPACE)
    record = [run for run in runs.list() if run.state == "finished"][-1]
    bundle = Bundle.load(runs.bundle(record), threads=1)
    table = _table()
    rows = [*_one_row(bundle, table), *_batches(bundle, table), *_parity(bundle, _trained(runs, record), table)]
    methods = [target["method"] for target in bundle.targets]
    report(rows, chosen.out, bundle={"id": bundle.id, "methods": methods}, threads=1)


def _one_row(bundle: Bundle, table: Columns) -> Iterator[Measured]:
    """A dictionary in, a dictionary out, another row each time."""
    names = [column.name for column in bundle.inputs]
    rows = [{name: table[name][number] for name in names} for number in range(2_000)]
    seconds = []
    for row in rows:
        began = time.perf_counter()
        bundle.predict(row).rows()
        seconds.append(time.perf_counter() - began)
    yield Measured("one row, median", 1e3 * statistics.median(seconds), "ms", "<= 1")
    yield Measured("one row, 99 %", 1e3 * sorted(seconds)[int(0.99 * len(seconds))], "ms")


def _batches(bundle: Bundle, table: Columns) -> Iterator[Measured]:
    """Bundle.predict against the bare call of its graph on blocks that are ready."""
    for rows in (64, 1_024, 16_384):
        some = take(table, slice(rows))
        feeds = _feeds(bundle, some)
        session = bundle._models[0].session
        bare, ours, share = ratio(
            lambda session=session, feeds=feeds: session.run(None, feeds),
            lambda some=some: bundle.predict(some),
            clock=time.process_time,
        )
        yield Measured(f"{rows:,} rows: bare onnxruntime", rows / bare, "rows/CPU-s")
        yield Measured(f"{rows:,} rows: Bundle.predict", rows / ours, "rows/CPU-s", ">= 10000")
        yield Measured(f"{rows:,} rows: Bundle.predict / bare", share, "", ">= 0.9" if rows > 64 else "")


def _parity(bundle: Bundle, trained: checkpoint.Checkpoint, table: Columns) -> Iterator[Measured]:
    """The bundle against the training side's own numpy code, on rows that are wrong in every way."""
    nasty = _spoilt(bundle, take(table, slice(PARITY_ROWS)))
    got = bundle.outputs(nasty)
    expected = trained.outputs(nasty)
    yield Measured(f"checkpoint - bundle, {row_count(nasty):,} rows", _furthest(got, expected), "", "<= 1e-5")
    few = take(nasty, slice(1_000))
    for size in (1, 7, 64):
        pieces = [bundle.outputs(take(few, slice(start, start + size))) for start in range(0, 1_000, size)]
        joined = {
            target: {name: np.concatenate([piece[target][name] for piece in pieces]) for name in outputs}
            for target, outputs in pieces[0].items()
        }
        whole = {target: {name: array[:1_000] for name, array in parts.items()} for target, parts in got.items()}
        yield Measured(f"batches of {size} - all at once", _furthest(joined, whole), "", "<= 1e-6")


def _furthest(one: dict[str, Outputs], other: dict[str, Outputs]) -> float:
    return max(
        float(np.abs(np.asarray(one[target][name], float) - np.asarray(array, float)).max())
        for target, outputs in other.items()
        for name, array in outputs.items()
    )


def _spoilt(bundle: Bundle, table: Columns) -> Columns:
    """A fifth of the cells missing, a tenth extreme or never seen."""
    rng = np.random.default_rng(0)
    rows = row_count(table)
    spoilt = {}
    for column in bundle.inputs:
        cells = table[column.name].astype(object)
        fate = rng.random(rows)
        cells[fate < 0.2] = None
        strange = np.flatnonzero(fate > 0.9)
        choices: Any = EXTREMES if column.modality == "number" else ("从未见过", "never seen", "😀")
        cells[strange] = [choices[number] for number in rng.integers(len(choices), size=len(strange))]
        spoilt[column.name] = cells
    return spoilt


def _table() -> Columns:
    """The test rows of adult_census, numbers as numbers, as a frame would hold them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.csv"
        write_adult(DATA / "adult_census" / "adult-test.csv", path)
        table = read(path)
    rows = row_count(table)
    doubled = {name: np.concatenate([cells, cells])[: max(rows, 16_384)] for name, cells in table.items()}
    return {name: _typed(cells) for name, cells in doubled.items()}


def _typed(cells: Any) -> Any:
    try:
        return cells.astype(np.float64)
    except ValueError:
        return cells


def _feeds(bundle: Bundle, table: Columns) -> dict[str, Any]:
    """The blocks that the first graph takes."""
    parsed = bundle.read(table).parsed
    blocks = {
        block.modality: block.preprocess.block([parsed[column.name] for column in block.columns], block.states)
        for block in bundle._blocks
    }
    return {name: blocks[name] for name in bundle._models[0].feeds}


def _trained(runs: Runs, record: Record) -> checkpoint.Checkpoint:
    """The checkpoint that the run's bundle was made from."""
    keys = {stage["stage"]: stage["key"] for stage in record.stages}
    folders = {stage: runs.workspace / "store" / f"{stage}-{keys[stage][:20]}" for stage in ("prepare", "train")}
    return checkpoint.load(record.name, Dataset.load(folders["prepare"]), folders["train"])


if __name__ == "__main__":
    main()
