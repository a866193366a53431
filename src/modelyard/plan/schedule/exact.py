"""Schedules by OR-Tools CP-SAT: intervals, people as cumulatives, goals and gates, settled one aim after the other."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modelyard.plan.schedule.greedy import Progress
from modelyard.plan.schedule.model import Model, build
from modelyard.plan.schedule.planned import Maker
from modelyard.plan.schedule.problem import Problem, Solution, reached

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MAKER: Maker = "cp-sat"
LISTS = 100
"""List schedules that are tried before, for a first plan and a bound."""
_WORKERS = 4  # of a parallel search, at least: complete ones, and those that improve a plan part by part
_SHARE = 0.5  # of the effort that is left, what an aim before the last may use
_LEAST = 0.1  # of effort, for an aim that comes after all was used up


@dataclass(frozen=True)
class Effort:
    """How long is searched.

    Args:
        limit: In deterministic time, which is about seconds, for all aims together; in seconds when `parallel`.
        seed: Of the search.
        parallel: Whether several workers search at once: faster, and not the same every time.
    """

    limit: float
    seed: int = 0
    parallel: bool = False


def solve(problem: Problem, first: Solution, effort: Effort, progress: Progress | None = None) -> Solution:
    """The best plan that is found, aim by aim: what is settled for one is kept for the next.

    Args:
        problem: What to do.
        first: A plan to start from; what is returned is at least as good.
        effort: How long is searched.
        progress: Told of every better plan: the aim, its value and the bound.
    """
    built = build(problem, first)
    left, best, proven, shortest = effort.limit, first, True, first.bound
    for number, (aim, expression) in enumerate(built.aims.items()):
        value, least = best.value(problem, aim), shortest if aim == "days" else 0
        built.model.add(expression <= value)
        if value == least:
            continue
        built.model.minimize(expression)
        _hint(problem, built, best)
        share = left if number == len(built.aims) - 1 else left * _SHARE
        solver = _solver(effort, share)
        is_found, is_best = _solved(solver, built.model, aim, progress)
        left = max(_LEAST, left - (solver.wall_time if effort.parallel else solver.response_proto.deterministic_time))
        best = _read(problem, built, solver, shortest) if is_found else best
        proven = proven and is_best
        if aim == "days":
            shortest = max(shortest, math.ceil(solver.best_objective_bound - 1e-6)) if is_found else shortest
        built.model.add(expression <= best.value(problem, aim))
    return replace(best, proven=proven, bound=shortest, maker=MAKER)


def _solver(effort: Effort, limit: float) -> cp_model.CpSolver:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.random_seed = effort.seed
    if effort.parallel:
        solver.parameters.num_workers = max(_WORKERS, os.cpu_count() or 1)
        solver.parameters.max_time_in_seconds = limit
    else:
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = limit
    return solver


def _solved(
    solver: cp_model.CpSolver, model: cp_model.CpModel, aim: str, progress: Progress | None
) -> tuple[bool, bool]:
    """Whether a plan was found, and whether it is the best there is."""
    from ortools.sat.python import cp_model

    class Told(cp_model.CpSolverSolutionCallback):
        """Passes on what is found."""

        def on_solution_callback(self) -> None:
            if progress is not None:
                progress(aim, round(self.objective_value), math.ceil(self.best_objective_bound - 1e-6))

    status = solver.solve(model, Told())
    if status == cp_model.MODEL_INVALID:
        raise RuntimeError(model.validate())
    return status in (cp_model.OPTIMAL, cp_model.FEASIBLE), status == cp_model.OPTIMAL


def _hint(problem: Problem, built: Model, best: Solution) -> None:
    """Where the search starts: at the best plan so far."""
    built.model.clear_hints()  # type: ignore[no-untyped-call]
    for number, job in enumerate(problem.jobs):
        built.model.add_hint(built.starts[number], best.starts.get(number, job.release))
        for place, way in enumerate(job.ways if job.is_open else ()):
            built.model.add_hint(built.chosen[number, place], best.ways.get(number) == way)
    built.model.add_hint(built.length, best.length)


def _read(problem: Problem, built: Model, solver: cp_model.CpSolver, shortest: int) -> Solution:
    chosen = {
        number: way
        for number, job in enumerate(problem.jobs)
        for place, way in enumerate(job.ways)
        if solver.value(built.chosen[number, place])
    }
    starts = {number: int(solver.value(built.starts[number])) for number in chosen}
    return Solution(starts, chosen, reached(starts, chosen), False, MAKER, shortest)
