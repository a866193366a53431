"""Nearly equal rows are found among thousands, and rows that are alike by nature are not taken for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Note
from modelyard.prepare.checks.coded import look
from modelyard.prepare.checks.twins import twins
from modelyard.prepare.survey import Survey

MakeProject = Callable[..., Project]
Surveyed = Callable[..., Survey]
Told = Callable[..., dict[str, Note]]
ROWS = 1500


def people(seed: int = 0) -> dict[str, list[Any]]:
    """Amounts, counts and categories that hang together a little."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 30, ROWS)
    table: dict[str, Any] = {f"amount{n}": rng.gamma(2, 1000, ROWS).round(2) for n in range(4)}
    table |= {"age": rng.integers(18, 90, ROWS), "rooms": rng.integers(1, 7, ROWS)}
    table |= {"town": [f"t{one}" for one in town], "region": [f"r{one // 6}" for one in town]}
    table["y"] = np.where(rng.random(ROWS) < 0.5, "yes", "no")
    return {name: list(cells) for name, cells in table.items()}


def again(table: dict[str, list[Any]], share: float, change: Callable[[dict[str, Any], Any], None]) -> dict[str, Any]:
    """The table, and a share of its rows again, each changed."""
    rng = np.random.default_rng(1)
    grown = {name: list(cells) for name, cells in table.items()}
    for row in rng.choice(ROWS, round(share * ROWS), replace=False):
        copy = {name: cells[row] for name, cells in table.items()}
        change(copy, rng)
        for name, cell in copy.items():
            grown[name].append(cell)
    return grown


def one_other(row: dict[str, Any], rng: Any) -> None:
    row["amount1"] = float(rng.gamma(2, 1000))


def two_others(row: dict[str, Any], rng: Any) -> None:
    row["town"], row["age"] = f"t{rng.integers(0, 30)}", int(rng.integers(18, 90))


def rounded(row: dict[str, Any], rng: Any) -> None:
    row |= {name: round(cell, 0) for name, cell in row.items() if name.startswith("amount")}


@pytest.mark.parametrize("change", [one_other, two_others, rounded])
def test_planted_twins_are_found(project_of: MakeProject, surveyed: Surveyed, change: Any) -> None:
    table = again(people(), 0.04, change)
    pairs = twins(look(surveyed(project_of(), table)))
    planted = np.unique(pairs[:, 1][pairs[:, 1] >= ROWS])
    assert len(planted) > 0.8 * (len(table["y"]) - ROWS)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs)) < 2.4 * len(planted)


def test_twins_that_stand_in_test_and_training(project_of: MakeProject, told: Told) -> None:
    table = again(people(), 0.05, one_other)
    note = told(project_of(), table)["twins_across"]
    assert note.level == "warn"
    assert 5 < note.values["across"] < note.values["count"]
    one, other = (table["amount0"][int(note.values[which]) - 1] for which in ("one", "other"))
    assert one == other


def test_in_folds_twins_are_a_note(project_of: MakeProject, told: Told) -> None:
    table = {name: cells[900:] for name, cells in again(people(), 0.1, one_other).items()}
    few = {name: [*cells[:400], *cells[-150:]] for name, cells in again(people(), 0.1, one_other).items()}
    assert "twins_across" not in told(project_of(data={"split": {"test": "auto"}}), table)
    found = told(project_of(data={"split": {"test": "auto"}}), few)
    assert found["twins"].level == "note"


def test_groups_keep_twins_together(project_of: MakeProject, told: Told) -> None:
    table = again(people(), 0.05, one_other)
    table["who"] = [f"w{cell}" for cell in table["amount0"]]
    found = told(project_of(columns={"who": {"role": "group"}}), table)
    assert "twins_across" not in found
    assert found["twins"].level == "note"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_people_are_not_twins_by_nature(project_of: MakeProject, surveyed: Surveyed, seed: int) -> None:
    assert len(twins(look(surveyed(project_of(), people(seed))))) <= 2


def test_customers_without_any_product_are_no_twins(project_of: MakeProject, told: Told) -> None:
    """Twelve columns that are zero together: agreeing in all of them is no surprise."""
    rng = np.random.default_rng(2)
    none = rng.random(ROWS) < 0.4
    products = {f"p{n}": np.where(none, 0, rng.integers(0, 4, ROWS)).tolist() for n in range(12)}
    table = {**products, "age": rng.integers(18, 90, ROWS).tolist(), "y": rng.choice(["a", "b"], ROWS).tolist()}
    assert not {"twins", "twins_across"} & set(told(project_of(), table))


def test_equal_rows_are_duplicates_not_twins(project_of: MakeProject, told: Told) -> None:
    found = told(project_of(), again(people(), 0.05, lambda row, rng: None))
    assert "duplicates" in found
    assert not {"twins", "twins_across"} & set(found)


@pytest.mark.parametrize("columns", [1, 3])
def test_few_columns_have_no_twins(project_of: MakeProject, surveyed: Surveyed, columns: int) -> None:
    table = people()
    kept = {name: table[name] for name in [*list(table)[:columns], "y"]}
    assert twins(look(surveyed(project_of(), kept))).shape == (0, 2)


def test_few_rows_have_no_twins(project_of: MakeProject, surveyed: Surveyed) -> None:
    table = {name: cells[:60] for name, cells in people().items()}
    assert twins(look(surveyed(project_of(), table))).shape == (0, 2)


def test_gaps_agree_with_gaps(project_of: MakeProject, surveyed: Surveyed) -> None:
    table = people()
    table["amount3"] = [None if n % 10 == 0 else cell for n, cell in enumerate(table["amount3"])]
    table["town"] = [None if n % 9 == 0 else cell for n, cell in enumerate(table["town"])]
    pairs = twins(look(surveyed(project_of(), again(table, 0.04, one_other))))
    assert len(np.unique(pairs[:, 1][pairs[:, 1] >= ROWS])) > 40


def test_the_same_pairs_each_time(project_of: MakeProject, surveyed: Surveyed) -> None:
    found = surveyed(project_of(), again(people(), 0.04, two_others))
    np.testing.assert_array_equal(twins(look(found)), twins(look(found)))
