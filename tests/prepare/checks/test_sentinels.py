"""Marks for missing cells stand apart from the values; values that are what they are do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Note

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
ROWS = 1200
RNG = np.random.default_rng(0)
AGES = RNG.integers(18, 80, ROWS).tolist()
PRICES = RNG.gamma(3, 200, ROWS).round(2).tolist()


def marked(cells: list[Any], mark: Any, every: int = 20) -> list[Any]:
    return [mark if n % every == 0 else cell for n, cell in enumerate(cells)]


@pytest.mark.parametrize("mark", [-999, -99, -9999, 999, 9999, 99999, 888, -1, 0])
def test_marks_in_ages(project_of: MakeProject, told: Told, mark: int) -> None:
    note = told(project_of(), age=marked([cell + 30 for cell in AGES], mark))["sentinel"]
    assert (note.level, note.values["mark"], note.values["count"]) == ("warn", mark, 60)
    assert note.values["line"] == f"columns: {{age: {{missing: [{mark}]}}}}"


@pytest.mark.parametrize("mark", [-999, -1, 9999999])
def test_marks_in_prices(project_of: MakeProject, told: Told, mark: int) -> None:
    assert told(project_of(), price=marked(PRICES, mark, 100))["sentinel"].values["count"] == 12


def test_a_spike_right_beside_the_values(project_of: MakeProject, told: Told) -> None:
    ages = [18 + int(cell) % 78 for cell in RNG.gamma(2, 9, ROWS)]
    assert "sentinel" not in told(project_of(), age=ages)
    assert told(project_of(), age=marked(ages, 99))["sentinel"].values["mark"] == 99


def test_two_marks_in_one_column(project_of: MakeProject, surveyed: Any) -> None:
    from modelyard.prepare.checks import notes

    found = notes(surveyed(project_of(), age=marked(marked(AGES, -999), -99, 30)))
    assert [note.values["mark"] for note in found if note.key == "checks.sentinel"] == [-999, -99]


def test_marks_of_dates(project_of: MakeProject, told: Told) -> None:
    days = [str(np.datetime64("2021-01-01") + int(one)) for one in RNG.integers(0, 900, ROWS)]
    project = project_of(columns={"day": {"type": "datetime"}})
    note = told(project, day=marked(days, "1900-01-01"))["sentinel"]
    assert (note.values["mark"], note.values["count"]) == ("1900-01-01", 60)
    assert "missing: ['1900-01-01']" in note.values["line"]
    assert "sentinel" not in told(project, day=days)


def test_told_that_it_is_missing(project_of: MakeProject, told: Told) -> None:
    project = project_of(columns={"age": {"missing": [-999]}})
    assert "sentinel" not in told(project, age=marked(AGES, -999))


@pytest.mark.parametrize(
    "cells",
    [
        AGES,
        PRICES,
        [n % 10 for n in range(ROWS)],
        [0 if n % 3 else 100 + n % 900 for n in range(ROWS)],
        [(-1, 0, 1)[n % 3] for n in range(ROWS)],
        RNG.normal(size=ROWS).round(1).tolist(),
        (RNG.normal(size=ROWS) * 2).round().tolist(),
        [0 if n % 2 else 1 for n in range(ROWS)],
        [*AGES[:-3], -999, -999, -999],
        [-999.5 if n % 20 == 0 else cell for n, cell in enumerate(AGES)],
        list(range(99 - ROWS + 1, 100)),
        [99 + n % 50 for n in range(ROWS)],
        [None] * (ROWS - 4) + [1, 2, 3, -999],
    ],
    ids=[
        "ages", "prices", "digits", "mostly nothing", "three values", "around zero", "whole around zero", "yes or no",
        "three rows", "no mark", "runs up to 99", "from 99 on", "hardly any",
    ],
)  # fmt: skip
def test_what_is_no_mark(project_of: MakeProject, told: Told, cells: list[Any]) -> None:
    assert "sentinel" not in told(project_of(columns={"c": "number"}), c=cells)
