"""Every recipe on 200 rows made from its contract: from the columns to answers, without the mirror."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelyard
from modelyard.core.project import load
from modelyard.prepare import own
from modelyard.prepare.contract import Contract
from modelyard.prepare.prepare import inspect

QUICK = ["train.method=linear", "data.split.valid=0.2", "data.split.test=0.5"]
"""One split instead of the folds that 200 rows would get."""
Rows = dict[str, list[Any]]
UNSEEN = ("target", "protected", "known_after_decision", "ignore", "weight", "time", "key")


@pytest.fixture
def folder(
    name: str, known: Contract, tmp_path: Path, synthetic: Callable[..., Rows], write_csv: Callable[[Rows, Path], Path]
) -> Path:
    """A project of the recipe for synthetic rows under the contract's own names."""
    own.write(name, tmp_path / "p", str(write_csv(synthetic(known), tmp_path / "rows.csv")))
    return tmp_path / "p"


def test_it_runs_end_to_end(known: Contract, folder: Path, synthetic: Callable[..., Rows]) -> None:
    run = modelyard.run(folder, changes=QUICK)
    inputs = {column.name for column in run.bundle.inputs}
    assert inputs <= {one for one, part in known.columns.items() if part.role not in UNSEEN}
    assert len(inputs) >= 6 or any(column.modality == "text" for column in run.bundle.inputs)
    later = synthetic(known, rows=20, seed=1)
    assert len(run.predict({column: later[column] for column in inputs}).rows()) == 20
    assert len(run.report.goals) == len(load(folder).goals)
    target = run.report.targets[0]
    if not run.report.held_out:  # few rows of few years leave no part of theirs to measure on
        assert run.report.rows_to_label and not target.scores
        return
    first = target.score("roc_auc") or target.score("r2")
    assert first is not None and first.number.value is not None
    assert first.number.value > (0.7 if target.task == "classification" else 0.3), "the target follows its inputs"
    protected = {one for one, part in known.columns.items() if part.role == "protected"}
    sliced = {one.column for one in target.slices.shown} if target.slices else set()
    assert bool(sliced & protected) == bool(protected), "protected columns are never inputs, always slices"


def test_roles_and_types_are_those_of_the_contract(known: Contract, folder: Path) -> None:
    project = load(folder)
    seen = {column.name: column for column in inspect(project).columns}
    for one, part in known.columns.items():
        assert seen[one].role == part.role, one
        if part.role == "input":
            assert seen[one].modality == part.type
            assert seen[one].monotone == part.monotone
            assert project.columns[one].options.get("missing", []) == list(part.missing)


def test_what_comes_later_would_give_the_target_away(known: Contract, synthetic: Callable[..., Rows]) -> None:
    """The rows are made so that a role that took no effect would show."""
    later = [one for one, part in known.columns.items() if part.role == "known_after_decision"]
    table = synthetic(known)
    labels = {label: number for number, label in enumerate(dict.fromkeys(table[known.target]))}
    y = np.asarray([float(labels[one]) if isinstance(one, str) else float(one) for one in table[known.target]])
    for one in later:
        values = np.asarray(table[one], float)
        assert abs(np.corrcoef(values, y)[0, 1]) > 0.5
