"""How many training rows a target takes, which to buy next, and when to stop.

A need is never one number: n_50, n_75 and n_90 are the rows with which the target is reached in 50, 75 and 90 of 100
worlds, and each may be None. In a world, the error at every size stands at the same quantile of its forecast: the draw
that is unlucky at twice the rows is unlucky at four times. A target is reached once the path has come down to it, even
if the error rises again afterwards (the running minimum); between two sizes the path is straight on ln rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.costs import Labels, Range, at_least
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.forecast import ZONES, Forecast
from modelyard.plan.worlds import at_sizes
from modelyard.plan.worlds import errors as in_worlds

EVIDENCE, LIMIT = (most for most, _ in ZONES[:2])
"""Times today's rows: beyond the first a number is marked, beyond the second none is named."""
PROBABILITIES = (0.5, 0.75, 0.9)
FINE = 4
"""Parts of the stretch between two horizons in which, for a purchase, probabilities are straight on ln rows."""
MOST_ROUNDS = 5
ROUND = 1.54
"""A round multiplies the rows by about as much as lies between the anchors of a curve: each adds one to it."""
UNLIKELY = 0.2
"""Below this probability of the least gain that counts, the next batch is not worth labelling."""


@dataclass(frozen=True)
class Need:
    """Training rows in all with which a target is reached.

    Args:
        target: The error to reach.
        today: Training rows that there are.
        n_50: Rows that suffice with a probability of 50 %; None when no number up to `LIMIT` times today's does.
        n_75: The same of 75 %.
        n_90: The same of 90 %.
        met: The curve's last error, as measured, reaches it already; then each is today's rows.
        beyond: The largest number that is named lies beyond `EVIDENCE` times today's rows.
        refused: Why nothing was computed, in the forecast's words; then each is None.
    """

    target: float
    today: int
    n_50: int | None
    n_75: int | None
    n_90: int | None
    met: bool = False
    beyond: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Round:
    """One purchase of labelled rows.

    Args:
        size: Training rows in all after it.
        rows: How many it buys.
        probability: That the target is reached by then.
        spend: What it costs.
    """

    size: int
    rows: int
    probability: float
    spend: Range


@dataclass(frozen=True)
class Purchase:
    """What to buy: only the first round, before a new fit says whether the others still make sense.

    Args:
        size: Training rows in all after the last round.
        rounds: At most `MOST_ROUNDS`; none when nothing is worth buying.
        probability: That the target is reached by the end.
        loss: Expected cost: what is spent, and the price of missing the target times its probability.
        idle_loss: The same when nothing is bought.
        reason: Why nothing is bought: "met", "refused" or "too_dear"; else empty.
        refused: Why there is no forecast; else empty.
    """

    size: int
    rounds: tuple[Round, ...]
    probability: float | None
    loss: float | None
    idle_loss: float | None
    reason: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Worth:
    """Whether a further batch is worth its price.

    Args:
        go_on: Buy it.
        gain: Expected fall of the error; negative when it is expected to rise. None when not computed.
        probability: That it falls by the least gain that counts, or more.
        worse: Probability that the error does not fall at all.
        cost: What the batch costs.
        reason: Why to stop: "unlikely", "too_dear", "refused" or "too_far"; else empty.
        refused: Why there is no forecast; else empty.
    """

    go_on: bool
    gain: float | None
    probability: float | None
    worse: float | None
    cost: Range
    reason: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Offer:
    """What a budget reaches with a probability.

    Args:
        probability: That the error is reached.
        error: The lowest that is; today's where more rows promise nothing.
        size: Training rows in all that it takes.
        cost: Of the rows beyond today's.
        wanted: Whether that is the target or better.
        target_cost: What the target itself costs with this probability; None where no plan gives it.
    """

    probability: float
    error: float
    size: int
    cost: Range
    wanted: bool
    target_cost: Range | None


def samples(forecast: Forecast, target: float) -> Need:
    """The rows that a target takes.

    Args:
        forecast: Of the error at more rows.
        target: Error to reach, 0 to 1.

    Raises:
        ProjectError: The target is no error.
    """
    _check_target(target)
    today = _today(forecast)
    if float(forecast.curve.errors[-1]) <= target:
        return Need(target, today, today, today, today, met=True)
    if forecast.refused:
        return Need(target, today, None, None, None, refused=forecast.refused)
    n_50, n_75, n_90 = (_whole(size) for size in requirements(forecast, target, np.asarray(PROBABILITIES)))
    beyond = any(size is not None and size > EVIDENCE * today for size in (n_50, n_75, n_90))
    return Need(target, today, n_50, n_75, n_90, beyond=beyond)


