"""Everything a plan says, computed from the newest run, the newest curve and what the project file says of prices.

Nothing is measured here, and no clock is looked at: the same files give the same plan, byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modelyard.core import messages
from modelyard.core.errors import Mistake, StorageError
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.planning import PlanSpec
from modelyard.core.project import Project
from modelyard.core.runs import WORKSPACE
from modelyard.core.store import digest
from modelyard.pipeline import as_project
from modelyard.plan import ledger, measured
from modelyard.plan.ahead import Outcome, about_first, about_goal
from modelyard.plan.days import Standing, days
from modelyard.plan.measured import Measured
from modelyard.plan.outlook import Choice, GoalPlan, Plan
from modelyard.plan.study import data_digest
from modelyard.plan.today import Newest, newest, today
from modelyard.plan.ways import Known, ways


@dataclass(frozen=True, eq=False)
class Read:
    """What a plan is made from.

    Args:
        project: The project.
        goals: Its goals, each with its target.
        run: The newest finished run; None without one.
        curve: The newest curve that fits the data; None without one.
        stale: Why the newest curve is not used; empty where it is, or there is none.
    """

    project: Project
    goals: tuple[Goal, ...]
    run: Newest | None
    curve: Measured | None
    stale: str = ""

    @property
    def spec(self) -> PlanSpec | None:
        """What the file says of prices, people, dates and work."""
        spec: PlanSpec | None = self.project.file.plan
        return spec


def plan_project(
    project: str | Path | Project = ".", *, changes: Sequence[str] = (), seed: int = 0, made: str = ""
) -> Plan:
    """The plan of a project.

    Args:
        project: The project, its folder, or its file.
        changes: Single values that take the place of what the file says: `plan.labels.price=0.5`.
        seed: Of the schedule's search and of all draws.
        made: The time, in UTC; with it the forecasts are kept, and scored when their data arrive.

    Raises:
        ProjectError: The file, or a change, is wrong.
        StorageError: There is neither a run nor a curve; the message names the commands.
    """
    read = read_all(project if isinstance(project, Project) else as_project(str(project), None, {}, changes)[0])
    found = outcomes(read)
    if made and read.curve is not None:
        _keep(read, found, made)
    goals = tuple(
        GoalPlan(one, outcome.forecast, outcome.lacks)
        for one, outcome in zip(today(read.goals, read.run), found, strict=False)
    )
    first = found[0].forecast if found and not read.goals else None
    shared = read.curve.shared if read.curve else None
    share = shared.share if shared else 1.0
    chosen, why_no_ways = _ways(read, found, seed)
    dates, why_no_dates = days(read.spec, Standing(read.goals, goals, found, share), seed)
    return Plan(
        name=read.project.name,
        run=read.run.id if read.run else "",
        bundle=read.run.report.bundle if read.run else "",
        rows=shared.rows if shared else 0,
        share=share,
        level=read.spec.level if read.spec else None,
        currency=read.spec.budget.currency if read.spec else "",
        goals=goals,
        first=first,
        choice=chosen,
        dates=dates,
        lacks=(*_lacks(read, found), *why_no_ways, *why_no_dates),
        assumed=tuple(_assumed(read)),
        inputs=_inputs(read),
        language=messages.language(),
    )


def read_all(project: Project) -> Read:
    """What there is to make a plan from.

    Raises:
        StorageError: Neither a run nor a curve.
        ProjectError: Goals that do not fit the data.
    """
    messages.prefer(project.lang)
    workspace = project.folder / WORKSPACE
    run, curve, stale = newest(workspace), measured.latest(workspace), ""
    if run is None and curve is None:
        got, expected = text("plan.got_nothing"), text("plan.expected_something")
        raise StorageError(Mistake(str(project.folder), got, expected, text("plan.fix_nothing")))
    tasks = {target.name: target.task for target in run.report.targets} if run else {}
    if curve is not None:
        tasks = {name: known["task"] for name, known in curve.shared.targets.items()}
        stale = _stale(project, curve, run)
    return Read(project, project.validated_goals(tasks), run, None if stale else curve, stale)


def outcomes(read: Read) -> list[Outcome]:
    """What came of each goal's metric; of the first metric, where there are no goals."""
    if read.curve is None:
        reason = read.stale or text("plan.lacks_curve")
        return [Outcome(lacks=reason) for _ in read.goals or (None,)]
    if not read.goals:
        return [about_first(read.curve, read.spec)]
    return [about_goal(read.curve, goal, read.spec) for goal in read.goals]


