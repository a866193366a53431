"""Today's verdicts, out of reports that were written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelyard.core.goal_checks import validate
from modelyard.core.goals import parse
from modelyard.core.number import Number
from modelyard.core.report import Cost, Report, Score, TargetReport
from modelyard.core.runs import Runs
from modelyard.core.verdicts import Verdict
from modelyard.plan.making import plan_project
from modelyard.plan.today import Newest, newest, today

LABELS = tuple(str(digit) for digit in range(10))


def report(*verdicts: Verdict, about: dict[str, Any] | None = None) -> Report:
    """A report on 351 test rows: accuracy 0.96, from 0.935 to 0.976."""
    scores = (Score("accuracy", "higher", Number(0.96, 0.935, 0.976, 351)),)
    one = TargetReport("target", ("target",), "classification", "linear", LABELS, 351, 0, scores)
    none = Number(None)
    return Report(
        name="数字",
        bundle="b" * 64,
        split="test",
        held_out=True,
        rows=351,
        confidence=0.95,
        seed=0,
        inputs=("pixel_0_0",),
        targets=(one,),
        goals=verdicts,
        cost=Cost(none, none, none),
        about=about or {},
    )


def goals(*written: str) -> Any:
    return tuple(validate(parse(goal, ""), {"target": "classification"}) for goal in written)


@pytest.mark.parametrize(
    ("goal", "outcome"),
    [("accuracy >= 0.9", "met"), ("accuracy >= 0.95", "undecided"), ("accuracy >= 0.99", "not met")],
)
def test_a_goal_that_stood_otherwise_is_judged_on_what_was_measured(goal: str, outcome: str) -> None:
    (found,) = today(goals(goal), Newest("run", report()))
    assert found.outcome == outcome
    assert found.number.value == 0.96
    assert found.words
    assert bool(found.test_rows) == (outcome == "undecided")


def test_an_undecided_goal_needs_test_rows() -> None:
    (found,) = today(goals("accuracy >= 0.95"), Newest("run", report()))
    n_50, n_75, n_90 = found.test_rows
    assert n_50 is not None and n_75 is not None and n_90 is not None
    assert 351 < n_50 <= n_75 <= n_90


def test_the_report_s_own_verdict_is_taken() -> None:
    own = Verdict("accuracy>=90%", "not met", Number(0.5, 0.4, 0.6, 351), 0.9, ">=", "accuracy", "target")
    (found,) = today(goals("accuracy >= 90%"), Newest("run", report(own)))
    assert found.outcome == "not met"
    assert found.number.value == 0.5


def test_a_goal_with_conditions_has_the_report_s_verdict() -> None:
    written = "recall[3] >= 0.9 at fpr <= 0.1"  # `validate` gives the condition its class; the report has it as written
    own = Verdict(written, "met", Number(0.98, 0.95, 0.99, 351), 0.9, ">=", "recall[3]", "target")
    (found,) = today(goals(written), Newest("run", report(own)))
    assert (found.outcome, found.number.value) == ("met", 0.98)
    (other,) = today(goals("recall[3] >= 0.9 at fpr <= 0.2"), Newest("run", report(own)))
    assert other.outcome == "unknown"


def test_nothing_is_known_without_a_run_or_of_another_metric() -> None:
    assert [one.outcome for one in today(goals("accuracy >= 0.9"), None)] == ["unknown"]
    (found,) = today(goals("f1 >= 0.9"), Newest("run", report()))
    assert found.outcome == "unknown"
    assert found.number.value is None
    (sliced,) = today(goals("accuracy[pixel_0_0 = 3] >= 0.9"), Newest("run", report()))
    assert sliced.outcome == "unknown"


def keep(folder: Path, one: Report, state: str = "finished") -> str:
    """A run with that report."""
    runs = Runs(folder / ".modelyard")
    record = runs.start("数字", {})
    evidence = runs.bundle(record) / "evidence"
    evidence.mkdir(parents=True)
    one.save(evidence / "report.json")
    record.state = state
    runs.save(record)
    return record.id


def test_the_newest_finished_run_that_has_a_report(tmp_path: Path) -> None:
    assert newest(tmp_path / ".modelyard") is None
    first = keep(tmp_path, report())
    keep(tmp_path, report(), state="failed")
    found = newest(tmp_path / ".modelyard")
    assert found is not None
    assert found.id == first


def test_a_plan_holds_the_verdicts_and_the_bundle(plant: Any) -> None:
    folder = plant(goals=["accuracy >= 0.95"])
    run = keep(folder, report(about={"test_fingerprint": "t" * 64}))
    plan = plan_project(folder)
    assert plan.run == run
    assert plan.bundle == "b" * 64
    assert plan.goals[0].today.outcome == "undecided"
    assert plan.goals[0].forecast is not None
    assert not any("modelyard run" in sentence for sentence in plan.lacks)


def test_a_run_on_other_test_rows_than_the_curve(plant: Any) -> None:
    folder = plant()
    keep(folder, report(about={"test_fingerprint": "other"}))
    (goal,) = plan_project(folder).goals
    assert goal.forecast is None
    assert "other test rows" in goal.lacks


def test_a_run_alone_gives_verdicts(plant: Any) -> None:
    folder = plant(anchors=())
    keep(folder, report())
    plan = plan_project(folder)
    assert plan.goals[0].today.outcome == "undecided"
    assert plan.goals[0].forecast is None
    assert "modelyard plan curve" in plan.goals[0].lacks
