"""Verdicts on goals: met, not met, or undecided and what would decide.

A goal with conditions, or on every value of a column, rests on several numbers, its pieces. It is met when all of them
are on the good side, each with its own interval: that all hold is claimed only where each by itself would be
(intersection-union test, Berger 1982). It is not met when one is on the bad side, with an interval that is widened for
the number of pieces looked at (Bonferroni; the first step of Holm's procedure): among many pieces one is bad by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from modelyard.core.goals import Condition, Goal, setting
from modelyard.core.number import Number
from modelyard.core.verdicts import Outcome, Piece, Verdict
from modelyard.evaluate.cost import Prices
from modelyard.evaluate.words import rows_for_margin
from modelyard.measure.intervals import rows_needed, wilson


@dataclass(frozen=True)
class Measured:
    """A number that a goal rests on.

    Args:
        bound: The goal or the condition that it has to keep.
        number: What was measured.
        rows: Test rows behind it.
        trials: For a rate, of how many rows it is a share.
        where: The value of the goal's column; empty for all rows.
        share: Of all test rows, those that were looked at.
    """

    bound: Goal | Condition
    number: Number
    rows: int
    trials: int | None = None
    where: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class Evidence:
    """What a goal is judged by: its numbers, and the values of its column that too few rows have.

    Where there is nothing to look at, `lacking` says why: "no_column" or "no_rows".
    """

    measured: tuple[Measured, ...]
    few: tuple[str, ...] = ()
    lacking: str = ""


def verdict(goal: Goal, evidence: Evidence, confidence: float, held_out: bool = True) -> Verdict:
    """Judge one goal on quality.

    Args:
        goal: The goal.
        evidence: What its numbers came to.
        confidence: Of the intervals.
        held_out: Whether labelled rows were kept from training; if not, nothing can be decided.
    """
    count = len(evidence.measured)
    outcomes = [_outcome(one, count, confidence) for one in evidence.measured]
    found = _verdict(goal, evidence, outcomes)
    if not held_out:
        return replace(found, outcome="undecided", reason="unmeasured", more_rows=rows_for_margin(confidence))
    if evidence.lacking or not outcomes:
        return replace(found, outcome="undecided", reason=evidence.lacking or "few")
    if "not met" in outcomes:
        return found
    if {*outcomes} == {"met"}:
        return replace(found, outcome="undecided", reason="few") if evidence.few else found
    if any(one.number.value is None for one in evidence.measured):
        return replace(found, reason="undefined")
    open_ones = [one for one, outcome in zip(evidence.measured, outcomes, strict=True) if outcome == "undecided"]
    more = [_more_rows(one, confidence) for one in open_ones]
    known = [rows for rows in more if rows is not None]
    return replace(found, reason="interval", more_rows=max(known) if len(known) == len(more) else None)


def verdict_on_bundle(goal: Goal, prices: Prices) -> Verdict:
    """Judge a goal on latency, size and the like, as it was measured on this machine."""
    number = prices.of(goal.metric, setting(goal))
    judged = number if number.interval else replace(number, low=number.value, high=number.value)
    outcome: Outcome = "undecided" if number.value is None else _side(goal, judged)
    reason = "" if outcome != "undecided" else "undefined" if number.value is None else "timing"
    return replace(_verdict(goal, Evidence((Measured(goal, number, 0),)), [outcome]), outcome=outcome, reason=reason)


def verdicts(
    goals: tuple[Goal, ...], measure: Callable[[Goal], Evidence], prices: Prices, confidence: float, held_out: bool
) -> tuple[Verdict, ...]:
    """Judge all goals, in the order they were written."""
    return tuple(
        verdict_on_bundle(goal, prices) if goal.is_of_bundle else verdict(goal, measure(goal), confidence, held_out)
        for goal in goals
    )


def _outcome(one: Measured, count: int, confidence: float) -> Outcome:
    """Where a number stands: good with its own interval, bad with the one that allows for `count` numbers."""
    if one.number.value is None or not one.number.interval:
        return "undecided"
    if _side(one.bound, one.number) == "met":
        return "met"
    return "not met" if _side(one.bound, _widened(one, count, confidence)) == "not met" else "undecided"


def _side(bound: Goal | Condition, number: Number) -> Outcome:
    """Whether the whole interval is on one side of the bound."""
    if not number.interval:
        return "undecided"
    worst, best = number.interval if bound.wants_more else reversed(number.interval)
    if bound.holds(worst):
        return "met"
    return "undecided" if bound.holds(best) else "not met"


def _widened(one: Measured, count: int, confidence: float) -> Number:
    """The number with the interval that all of `count` numbers are in with the given confidence."""
    number = one.number
    if count == 1 or number.value is None or number.interval is None:
        return number
    together = 1 - (1 - confidence) / count
    if one.trials:
        _, low, high = wilson(number.value, one.trials, together)
        return replace(number, low=low, high=high)
    factor = NormalDist().inv_cdf((1 + together) / 2) / NormalDist().inv_cdf((1 + confidence) / 2)
    low, high = (number.value + (end - number.value) * factor for end in number.interval)
    return replace(number, low=low, high=high)


def _more_rows(one: Measured, confidence: float) -> int | None:
    """Test rows in all, beside those that are there, that would probably decide on a number."""
    number = one.number
    if number.value is None or not number.interval:
        return None
    low, high = number.interval
    bound = one.bound.value
    needed = rows_needed(number.value, low, high, bound, one.rows, trials=one.trials, confidence=confidence)
    return None if needed is None else max(1, math.ceil((needed - one.rows) / one.share))


def _verdict(goal: Goal, evidence: Evidence, outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict on the numbers as they are; the one of the goal's own that stands worst is shown first."""
    worst = min((one for one in evidence.measured if one.bound is goal), key=_standing, default=None)
    order = sorted(range(len(outcomes)), key=lambda place: _standing(evidence.measured[place]))
    pieces = [
        Piece(
            metric=one.bound.name,
            where=one.where,
            operator=one.bound.operator,
            value=one.bound.value,
            number=one.number,
            outcome=outcomes[place],
        )
        for place, one in ((place, evidence.measured[place]) for place in order)
    ]
    together: Outcome = "not met" if "not met" in outcomes else "met" if {*outcomes} == {"met"} else "undecided"
    return Verdict(
        goal=goal.text,
        outcome=together,
        number=worst.number if worst else Number(None),
        value=goal.value,
        operator=goal.operator,
        metric=goal.name,
        target=goal.target,
        column=goal.column,
        where=worst.where if worst else "",
        few=evidence.few,
        pieces=tuple(pieces) if len(pieces) > 1 else (),
    )


def _standing(one: Measured) -> float:
    """How far a number is on the good side of its bound, in half widths of its interval; the worst is lowest."""
    if one.number.value is None:
        return math.inf
    low, high = one.number.interval or (one.number.value, one.number.value)
    distance = one.number.value - one.bound.value if one.bound.wants_more else one.bound.value - one.number.value
    return distance / max((high - low) / 2, 1e-12)
