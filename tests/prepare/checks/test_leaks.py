"""Copies of the target block, noisy ones and what is filled in later warn, and strong honest inputs are left alone."""

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
ROWS = 1200
LEAKS = {"copy_auc", "copy_r2", "strong_auc", "strong_r2", "filled_later", "empty_later"}


def leaks(found: dict[str, Note]) -> set[str]:
    return set(found) & LEAKS


def numbers(seed: int = 3) -> Any:
    return np.random.default_rng(seed).normal(size=ROWS)


# --------------------------------------------------------------------------- copies
@pytest.mark.parametrize(
    "copied",
    [
        lambda y: ["say " + cell for cell in y],
        lambda y: [cell == "yes" for cell in y],
        lambda y: [2.5 if cell == "yes" else -1 for cell in y],
        lambda y: [None if cell == "yes" else "x" for cell in y],
        lambda y: ["是" if cell == "yes" else "否" for cell in y],
    ],
    ids=["words", "booleans", "numbers", "gaps", "Chinese"],
)
def test_a_copy_of_the_class_blocks(project_of: MakeProject, told: Told, base: Base, copied: Any) -> None:
    found = told(project_of(), copy=copied(base["y"]))
    note = found["copy_auc"]
    assert (note.level, note.values["column"], note.values["target"]) == ("block", "copy", "y")
    assert note.values["alone"] > 0.999
    assert note.values["other"] == "x"
    assert 0.6 < note.values["next"] < 0.9


@pytest.mark.parametrize("factor", [1.0, -0.0001, 1e6])
def test_a_copy_of_the_number_blocks(project_of: MakeProject, told: Told, factor: float) -> None:
    y = numbers() * 7
    twin = [None if n == 5 else value * factor + 17 for n, value in enumerate(y)]
    note = told(project_of(), y=y.tolist(), twin=twin)["copy_r2"]
    assert (note.level, note.values["column"]) == ("block", "twin")
    assert note.values["alone"] > 0.999


def test_copies_of_several_classes(project_of: MakeProject, told: Told) -> None:
    y = [f"c{n % 5}" for n in range(ROWS)]
    assert told(project_of(), y=y, copy=[cell.upper() for cell in y])["copy_auc"].level == "block"


def test_two_copies_are_both_named(project_of: MakeProject, base: Base, surveyed: Any) -> None:
    from modelyard.prepare.checks import notes

    found = notes(surveyed(project_of(), one=base["y"], other=["a" + cell for cell in base["y"]]))
    assert sorted(note.values["column"] for note in found if note.level == "block") == ["one", "other"]
    assert {note.values["other"] for note in found if note.level == "block"} == {"x"}


def test_a_copy_of_one_of_several_labels(project_of: MakeProject, told: Told) -> None:
    labels = {"l1": [n % 2 for n in range(ROWS)], "l2": [n % 3 == 0 for n in range(ROWS)]}
    project = project_of(predict={"columns": ["l1", "l2"], "task": "multilabel"})
    found = told(project, copy=["no" if n % 3 else "yes" for n in range(ROWS)], **labels)
    assert (found["copy_auc"].values["target"], found["copy_auc"].values["column"]) == ("l2", "copy")


def test_a_copy_with_many_other_values_where_the_target_is_missing(
    project_of: MakeProject, told: Told, base: Base
) -> None:
    y = [cell if n % 3 else None for n, cell in enumerate(base["y"])]
    copy = [cell if n % 3 else f"other {n % 11}" for n, cell in enumerate(base["y"])]
    assert told(project_of(), y=y, copy=copy)["copy_auc"].level == "block"


def test_a_perfect_line_beside_weak_others(project_of: MakeProject, told: Told, base: Base) -> None:
    """No copy, a number that a threshold divides into the classes."""
    y = np.asarray(base["y"]) == "yes"
    found = told(project_of(), score=(numbers() * 0.1 + 5 * y).tolist())
    assert found["copy_auc"].level == "block"


def test_easy_targets_are_no_leaks(project_of: MakeProject, told: Told, base: Base) -> None:
    """Several columns tell the class apart (as petals do the species of an iris): nothing stands out."""
    y = np.asarray(base["y"]) == "yes"
    easy = {f"petal{n}": (numbers(n) + (6 if n else 9) * y).tolist() for n in range(4)}
    assert leaks(told(project_of(), **easy)) == set()