def requirements(forecast: Forecast, target: float, worlds: Floats) -> Floats:
    """The rows that a target takes in each of some worlds.

    Drawn from uniform worlds this is the need's distribution; the same worlds make dates and costs that belong to it.

    Args:
        forecast: Of the error at more rows.
        target: Error to reach.
        worlds: [worlds] quantile of the forecast that each stands at, 0 (lucky) to 1.

    Returns:
        [worlds] training rows; infinite where `LIMIT` times today's do not suffice, or nothing is forecast.
    """
    if forecast.refused and float(forecast.curve.errors[-1]) > target:
        return np.full(len(worlds), np.inf)
    sizes, paths = _paths(forecast, worlds)
    logs, reached = np.log(sizes), paths <= target
    after = np.argmax(reached, axis=1)
    before = np.maximum(after - 1, 0)
    each = np.arange(len(worlds))
    fall = paths[each, before] - paths[each, after]
    share = np.where(after > 0, (paths[each, before] - target) / np.where(fall > 0, fall, 1.0), 1.0)
    found = np.exp(logs[before] + share * (logs[after] - logs[before]))
    return np.where(reached.any(axis=1), found, np.inf)


def probability(forecast: Forecast, target: float, size: float) -> float | None:
    """The probability that the error at a number of rows is the target or less.

    Args:
        forecast: Of the error at more rows.
        target: Error to reach.
        size: Training rows in all.

    Returns:
        None where nothing is forecast, or the size lies beyond `LIMIT` times today's rows.

    Raises:
        ProjectError: The target is no error, or the size is below today's.
    """
    _check_target(target)
    today = _today(forecast)
    if not size >= today:
        raise ProjectError(Mistake("size", str(size), text("plan_need.expected_size", today=today)))
    if size == today:
        return float(forecast.curve.errors[-1] <= target)
    if forecast.refused or size > _sizes(forecast)[-1]:
        return None
    return _chance(forecast, target, size)


def buy(forecast: Forecast, target: float, price: Range, penalty: float, most: int | None = None) -> Purchase:
    """How many rows to buy: least expected cost, as a newsvendor reckons.

    The cost of ending at q rows is price * (q - today) + penalty * P(the need is above q). On a short
    stretch that P is taken as straight on ln q, so the cost is convex there, with its least at penalty * slope / price.
    Source: Mahmood et al. 2022, Optimizing Data Collection for Machine Learning (one source, refitted each round).

    Args:
        forecast: Of the error at more rows.
        target: Error to reach.
        price: Of a usable labelled row; the likely one decides.
        penalty: What it costs to miss the target.
        most: Training rows in all that can be had; None: as many as wanted.

    Raises:
        ProjectError: The target is no error, a price is not above 0, the penalty is negative.
    """
    _check_target(target)
    at_least("penalty", penalty, 0)
    if most is not None:
        at_least("most", most, 0)
    if not price.likely > 0:
        raise ProjectError(Mistake("price", str(price.likely), text("plan_need.expected_above", low=0.0)))
    today = _today(forecast)
    if float(forecast.curve.errors[-1]) <= target:
        return Purchase(today, (), 1.0, 0.0, 0.0, "met")
    if forecast.refused:
        return Purchase(today, (), None, None, None, "refused", forecast.refused)
    sizes, reached = _reached(forecast, target)
    size = _cheapest(sizes, reached, price.likely, penalty, math.inf if most is None else most)
    if size <= today:
        return Purchase(today, (), 0.0, penalty, penalty, "too_dear")
    chance = _between(sizes, reached, size)
    rounds = _rounds(sizes, reached, size, price)
    return Purchase(size, rounds, chance, price.likely * (size - today) + penalty * (1 - chance), penalty)


def worth(forecast: Forecast, rows: int, *, min_gain: float, value: float, price: Range) -> Worth:
    """Whether the next batch of rows is worth labelling.

    Args:
        forecast: Of the error at more rows.
        rows: How many the batch adds.
        min_gain: The least fall of the error that counts.
        value: Money for a fall of the error by 1, that is from all wrong to all right.
        price: Of a usable labelled row; the likely one decides.

    Raises:
        ProjectError: A negative number.
    """
    at_least("rows", rows, 1)
    at_least("min_gain", min_gain, 0)
    at_least("value", value, 0)
    cost, size = price.times(rows), _today(forecast) + rows
    if forecast.refused:
        return Worth(False, None, None, None, cost, "refused", forecast.refused)
    if size > _sizes(forecast)[-1]:
        return Worth(False, None, None, None, cost, "too_far")
    last = float(forecast.curve.errors[-1])
    chance = _chance(forecast, last - min_gain, size) if min_gain <= last else 0.0
    worse = 1 - _chance(forecast, last, size)
    gain = last - _expected(forecast, size)
    reason = "unlikely" if chance < UNLIKELY else "too_dear" if value * gain < cost.likely else ""
    return Worth(not reason, gain, chance, worse, cost, reason)


def within(forecast: Forecast, target: float, labels: Labels, budget: float) -> tuple[Offer, ...]:
    """What a budget for labels reaches with 50, 75 and 90 %: the target, or the nearest that can be had and its price.

    Args:
        forecast: Of the error at more rows.
        target: Error to reach.
        labels: What rows cost; the likely price decides what the budget buys.
        budget: Money for labels.

    Returns:
        One offer for each probability; none where nothing is forecast.

    Raises:
        ProjectError: The target is no error, or the budget is negative.
    """
    _check_target(target)
    at_least("budget", budget, 0)
    if forecast.refused:
        return ()
    return tuple(_offer(forecast, target, labels, budget, share) for share in PROBABILITIES)


