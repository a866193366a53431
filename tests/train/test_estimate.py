"""What a run may take, told before anything is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.core.project import Project, from_values
from modelyard.train.budget import LEAST, SHARE
from modelyard.train.estimate import Estimate, affordable, after, estimates, totals


def project(method: str | list[str] = "auto", budget: str = "1 h") -> Project:
    train = {"method": method, "time_budget": budget}
    return from_values({"data": "a.csv", "predict": "y", "train": train}, Path())


def run_of(asked: Project, rows: int, columns: int, targets: int = 1) -> tuple[float, float, float]:
    return totals(asked, estimates(asked, rows, columns, targets), rows, columns)


def test_there_is_an_estimate_for_each_rung() -> None:
    asked = project(["trees", "linear"])
    assert [one.rung.method for one in estimates(asked, 1000, 10, 1)] == ["naive", "linear", "trees"]


@pytest.mark.parametrize(("rows", "columns"), [(10_000, 10), (1_000, 5_000), (1_000_000, 20)])
def test_more_of_anything_takes_more(rows: int, columns: int) -> None:
    asked = project()
    small, longer, wider = (
        run_of(asked, rows, columns),
        run_of(asked, 2 * rows, columns),
        run_of(asked, rows, 2 * columns),
    )
    assert all(more > less for less, more in zip(small, longer, strict=True))
    assert all(more > less for less, more in zip(small, wider, strict=True))


def test_several_targets_are_trained_one_by_one() -> None:
    asked = project("trees")
    one, three = (estimates(asked, 50_000, 20, targets) for targets in (1, 3))
    assert [few.seconds * 3 for few in one] == pytest.approx([many.seconds for many in three])
    assert [few.memory for few in one] == [many.memory for many in three]


def test_training_is_held_to_its_share_of_the_budget() -> None:
    tight, wide = (run_of(project(budget=budget), 10**7, 50)[0] for budget in ("10 s", "1000 h"))
    untrained = run_of(project("naive", "1 s"), 10**7, 50)[0]
    assert tight == pytest.approx(untrained + 10 * LEAST * SHARE, abs=1)
    assert wide > tight


def test_the_stages_after_training_are_set_aside() -> None:
    assert 0 < after(0, 0, 1) < after(1000, 10, 1) < after(1000, 10, 3) < after(100_000, 10, 3)
    roomy, tight = (run_of(project(budget=budget), 200_000, 15)[0] for budget in ("200 s", "40 s"))
    assert tight < 40 < roomy


def test_folds_are_told_where_the_budget_seems_to_bear_them() -> None:
    ways = [(5, 1), (1, 1)]
    assert affordable(project("trees", "60 s"), 10_000, 10, 1, ways) == (5, 1)
    assert affordable(project("trees", "10 s"), 3_000_000, 50, 1, ways) == (1, 1)
    assert affordable(project("trees", "10 s"), 3_000_000, 50, 1, [(5, 3)]) == (5, 3)


def test_every_fold_takes_its_time_and_an_ensemble_has_none() -> None:
    asked = project(["linear", "trees", "ensemble"])
    one, five = (estimates(asked, 5_000, 10, 1, fits) for fits in (1, 5))
    assert [few.seconds * 5 for few in one[:-1]] == pytest.approx([many.seconds for many in five[:-1]])
    assert one[-1].seconds == five[-1].seconds


def test_rungs_that_the_install_lacks_take_nothing() -> None:
    asked = project("linear")
    found = estimates(asked, 1000, 10, 1)
    lacking = [Estimate(one.rung, 1e6, 1e12) for one in estimates(project("network"), 1000, 10, 1)[1:]]
    object.__setattr__(lacking[0].rung, "lacks", ("torch",))
    assert totals(asked, [*found, *lacking], 1000, 10) == totals(asked, found, 1000, 10)


def test_an_empty_table_has_an_estimate() -> None:
    assert all(value > 0 for value in run_of(project("naive"), 0, 0))
