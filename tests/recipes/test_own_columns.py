"""Every recipe for a Chinese spreadsheet: other names, other levels, another order, and columns it does not know."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.project import load
from modelyard.prepare import own
from modelyard.prepare.contract import Contract
from modelyard.prepare.prepare import inspect

CJK = re.compile("[\u4e00-\u9fff]")
Rows = dict[str, list[Any]]


def chinese(known: Contract) -> dict[str, str]:
    """Column -> the first Chinese name that the contract knows for it, or its own."""
    return {name: next(filter(CJK.search, part.also), name) for name, part in known.columns.items()}


@pytest.fixture
def data(
    known: Contract, tmp_path: Path, synthetic: Callable[..., Rows], write_csv: Callable[[Rows, Path], Path]
) -> str:
    """Synthetic rows under Chinese names, shuffled among columns of the user's own."""
    names = chinese(known)
    table = {names[name]: cells for name, cells in synthetic(known, chinese=True).items()}
    rows = len(next(iter(table.values())))
    table |= {"经办网点": [f"网点{n % 7}" for n in range(rows)], "批次": [n % 11 for n in range(rows)]}
    order = list(table)
    random.Random(3).shuffle(order)
    return str(write_csv({name: table[name] for name in order}, tmp_path / "数据.csv"))


def test_every_column_is_found(name: str, known: Contract, data: str, tmp_path: Path) -> None:
    messages.use("zh")
    adopted = own.write(name, tmp_path / "项目", data)
    mine = {one.theirs: one.mine for one in adopted.matching.matches}
    assert mine == chinese(known)
    assert set(adopted.matching.extra) == {"经办网点", "批次"}
    assert all(one.reads for one in adopted.matching.matches)
    assert {one.how for one in adopted.matching.matches} <= {"name", "synonym"}
    project = load(tmp_path / "项目")
    assert project.lang == "zh"
    assert project.predict[0].column == mine[known.target]
    seen = {column.name: column for column in inspect(project).columns}
    for theirs, part in known.columns.items():
        assert seen[mine[theirs]].role == part.role
        assert seen[mine[theirs]].monotone == part.monotone


def test_the_goals_speak_of_the_users_columns_and_classes(
    name: str, known: Contract, data: str, tmp_path: Path
) -> None:
    own.write(name, tmp_path / "p", data)
    project = load(tmp_path / "p")
    (target,) = inspect(project).targets
    goals = project.validated_goals({target.name: target.task})
    assert len(goals) >= 3
    labels = target.state.get("labels", ())
    assert all(CJK.search(label) for label in labels if label not in known.columns[known.target].levels)
    if target.state.get("positive") is not None and not known.columns[known.target].open:
        assert target.options["positive"] in labels


def test_only_what_is_required_has_to_be_there(
    name: str, known: Contract, tmp_path: Path, synthetic: Callable[..., Rows], write_csv: Callable[[Rows, Path], Path]
) -> None:
    table = synthetic(known)
    inputs = [one for one, part in known.columns.items() if part.role == "input"]
    needed = [one for one, part in known.columns.items() if part.required] or inputs[:2]
    some = {one: table[one] for one in [*needed, known.target]}
    adopted = own.write(name, tmp_path / "p", str(write_csv(some, tmp_path / "few.csv")))
    assert {one.mine for one in adopted.matching.matches} == set(some)
    assert inspect(load(tmp_path / "p")).rows == 200
