"""Verdicts: what an interval decides, and how many rows would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.goals import Condition, Goal, Setting
from modelyard.core.number import Number
from modelyard.core.report import Cost
from modelyard.core.verdicts import verdict_words
from modelyard.evaluate.cost import Prices, Times
from modelyard.evaluate.goals import Evidence, Measured, verdict, verdict_on_bundle, verdicts
from modelyard.measure.intervals import wilson


def goal(operator: str = ">=", value: float = 0.5, metric: str = "f1") -> Goal:
    return Goal(f"{metric} {operator} {value}", metric, operator, value, "risk")  # type: ignore[arg-type]


def evidence(asked: Goal, number: Number, rows: int = 100, trials: int | None = None) -> Evidence:
    """One number, on all rows."""
    return Evidence((Measured(asked, number, rows, trials),))


def judged(asked: Goal, low: float, value: float, high: float, **more: Any) -> tuple[str, str]:
    found = verdict(asked, evidence(asked, Number(value, low, high, 100)), 0.95, **more)
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


def test_nothing_is_decided_where_nothing_is_measured() -> None:
    assert judged(goal(), 0.9, 0.95, 0.99, held_out=False) == ("undecided", "unmeasured")
    assert judged(goal(), 0.1, 0.15, 0.2, held_out=False) == ("undecided", "unmeasured")


def test_what_is_not_defined_is_undecided() -> None:
    found = verdict(goal(), evidence(goal(), Number(None), 0), 0.95)
    assert (found.outcome, found.reason, found.more_rows) == ("undecided", "undefined", None)


def test_a_number_without_an_interval_is_undecided() -> None:
    """One test row: there is a value, and nothing is known about its spread."""
    found = verdict(goal(), evidence(goal(), Number(0.9, n=1), 1), 0.95)
    assert (found.outcome, found.reason, found.more_rows) == ("undecided", "interval", None)


def test_more_rows_shrink_the_interval_with_the_root_of_their_number() -> None:
    found = verdict(goal(), evidence(goal(), Number(0.55, 0.45, 0.65, 100)), 0.95)
    assert found.more_rows == 300


def test_rows_never_help_where_the_value_is_the_goal() -> None:
    assert verdict(goal(), evidence(goal(), Number(0.5, 0.4, 0.6, 100)), 0.95).more_rows is None


def test_a_verdict_carries_what_the_report_shows() -> None:
    asked = Goal("risk.recall[bad] >= 50%", "recall", ">=", 0.5, "risk", "bad")
    found = verdict(asked, evidence(asked, Number(0.7, 0.6, 0.8, 100), trials=40), 0.95)
    assert (found.goal, found.metric, found.target) == (asked.text, "recall[bad]", "risk")
    assert (found.value, found.operator, found.number.n) == (0.5, ">=", 100)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(rate=st.integers(1, 49), rows=st.integers(50, 400), bound=st.floats(0.05, 0.95))
def test_the_rows_asked_for_do_decide_a_rate(rate: int, rows: int, bound: float) -> None:
    """With that many more rows at the same rate, the verdict is no longer open."""
    share = rate / 50
    low, high = wilson(share, rows)[1:]
    asked = goal(">=", bound)
    found = verdict(asked, evidence(asked, Number(share, low, high, rows), rows, rows), 0.95)
    if found.more_rows is None:
        assert found.outcome != "undecided" or abs(share - bound) < 1e-3
        return
    assert found.outcome == "undecided" and found.more_rows >= 1
    low, high = wilson(share, rows + found.more_rows)[1:]
    assert verdict(asked, evidence(asked, Number(share, low, high), rows, rows), 0.95).outcome != "undecided"


@settings(derandomize=True, max_examples=80, deadline=None)
@given(ends=st.lists(st.floats(0, 1), min_size=3, max_size=3), bound=st.floats(0, 1))
def test_what_more_is_good_for_less_is_bad_for(ends: list[float], bound: float) -> None:
    low, value, high = sorted(ends)
    opposite = {"met": "not met", "not met": "met", "undecided": "undecided"}
    assert judged(goal("<", bound), low, value, high)[0] == opposite[judged(goal(">=", bound), low, value, high)[0]]


# -------------------------------------------------------------- several numbers
def fpr(value: float = 0.05) -> Condition:
    return Condition("fpr", "<=", value)


def of_two(first: Number, second: Number) -> str:
    """The outcome of `recall >= 0.9 at fpr <= 0.05`."""
    asked = Goal("recall >= 0.9 at fpr <= 0.05", "recall", ">=", 0.9, "risk", conditions=(fpr(),))
    found = verdict(asked, Evidence((Measured(asked, first, 100), Measured(fpr(), second, 100))), 0.95)
    return found.outcome


@pytest.mark.parametrize(
    ("recall", "false", "outcome"),
    [
        ((0.92, 0.95, 0.98), (0.01, 0.02, 0.04), "met"),
        ((0.92, 0.95, 0.98), (0.01, 0.04, 0.07), "undecided"),
        ((0.85, 0.92, 0.98), (0.01, 0.02, 0.04), "undecided"),
        ((0.92, 0.95, 0.98), (0.09, 0.12, 0.15), "not met"),
        ((0.60, 0.65, 0.70), (0.01, 0.02, 0.04), "not met"),
    ],
)
def test_a_goal_with_a_condition_needs_both(recall: tuple[float, ...], false: tuple[float, ...], outcome: str) -> None:
    low, value, high = recall
    less, middle, more = false
    assert of_two(Number(value, low, high, 100), Number(middle, less, more, 100)) == outcome


def test_what_two_numbers_say_stands_side_by_side() -> None:
    asked = Goal("recall >= 0.9 at fpr <= 0.05", "recall", ">=", 0.9, "risk", conditions=(fpr(),))
    numbers = Number(0.95, 0.92, 0.98, 100), Number(0.02, 0.01, 0.04, 900)
    found = verdict(asked, Evidence((Measured(asked, numbers[0], 100), Measured(fpr(), numbers[1], 900))), 0.95)
    assert [piece.metric for piece in found.pieces] == ["recall", "fpr"]
    assert "0.950 (0.920 to 0.980) at fpr 0.02" in verdict_words(found)


def sliced(*numbers: tuple[str, float], few: tuple[str, ...] = (), half: float = 0.05, rows: int = 100) -> Any:
    """The verdict on `roc_auc[branch = *] >= 0.75`."""
    asked = Goal("roc_auc[branch = *] >= 0.75", "roc_auc", ">=", 0.75, "risk", column="branch", cell="*")
    measured = (
        Measured(asked, Number(value, value - half, value + half, rows), rows, None, name, 1 / len(numbers))
        for name, value in numbers
    )
    return verdict(asked, Evidence(tuple(measured), few), 0.95)


def test_every_value_has_to_hold_by_itself() -> None:
    found = sliced(("North", 0.85), ("South", 0.81))
    assert (found.outcome, found.where) == ("met", "South")
    found = sliced(("North", 0.85), ("South", 0.78))
    assert (found.outcome, found.where, found.reason) == ("undecided", "South", "interval")
    assert "branch = South: 0.78" in verdict_words(found)


def test_values_with_too_few_rows_are_named_and_leave_it_open() -> None:
    found = sliced(("North", 0.85), few=("East", "West"))
    assert (found.outcome, found.reason, found.few) == ("undecided", "few", ("East", "West"))
    assert "East, West" in verdict_words(found)
    assert sliced(few=("East",)).outcome == "undecided"


def test_too_few_rows_elsewhere_do_not_save_what_is_bad() -> None:
    assert sliced(("North", 0.60), few=("East",)).outcome == "not met"


def test_among_many_values_one_may_look_bad_by_chance() -> None:
    """0.69 with an interval up to 0.74 is bad by itself, but not as the worst of twenty."""
    assert sliced(("only", 0.69)).outcome == "not met"
    many = [("bad", 0.69), *((f"good {number}", 0.85) for number in range(19))]
    assert sliced(*many).outcome == "undecided"
    assert sliced(*[("bad", 0.60), *many[1:]]).outcome == "not met"


def test_rows_of_a_value_are_a_share_of_all_rows() -> None:
    alone, of_four = sliced(("a", 0.78)), sliced(("a", 0.78), ("b", 0.9), ("c", 0.9), ("d", 0.9))
    assert of_four.more_rows == pytest.approx(4 * alone.more_rows, abs=4)


@pytest.mark.parametrize("reason", ["no_column", "no_rows"])
def test_where_there_is_nothing_to_look_at_it_is_said(reason: str) -> None:
    asked = Goal("roc_auc[branch = North] >= 0.75", "roc_auc", ">=", 0.75, "risk", column="branch", cell="North")
    found = verdict(asked, Evidence((), lacking=reason), 0.95)
    assert (found.outcome, found.reason) == ("undecided", reason)
    assert "branch" in verdict_words(found)


def test_a_value_on_which_the_metric_is_not_defined_leaves_it_open() -> None:
    asked = Goal("f1[a = *] >= 0.5", "f1", ">=", 0.5, "risk", column="a", cell="*")
    pieces = Measured(asked, Number(0.9, 0.8, 0.95, 50), 50, None, "x"), Measured(asked, Number(None), 40, None, "y")
    assert (verdict(asked, Evidence(pieces), 0.95).outcome, verdict(asked, Evidence(pieces), 0.95).reason) == (
        "undecided",
        "undefined",
    )


# --------------------------------------------------------------------- the bundle
def prices_of(p99: Number) -> Prices:
    usual = Times(Number(0.2, 0.1, 0.3), p99, Number(900.0, 800.0, 1000.0))
    slow = Times(Number(2.0, 1.0, 3.0), Number(20.0, 15.0, 30.0), Number(100.0, 90.0, 110.0))
    settings = {Setting(): usual, Setting(batch=32, over="http"): slow}
    return Prices(Cost(Number(0.2, 0.1, 0.3), p99, Number(0.4)), settings, Number(80.0))


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
    found = verdict_on_bundle(goal("<=", 5.0, "latency_p99_ms"), prices_of(number))
    assert (found.outcome, found.reason, found.number) == (outcome, reason, number)


def test_a_setting_has_times_of_its_own() -> None:
    conditions = (Condition("batch", "=", 32), Condition("over", "=", word="http"))
    asked = Goal("", "latency_p99_ms", "<=", 5.0, conditions=conditions)
    assert verdict_on_bundle(asked, prices_of(Number(1.0))).number.value == 20.0
    fast = Goal("", "rows_per_second", ">=", 500.0)
    assert verdict_on_bundle(fast, prices_of(Number(1.0))).outcome == "met"
    assert verdict_on_bundle(Goal("", "memory_mb", "<=", 50.0), prices_of(Number(1.0))).outcome == "not met"


def test_costs_are_judged_on_rows_that_were_trained_on_too() -> None:
    goals = (goal("<=", 1.0, "bundle_mb"), goal())
    found = verdicts(
        goals, lambda one: evidence(one, Number(0.9, 0.8, 0.95), 50), prices_of(Number(1.0)), 0.95, held_out=False
    )
    assert [one.outcome for one in found] == ["met", "undecided"]


def test_no_goals_no_verdicts() -> None:
    assert verdicts((), lambda one: evidence(one, Number(None)), prices_of(Number(1.0)), 0.95, held_out=True) == ()
