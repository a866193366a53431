"""Test rows for an undecided goal: as sure as they say, as few as that allows, and one word for one thing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import ProjectError
from modelyard.core.goals import Goal, parse
from modelyard.core.number import Number
from modelyard.evaluate.goals import Evidence, Measured, verdict
from modelyard.measure.intervals import wilson
from modelyard.plan import rows


def of_rate(hits: int, trials: int, confidence: float = 0.95) -> Number:
    return Number.of(*wilson(hits / trials, trials, confidence), trials)


def goal(line: str = "accuracy >= 0.8") -> Goal:
    return parse(line, "goals")


def share_decided(rate: float, bound: float, trials: int, confidence: float = 0.95) -> float:
    """By counting every number of hits, with the product's own interval."""
    logs = np.r_[0.0, np.cumsum(np.log(np.arange(1, trials + 1)))]
    total = 0.0
    for hits in range(trials + 1):
        _, low, high = wilson(hits / trials, trials, confidence)
        if (low > bound) if rate > bound else (high < bound):
            ways = logs[trials] - logs[hits] - logs[trials - hits]
            total += math.exp(ways + hits * math.log(rate) + (trials - hits) * math.log1p(-rate))
    return total


# -------------------------------------------------------------------- rates
@pytest.mark.parametrize(("hits", "trials", "bound"), [(83, 100, 0.8), (75, 100, 0.8), (19, 20, 0.9), (2, 30, 0.15)])
def test_as_many_rows_as_it_says_decide_as_often_as_it_says(hits: int, trials: int, bound: float) -> None:
    found = rows.needed(goal(f"accuracy >= {bound}"), of_rate(hits, trials), rate=True)
    assert found.outcome == "undecided" and found.n_75 is not None and found.n_90 is not None
    for needed, share in ((found.n_75, 0.75), (found.n_90, 0.9)):
        assert share_decided(hits / trials, bound, needed) >= share
        assert share_decided(hits / trials, bound, needed + 1) >= share
        assert share_decided(hits / trials, bound, needed - 1) < share or needed == found.n_50


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(5, 300), st.floats(0, 1), st.floats(0.05, 0.95), st.sampled_from([0.8, 0.95]))
def test_surer_needs_more_and_the_verdict_is_the_reports(
    trials: int, share: float, bound: float, confidence: float
) -> None:
    number = of_rate(round(share * trials), trials, confidence)
    asked = goal(f"accuracy >= {bound}")
    found = rows.needed(asked, number, rate=True, confidence=confidence)
    told = verdict(asked, Evidence((Measured(asked, number, trials, trials),)), confidence)
    assert found.outcome == told.outcome and found.now == trials
    if told.outcome != "undecided":
        assert (found.n_50, found.n_75, found.n_90) == (trials,) * 3
        return
    assert (found.n_50 is None) == (told.more_rows is None)
    if told.more_rows is not None and found.n_50 is not None:
        assert found.n_50 == trials + told.more_rows
        numbers = [math.inf if n is None else n for n in (found.n_50, found.n_75, found.n_90)]
        assert numbers == sorted(numbers)


def test_the_same_whichever_side_is_good() -> None:
    up = rows.needed(goal("accuracy >= 0.8"), of_rate(83, 100), rate=True)
    down = rows.needed(goal("error <= 0.2"), of_rate(17, 100), rate=True)
    assert (up.n_50, up.n_75, up.n_90) == (down.n_50, down.n_75, down.n_90)


def test_a_verdict_at_one_in_ten_needs_fewer_rows() -> None:
    strict = rows.needed(goal(), of_rate(83, 100), rate=True)
    loose = rows.needed(goal(), of_rate(83, 100, 0.8), rate=True, confidence=0.8)
    assert loose.n_90 is not None and strict.n_90 is not None and loose.n_90 < strict.n_90


def test_exact_and_normal_meet_where_one_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = rows.needed(goal(), of_rate(81, 100), rate=True)
    monkeypatch.setattr(rows, "EXACT", 10)
    normal = rows.needed(goal(), of_rate(81, 100), rate=True)
    assert exact.n_90 == pytest.approx(normal.n_90, rel=0.15)


def test_a_rate_of_some_rows_only_is_told_in_rows() -> None:
    of_all = rows.needed(goal("recall[坏] >= 0.8"), of_rate(83, 100), rate=True)
    of_tenth = rows.needed(goal("recall[坏] >= 0.8"), of_rate(83, 100), rate=True, rows=1000)
    for one, other in ((of_all.n_50, of_tenth.n_50), (of_all.n_75, of_tenth.n_75), (of_all.n_90, of_tenth.n_90)):
        assert one is not None and other is not None and other == pytest.approx(10 * one, abs=10)


def test_a_rate_without_a_mistake() -> None:
    found = rows.needed(goal("accuracy >= 0.9"), of_rate(20, 20), rate=True)
    assert found.n_50 == found.n_75 == found.n_90
    assert found.n_90 is not None and wilson(1.0, found.n_90).low >= 0.9


