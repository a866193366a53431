"""Verdicts on goals: met, not met, or undecided and what would decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modelyard.core.goals import Goal
from modelyard.core.number import Number
from modelyard.core.report import Cost, Outcome, Verdict
from modelyard.measure.intervals import rows_needed

Measured = tuple[Number, int, int | None]
"""A number, the test rows behind it, and for a rate of how many of them it is a share (else None)."""


def verdict(goal: Goal, measured: Measured, confidence: float, held_out: bool = True) -> Verdict:
    """Judge one goal on quality.

    Met when the whole interval is on the good side of the goal, not met when it is wholly on the bad side.

    Args:
        goal: The goal.
        measured: What its metric came to.
        confidence: Of the interval.
        held_out: Whether the rows were kept from training; if not, nothing can be decided.
    """
    number, rows, trials = measured
    if number.value is None or not held_out:
        return _verdict(goal, "undecided", number, reason="trained_on" if not held_out else "undefined")
    outcome = _outcome(goal, number)
    if outcome != "undecided":
        return _verdict(goal, outcome, number)
    low, high = number.interval or (number.value, number.value)
    needed = rows_needed(number.value, low, high, goal.value, rows, trials=trials, confidence=confidence)
    more = None if needed is None or not number.interval else max(1, needed - rows)
    return _verdict(goal, "undecided", number, more_rows=more, reason="interval")


def cost_verdict(goal: Goal, cost: Cost) -> Verdict:
    """Judge a goal on latency or size, as it was measured on this machine."""
    number: Number = getattr(cost, goal.metric)
    if number.value is None:
        return _verdict(goal, "undecided", number, reason="undefined")
    outcome = _outcome(goal, number if number.interval else replace(number, low=number.value, high=number.value))
    return _verdict(goal, outcome, number, reason="" if outcome != "undecided" else "timing")


def verdicts(
    goals: tuple[Goal, ...], measure: Callable[[Goal], Measured], cost: Cost, confidence: float, held_out: bool
) -> tuple[Verdict, ...]:
    """Judge all goals, in the order they were written."""
    return tuple(
        cost_verdict(goal, cost) if goal.is_cost else verdict(goal, measure(goal), confidence, held_out)
        for goal in goals
    )


def _outcome(goal: Goal, number: Number) -> Outcome:
    """Whether the whole interval is on one side of the goal."""
    if not number.interval:
        return "undecided"
    worst, best = number.interval if goal.wants_more else reversed(number.interval)
    if goal.holds(worst):
        return "met"
    return "undecided" if goal.holds(best) else "not met"


def _verdict(goal: Goal, outcome: Outcome, number: Number, more_rows: int | None = None, reason: str = "") -> Verdict:
    return Verdict(
        goal=goal.text,
        outcome=outcome,
        number=number,
        value=goal.value,
        operator=goal.operator,
        metric=goal.name,
        target=goal.target,
        more_rows=more_rows,
        reason=reason,
    )
