"""Rows that repeat, contradict or stand in two parts are told with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Note

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
Base = dict[str, list[Any]]
PARTS = ["train"] * 700 + ["valid"] * 250 + ["test"] * 250


def repeated(base: Base, rows: list[int], at: int = 1000) -> Base:
    """The table with some of its rows in place of others."""
    return {
        name: [*cells[:at], *(cells[row] for row in rows), *cells[at + len(rows) :]] for name, cells in base.items()
    }


def test_rows_without_a_target(project_of: MakeProject, told: Told, base: Base) -> None:
    found = told(project_of(), y=[None if n % 10 == 0 else word for n, word in enumerate(base["y"])])
    assert found["no_target"].values == {"count": 120}


def test_duplicates_and_few_different_rows(project_of: MakeProject, told: Told, base: Base) -> None:
    found = told(project_of(), repeated(base, [3]))
    assert found["duplicates"].values == {"count": 1, "rows": 1200}
    assert "few_different" not in found
    coarse = {"x": [n % 30 for n in range(1200)], "y": base["y"]}
    assert told(project_of(), coarse)["few_different"].values["rows"] == 1200
    keyed = project_of(columns={"k": {"role": "key"}})
    assert "few_different" not in told(keyed, {**coarse, "k": [n // 3 for n in range(1200)]})


def test_too_few_rows_are_said_loudly(project_of: MakeProject, told: Told) -> None:
    found = told(project_of(), {"x": [1.5, 2.5, 0.5], "y": ["a", "b", "a"]})
    assert found["not_held_out"] == Note("prepare.note_not_held_out", {"rows": 3}, "warn")


def test_folds_and_small_tests_are_said(project_of: MakeProject, told: Told, base: Base) -> None:
    few = {name: cells[:300] for name, cells in base.items()}
    assert told(project_of(data={"split": {"test": "auto"}}), few)["folds"].level == "note"
    assert told(project_of(), few)["small_test"].values["count"] < 100


def test_time_says_where_it_was_cut(project_of: MakeProject, told: Told) -> None:
    days = [str(np.datetime64("2021-01-01") + n) for n in range(1200)]
    by_time = project_of(columns={"d": {"role": "time"}})
    assert told(by_time, d=days)["time"].values == {"valid": "2023-02-20", "test": "2023-08-19"}
    seconds = [f"{day} 10:00:00.5" for day in days]
    assert told(by_time, d=seconds)["time"].values["test"] == "2023-08-19T10:00:00.500"
    assert told(by_time, d=[n / 2 for n in range(1200)])["time"].values == {"valid": "390", "test": "480"}


@pytest.mark.parametrize("role", [None, "key"])
def test_test_rows_that_were_trained_on(project_of: MakeProject, told: Told, base: Base, role: str | None) -> None:
    columns = {"columns": {"id": {"role": role}}} if role else {}
    project = project_of(data={"split": {"by": "column", "column": "p"}}, **columns)
    found = told(project, {**repeated(base, list(range(50))), "p": PARTS, "id": [f"C{n:05d}" for n in range(1200)]})
    assert found["overlap_test"].level == "warn"
    assert found["overlap_test"].values == {"count": 50, "share": 0.2, "examples": "1001, 1002, 1003"}
    assert found["duplicates"].values == {"count": 50, "rows": 1200}


def test_few_of_them_are_no_alarm(project_of: MakeProject, told: Told, base: Base) -> None:
    project = project_of(data={"split": {"by": "column", "column": "p"}})
    found = told(project, {**repeated(base, [5, 6]), "p": PARTS})
    assert (found["overlap_test"].level, found["overlap_test"].values["count"]) == ("note", 2)
    assert "overlap_test" not in told(project, {**repeated(base, [960]), "p": PARTS})


def test_an_id_that_sets_equal_rows_apart(project_of: MakeProject, told: Told, base: Base) -> None:
    """Under ids of their own, copies are torn apart by a random split; told that the id is none of it, they are not."""
    table = {**{name: cells * 2 for name, cells in base.items()}, "id": [f"C{n:05d}" for n in range(2400)]}
    assert told(project_of(), table)["overlap_test"].values["count"] > 100
    found = told(project_of(columns={"id": {"role": "ignore"}}), table)
    assert "overlap_test" not in found
    assert found["duplicates"].values["count"] == 1200


def test_files_that_overlap(project_of: MakeProject, told: Told, base: Base, tmp_path: Any) -> None:
    lines = [f"{x},{z},{y}" for x, z, y in zip(base["x"], base["z"], base["y"], strict=True)]
    (tmp_path / "b.csv").write_text("\n".join(["x,z,y", *lines[900:]]), "utf-8")
    table = {name: base[name][:1000] for name in ("x", "z", "y")}
    note = told(project_of(data={"test": "b.csv"}), table)["overlap_test"]
    assert note.level == "warn"
    assert 60 < note.values["count"] <= 100


def test_equal_inputs_with_different_classes(project_of: MakeProject, told: Told, base: Base) -> None:
    table = repeated(base, [0, 0, 0, 7], at=1196)
    table["y"] = ["yes", *table["y"][1:1196], "no", "yes", None, table["y"][7]]
    found = told(project_of(), {**table, "id": [f"C{n:05d}" for n in range(1200)]})
    assert found["conflicts"] == Note(
        "prepare.note_conflicts", {"target": "y", "count": 3, "examples": "1, 1197, 1198"}, "note"
    )
    numbers = [n * 0.37 for n in range(1200)]
    assert "conflicts" not in told(project_of(), {**table, "y": numbers})


def test_many_contradictions_are_loud(project_of: MakeProject, told: Told, base: Base) -> None:
    table = repeated(base, list(range(40)))
    table["y"][1000:1040] = ["no" if cell == "yes" else "yes" for cell in base["y"][:40]]
    found = told(project_of(), table)["conflicts"]
    assert (found.level, found.values["count"]) == ("warn", 80)
