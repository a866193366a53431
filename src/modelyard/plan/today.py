"""Today's verdicts on the goals, out of the newest run's report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from modelyard.core import plugins
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.goals import Goal
from modelyard.core.goals import parse as parse_goal
from modelyard.core.number import Number
from modelyard.core.report import Report, TargetReport
from modelyard.core.runs import Runs
from modelyard.core.verdicts import Verdict, verdict_words
from modelyard.evaluate.goals import Evidence, Measured, verdict
from modelyard.plan import rows
from modelyard.plan.outlook import Today

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Newest:
    """The newest finished run.

    Args:
        id: Its name.
        report: What was measured.
    """

    id: str
    report: Report


def newest(workspace: Path) -> Newest | None:
    """The newest finished run that has a report; None without one."""
    runs = Runs(workspace)
    for record in reversed([record for record in runs.list() if record.state == "finished"]):
        try:
            return Newest(record.id, Report.load(runs.bundle(record)))
        except DataError:
            continue
    return None


def today(goals: tuple[Goal, ...], run: Newest | None) -> tuple[Today, ...]:
    """What became of each goal: as the report judged it, or, where it stood otherwise in that run, judged now.

    Args:
        goals: Of the project, each with its target.
        run: The newest run.
    """
    return tuple(_today(goal, run) for goal in goals)


def _today(goal: Goal, run: Newest | None) -> Today:
    found = _verdict(goal, run.report) if run else None
    told = Today(goal.text, goal.target, goal.name, goal.operator, goal.value, UNKNOWN, Number(None), "")
    if found is None or run is None:
        return told
    needed = _test_rows(goal, found, run.report)
    words = verdict_words(found)
    return replace(told, outcome=found.outcome, number=found.number, words=words, test_rows=needed)


def _verdict(goal: Goal, report: Report) -> Verdict | None:
    """The report's own verdict, or one on its number of that metric."""
    for one in report.goals:
        if _same(goal, one):
            return one
    score = next((found for target in _about(goal, report) if (found := target.score(goal.name))), None)
    if score is None or goal.column or goal.conditions:
        return None
    trials = score.number.n if _is_rate(goal, report) else None
    measured = Measured(goal, score.number, score.number.n, trials)
    return verdict(goal, Evidence((measured,)), report.confidence, report.held_out)


def _same(goal: Goal, one: Verdict) -> bool:
    """Whether a verdict is on this very goal, however it was spelt."""
    if one.goal == goal.text:
        return one.target == goal.target
    try:
        other = replace(parse_goal(one.goal, ""), target=one.target)
    except ProjectError:
        return False
    return str(other) == str(goal)


def _about(goal: Goal, report: Report) -> list[TargetReport]:
    return [target for target in report.targets if target.name == goal.target]


def _is_rate(goal: Goal, report: Report) -> bool:
    """Whether the metric is a share of independent rows."""
    for target in _about(goal, report):
        room = plugins.part("tasks", target.task, "metrics")
        state = {"labels": list(target.labels), "positive": 1 if len(target.labels) == 2 else None, "scale": 1.0}
        return bool(room.metric(goal.name, state, None).exact)
    return False


def _test_rows(goal: Goal, found: Verdict, report: Report) -> tuple[int | None, ...]:
    """Test rows that would decide an undecided goal on one number."""
    if found.outcome != "undecided" or not goal.is_plain or not report.held_out or found.number.value is None:
        return ()
    measured = [target.rows for target in _about(goal, report)]
    rate = _is_rate(goal, report)
    needed = rows.needed(
        goal, found.number, rate=rate, rows=max([found.number.n, *measured]), confidence=report.confidence
    )
    return needed.n_50, needed.n_75, needed.n_90