def test_a_single_input_has_nothing_to_stand_out_from(project_of: MakeProject, told: Told) -> None:
    x = numbers()
    line = {"x": x.tolist(), "y": (3 * x + 0.2 * numbers(4)).tolist()}
    assert leaks(told(project_of(), line)) == set()
    copied = told(project_of(), {"x": x.tolist(), "y": (3 * x).tolist()})
    assert copied["copy_r2"].values["other"] == "-"


@pytest.mark.parametrize("places", [0, 2], ids=["whole numbers", "cents"])
def test_a_copy_that_was_rounded_is_a_copy(project_of: MakeProject, told: Told, places: int) -> None:
    """Another currency, rounded; beside a column that comes near the block has nothing else to stand on."""
    y = np.round(100 * numbers(), 3)
    near = y + 8 * numbers(5)
    found = told(project_of(), y=y.tolist(), euros=np.round(1.08 * y, places).tolist(), near=near.tolist())
    assert (found["copy_r2"].level, found["copy_r2"].values["column"]) == ("block", "euros")


@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_yesterdays_price_is_no_copy(project_of: MakeProject, told: Told, seed: int, others: int) -> None:
    """Of a random walk, the day before says nearly all, and so does the day before that: both are known in time."""
    walk = np.cumsum(np.random.default_rng(seed).normal(size=20 * ROWS))
    lags = {f"lag{days}": walk[10 - days : -days].tolist() for days in (1, 2)}
    noise = {f"n{n}": np.random.default_rng(9 + n).normal(size=len(walk) - 10).tolist() for n in range(others)}
    found = told(project_of(), {"y": walk[10:].tolist(), **lags, **noise})
    assert [note for note in found.values() if note.level == "block"] == []


def test_a_near_copy_that_nothing_comes_near_blocks(project_of: MakeProject, told: Told) -> None:
    y = numbers()
    note = told(project_of(), y=y.tolist(), quote=(y + 0.01 * numbers(7)).tolist())["copy_r2"]
    assert (note.level, note.values["column"]) == ("block", "quote")


@pytest.mark.parametrize("size", [1e100, 1e-100])
def test_copies_of_huge_and_tiny_numbers(project_of: MakeProject, told: Told, size: float) -> None:
    y = numbers() * size
    assert "block" in {note.level for note in told(project_of(), y=y.tolist(), twin=(y / 3).tolist()).values()}


# --------------------------------------------------------------------- noisy copies
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_noisy_classes_are_asked_about(project_of: MakeProject, told: Told, base: Base, share: float) -> None:
    rng = np.random.default_rng(5)
    y = np.asarray(base["y"])
    noisy = np.where(rng.random(ROWS) < share, rng.permutation(y), y)
    note = told(project_of(), guess=[f"g-{cell}" for cell in noisy])["strong_auc"]
    assert (note.level, note.values["column"]) == ("warn", "guess")
    assert note.values["accept"] == "columns: {guess: {role: input}}"


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_noisy_numbers_are_asked_about(project_of: MakeProject, told: Told, share: float) -> None:
    y = numbers() ** 3
    note = told(project_of(), y=y.tolist(), quote=(y + share * y.std() * numbers(7)).tolist())["strong_r2"]
    assert (note.level, note.values["column"]) == ("warn", "quote")


def test_what_the_user_accepts_is_a_note(project_of: MakeProject, told: Told, base: Base) -> None:
    columns = {"columns": {"copy": {"role": "input"}}}
    assert told(project_of(**columns), copy=base["y"])["copy_auc"].level == "note"


def test_strong_inputs_among_strong_ones(project_of: MakeProject, told: Told) -> None:
    y = numbers()
    near = {f"n{n}": (y + (0.3 + 0.1 * n) * numbers(10 + n)).tolist() for n in range(5)}
    assert leaks(told(project_of(), y=y.tolist(), **near)) == set()


