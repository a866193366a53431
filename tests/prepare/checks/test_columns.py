"""Columns that say nothing, or only which row it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.columns import as_columns
from modelyard.core.project import Project
from modelyard.core.protocols import Columns
from modelyard.data.dataset import Note
from modelyard.prepare.checks import notes
from modelyard.prepare.survey import survey

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
Base = dict[str, list[Any]]
ROWS = 1200


def test_columns_that_are_left_out(project_of: MakeProject, told: Told, people: Columns) -> None:
    codes = [f"{'abcdefgh' * 8}{n}" for n in range(len(people["y"]))]
    found = told(project_of(), {**people, "codes": codes})
    assert {name: found[name].values["columns"] for name in ("empty", "constant", "id", "codes")} == {
        "empty": "empty", "constant": "country", "id": "编号", "codes": "codes",
    }  # fmt: skip


def test_odd_cells_and_odd_columns(project_of: MakeProject, told: Told, base: Base) -> None:
    found = told(
        project_of(),
        infinite=[float("inf") if n < 3 else value for n, value in enumerate(base["z"])],
        gaps=[None if n % 3 else value for n, value in enumerate(base["z"])],
        nearly=["odd" if n == 5 else "usual" for n in range(ROWS)],
        often=["odd" if n % 150 == 0 else "usual" for n in range(ROWS)],
    )
    assert found["infinite"].values == {"count": 3, "columns": "infinite"}
    assert found["mostly_missing"].values == {"columns": "gaps (67%)"}
    assert found["nearly_constant"].values == {"columns": "nearly (0.9992), often (0.9933)"}


def test_numbers_that_hardly_differ(project_of: MakeProject, told: Told) -> None:
    assert "nearly" in str(told(project_of(), nearly=[7 if n % 300 else n for n in range(ROWS)])["nearly_constant"])
    assert "nearly_constant" not in told(project_of(), flag=[int(n % 50 == 0) for n in range(ROWS)])


def test_categories_of_which_each_row_has_its_own(project_of: MakeProject, told: Told) -> None:
    codes = [f"x{n * 7919 % 99991}-{n}y" for n in range(ROWS)]
    some = [cell if n % 3 else None for n, cell in enumerate(codes)]
    found = told(project_of(columns={"own": "category", "some": "category"}), own=codes, some=some)
    assert found["own_values"].values == {"columns": "own, some"}
    again = [*codes[:300], *codes[:300], *codes[:300], *codes[:300]]
    assert "own_values" not in told(project_of(columns={"own": "category"}), own=again)


def test_thousands_of_categories(project_of: MakeProject) -> None:
    rows = 3000
    rng = np.random.default_rng(0)
    table = as_columns({"c": [f"城市{n % 1500}" for n in range(rows)], "y": rng.choice(["a", "b"], rows).tolist()})
    table["x"] = np.sin(np.arange(rows))
    found = survey(project_of(), table)
    assert Note("prepare.note_many_levels", {"column": "c", "different": 1500, "kept": 1500}) in notes(found)
    fitted = notes(found, {"c": {"levels": ["城市1", "城市2"]}})
    assert "c: 1,500 different categories; the 2 most frequent are told apart" in map(str, fitted)


# ------------------------------------------------------------ numbers without meaning
def test_numbers_that_only_name_the_row(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(0)
    contract = (10**7 + rng.choice(9 * 10**7, ROWS, replace=False)).tolist()
    note = told(project_of(), contract=contract)["like_an_id"]
    assert note.level == "warn"
    assert note.values["line"] == "columns: {contract: {role: key}}"
    for role in ("input", "key", "ignore"):
        assert "like_an_id" not in told(project_of(columns={"contract": {"role": role}}), contract=contract)


@pytest.mark.parametrize(
    "change",
    [
        lambda codes, y: codes / 4,
        lambda codes, y: codes // 10**5,
        lambda codes, y: codes - 5 * 10**7,
        lambda codes, y: 10.0 ** (codes % 7) + np.arange(len(codes)),
        lambda codes, y: codes + 10**8 * (y == "yes"),
    ],
    ids=["fractions", "repeated", "negative", "of many sizes", "telling"],
)
def test_what_is_no_name_of_a_row(project_of: MakeProject, told: Told, base: Base, change: Any) -> None:
    rng = np.random.default_rng(0)
    codes = 10**7 + rng.choice(9 * 10**7, ROWS, replace=False)
    cells = change(codes, np.asarray(base["y"])).tolist()
    assert "like_an_id" not in told(project_of(), amount=cells)


def test_few_numbers_all_differ_anyway(project_of: MakeProject, told: Told, base: Base) -> None:
    few = {name: cells[:60] for name, cells in base.items()}
    assert "like_an_id" not in told(project_of(), {**few, "n": [100_000 + 37 * n % 10_007 for n in range(60)]})
