"""The work plan: how many units of work each method may do, so that a run fits well inside its time budget.

The rate of each method is measured once. The plan is sized so that most of what the other stages leave of the budget
would be enough even if nothing stopped early, rounded down, kept with the run, and repeated by `--plan RUN`: nothing
afterwards is chosen by the clock.

How many folds there are is part of the plan: as many as are wanted, where they leave every method its usual work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from modelyard.core import plugins
from modelyard.core.messages import text
from modelyard.core.progress import Clock
from modelyard.core.protocols import Problem
from modelyard.train.ladder import Rung, space_of

SHARE = 0.75
"""Of the time that is left for training; the rest is for what was measured too short."""
LEAST = 0.1
"""Share of the budget that is left for training even where the other stages would take all of it."""
FREE_SECONDS = 0.2  # work so small that it is not worth rationing


@dataclass(frozen=True)
class Step:
    """What the plan grants one method.

    Args:
        method: Name of the plug-in.
        work: Units of work; 0 when the rung is skipped.
        wanted: Units its options ask for.
        rate: Measured seconds per unit, or None where it was not measured.
        skipped: Message key and values that say why, or None.
        usual: Units after which it has usually stopped early.
    """

    method: str
    work: int
    wanted: int
    rate: float | None = None
    skipped: tuple[str, dict[str, Any]] | None = None
    usual: int | None = None

    @property
    def least(self) -> int:
        """Units that let it be at its best, or nearly."""
        return self.wanted if self.usual is None else min(self.usual, self.wanted)

    @property
    def enough(self) -> bool:
        """Whether it has at least those; what was not measured does not count."""
        return self.rate is None or self.work >= self.least

    @property
    def reason(self) -> str:
        """Why it is skipped, in the language in use; empty when it is not."""
        return text(self.skipped[0], **self.skipped[1]) if self.skipped else ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Step:
        """The inverse of `to_json`."""
        skipped = data["skipped"]
        return cls(**{**data, "skipped": (skipped[0], skipped[1]) if skipped else None})


@dataclass(frozen=True)
class Grant:
    """What search may spend on one method.

    Args:
        method: Name of the plug-in.
        trials: The most configurations.
        units: Units of work, in each fold, of all configurations together; no new one begins when they are spent.
    """

    method: str
    trials: int
    units: int


@dataclass(frozen=True)
class Plan:
    """What is granted for one target.

    Args:
        folds: In each repeat; 1 is a hold-out.
        repeats: How often the rows are dealt into folds anew.
        steps: What each rung is granted in each fold.
        searches: What search may spend on each method that has something to search.
    """

    folds: int
    repeats: int
    steps: tuple[Step, ...]
    searches: tuple[Grant, ...] = ()

    @property
    def fits(self) -> int:
        """Models that each method learns."""
        return self.folds * self.repeats

    @property
    def seconds(self) -> float:
        """What the granted work takes at the measured rates."""
        rates = {step.method: step.rate or 0.0 for step in self.steps}
        ladder = sum(step.work * rates[step.method] for step in self.steps)
        return self.fits * (ladder + sum(grant.units * rates[grant.method] for grant in self.searches))

    @property
    def enough(self) -> bool:
        """Whether every method that could be measured has enough work."""
        return all(step.enough for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Plan:
        """The inverse of `to_json`."""
        searches = tuple(Grant(**grant) for grant in data.get("searches", ()))
        return cls(data["folds"], data["repeats"], tuple(Step.from_json(step) for step in data["steps"]), searches)


def seconds_for_training(budget: float, others: float) -> float:
    """Seconds of work that may be planned for.

    Args:
        budget: Of the whole run.
        others: What the stages before and after training take of it.
    """
    return max(budget - others, LEAST * budget) * SHARE


def seconds_for_ladder(seconds: float, trials: int) -> float:
    """What the ladder may take of the time for training: half where search follows, which gets what is left."""
    return seconds / 2 if trials else seconds


def share(clock: Clock, after: float, granted: float, waiting: int) -> float:
    """Seconds that the next target may take: an equal part of what is left for all that still wait.

    Args:
        clock: The run's clock; what it has spent is gone for everyone.
        after: Seconds that the stages after training will take.
        granted: Seconds of work that the targets before were granted.
        waiting: Targets without a plan, this one included.
    """
    return max(0.0, seconds_for_training(clock.budget, clock.elapsed + after) - granted) / waiting


def plan(
    rungs: Sequence[Rung],
    problem_of: Callable[[str], Problem],
    seconds: float,
    ways: Sequence[tuple[int, int]],
    trials: int = 0,
) -> Plan:
    """Grant each rung its work for one target, and search what the ladder leaves: half of the time, or more.

    Args:
        rungs: The ladder.
        problem_of: View name -> the problem of one fold, for measuring rates.
        seconds: What this target may take in all.
        ways: (folds, repeats), the best first: the first one that leaves enough work for every method, else the last.
        trials: The most configurations that search may try.
    """
    climbing = seconds_for_ladder(seconds, trials)
    looks = [_first_look(rung, problem_of, climbing) for rung in rungs]
    plans = (Plan(folds, repeats, _granted(looks, climbing, folds * repeats)) for folds, repeats in ways)
    for found in plans:
        if found.enough:
            break
    return replace(found, searches=_searches(rungs, found, seconds - found.seconds, trials)) if trials else found


def _searches(rungs: Sequence[Rung], found: Plan, seconds: float, trials: int) -> tuple[Grant, ...]:
    """Time and trials in equal parts for all methods that have something to search; units are rounded down."""
    rates = {step.method: step.rate for step in found.steps if step.work and step.rate}
    methods = [rung.method for rung in rungs if rung.method in rates and space_of(rung)]
    grants = []
    for place, method in enumerate(methods):
        units = seconds / len(methods) / (found.fits * (rates[method] or 1.0))
        own = trials // len(methods) + (place < trials % len(methods))
        if units >= 1 and own:
            grants.append(Grant(method, own, rounded_down(int(units))))
    return tuple(grants)


def _granted(looks: Sequence[Step], seconds: float, fits: int) -> tuple[Step, ...]:
    """To each its usual work, if that fits; what is left in equal parts, the cheapest first, who leaves some of it."""
    steps = {step.method: step for step in looks}
    open_steps = [step for step in looks if step.rate is not None]
    needed = sum(_seconds(step, step.least, fits) for step in open_steps)
    sure = needed <= seconds
    spare = seconds - needed * sure
    order = sorted(open_steps, key=lambda step: _seconds(step, step.wanted, fits))
    for waiting, step in zip(range(len(order), 0, -1), order, strict=True):
        own = _seconds(step, step.least, fits) * sure
        steps[step.method] = granted = _grant(step, own + spare / waiting, fits, step.least * sure)
        spare -= _seconds(step, granted.work, fits) - own
    return tuple(steps.values())


def _seconds(step: Step, work: int, fits: int) -> float:
    """What so much work takes in all folds, at the measured rate."""
    return work * fits * (step.rate or 0.0)


def _first_look(rung: Rung, problem_of: Callable[[str], Problem], seconds: float) -> Step:
    """Skip what is missing or hopeless; measure the rate of the rest."""
    options = plugins.part("methods", rung.method, "options")
    wanted = options.work(rung.options)
    if rung.hindered:
        return Step(rung.method, 0, wanted, skipped=rung.hindered)
    if rung.info.rung == 0 or rung.info.view == "scores":
        return Step(rung.method, wanted, wanted)
    problem = problem_of(rung.info.view)
    expected, _ = options.cost(len(problem.x) // 4, problem.x.shape[1], rung.options)
    if min(expected, 2.0) > seconds:  # even loading and measuring it would not fit
        return Step(rung.method, 0, wanted, skipped=("train.over_budget", {"seconds": math.ceil(expected)}))
    rate = plugins.part("methods", rung.method, "fit").probe(problem, rung.options)
    return Step(rung.method, wanted, wanted, rate, usual=rung.info.usual)


def _grant(step: Step, seconds: float, fits: int, least: int) -> Step:
    """As many units as the seconds allow, rounded so that a rate measured anew seldom changes them."""
    rate = max(step.rate or 0.0, 1e-9) * fits
    if step.wanted * rate <= max(seconds, FREE_SECONDS):
        return step
    affordable = int(seconds / rate)
    if affordable < 1:
        skipped = ("train.over_budget", {"seconds": math.ceil(rate)})
        return replace(step, work=0, skipped=skipped)
    return replace(step, work=max(least, rounded_down(affordable)))


def rounded_down(units: int) -> int:
    """1, 2, 3, 4, 6, 8, 12, 16, 24 ...: the greatest of them that is not above `units`, which is 1 at least."""
    power = 1 << (units.bit_length() - 1)
    return power + power // 2 if 2 * units >= 3 * power > 2 else power
