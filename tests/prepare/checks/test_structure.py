"""Groups and time that a random split tears apart are found, and categories and amounts are not taken for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Note
from modelyard.prepare.checks.structure import names_a_thing

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
Base = dict[str, list[Any]]
ROWS = 1200
STRUCTURE = {"group", "drift", "dates", "order"}


def structure(found: dict[str, Note]) -> set[str]:
    return set(found) & STRUCTURE


def visits(each: int, kept: float = 0.9) -> dict[str, Any]:
    """People with several rows: sex and class mostly stay the same, a measurement changes."""
    rng = np.random.default_rng(1)
    person = rng.permutation(np.repeat(np.arange(ROWS // each), each))
    sick = (rng.random(ROWS // each) < 0.4)[person]
    sick = np.where(rng.random(ROWS) < kept, sick, rng.random(ROWS) < 0.4)
    return {
        "person": person,
        "x": rng.normal(size=ROWS).tolist(),
        "z": (rng.normal(size=ROWS) + 0.5 * sick).tolist(),
        "y": np.where(sick, "yes", "no").tolist(),
    }


def under(name: str, cells: list[Any], table: dict[str, Any]) -> dict[str, Any]:
    return {name: cells, **{key: value for key, value in table.items() if key != "person"}}


# --------------------------------------------------------------------------- groups
@pytest.mark.parametrize("each", [2, 4, 30])
@pytest.mark.parametrize(
    ("name", "code"),
    [("ref", "K{:05d}"), ("patient", "{}"), ("设备", "{}"), ("card_no", "62-{:04d}-x")],
)
def test_people_with_several_rows(project_of: MakeProject, told: Told, each: int, name: str, code: str) -> None:
    table = visits(each)
    found = told(project_of(), under(name, [code.format(one + 1000) for one in table["person"]], table))
    note = found["group"]
    assert note.level == "warn"
    assert note.values["column"] == name
    assert note.values["groups"] == ROWS // each
    assert note.values["alike"] > 0.4
    assert note.values["line"].endswith(f"{{by: group, column: {name}}}}}")


def test_rows_of_one_thing_that_share_other_columns(project_of: MakeProject, told: Told, base: Base) -> None:
    """The class differs from row to row, but place and type belong to the thing."""
    rng = np.random.default_rng(2)
    thing = rng.permutation(np.repeat(np.arange(200), 6))
    place, kind = (rng.integers(0, size, 200)[thing].astype(str).tolist() for size in (12, 5))
    found = told(project_of(), serial=(100_000 + 7 * thing).tolist(), place=[f"p{one}" for one in place], type=kind)
    assert found["group"].values["column"] == "serial"
    assert found["group"].values["shared"] == 2
    assert found["group"].values["alike"] == 0


@pytest.mark.parametrize(
    "how",
    [
        {"columns": {"customer": {"role": "group"}}},
        {"data": {"split": {"by": "group", "column": "customer"}}},
        {"columns": {"customer": {"role": "key"}}},
        {"columns": {"customer": {"role": "ignore"}}},
    ],
)
def test_what_is_settled_is_not_asked_again(project_of: MakeProject, told: Told, how: Any) -> None:
    table = visits(4)
    cells = [f"K{one:05d}" for one in table["person"]]
    assert structure(told(project_of(**how), under("customer", cells, table))) == set()


@pytest.mark.parametrize(
    "cells",
    [
        lambda rng: [f"c{n}" for n in rng.integers(0, 12, ROWS)],
        lambda rng: [f"c{n}" for n in rng.integers(0, 400, ROWS)],
        lambda rng: rng.integers(0, 300, ROWS).tolist(),
        lambda rng: np.round(rng.gamma(2, 500, ROWS)).astype(int).tolist(),
        lambda rng: rng.normal(size=ROWS).round(1).tolist(),
        lambda rng: [None if n % 3 else f"k{n}" for n in range(ROWS)],
    ],
    ids=["few categories", "many categories", "counts", "amounts", "fractions", "mostly missing"],
)
def test_what_is_no_group(project_of: MakeProject, told: Told, cells: Any) -> None:
    assert structure(told(project_of(), c=cells(np.random.default_rng(4)))) == set()


def test_amounts_that_say_much_are_no_group(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(5)
    amount = rng.integers(0, 250, ROWS)
    y = np.where(rng.random(ROWS) < amount / 250, "yes", "no").tolist()
    assert structure(told(project_of(), amount=amount.tolist(), y=y)) == set()


def test_numbers_count_as_things_by_their_name_alone(project_of: MakeProject, told: Told) -> None:
    table = visits(4)
    code = (1000 + 13 * table["person"] % 10_007).tolist()
    assert "group" in told(project_of(), under("customer", code, table))
    assert "group" not in told(project_of(), under("amount", code, table))


@pytest.mark.parametrize("name", ["customer", "Patient", "customer_id", "device no", "machine", "客户", "门店", "编号"])
def test_names_of_things(name: str) -> None:
    assert names_a_thing(name)


@pytest.mark.parametrize("name", ["age", "amount", "unitprice", "storey", "金额", "", "x"])
def test_other_names(name: str) -> None:
    assert not names_a_thing(name)


# ----------------------------------------------------------------------------- time
def days_of(moments: Any) -> list[str]:
    return [str(np.datetime64("2022-01-01") + int(one)) for one in moments]


def test_a_class_that_changes_with_the_date(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(6)
    day = rng.integers(0, 700, ROWS)
    y = np.where(rng.random(ROWS) < 0.2 + 0.5 * day / 700, "yes", "no").tolist()
    note = told(project_of(), y=y, opened=days_of(day), born=days_of(rng.integers(-20_000, -7000, ROWS)))["drift"]
    assert (note.level, note.values["column"]) == ("warn", "opened")
    assert note.values["before"] < 0.4 < note.values["after"]
    assert note.values["line"] == "data: {split: {by: time, column: opened}}"


def test_a_number_that_changes_with_the_date(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(7)
    day = rng.integers(0, 700, ROWS)
    y = (rng.normal(size=ROWS) + day / 350).tolist()
    assert told(project_of(), y=y, 日期=days_of(day))["drift"].values["column"] == "日期"


def test_dates_that_say_nothing_are_a_note(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(8)
    found = told(project_of(), day=days_of(rng.integers(0, 700, ROWS)))
    assert structure(found) == {"dates"}
    assert found["dates"].level == "note"
    assert found["dates"].values == {"columns": "day", "line": "data: {split: {by: time, column: day}}"}
    for role in ("time", "group", "ignore"):
        assert "dates" not in told(project_of(columns={"day": {"role": role}}), day=days_of(range(ROWS)))
    by_time = project_of(data={"split": {"by": "time", "column": "day"}})
    assert structure(told(by_time, day=days_of(range(ROWS)), born=days_of(range(ROWS, 0, -1)))) == set()


def test_dates_that_are_all_missing_or_equal(project_of: MakeProject, told: Told) -> None:
    gaps = [None] * (ROWS - 3) + ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert structure(told(project_of(columns={"day": "datetime"}), day=gaps)) == {"dates"}


@pytest.mark.parametrize(("slope", "level"), [(0.4, "note"), (0.9, "warn")])
def test_a_class_that_changes_along_the_file(project_of: MakeProject, told: Told, slope: float, level: str) -> None:
    rng = np.random.default_rng(9)
    rate = 0.5 + slope * (np.arange(ROWS) / ROWS - 0.5)
    found = told(project_of(), y=np.where(rng.random(ROWS) < rate, "yes", "no").tolist())
    assert structure(found) == {"order"}
    assert found["order"].level == level
    assert found["order"].values["before"] < found["order"].values["after"]


def test_sorted_files_have_no_time(project_of: MakeProject, told: Told, base: Base) -> None:
    order = np.argsort(np.asarray(base["y"]), kind="stable")
    by_class = {name: [cells[row] for row in order] for name, cells in base.items()}
    assert structure(told(project_of(), by_class)) == set()
    order = np.argsort(np.asarray(base["x"]))
    by_input = {name: [cells[row] for row in order] for name, cells in base.items()}
    assert structure(told(project_of(), by_input)) == set()


def test_time_is_asked_for_in_folds_too(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(10)
    day = rng.integers(0, 700, 600)
    table = {"x": rng.normal(size=600).tolist(), "day": days_of(day)}
    table["y"] = np.where(rng.random(600) < day / 700, "yes", "no").tolist()
    assert "drift" in told(project_of(data={"split": {"test": "auto"}}), table)