# -------------------------------------------------------------------- paths
def _paths(forecast: Forecast, worlds: Floats) -> tuple[Floats, Floats]:
    """Sizes from today's to the last that may be named, and [worlds, sizes] the lowest error up to each."""
    sizes = _sizes(forecast)
    today = np.full((len(worlds), 1), forecast.curve.errors[-1])
    errors = np.concatenate([today, in_worlds(forecast, worlds)[:, : len(sizes) - 1]], axis=1)
    return sizes, np.asarray(np.minimum.accumulate(errors, axis=1), np.float64)


def _sizes(forecast: Forecast) -> Floats:
    """From today's to the last that may be named."""
    shown = forecast.sizes <= LIMIT * forecast.curve.sizes[-1]
    return np.asarray(np.r_[forecast.curve.sizes[-1], forecast.sizes[shown]], np.float64)


def _chance(forecast: Forecast, target: float, size: float) -> float:
    """P(error <= target) at a size beyond today's."""
    return float(at_sizes(forecast, np.asarray([size], np.float64)).probability(target)[0])


def _reached(forecast: Forecast, target: float) -> tuple[Floats, Floats]:
    """Sizes from today's on, and the probability that a target that is not met today has been reached by then."""
    known = _sizes(forecast)
    sizes = np.r_[*(np.geomspace(*ends, FINE, endpoint=False) for ends in pairwise(known)), known[-1]]
    chances = np.r_[0.0, at_sizes(forecast, sizes[1:]).probability(target)]
    return sizes, np.asarray(np.maximum.accumulate(chances), np.float64)


def _between(sizes: Floats, values: Floats, size: float) -> float:
    """The value at a size, straight on ln rows."""
    return float(np.interp(math.log(size), np.log(sizes), values))


def _expected(forecast: Forecast, size: float) -> float:
    """Mean of the error at a size: its quantiles, straight between the levels and level beyond the last."""
    (at,) = at_sizes(forecast, np.asarray([size], np.float64)).quantiles
    return float(np.trapezoid(np.r_[at[0], at, at[-1]], np.r_[0.0, forecast.levels, 1.0]))


# -------------------------------------------------------------------- buying
def _cheapest(sizes: Floats, reached: Floats, price: float, penalty: float, most: float) -> int:
    """The size of least expected cost; of equals the smallest."""
    slopes = np.diff(reached) / np.diff(np.log(sizes))
    least = np.clip(penalty * slopes / price, sizes[:-1], sizes[1:])
    ends = np.r_[sizes, least]
    tried = np.unique(np.clip(np.r_[np.floor(ends), np.ceil(ends)], sizes[0], max(sizes[0], min(most, sizes[-1] // 1))))
    costs = price * (tried - sizes[0]) + penalty * (1 - np.interp(np.log(tried), np.log(sizes), reached))
    return int(tried[np.argmin(costs)])


def _rounds(sizes: Floats, reached: Floats, size: int, price: Range) -> tuple[Round, ...]:
    """Rounds that multiply the rows by the same factor each, about `ROUND`."""
    today = int(sizes[0])
    count = min(MOST_ROUNDS, max(1, math.ceil(math.log(size / today) / math.log(ROUND) - 1e-9)), size - today)
    ends = [today, *(round(today * (size / today) ** (number / count)) for number in range(1, count)), size]
    return tuple(
        Round(end, end - start, _between(sizes, reached, end), price.times(end - start))
        for start, end in pairwise(ends)
        if end > start
    )


def _offer(forecast: Forecast, target: float, labels: Labels, budget: float, share: float) -> Offer:
    """The lowest error that the budget reaches with a probability, at the least rows that do."""
    sizes, (path,) = _paths(forecast, np.asarray([share]))
    today, one = int(sizes[0]), labels.of_one.likely
    affordable = min(float(sizes[-1]), today + budget / one if one > 0 else math.inf)
    lowest = _between(sizes, path, math.floor(affordable + 1e-9))
    wanted = _whole(float(requirements(forecast, target, np.asarray([share]))[0]))
    error = max(lowest, min(target, float(path[0])))
    size = _whole(float(requirements(forecast, error, np.asarray([share]))[0])) or today
    target_cost = None if wanted is None else labels.of(wanted - today)
    return Offer(share, error, size, labels.of(size - today), error <= target, target_cost)


# -------------------------------------------------------------------- numbers
def _today(forecast: Forecast) -> int:
    return int(forecast.curve.sizes[-1])


def _whole(size: float) -> int | None:
    """Rows are whole: the next number up, unless it is one but for rounding."""
    return math.ceil(size * (1 - 1e-12)) if math.isfinite(size) else None


def _check_target(target: float) -> None:
    if not 0 <= target <= 1:
        raise ProjectError(Mistake("target", str(target), text("plan_need.expected_error")))
