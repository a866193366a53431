"""Into how many folds the rows go."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modelyard.core.errors import ProjectError
from modelyard.core.project import from_values
from modelyard.core.schema import Column
from modelyard.train.ways import goes, ways


def found(
    measured_on: str = "test", rows: int = 500, roles: tuple[str, ...] = (), taught: bool = True, **values: Any
) -> list[Any]:
    project = from_values({"data": {}, "predict": "y", **values}, Path.cwd())
    columns = [Column(role, "number", role) for role in roles]  # type: ignore[arg-type]
    divided: Any = SimpleNamespace(measured_on=measured_on, taught=taught, columns=columns)
    return ways(project, divided, rows)


def test_folds_where_they_can_be_afforded() -> None:
    assert found() == [(5, 1), (1, 1)]


def test_few_rows_are_dealt_several_times() -> None:
    assert found("folds", rows=300) == [(5, 3), (5, 1), (2, 1)]
    assert [found("folds", rows=rows)[0] for rows in (150, 499, 500, 900)] == [(5, 5), (5, 3), (5, 2), (5, 2)]


def test_nothing_is_held_out_of_a_handful() -> None:
    assert found("training", rows=8) == [(1, 1)]


def test_without_labels_there_are_no_folds() -> None:
    untaught = {"taught": False, "train": {"folds": 5, "repeats": 3}}
    assert found("none", rows=8, taught=False) == found("none", **untaught) == found("test", **untaught) == [(1, 1)]


@pytest.mark.parametrize(
    "values",
    [
        {"roles": ("time",)},
        {"roles": ("split",)},
        {"data": {"split": {"by": "time", "column": "t"}}},
        {"data": {"split": {"by": "column", "column": "part"}}},
        {"data": {"valid": "valid.csv"}},
    ],
    ids=str,
)
def test_validation_rows_that_are_later_or_were_chosen_stay_that(values: dict[str, Any]) -> None:
    assert found(**values) == [(1, 1)]


def test_random_parts_may_be_folded_whatever_times_there_are() -> None:
    assert found(roles=("time",), data={"split": {"by": "random"}}) == [(5, 1), (1, 1)]


@pytest.mark.parametrize(
    ("train", "way"),
    [({"folds": 3}, (3, 1)), ({"folds": 1}, (1, 1)), ({"repeats": 2}, (5, 2)), ({"folds": 4, "repeats": 6}, (4, 6))],
)
def test_what_is_asked_for_is_done_whatever_it_costs(train: dict[str, int], way: tuple[int, int]) -> None:
    assert found(train=train) == [way]


def test_folds_of_few_rows_are_still_repeated() -> None:
    assert found("folds", rows=300, train={"folds": 4}) == [(4, 3)]


def test_one_fold_of_few_rows_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"train\.folds") as caught:
        found("folds", rows=90, train={"folds": 1})
    assert "90 rows" in str(caught.value) and "auto" in str(caught.value)


@pytest.mark.parametrize("values", [{"roles": ("time",)}, {"data": {"valid": "valid.csv"}}], ids=str)
def test_repeats_alone_do_not_make_folds_of_rows_that_are_held_out(values: dict[str, Any]) -> None:
    assert found(**values, train={"repeats": 1}) == [(1, 1)]
    assert found(**values, train={"folds": 3, "repeats": 2}) == [(3, 2)]
    with pytest.raises(ProjectError, match=r"train\.repeats(.|\n)*folds: 5"):
        found(**values, train={"repeats": 2})


@pytest.mark.parametrize(
    ("way", "open_ways", "goes_on"),
    [
        ((5, 3), [(5, 2), (5, 1)], True),
        ((1, 1), [(5, 1), (1, 1)], True),
        ((1, 1), [(5, 2)], False),
        ((5, 1), [(1, 1)], False),
    ],
)
def test_an_older_plan_goes_on_where_it_is_of_a_kind_that_is_open(
    way: tuple[int, int], open_ways: list[tuple[int, int]], goes_on: bool
) -> None:
    assert goes(way, open_ways) == goes_on
