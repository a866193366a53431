"""A problem as CP-SAT's variables and constraints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.plan.schedule.problem import Aim, Problem, Solution

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


@dataclass(frozen=True)
class Model:
    """The variables.

    Args:
        problem: What they stand for.
        model: CP-SAT's.
        horizon: No job starts later.
        starts: [jobs] when each starts; its release where it is left out.
        ends: [jobs] when each is over.
        done: [jobs] whether it is done at all.
        chosen: (job, place among its ways) -> whether it is done so.
        length: When the last job is over.
        aims: What is made small, one after the other.
    """

    problem: Problem
    model: cp_model.CpModel
    horizon: int
    starts: list[Any]
    ends: list[Any]
    done: list[Any]
    chosen: dict[tuple[int, int], Any]
    length: Any
    aims: dict[Aim, Any]


def build(problem: Problem, first: Solution) -> Model:
    """The model; plans are looked for up to the length of the first one and all the work after it.

    Args:
        problem: What to do.
        first: A plan that can be carried out.
    """
    from ortools.sat.python import cp_model

    model, starts, ends, done = cp_model.CpModel(), [], [], []
    chosen: dict[tuple[int, int], Any] = {}
    horizon = min(problem.horizon, first.length + sum(max((w.days for w in j.ways), default=0) for j in problem.jobs))
    for number, job in enumerate(problem.jobs):
        start = model.new_int_var(job.release, max(horizon, job.release), f"start {number}")
        is_done = model.new_constant(1) if job.is_required else model.new_bool_var(f"done {number}")
        for place in range(len(job.ways)):
            chosen[number, place] = model.new_bool_var(f"{number} by {place}") if job.is_open else model.new_constant(1)
        model.add(sum(chosen[number, place] for place in range(len(job.ways))) == is_done)
        model.add(start == job.release).only_enforce_if(~is_done)
        starts.append(start)
        done.append(is_done)
        ends.append(start + sum(way.days * chosen[number, place] for place, way in enumerate(job.ways)))
    length = model.new_int_var(0, problem.horizon, "length")
    built = Model(problem, model, horizon, starts, ends, done, chosen, length, {})
    _order(built)
    _people(built)
    _money(built)
    met = _gates(built)
    built.aims.update(_aims(built, met))
    return built


def _order(built: Model) -> None:
    for number, job in enumerate(built.problem.jobs):
        built.model.add(built.length >= built.ends[number]).only_enforce_if(built.done[number])
        for other, lag in job.before:
            built.model.add_implication(built.done[number], built.done[other])
            later = built.model.add(built.starts[number] >= built.ends[other] + lag)
            later.only_enforce_if(built.done[number])


def _people(built: Model) -> None:
    problem = built.problem
    intervals = {
        (number, place): built.model.new_optional_fixed_size_interval_var(
            built.starts[number], way.days, built.chosen[number, place], f"span {number} {place}"
        )
        for number, job in enumerate(problem.jobs)
        for place, way in enumerate(job.ways)
        if way.days
    }
    for role, people in enumerate(problem.people):
        needs = {key: problem.jobs[key[0]].ways[key[1]].people[role] for key in intervals}
        busy = {key: need for key, need in needs.items() if need}
        unit = math.gcd(*busy.values()) or 1
        demands = [need // unit for need in busy.values()]
        built.model.add_cumulative([intervals[key] for key in busy], demands, people // unit)


def _money(built: Model) -> None:
    problem = built.problem
    if problem.total is not None:
        costs = [problem.jobs[number].ways[place].cost * chosen for (number, place), chosen in built.chosen.items()]
        built.model.add(sum(costs) <= problem.total)
    if problem.monthly is None:
        return
    block = built.horizon + 1
    months = [month for month in problem.months if month[0] <= built.horizon + 1]
    spent: list[list[Any]] = [[] for _ in months]
    for number, job in enumerate(problem.jobs):
        if not any(way.cost for way in job.ways):
            continue
        # One table a month: what each way costs in it for each start, and a last block for a job that is left out.
        index = built.model.new_int_var(0, block * (len(job.ways) + 1) - 1, f"index {number}")
        blocks = sum(place * built.chosen[number, place] for place in range(len(job.ways)))
        built.model.add(index == built.starts[number] + block * (blocks + len(job.ways) * (1 - built.done[number])))
        for amounts, month in zip(spent, months, strict=True):
            table = [problem.spent(job, way, start, month) for way in job.ways for start in range(block)]
            if any(table):
                amount = built.model.new_int_var(0, max(table), f"spent {number} {month[0]}")
                built.model.add_element(index, [*table, *([0] * block)], amount)
                amounts.append(amount)
    for amounts in spent:
        built.model.add(sum(amounts) <= problem.monthly)


def _gates(built: Model) -> dict[int, Any]:
    """Goal -> whether it is met; jobs wait for the one that is said to meet it.

    Returns:
        The goals that some way meets.
    """
    problem, met = built.problem, {}
    for goal in range(len(problem.values)):
        meeting: dict[int, list[Any]] = {}
        for number, way in problem.meeting(goal):
            place = problem.jobs[number].ways.index(way)
            meeting.setdefault(number, []).append(built.chosen[number, place])
        opens = {number: built.model.new_bool_var(f"{goal} by {number}") for number in meeting}
        for number, ways in meeting.items():
            built.model.add(sum(ways) >= opens[number])
        if meeting:
            met[goal] = built.model.new_bool_var(f"met {goal}")
            built.model.add(sum(opens.values()) == met[goal])
        for number, job in enumerate(problem.jobs):
            if job.gate == goal and not meeting:
                built.model.add(built.done[number] == 0)
            elif job.gate == goal:
                built.model.add_implication(built.done[number], met[goal])
                for other, is_open in opens.items():
                    later = built.model.add(built.starts[number] >= built.ends[other])
                    later.only_enforce_if(built.done[number], is_open)
    return met


def _aims(built: Model, met: dict[int, Any]) -> dict[Aim, Any]:
    problem, aims = built.problem, dict[Aim, Any]()
    if met:
        aims["goals"] = sum(problem.values[goal] * (1 - is_met) for goal, is_met in met.items())
    if not all(job.is_required for job in problem.jobs):
        aims["left_out"] = sum(1 - done for done in built.done)
    late = []
    for number, job in enumerate(problem.jobs):
        if job.due is not None and job.weight:
            days = built.model.new_int_var(0, problem.horizon, f"late {number}")
            built.model.add(days >= built.ends[number] - job.due).only_enforce_if(built.done[number])
            late.append(job.weight * days)
    if late:
        aims["lateness"] = sum(late)
    cost = sum(problem.jobs[number].ways[place].cost * chosen for (number, place), chosen in built.chosen.items())
    last: dict[Aim, Any] = {"days": built.length}
    if any(len({way.cost for way in job.ways}) > 1 for job in problem.jobs):
        last = {"days": built.length, "cost": cost} if problem.by_days else {"cost": cost, "days": built.length}
    return {**aims, **last}