# -------------------------------------------------------------------- others
def test_other_numbers_shrink_with_the_root() -> None:
    number = Number(0.8, 0.7, 0.9, 100)
    found = rows.needed(goal("roc_auc >= 0.75"), number, rate=False)
    assert found.n_50 == 400
    assert found.n_90 == math.ceil(400 * ((1.959964 + 1.281552) / 1.959964) ** 2)
    assert found.n_75 is not None and found.n_50 < found.n_75 < (found.n_90 or 0)


def test_as_many_rows_of_any_kind_decide_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    contributions = random.gamma(2.0, size=200)
    contributions *= 2.06 / contributions.mean()
    number = rows.mean_number(contributions)
    found = rows.needed(goal("loss >= 2"), number, rate=False)
    assert found.outcome == "undecided" and found.n_90 is not None and found.n_50 is not None
    for needed, share in ((found.n_50, 0.5), (found.n_90, 0.9)):
        drawn = contributions[random.integers(0, 200, (400, needed))]
        low = drawn.mean(1) - 1.96 * drawn.std(1) / math.sqrt(needed)
        assert (low > 2).mean() == pytest.approx(share, abs=0.07)


def test_no_number_of_rows_decides() -> None:
    for number in (Number(0.8, 0.7, 0.9, 100), Number(None, None, None, 0), Number(0.81, None, None, 100)):
        found = rows.needed(goal(), number, rate=False)
        assert (found.outcome, found.n_50, found.n_75, found.n_90) == ("undecided", None, None, None)
    near = rows.needed(goal("accuracy >= 0.8300001"), of_rate(83, 100), rate=True)
    assert near.n_50 is None and near.n_90 is None


def test_decided_already() -> None:
    assert rows.needed(goal(), of_rate(95, 100), rate=True) == rows.Rows(100, "met", 100, 100, 100)
    assert rows.needed(goal(), of_rate(50, 100), rate=True).outcome == "not met"


# -------------------------------------------------------------------- contributions
def test_the_mean_of_contributions_with_its_interval() -> None:
    found = rows.mean_number([0.0, 1.0] * 50, seed=3)
    assert found.value == 0.5 and found.n == 100 and found.interval is not None
    assert found.interval == pytest.approx((0.4, 0.6), abs=0.03)
    assert found == rows.mean_number([0.0, 1.0] * 50, seed=3)


@pytest.mark.parametrize("wrong", [[], [1.0], [1.0, math.nan], [1.0, math.inf], [[1.0, 2.0]]])
def test_contributions_that_say_nothing(wrong: list[float]) -> None:
    with pytest.raises(ProjectError, match="contributions"):
        rows.mean_number(wrong)


def test_contributions_that_are_all_equal_are_decided() -> None:
    number = rows.mean_number([0.9] * 10)
    assert rows.needed(goal("accuracy >= 0.8"), number, rate=False).outcome == "met"


# -------------------------------------------------------------------- wrong input
@pytest.mark.parametrize("confidence", [0.5, 1.0, 0.0, math.nan, 95])
def test_a_confidence_that_is_none(confidence: float) -> None:
    with pytest.raises(ProjectError, match="confidence"):
        rows.needed(goal(), of_rate(83, 100), rate=True, confidence=confidence)


def test_fewer_rows_than_the_number_rests_on() -> None:
    with pytest.raises(ProjectError, match="100"):
        rows.needed(goal(), of_rate(83, 100), rate=True, rows=99)


# -------------------------------------------------------------------- goals of other kinds
@pytest.mark.parametrize("line", ["accuracy > 0.8", "accuracy >= 0.8"])
def test_a_strict_goal_needs_as_many_rows(line: str) -> None:
    assert rows.needed(goal(line), of_rate(83, 100), rate=True) == rows.needed(goal(), of_rate(83, 100), rate=True)


@pytest.mark.parametrize(("line", "hits", "decides"), [("accuracy >= 1", 99, 1), ("fpr <= 0", 1, 1)])
def test_goals_at_the_end_of_the_range(line: str, hits: int, decides: int) -> None:
    """One mistake shows that there are mistakes."""
    found = rows.needed(goal(line), of_rate(hits, 100), rate=True)
    assert found.outcome == "not met" and found.n_50 == 100 * decides


def test_a_perfect_rate_can_not_be_shown_by_any_number_of_rows() -> None:
    found = rows.needed(goal("accuracy >= 1"), of_rate(100, 100), rate=True)
    assert (found.outcome, found.n_50, found.n_90) == ("undecided", None, None)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.floats(0.1, 0.9), st.floats(0.01, 0.2), st.floats(0.02, 0.3), st.integers(10, 10_000))
def test_numbers_with_intervals_need_more_the_nearer_they_are(
    value: float, half: float, distance: float, n: int
) -> None:
    number = Number(value, value - half, value + half, n)
    near, far = (
        rows.needed(goal(f"roc_auc >= {value - gap:.6f}"), number, rate=False).n_90 for gap in (distance / 2, distance)
    )
    assert far is not None and (near is None or near >= far)
