"""Verdicts: what an interval decides, and how many rows would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.goals import Goal
from modelyard.core.number import Number
from modelyard.core.report import Cost
from modelyard.evaluate.goals import cost_verdict, verdict, verdicts
from modelyard.measure.intervals import wilson


def goal(operator: str = ">=", value: float = 0.5, metric: str = "f1") -> Goal:
    return Goal(f"{metric} {operator} {value}", metric, operator, value, "risk")  # type: ignore[arg-type]


def judged(asked: Goal, low: float, value: float, high: float, **more: Any) -> tuple[str, str]:
    found = verdict(asked, (Number(value, low, high, 100), 100, None), 0.95, **more)
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("operator", "low", "high", "outcome"),
    [
        (">=", 0.6, 0.8, "met"),
        (">=", 0.5, 0.8, "met"),
        (">", 0.5, 0.8, "undecided"),
        (">=", 0.4, 0.6, "undecided"),
        (">=", 0.2, 0.49, "not met"),
        (">=", 0.2, 0.5, "undecided"),
        (">", 0.2, 0.5, "not met"),
        ("<=", 0.2, 0.4, "met"),
        ("<=", 0.2, 0.5, "met"),
        ("<", 0.2, 0.5, "undecided"),
        ("<=", 0.4, 0.6, "undecided"),
        ("<=", 0.51, 0.6, "not met"),
        ("<", 0.5, 0.6, "not met"),
    ],
)
def test_the_whole_interval_decides(operator: str, low: float, high: float, outcome: str) -> None:
    assert judged(goal(operator), low, (low + high) / 2, high)[0] == outcome


def test_nothing_is_decided_on_rows_that_were_trained_on() -> None:
    assert judged(goal(), 0.9, 0.95, 0.99, held_out=False) == ("undecided", "trained_on")
    assert judged(goal(), 0.1, 0.15, 0.2, held_out=False) == ("undecided", "trained_on")


def test_what_is_not_defined_is_undecided() -> None:
    found = verdict(goal(), (Number(None), 0, None), 0.95)
    assert (found.outcome, found.reason, found.more_rows) == ("undecided", "undefined", None)


def test_a_number_without_an_interval_is_undecided() -> None:
    """One test row: there is a value, and nothing is known about its spread."""
    found = verdict(goal(), (Number(0.9, n=1), 1, None), 0.95)
    assert (found.outcome, found.reason, found.more_rows) == ("undecided", "interval", None)


def test_more_rows_shrink_the_interval_with_the_root_of_their_number() -> None:
    found = verdict(goal(), (Number(0.55, 0.45, 0.65, 100), 100, None), 0.95)
    assert found.more_rows == 300


def test_rows_never_help_where_the_value_is_the_goal() -> None:
    assert verdict(goal(), (Number(0.5, 0.4, 0.6, 100), 100, None), 0.95).more_rows is None


def test_a_verdict_carries_what_the_report_shows() -> None:
    asked = Goal("risk.recall[bad] >= 50%", "recall", ">=", 0.5, "risk", "bad")
    found = verdict(asked, (Number(0.7, 0.6, 0.8, 100), 100, 40), 0.95)
    assert (found.goal, found.metric, found.target) == (asked.text, "recall[bad]", "risk")
    assert (found.value, found.operator, found.number.n) == (0.5, ">=", 100)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(rate=st.integers(1, 49), rows=st.integers(50, 400), bound=st.floats(0.05, 0.95))
def test_the_rows_asked_for_do_decide_a_rate(rate: int, rows: int, bound: float) -> None:
    """With that many more rows at the same rate, the verdict is no longer open."""
    share = rate / 50
    low, high = wilson(share, rows)[1:]
    found = verdict(goal(">=", bound), (Number(share, low, high, rows), rows, rows), 0.95)
    if found.more_rows is None:
        assert found.outcome != "undecided" or abs(share - bound) < 1e-3
        return
    assert found.outcome == "undecided" and found.more_rows >= 1
    low, high = wilson(share, rows + found.more_rows)[1:]
    assert verdict(goal(">=", bound), (Number(share, low, high), rows, rows), 0.95).outcome != "undecided"


@settings(derandomize=True, max_examples=80, deadline=None)
@given(ends=st.lists(st.floats(0, 1), min_size=3, max_size=3), bound=st.floats(0, 1))
def test_what_more_is_good_for_less_is_bad_for(ends: list[float], bound: float) -> None:
    low, value, high = sorted(ends)
    opposite = {"met": "not met", "not met": "met", "undecided": "undecided"}
    assert judged(goal("<", bound), low, value, high)[0] == opposite[judged(goal(">=", bound), low, value, high)[0]]


def cost_of(p99: Number) -> Cost:
    return Cost(Number(0.2, 0.1, 0.3), p99, Number(0.4))


@pytest.mark.parametrize(
    ("number", "outcome", "reason"),
    [
        (Number(3.0, 2.0, 4.0), "met", ""),
        (Number(7.0, 6.0, 9.0), "not met", ""),
        (Number(4.0, 3.0, 9.0), "undecided", "timing"),
        (Number(None), "undecided", "undefined"),
        (Number(5.0), "met", ""),
        (Number(5.1), "not met", ""),
    ],
)
def test_latency_is_compared_as_measured(number: Number, outcome: str, reason: str) -> None:
    found = cost_verdict(goal("<=", 5.0, "latency_p99_ms"), cost_of(number))
    assert (found.outcome, found.reason, found.number) == (outcome, reason, number)


def test_costs_are_judged_on_rows_that_were_trained_on_too() -> None:
    goals = (goal("<=", 1.0, "bundle_mb"), goal())
    found = verdicts(goals, lambda _: (Number(0.9, 0.8, 0.95), 50, None), cost_of(Number(1.0)), 0.95, held_out=False)
    assert [one.outcome for one in found] == ["met", "undecided"]


def test_no_goals_no_verdicts() -> None:
    assert verdicts((), lambda _: (Number(None), 0, None), cost_of(Number(1.0)), 0.95, held_out=True) == ()