def _ways(read: Read, found: Sequence[Outcome], seed: int) -> tuple[Choice | None, tuple[str, ...]]:
    """What to build, where there are a report, a curve and prices to choose by."""
    if read.run is None or read.curve is None or read.spec is None:
        return None, ()
    goals = tuple(zip(read.goals, found, strict=False))
    return ways(Known(read.run.report, read.curve, goals, read.spec, seed))


def subject_of(curve: Measured, target: str, metric: str) -> ledger.Subject:
    """What a forecast or a measurement is about, so that only the like may score it."""
    shared = curve.shared
    way = digest([shared.method, shared.options, shared.folds, shared.deciding])
    return ledger.Subject(target, metric, shared.test, way)


def _keep(read: Read, found: Sequence[Outcome], made: str) -> None:
    """Write every forecast down as it was made."""
    workspace = read.project.folder / WORKSPACE
    for one in found:
        if one.forecast is not None and one.errors is not None and read.curve is not None:
            subject = subject_of(read.curve, one.forecast.target, one.forecast.metric)
            kept = ledger.of(one.errors, subject, made=made, inputs=_inputs(read), goal=one.target)
            ledger.keep(workspace, kept)


def _stale(project: Project, curve: Measured, run: Newest | None) -> str:
    """Why a curve says nothing of the data as they are; empty where it does."""
    if curve.shared.data != data_digest(project):
        return text("plan.lacks_other_data")
    tested = str(run.report.about.get("test_fingerprint", "")) if run else ""
    if tested and not curve.shared.own_test and tested != curve.shared.test:
        return text("plan.lacks_other_test", own=tested[:12], curve=curve.shared.test[:12])
    return ""


def _lacks(read: Read, found: Sequence[Outcome]) -> Iterator[str]:
    """What was not computed, each with the key or the command that it takes."""
    if read.run is None:
        yield text("plan.lacks_run")
    if not read.goals:
        yield text("plan.lacks_goals")
        if found and found[0].lacks:
            yield found[0].lacks
    if read.curve is None or not any(one.target is not None for one in found):
        return
    spec = read.spec or PlanSpec()
    given: Mapping[str, Any] = {
        "level": spec.level,
        "labels.price": spec.labels.price,
        "labels.per_day": spec.labels.per_day,
        "missing_cost": spec.missing_cost,
        "budget.total": spec.budget.total,
    }
    for key, value in given.items():
        if value is None:
            yield text(f"plan.give_{key.rpartition('.')[2]}", key=f"plan.{key}")


def _assumed(read: Read) -> Iterator[str]:
    """What it all rests on: what everybody assumes here, and all that the user typed."""
    if read.curve is not None:
        shared = read.curve.shared
        yield text("plan.assumed_calibration")
        yield text("plan.assumed_same")
        yield text("plan.assumed_share", share=f"{shared.share:.0%}")
        if shared.own_test:
            yield text("plan.assumed_own_test", rows=f"{shared.test_rows:,}")
    if read.spec is not None:
        for key, value in _written(read.spec.model_dump(mode="json", exclude_unset=True), "plan"):
            yield text("plan.assumed_typed", key=key, value=value)


def _written(values: Mapping[str, Any], under: str) -> Iterator[tuple[str, str]]:
    """Keys and values as they stand in the file."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _written(value, f"{under}.{key}")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, item in enumerate(value):
                yield from _written(item, f"{under}.{key}[{number}]")
        else:
            yield f"{under}.{key}", ", ".join(map(_said, value)) if isinstance(value, list) else _said(value)


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _inputs(read: Read) -> dict[str, str]:
    """Name -> digest of what the plan was made from."""
    said = None if read.spec is None else read.spec.model_dump(mode="json")
    found = {"project": digest([[str(goal) for goal in read.goals], said])}
    if read.curve is not None:
        shared, points = read.curve.shared, map(asdict, read.curve.points)
        values = [{key: value for key, value in point.items() if key != "seconds"} for point in points]
        found |= {"data": shared.data, "test": shared.test, "curve": shared.identity, "points": digest(values)}
    if read.run is not None:
        found["bundle"] = read.run.report.bundle
    return found
