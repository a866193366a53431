"""Rows are called by their numbers in what the user gave, whichever rows were left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.columns import as_columns
from modelyard.core.errors import DataError
from modelyard.core.project import Project
from modelyard.data.dataset import Dataset, Note
from modelyard.prepare.checks import notes
from modelyard.prepare.prepare import prepare
from modelyard.prepare.survey import Survey, inputs_of, survey

MakeProject = Callable[..., Project]
EMPTY = 300


def late(rows: int = 500, **more: Any) -> dict[str, Any]:
    """A table whose first 300 rows have no target."""
    x = np.random.default_rng(2).normal(size=rows).tolist()
    return {"x": x, "y": [None] * EMPTY + ["a" if n % 2 else "b" for n in range(rows - EMPTY)], **more}


def look(project: Project, table: dict[str, Any]) -> Survey:
    return survey(project, as_columns(table))


def values_of(found: Survey, key: str) -> dict[str, Any]:
    return next(note.values for note in notes(found) if note.key == key)


def test_rows_without_a_target_keep_their_place(project_of: MakeProject, tmp_path: Path) -> None:
    dataset = prepare(project_of(), tmp_path, as_columns(late()))
    assert dataset.numbers.tolist() == list(range(EMPTY, 500))
    assert Dataset.load(tmp_path).numbers.tolist() == list(range(EMPTY, 500))
    table = late()
    held = dataset.rows("test")
    assert dataset.cells(held)["x"].tolist() == [table["x"][number] for number in dataset.numbers[held]]


def test_whole_tables_are_counted_as_they_stand(project_of: MakeProject) -> None:
    table = {name: cells[EMPTY:] for name, cells in late().items()}
    assert look(project_of(), table).numbers.tolist() == list(range(200))


def test_a_file_is_counted_from_its_first_row(project_of: MakeProject, tmp_path: Path) -> None:
    table = late()
    lines = [f"{x},{y or ''}" for x, y in zip(table["x"], table["y"], strict=True)]
    (tmp_path / "late.csv").write_text("x,y\n" + "\n".join(lines) + "\n", "utf-8")
    found = survey(project_of(data="late.csv"))
    assert found.numbers.tolist() == list(range(EMPTY, 500))
    assert found.named([0, 110, 187]) == "301, 411, 488"


@pytest.mark.parametrize(("language", "row"), [("en", "the first in row 401: -2"), ("zh", "第一个在第 401 行：-2")])
def test_a_wrong_weight_is_found_in_its_row(project_of: MakeProject, language: str, row: str) -> None:
    messages.use(language)
    weights = [1.0] * 500
    weights[7], weights[400] = -1.0, -2.0
    with pytest.raises(DataError, match=row):
        look(project_of(columns={"w": {"role": "weight"}}), late(w=weights))


def test_contradictions_are_found_in_their_rows(project_of: MakeProject) -> None:
    table = late()
    table["x"][310], table["x"][313] = table["x"][301], table["x"][301]
    assert values_of(look(project_of(), table), "prepare.note_conflicts")["examples"] == "302, 311, 314"


def test_test_rows_that_were_trained_on_are_found_in_their_rows(project_of: MakeProject) -> None:
    table = late(p=["train"] * 450 + ["test"] * 25 + ["valid"] * 25)
    for name in ("x", "y"):
        table[name][460] = table[name][320]
    found = look(project_of(data={"split": {"by": "column", "column": "p"}}), table)
    assert values_of(found, "prepare.note_overlap_test")["examples"] == "461"


def test_near_twins_are_found_in_their_rows(project_of: MakeProject) -> None:
    draws = np.random.default_rng(0)
    table: dict[str, Any] = {f"v{n}": draws.gamma(2, 1000, 700).round(2).tolist() for n in range(5)}
    table["y"] = [None] * EMPTY + ["a" if n % 2 else "b" for n in range(400)]
    for row in range(660, 700):
        for name in ("v0", "v1", "v2", "v3"):
            table[name][row] = table[name][row - 360]
    found = look(project_of(), table)
    told = next(note for note in notes(found) if note.key.startswith("checks.twins"))
    one, other = int(told.values["one"]), int(told.values["other"])
    assert other - one == 360 and one > EMPTY


# ------------------------------------------------------------------------ databases
def stored(folder: Path) -> str:
    table = late(key=[f"k{n}" for n in range(500)])
    table["x"][310] = table["x"][301]
    with sqlite3.connect(folder / "late.db") as connection:
        connection.execute("CREATE TABLE rows (x REAL, y TEXT, key TEXT)")
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", zip(*table.values(), strict=True))
    return "sqlite:///late.db#rows"


@pytest.mark.parametrize(("language", "ending"), [("en", " (as read)"), ("zh", "（按读取顺序）")])
def test_rows_of_a_database_are_counted_as_read(
    project_of: MakeProject, tmp_path: Path, language: str, ending: str
) -> None:
    pytest.importorskip("sqlalchemy")
    messages.use(language)
    found = survey(project_of(data=stored(tmp_path), columns={"key": {"role": "ignore"}}))
    assert found.unordered and len(found.numbers) == 200 and found.numbers.max() >= 200
    shown = values_of(found, "prepare.note_conflicts")["examples"]
    assert shown.endswith(ending)
    rows = np.flatnonzero(np.isin(found.numbers + 1, [int(word) for word in shown.removesuffix(ending).split(", ")]))
    assert len(rows) == 2 and len({*inputs_of(found.readings)["x"][rows].tolist()}) == 1
    assert Note("prepare.note_unordered") in notes(found)


def test_keys_name_the_rows_of_a_database(project_of: MakeProject, tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    found = survey(project_of(data=stored(tmp_path), columns={"key": {"role": "key"}}))
    assert Note("prepare.note_unordered") not in notes(found)
    in_memory = look(project_of(data="sqlite:///nowhere.db#rows"), late())
    assert not in_memory.unordered