def test_things_with_several_rows_are_no_leak(project_of: MakeProject, told: Told) -> None:
    """Every row of a customer has the customer's class: that is structure, and said as such."""
    y = ["yes" if n // 4 % 3 else "no" for n in range(ROWS)]
    found = told(project_of(), y=y, customer=[f"K{n // 4:04d}" for n in range(ROWS)])
    assert leaks(found) == set()
    assert found["group"].values["column"] == "customer"


# ---------------------------------------------------------------------- filled later
def test_a_column_that_only_one_class_has(project_of: MakeProject, told: Told, base: Base) -> None:
    reason = [("price", "moved")[n % 2] if cell == "yes" and n % 3 else None for n, cell in enumerate(base["y"])]
    note = told(project_of(), reason=reason)["filled_later"]
    assert note.level == "warn"
    assert (note.values["column"], note.values["label"], note.values["share"]) == ("reason", "yes", 1.0)
    assert 0.4 < note.values["base"] < 0.7


def test_a_column_that_all_of_one_class_have(project_of: MakeProject, told: Told, base: Base) -> None:
    rng = np.random.default_rng(0)
    days = [f"2024-{m:02d}-{d:02d}" for m, d in zip(rng.integers(1, 13, ROWS), rng.integers(1, 29, ROWS), strict=True)]
    closed = [
        day if cell == "yes" and n % 40 else None for n, (cell, day) in enumerate(zip(base["y"], days, strict=True))
    ]
    found = told(project_of(), closed_on=closed)
    assert {found[name].level for name in leaks(found)} == {"warn"}
    few = [cell if n % 4 else None for n, cell in enumerate(closed)]
    assert leaks(told(project_of(), closed_on=few)) == {"filled_later"}


def test_a_column_that_one_class_lacks(project_of: MakeProject, told: Told, base: Base) -> None:
    rng = np.random.default_rng(0)
    grade = [None if cell == "no" and n % 2 else rng.integers(1, 7) for n, cell in enumerate(base["y"])]
    note = told(project_of(), grade=grade)["empty_later"]
    assert (note.level, note.values["label"]) == ("warn", "no")


def test_an_amount_that_is_zero_for_all_others(project_of: MakeProject, told: Told, base: Base) -> None:
    rng = np.random.default_rng(0)
    paid = [int(rng.integers(100, 900)) if cell == "yes" and n % 4 == 0 else 0 for n, cell in enumerate(base["y"])]
    assert told(project_of(), paid=paid)["filled_later"].values["column"] == "paid"


@pytest.mark.parametrize(
    "cells",
    [
        lambda y: ["x" if n % 80 == 0 and cell == "yes" else None for n, cell in enumerate(y)],
        lambda y: ["x" if n % 3 == 0 and (cell == "yes" or n % 7 == 0) else None for n, cell in enumerate(y)],
        lambda y: [None if n % 2 else 0.5 for n in range(len(y))],
    ],
    ids=["too few", "other classes too", "nothing to do with it"],
)
def test_what_is_not_filled_in_later(project_of: MakeProject, told: Told, base: Base, cells: Any) -> None:
    assert leaks(told(project_of(), late=cells(base["y"]))) == set()


def test_a_rule_that_clears_most_rows_is_no_leak(project_of: MakeProject, told: Told) -> None:
    """A safe product among rare frauds: nearly pure, as good inputs are."""
    rng = np.random.default_rng(0)
    safe = rng.random(ROWS * 5) < 0.6
    fraud = rng.random(ROWS * 5) < np.where(safe, 0.005, 0.1)
    table = {"kind": np.where(safe, "a", "b").tolist(), "x": rng.normal(size=ROWS * 5).tolist(), "y": fraud.tolist()}
    assert leaks(told(project_of(), table)) == set()


# ----------------------------------------------------------------------- edge cases
@pytest.mark.parametrize("rows", [5, 20, 29])
def test_few_rows_agree_by_chance(project_of: MakeProject, told: Told, base: Base, rows: int) -> None:
    few = {name: cells[:rows] for name, cells in base.items()}
    assert leaks(told(project_of(), {**few, "copy": few["y"]})) == set()


def test_a_class_of_hardly_any_rows(project_of: MakeProject, told: Told) -> None:
    y = ["rare" if n < 4 else "usual" for n in range(ROWS)]
    assert leaks(told(project_of(), y=y, copy=[cell + "!" for cell in y])) == set()


def test_numbers_that_have_no_correlation(project_of: MakeProject, told: Told) -> None:
    y = numbers() * 7
    few = [value if n < 20 else None for n, value in enumerate(y)]
    found = told(project_of(), y=y.tolist(), huge=(numbers(8) * 1e307).tolist(), few=few, half=[1.0, None] * 600)
    assert leaks(found) == set()


def test_an_equal_target_says_nothing(project_of: MakeProject, told: Told) -> None:
    y = [0.5 if n else 1.5 for n in range(ROWS)]
    assert leaks(told(project_of(predict={"column": "y", "task": "regression"}), y=y)) == set()
