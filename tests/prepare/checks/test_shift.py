"""Test rows from another world are told, by column and all together; those drawn at random are not asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelyard.core.project import Project
from modelyard.data.dataset import Note
from modelyard.prepare.checks.shift import MOVED, stability

MakeProject = Callable[..., Project]
Told = Callable[..., dict[str, Note]]
Base = dict[str, list[Any]]
ROWS = 1200
PARTS = ["train"] * 700 + ["valid"] * 200 + ["test"] * 300
BY_COLUMN = {"split": {"by": "column", "column": "p"}}


def moved(base: Base, **cells: Callable[[Any], Any]) -> dict[str, Any]:
    """The table with some columns changed in the test rows."""
    table: dict[str, Any] = {**base, "p": PARTS}
    for name, change in cells.items():
        table[name] = [*base[name][:900], *(change(cell) for cell in base[name][900:])]
    return table


def test_the_same_world(project_of: MakeProject, told: Told, base: Base) -> None:
    assert "shift" not in told(project_of(data=BY_COLUMN), moved(base))


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("x", lambda cell: cell + 1),
        ("x", lambda cell: cell * 3),
        ("x", lambda cell: None if cell > 0 else cell),
        ("kind", lambda cell: "blue"),
        ("kind", lambda cell: "violet" if cell == "red" else cell),
        ("kind", lambda cell: None if cell == "red" else cell),
        ("y", lambda cell: "yes" if hash(str(cell)) or cell else cell),
    ],
    ids=["mean", "spread", "gaps", "mix", "unseen", "missing words", "target"],
)
def test_a_column_that_moved_is_named(
    project_of: MakeProject, told: Told, base: Base, column: str, change: Any
) -> None:
    table = moved(base, **{column: change})
    if column == "y":
        table["y"] = [*base["y"][:900], *["yes" if n % 8 else "no" for n in range(300)]]
    note = told(project_of(data=BY_COLUMN), table)["shift"]
    assert note.level == "warn"
    assert note.values["columns"].startswith(f"{column} (")


def test_many_small_moves_together(project_of: MakeProject, told: Told) -> None:
    rng = np.random.default_rng(0)
    later = np.asarray([part == "test" for part in PARTS])
    small = {f"n{n}": (rng.normal(size=ROWS) + 0.35 * later).tolist() for n in range(20)}
    note = told(project_of(data=BY_COLUMN), p=PARTS, **small)["shift"]
    assert note.values["told"] > 0.65


def test_a_given_file(project_of: MakeProject, told: Told, base: Base, tmp_path: Any) -> None:
    rows = zip(base["x"][900:], base["z"][900:], base["kind"][900:], base["y"][900:], strict=True)
    lines = [f"{x + 2},{z},{kind},{y}" for x, z, kind, y in rows]
    (tmp_path / "t.csv").write_text("\n".join(["x,z,kind,y", *lines]), "utf-8")
    found = told(project_of(data={"test": "t.csv"}), {name: cells[:900] for name, cells in base.items()})
    assert found["shift"].values["columns"].startswith("x (")


def test_later_rows(project_of: MakeProject, told: Told, base: Base) -> None:
    drift = [cell + n / 300 for n, cell in enumerate(base["z"])]
    project = project_of(columns={"t": {"role": "time"}})
    assert told(project, z=drift, t=list(range(ROWS)))["shift"].values["columns"].startswith("z (")


def test_random_splits_and_folds_are_not_asked(project_of: MakeProject, told: Told, base: Base) -> None:
    table = {name: cells for name, cells in moved(base, x=lambda cell: cell + 5).items() if name != "p"}
    assert "shift" not in told(project_of(), table)
    assert "shift" not in told(project_of(data={"split": {"test": "auto"}}), {n: c[400:] for n, c in table.items()})


def test_few_test_rows_say_nothing(project_of: MakeProject, told: Told, base: Base) -> None:
    parts = ["train"] * 900 + ["valid"] * 260 + ["test"] * 40
    table = {**moved(base, x=lambda cell: cell + 5), "p": parts}
    assert "shift" not in told(project_of(data=BY_COLUMN), table)


def test_stability_is_nothing_for_equal_shares_and_grows_with_the_move() -> None:
    codes = np.tile(np.arange(5, dtype=np.int32), 200)
    tested = np.arange(1000) >= 500
    index, chance = stability(codes, tested)
    assert abs(index) < 1e-9
    assert 0 < chance < 0.1
    found = []
    for step in range(1, 4):
        shifted = codes.copy()
        shifted[tested] = np.minimum(4, shifted[tested] + (np.arange(500) % 4 < step))
        found.append(stability(shifted, tested)[0])
    assert 0 < found[0] < found[1] < found[2]
    apart = np.where(tested, 1, 0).astype(np.int32)
    assert stability(apart, tested)[0] > 10 * MOVED
    assert np.isfinite(stability(apart, np.zeros(1000, bool))[0])
