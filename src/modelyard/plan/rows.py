"""How many test rows an undecided goal needs.

A goal is judged as everywhere else (`evaluate.goals`): met when the whole interval of the number lies on its good side,
which is a one-sided test at (1 - confidence) / 2. Were the number to stay as it is, `Verdict.more_rows` would decide;
but on new rows it will come out a little higher or lower, so that many rows decide in one case of two only. That is
n_50; n_75 and n_90 decide in 75 and 90 cases of 100, if what was measured is the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.number import Number
from modelyard.core.verdicts import Outcome
from modelyard.evaluate.goals import Evidence, Measured, verdict
from modelyard.measure.intervals import MOST_ROWS, bootstrap, spread
from modelyard.plan.curves.evidence import Floats

EXACT = 5000
"""Up to this many trials binomial probabilities are summed; beyond, the normal distribution is as good."""


@dataclass(frozen=True)
class Rows:
    """Test rows in all with which a goal is decided.

    Args:
        now: Test rows that there are.
        outcome: What they decide today.
        n_50: Rows with which it is decided in 50 cases of 100; today's when it is decided already. None when no number
            of rows decides it: the value is the bound, is not defined, or lies too near.
        n_75: The same of 75 cases.
        n_90: The same of 90 cases.
    """

    now: int
    outcome: Outcome
    n_50: int | None
    n_75: int | None
    n_90: int | None


def needed(goal: Goal, number: Number, *, rate: bool, rows: int | None = None, confidence: float = 0.95) -> Rows:
    """The test rows that a goal on one number needs.

    Rates are summed exactly, as their Wilson interval turns a number of hits into a verdict. Others take a spread that
    shrinks with the square root of the rows.

    Args:
        goal: What has to be reached.
        number: What was measured; its `n` is the rows, or for a rate the trials that it is a share of.
        rate: Whether it is a share of independent rows (`Metric.exact`).
        rows: Test rows in all, where the number rests on some of them only; None: it rests on all.
        confidence: Of the number's interval, and of the verdict: 0.95 tests one-sided at 0.025, 0.8 at 0.1.

    Raises:
        ProjectError: Fewer rows than the number rests on, or a confidence that is none.
    """
    if not 0.5 < confidence < 1:
        raise ProjectError(Mistake("confidence", str(confidence), text("plan_need.expected_confidence")))
    now = number.n if rows is None else rows
    if now < number.n:
        raise ProjectError(Mistake("rows", str(now), text("plan_need.expected_rows", least=number.n)))
    trials = number.n if rate else None
    found = verdict(goal, Evidence((Measured(goal, number, now, trials),)), confidence)
    if found.outcome != "undecided":
        return Rows(now, found.outcome, now, now, now)
    if found.more_rows is None or number.value is None:
        return Rows(now, "undecided", None, None, None)
    n_50 = now + found.more_rows
    n_75, n_90 = (_surer(number.value, goal.value, n_50, trials, now, (confidence, share)) for share in (0.75, 0.9))
    return Rows(now, "undecided", n_50, n_75, n_90)


def mean_number(contributions: Sequence[float] | Floats, *, confidence: float = 0.95, seed: int = 0) -> Number:
    """The number and interval of a metric that is a mean over the test rows, for `needed`.

    Args:
        contributions: [rows] what each row contributes.
        confidence: Of the bootstrap interval.
        seed: Of the resamples.

    Raises:
        ProjectError: Fewer than two rows, or a contribution that is not finite.
    """
    values = np.asarray(contributions, np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        got = text("plan_need.got_rows", rows=values.size)
        raise ProjectError(Mistake("contributions", got, text("plan_need.expected_contributions")))
    (draws,) = bootstrap([lambda weight: weight @ values / len(values)], len(values), seed=seed)
    return Number.of(*spread(float(values.mean()), draws, len(values), confidence), len(values))


# -------------------------------------------------------------------- private
def _surer(
    value: float, bound: float, n_50: int, trials: int | None, now: int, asked: tuple[float, float]
) -> int | None:
    """Rows with which a verdict at `asked[0]` falls with probability `asked[1]`."""
    confidence, share = asked
    z, power = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist().inv_cdf(share)
    if trials:
        hits, bar = (value, bound) if value > bound else (1 - value, 1 - bound)
        found = _trials(hits, bar, z, share) * now / trials
    else:
        found = n_50 * ((z + power) / z) ** 2
    return max(n_50, math.ceil(found - 1e-6)) if found <= MOST_ROWS else None


def _trials(rate: float, bound: float, z: float, share: float) -> int:
    """From how many trials on a rate above a bound is found to be so with a probability.

    The probability goes up and down a little from one number of trials to the next, as hits are whole: what is
    answered holds for every larger number too.
    """
    power = NormalDist().inv_cdf(share)
    roots = z * math.sqrt(bound * (1 - bound)), power * math.sqrt(rate * (1 - rate))
    about = math.ceil((sum(roots) / (rate - bound)) ** 2)
    if about > EXACT:
        return about
    most = about + 30
    while _power(most, rate, bound, z) < share:
        most += about // 4 + 1
    while most > 1 and _power(most - 1, rate, bound, z) >= share:
        most -= 1
    return most


def _power(trials: int, rate: float, bound: float, z: float) -> float:
    """P(the hits of a rate leave a bound below their Wilson interval), which inverts the score test."""
    first = math.floor(trials * bound + z * math.sqrt(trials * bound * (1 - bound)) + 1e-9) + 1
    if rate == 1 or first > trials:
        return float(first <= trials)
    hits = np.arange(first, trials + 1)
    logs = np.r_[0.0, np.cumsum(np.log(np.arange(1, trials + 1)))]
    ways = logs[trials] - logs[hits] - logs[trials - hits]
    return float(np.exp(ways + hits * math.log(rate) + (trials - hits) * math.log1p(-rate)).sum())
