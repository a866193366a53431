"""Schedules against the public problems of PSPLIB, and their dates against projects that were carried out.

Bars: every optimum of j30 (480 problems) within 10 s each on 2 cores, with several workers at once; j60 within 1 % of
the best known lengths on average; list schedules, which need no OR-Tools, within 2 % of the optima of j30. P80 covers
80 +- 3 % of the projects whose days follow the distributions that it was told, and 10,000 draws of a plan of 30 tasks
take 50 ms. The same input gives the same bytes.

Every schedule is held against `check.violations`, which shares no code with the solvers. Projects are carried out one
by one here, by a loop over events that shares no code with `dates`. A gap is the length over the best known one, less
one; `optimum.csv` (PSPLIB, from kobe-scheduling) gives a range where the optimum is not known, whose upper end counts.

What was solved is kept in build/benchmarks/schedule, and is not solved again: delete it for fresh numbers. Seconds are
those of the clock: they mean something on a machine that does nothing else.
"""

from __future__ import annotations

import csv
import heapq
import json
import math
import statistics
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date
from importlib.metadata import version
from statistics import NormalDist
from typing import Any

import numpy as np
from common import DATA, ROOT, Measured, options, report

from modelyard.plan.schedule.check import violations
from modelyard.plan.schedule.dates import dates, drawn
from modelyard.plan.schedule.dispatch import dispatched
from modelyard.plan.schedule.flow import Network, network
from modelyard.plan.schedule.planned import Maker, Schedule
from modelyard.plan.schedule.solve import solve
from modelyard.plan.schedule.work import Days, Lognormal, Mode, Pert, Task, Work

KEPT = ROOT / "build" / "benchmarks" / "schedule"
START = date(2027, 1, 4)
SECONDS = 10.0
PLANS = 20
PROJECTS = 250


def problems(name: str) -> dict[str, tuple[Work, int]]:
    """Name of a problem -> the work, and its best known length."""
    folder = DATA / "psplib"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there: set MODELYARD_DATA to the data mirror's folder")
    with (folder / f"{name}.optimum.csv").open(encoding="utf-8") as lines:
        lengths = {row["problem"]: int(row["optimum"].rpartition("..")[2]) for row in csv.DictReader(lines)}
    with tarfile.open(folder / f"{name}.sm.tar.gz") as archive:
        files = {file.name: archive.extractfile(file) for file in archive if file.name.endswith(".sm")}
        works = {key: parsed(file.read().decode("ascii")) for key, file in files.items() if file is not None}
    return {key: (works[key], lengths[key]) for key in sorted(works)}


def parsed(content: str) -> Work:
    """A problem in PSPLIB's single-mode format."""
    lines = content.splitlines()
    after: dict[str, dict[str, int]] = {}
    for job, _, _, *following in numbers(lines, "PRECEDENCE RELATIONS:", 2):
        for other in following:
            after.setdefault(str(other), {})[str(job)] = 0
    tasks = []
    for job, _, days, *people in numbers(lines, "REQUESTS/DURATIONS:", 3):
        needs = {f"R{role}": need for role, need in enumerate(people, 1) if need}
        tasks.append(Task(str(job), (Mode(days, needs),), after=after.get(str(job), {})))
    there = next(numbers(lines, "RESOURCEAVAILABILITIES:", 2))
    return Work(tuple(tasks), START, {f"R{role}": people for role, people in enumerate(there, 1)})


def numbers(lines: list[str], title: str, skipped: int) -> Iterator[list[int]]:
    """The rows of a section."""
    for line in lines[lines.index(title) + skipped :]:
        if line.startswith("*"):
            return
        yield [int(word) for word in line.split()]


