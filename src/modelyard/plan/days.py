"""When the work is over: the user's own work, and the labelling that goals need, as dates of 50 and 80 %.

The rows that a goal needs are drawn in the same worlds for all goals, as they all come out of the same labelling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from modelyard.core.errors import InstallError, ProjectError
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.planning import Item, PlanSpec, gate_of
from modelyard.plan import need, worlds
from modelyard.plan.ahead import Outcome, labels_of, to_label
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.outlook import Dates, GoalPlan, Step
from modelyard.plan.schedule.dates import Likely, TaskDates
from modelyard.plan.schedule.dates import dates as simulated
from modelyard.plan.schedule.planned import Schedule
from modelyard.plan.schedule.solve import solve
from modelyard.plan.schedule.work import Budget, Calendar, Labelling, Mode, Pert, Task, Work
from modelyard.plan.schedule.work import Goal as Gate

EFFORT = 2.0
MET = "met"


@dataclass(frozen=True, eq=False)
class Standing:
    """The goals, and how each may be reached.

    Args:
        goals: Of the project.
        plans: What was found of each.
        found: The same in errors.
        share: Of new labelled rows, those that become rows to learn from.
    """

    goals: Sequence[Goal]
    plans: Sequence[GoalPlan]
    found: Sequence[Outcome]
    share: float


def days(spec: PlanSpec | None, standing: Standing, seed: int) -> tuple[Dates | None, tuple[str, ...]]:
    """The dates, and what is lacking for them.

    Args:
        spec: What the user says of people, dates and work.
        standing: The goals, and how each may be reached.
        seed: Of the search and of all draws.
    """
    if spec is None or not spec.work:
        return None, (text("plan.give_work", key="plan.work"),)
    if spec.team.start is None:
        return None, (text("plan.give_start", key="plan.team.start"),)
    drawn, waiting = _labelling(spec, standing, seed)
    work = _work(spec, spec.team.start, standing, drawn)
    try:
        schedule = solve(work, seed=seed, effort=EFFORT)
        if not schedule.items:
            return None, (*waiting, text("plan.lacks_nothing_done"))
        there = {} if drawn is None or schedule.item(drawn[0]) is None else {drawn[0]: drawn[1]}
        likely = simulated(work, schedule, seed=seed, need=there)
    except (InstallError, ProjectError) as error:
        said = (f"{one.place}: {one.got}. {one.expected}. {one.fix}".rstrip(". ") for one in error.mistakes)
        return None, tuple(text("plan.lacks_dates", why=why) for why in said)
    left = (text("plan.lacks_left_out", names=", ".join(schedule.left_out)),) if schedule.left_out else ()
    never = (text("plan.lacks_never", share=f"{likely.end.never:.0%}"),) if likely.end.never else ()
    p50, p80 = _both(likely.end)
    planned = schedule.last.isoformat() if schedule.last else ""
    steps = tuple(_step(one, work, schedule) for one in likely.tasks)
    found = Dates(spec.team.start.isoformat(), planned, p50, p80, likely.on_plan, schedule.cost, steps)
    return found, (*waiting, *left, *never)


def _step(one: TaskDates, work: Work, schedule: Schedule) -> Step:
    """A task with its dates."""
    item = schedule.item(one.task)
    span = next(task for task in work.tasks if task.id == one.task).modes[0].days
    whole = float(item.end - item.start) if item else 0.0
    ends = (span.low, span.likely, span.high) if isinstance(span, Pert) else (whole, whole, whole)
    first = item.first.isoformat() if item else ""
    return Step(one.task, ends, first, one.planned.isoformat(), *_both(one.likely), one.criticality)


def _labelling(spec: PlanSpec, standing: Standing, seed: int) -> tuple[tuple[str, Floats] | None, tuple[str, ...]]:
    """The name of the task that labels, and the rows it needs in each world; and which goals no labelling reaches."""
    open_ones = [
        (goal, plan, outcome)
        for goal, plan, outcome in zip(standing.goals, standing.plans, standing.found, strict=False)
        if plan.today.outcome != MET
    ]
    reachable = [(goal, outcome) for goal, plan, outcome in open_ones if _is_reachable(plan)]
    lost = [goal.text for goal, plan, _ in open_ones if not _is_reachable(plan)]
    said = tuple(text("plan.lacks_gate", goal=goal) for goal in lost if _is_gate(spec, standing.goals, goal))
    if not reachable or spec.labels.per_day is None:
        return None, said
    drawn = worlds.draw(seed=seed)
    rows = np.zeros(len(drawn))
    for _, outcome in reachable:
        if outcome.errors is not None and outcome.target is not None:
            asked = need.requirements(outcome.errors, outcome.target, drawn) - outcome.errors.curve.sizes[-1]
            rows = np.maximum(rows, np.maximum(asked, 0) / standing.share)
    if not np.isfinite(np.median(rows)):  # in most worlds nothing suffices
        return None, (*said, *(text("plan.lacks_gate", goal=goal.text) for goal, _ in reachable))
    return (_free_name(spec), rows), said


def _is_reachable(plan: GoalPlan) -> bool:
    """Whether more rows to learn from may turn a goal that is not met into one that is."""
    one = plan.forecast
    return one is not None and not one.met and bool(one.needs)


def _is_gate(spec: PlanSpec, goals: Sequence[Goal], written: str) -> bool:
    gates = [gate_of(item.gate, tuple(goals)) for item in spec.work if item.gate]
    return any(gate is not None and gate.text == written for gate in gates)


def _free_name(spec: PlanSpec) -> str:
    """What the labelling is called, unless the user calls something so."""
    name = text("plan.labelling")
    while name in [item.id for item in spec.work]:
        name += "+"
    return name


def _work(spec: PlanSpec, start: date, standing: Standing, drawn: tuple[str, Floats] | None) -> Work:
    """Everything as the schedule takes it."""
    tasks = [_task(item, standing.goals) for item in spec.work]
    met = {goal.text for goal, plan in zip(standing.goals, standing.plans, strict=False) if plan.today.outcome == MET}
    if drawn is not None:
        meets = tuple(one.today.goal for one in standing.plans if one.today.goal not in met and _is_reachable(one))
        tasks.append(_labels(spec, drawn, standing.share, meets))
    country, _, region = (spec.team.calendar or "").partition("-")
    return Work(
        tasks=tuple(tasks),
        start=start,
        roles=dict(spec.team.roles),
        goals=tuple(Gate(goal.text, is_met=goal.text in met) for goal in standing.goals),
        budget=Budget(spec.budget.total, spec.budget.per_month),
        calendar=Calendar(country, region),
    )


def _task(item: Item, goals: Sequence[Goal]) -> Task:
    low, likely, high = item.days
    span = likely if low == high else Pert(low, likely, high)
    gate = gate_of(item.gate, tuple(goals)) if item.gate else None
    people = {item.role: 1.0} if item.role else {}
    mode = Mode(days=span, people=people, cost=item.cost)
    return Task(item.id, (mode,), after=dict.fromkeys(item.after, 0), gate=gate.text if gate else "")


def _labels(spec: PlanSpec, drawn: tuple[str, Floats], share: float, meets: tuple[str, ...]) -> Task:
    """The labelling: as many rows as suffice in half of the worlds are counted on."""
    name, rows = drawn
    low, likely, high = spec.labels.per_day or (1.0, 1.0, 1.0)
    planned = float(np.median(rows))
    priced = labels_of(spec, share)
    cost = 0.0 if priced is None else round(priced.of(planned * share).likely, 2)
    pace = likely if low == high else Pert(low, likely, high)
    people = {spec.labels.role: 1.0} if spec.labels.role else {}
    return Task(name, (Mode(Labelling(to_label(planned, 1.0), pace), people, cost, meets=meets),))


def _both(likely: Likely) -> tuple[str, str]:
    p50, p80 = (end.isoformat() if end else "" for end in (likely.p50, likely.p80))
    return p50, p80
