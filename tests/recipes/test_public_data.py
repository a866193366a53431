"""Where the mirror is: the public data keep the contracts, and small recipes reach what they promise."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

import modelyard
from modelyard.core import messages
from modelyard.core.cells import MISSING_WORDS, text_of
from modelyard.core.project import load
from modelyard.prepare import recipe
from modelyard.prepare.contract import Contract, Package, Part
from modelyard.prepare.prepare import inspect

SMALL = ("medicine/heart-disease", "medicine/diabetes")


@pytest.fixture
def folder(
    name: str, known: Contract, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The recipe as `init` writes it."""
    if not all(isinstance(origin, Package) for file in known.data.files for origin in known.data.origins(file)):
        monkeypatch.setenv("MODELYARD_DATA", str(request.getfixturevalue("data_mirror")))
    recipe.write(name, tmp_path / "项目")
    return tmp_path / "项目"


def keeps(part: Part, cell: str) -> bool:
    """Whether a cell is what the contract declares; a missing one is."""
    if cell.strip() in MISSING_WORDS or cell in map(str, part.missing):
        return True
    if part.levels and not part.open:
        return text_of(cell) in part.levels
    if part.range is None:
        return True
    low, high = part.range
    return float(low) <= float(cell) <= float(high)


def test_public_data_keep_the_contract(known: Contract, folder: Path) -> None:
    for name in known.data.files:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows: list[dict[str, Any]] = list(csv.DictReader(file))
        assert len(rows) == sum(origin.rows for origin in known.data.origins(name))
        assert set(rows[0]) == set(known.public)
        for column, part in known.public.items():
            if column == "product":
                continue  # numbers of workpieces: the declared ones are examples
            odd = {row[column] for row in rows if not keeps(part, row[column])}
            assert not odd, f"{column}: {sorted(odd)[:5]}"


def test_check_finds_the_roles_and_nothing_that_blocks(known: Contract, folder: Path) -> None:
    project = load(folder)
    seen = inspect(project, limit_rows=5_000)
    read = {column.name: column for column in seen.columns}
    assert {column: one.role for column, one in read.items()} == {
        column: part.role for column, part in known.public.items()
    }
    assert {one.name: one.modality for one in seen.columns if one.role == "input"} == {
        column: part.type for column, part in known.columns.items() if part.role == "input"
    }
    project.validated_goals({target.name: target.task for target in seen.targets})
    assert not [str(note) for note in seen.notes if note.level == "block"]


def test_in_chinese(known: Contract, folder: Path, tmp_path: Path) -> None:
    messages.use("zh")
    name = next(one for one in recipe.names() if recipe.contract(one) == known)
    recipe.write(name, tmp_path / "中文")
    assert load(tmp_path / "中文").lang == "zh"
    assert load(tmp_path / "中文").file.columns == load(folder).file.columns


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("small", SMALL)
def test_goals_are_reached(small: str, data_mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELYARD_DATA", str(data_mirror))
    recipe.write(small, tmp_path / "p")
    run = modelyard.run(tmp_path / "p", train={"method": ["linear", "trees"], "time_budget": 60})
    about = [goal for goal in run.report.goals if goal.target]  # how fast it answers is measured elsewhere
    assert len(about) >= 2
    assert not [goal.goal for goal in about if goal.outcome == "not met"]