def solved(name: str, count: int, maker: Maker, seconds: float) -> list[dict[str, Any]]:
    """What became of the problems of a set, spread evenly when not all are wanted."""
    every = problems(name)
    wanted = list(every)[:: max(1, len(every) // count)][:count]
    kept = KEPT / f"{name}-{maker}-{seconds:g}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = (
        {row["problem"]: row for row in map(json.loads, kept.read_text("utf-8").splitlines())} if kept.exists() else {}
    )
    for key in wanted:
        if key not in known:
            known[key] = one(key, *every[key], maker, seconds)
            with kept.open("a", encoding="utf-8") as written:
                written.write(json.dumps(known[key]) + "\n")
            print(known[key], flush=True)
    return [known[key] for key in wanted]


def one(key: str, work: Work, best: int, maker: Maker, seconds: float) -> dict[str, Any]:
    """One problem solved, and its schedule checked."""
    began = time.perf_counter()
    schedule = solve(work, effort=seconds, parallel=maker == "cp-sat", maker=maker)
    took = time.perf_counter() - began
    broken = violations(work, schedule)
    return {
        "problem": key, "best": best, "days": schedule.days, "bound": schedule.bound, "proven": schedule.proven,
        "seconds": round(took, 3), "broken": list(broken),
    }  # fmt: skip


def gaps(rows: list[dict[str, Any]]) -> list[float]:
    """Length over the best known, less one, in per cent."""
    return [100 * (row["days"] / row["best"] - 1) for row in rows]


def told(name: str, maker: str, rows: list[dict[str, Any]], bar: str) -> list[Measured]:
    """The numbers of one set."""
    what = f"{name}, {maker}: "
    seconds = [row["seconds"] for row in rows]
    measured = [
        Measured(what + "problems", len(rows)),
        Measured(what + "not the best known length", sum(gap > 0 for gap in gaps(rows)), bar="<= 0" * (bar == "all")),
        Measured(what + "mean gap", statistics.fmean(gaps(rows)), "%", bar * (bar != "all")),
        Measured(what + "largest gap", max(gaps(rows)), "%"),
        Measured(what + "median time", statistics.median(seconds), "s"),
        Measured(what + "longest time", max(seconds), "s"),
        Measured(what + "schedules that break a rule", sum(bool(row["broken"]) for row in rows), bar="<= 0"),
    ]
    if maker == "cp-sat":
        measured.append(Measured(what + "proven", sum(row["proven"] for row in rows)))
    return measured


def uncertain(work: Work, kind: str) -> Work:
    """The same work with days that are not certain: sd of 35 % around the planned ones, or 60 to 200 % of them."""

    def mode(task: Task) -> Mode:
        days = float(task.modes[0].days)  # type: ignore[arg-type]
        spread = Lognormal(days, 1.56 * days) if kind == "lognormal" and days else Pert(0.6 * days, days, 2 * days)
        return replace(task.modes[0], days=spread)

    return replace(work, tasks=tuple(replace(task, modes=(mode(task),)) for task in work.tasks))


def lucky(days: Days, generator: np.random.Generator) -> float:
    """The days that a task turns out to take."""
    if isinstance(days, Lognormal):
        return float(generator.lognormal(math.log(days.p50), math.log(days.p90 / days.p50) / NormalDist().inv_cdf(0.9)))
    if isinstance(days, Pert) and days.high > days.low:
        mean = (days.low + 4 * days.likely + days.high) / 6  # as the PERT distribution is defined
        one = 6 * (mean - days.low) / (days.high - days.low)
        return days.low + (days.high - days.low) * float(generator.beta(one, 6 - one))
    return days.low if isinstance(days, Pert) else float(days)  # type: ignore[arg-type]


def carried_out(work: Work, plan: Network, generator: np.random.Generator, is_fixed: bool) -> float:
    """One project from its first day to its last, event by event.

    Args:
        work: Its tasks.
        plan: Who comes first, and who takes over from whom.
        generator: Of its luck.
        is_fixed: Whether it keeps to the schedule's order of work; else people take up whatever is ready.
    """
    spans = [lucky(mode.days, generator) for mode in plan.modes]
    before = [
        {other for other, _ in waits} | (set(hands) if is_fixed else set())
        for waits, hands in zip(plan.waits, plan.hands, strict=True)
    ]
    free, now, over = dict(work.roles), 0.0, set[int]()
    waiting, working = list(range(len(spans))), list[tuple[float, int]]()
    while waiting or working:
        for number in list(waiting):
            people = plan.modes[number].people
            is_staffed = all(free[role] >= need for role, need in people.items())
            if before[number] <= over and (is_fixed or is_staffed):
                assert is_staffed or not spans[number], "the order of work leaves too few people"
                waiting.remove(number)
                heapq.heappush(working, (now + spans[number], number))
                free = {role: left - people.get(role, 0) for role, left in free.items()}
        now, done = heapq.heappop(working)
        for number in [done, *(other for end, other in working if end == now)]:
            over.add(number)
            free = {role: left + plan.modes[number].people.get(role, 0) for role, left in free.items()}
        working = [each for each in working if each[0] > now]
        heapq.heapify(working)
    return now


def covered(plans: list[tuple[Work, Schedule]], is_fixed: bool) -> float:
    """Share of projects, in per cent, that are over by the P80 of their plan, before it is rounded to a date."""
    inside = []
    for number, (work, schedule) in enumerate(plans):
        plan = network(work, schedule)
        ends = dates(work, schedule, seed=1).finishes if is_fixed else ready_first(work, plan)
        level = float(np.quantile(ends.max(axis=0), 0.8, method="inverted_cdf"))
        generator = np.random.default_rng([2, number])
        inside += [carried_out(work, plan, generator, is_fixed) <= level for _ in range(PROJECTS)]
    return 100 * statistics.fmean(inside)


def ready_first(work: Work, plan: Network) -> np.ndarray:
    """[tasks, draws] when tasks are over in projects whose people take up whatever is ready."""
    spans = np.array([drawn(mode.days, np.random.default_rng([3, k]), 10_000) for k, mode in enumerate(plan.modes)])
    planned = np.array([mode.planned for mode in plan.modes], float)
    return dispatched(plan, work.roles, spans, planned, np.zeros(len(planned)))


def simulated() -> list[Measured]:
    """How well dates cover, and how long they take."""
    every = list(problems("j30").values())[:: 480 // PLANS]
    plans = []
    for number, (work, _) in enumerate(every):
        loose = uncertain(work, ("lognormal", "pert")[number % 2])
        plans.append((loose, solve(loose, maker="greedy")))
    rows = []
    for what, is_fixed in (("order of work kept", True), ("whatever is ready", False)):
        share = covered(plans, is_fixed)
        rows += [Measured(f"P80 covers, {what}", share, "%"), Measured("  off 80 by", abs(share - 80), "%", "<= 3")]
    what = "10,000 draws of 30 tasks, "
    for clock, unit, bar in ((time.perf_counter, "ms", "<= 50"), (time.process_time, "CPU-ms", "")):
        spent = [1000 * best_of(lambda plan=plan: dates(*plan), clock) for plan in plans]
        rows.append(Measured(what + "median of plans", statistics.median(spent), unit, bar))
        rows.append(Measured(what + "slowest plan", max(spent), unit))
    return rows


def best_of(timed: Callable[[], object], clock: Callable[[], float], times: int = 5) -> float:
    """The shortest of several times, in seconds."""
    seconds = []
    for _ in range(times):
        began = clock()
        timed()
        seconds.append(clock() - began)
    return min(seconds)


def plain(value: Any) -> Any:
    """Arrays and dates as JSON has them."""
    return value.tolist() if isinstance(value, np.ndarray) else str(value)


def same_bytes() -> Measured:
    """How many of some plans and their dates are not the same twice."""
    different = 0
    for work, _ in list(problems("j30").values())[::96]:
        loose = uncertain(work, "pert")
        for maker in ("cp-sat", "greedy"):
            bytes_of = set()
            for _ in range(2):
                schedule = solve(loose, effort=2, maker=maker)  # type: ignore[arg-type]
                told_dates = dates(loose, schedule)
                bytes_of.add(json.dumps([asdict(schedule), asdict(told_dates)], default=plain).encode())
            different += len(bytes_of) - 1
    return Measured("plans and dates that are not the same bytes twice", different, bar="<= 0")


def main() -> None:
    """Solve, simulate, write down."""
    chosen = options(__doc__, j30="how many problems of j30, 480", j60="how many of j60, 480", seconds="each, 10")
    seconds = float(chosen.seconds or SECONDS)
    rows = told("j30", "greedy", solved("j30", int(chosen.j30 or 480), "greedy", seconds), "<= 2")
    rows += simulated()
    rows.append(same_bytes())
    rows += told("j30", "cp-sat", solved("j30", int(chosen.j30 or 480), "cp-sat", seconds), "all")
    rows += told("j60", "cp-sat", solved("j60", int(chosen.j60 or 480), "cp-sat", seconds), "<= 1")
    facts = {"source": "PSPLIB j30 and j60, from kobe-scheduling", "seconds_each": seconds}
    report(rows, chosen.out, **facts, solver=f"ortools {version('ortools')}")


if __name__ == "__main__":
    main()
