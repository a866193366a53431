"""Which way to build the product: the cheapest that reaches all goals with the wanted probability.

All probabilities are shares of joint worlds (`worlds`), so that what makes one goal fail in a world may make another
fail in the same one. Where nothing shows that one way is better than another, the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import Condition, Goal
from modelyard.core.messages import text
from modelyard.measure.intervals import Interval, paired, rows_needed
from modelyard.measure.paired import net_share
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.table import Cell, Place

Must = tuple[str, Goal | Condition]
"""A criterion of the cells, and what it has to be."""
TIE = 0.01
"""Probabilities that are nearer than this are the same: 10,000 worlds tell no finer."""
BINS = 10
"""What an experiment may find is looked at in as many parts, each as probable."""
COST = "cost"


@dataclass(frozen=True, eq=False)
class Standing:
    """How a cell stands to the goals.

    Args:
        cell: Which.
        probability: That all goals are reached together.
        each: The same of each goal by itself, in their order.
        cost: Median of its cost.
    """

    cell: Cell
    probability: float
    each: tuple[float, ...]
    cost: float


@dataclass(frozen=True, eq=False)
class Choice:
    """What to build.

    Args:
        standings: All cells: the chosen one first, then those that would be chosen without those before them.
        reached: Whether the chosen one reaches the goals with the wanted probability; else it is the likeliest.
        level: The wanted probability.
        alike: Places that nothing separates from the chosen one on the first goal: the interval of the difference
            in the same worlds holds 0.
        left_out: Places of which a criterion is not known, and which one.
    """

    standings: tuple[Standing, ...]
    reached: bool
    level: float
    alike: tuple[Place, ...]
    left_out: tuple[tuple[Place, str], ...]

    @property
    def chosen(self) -> Standing:
        """The way to build it."""
        return self.standings[0]


@dataclass(frozen=True)
class Difference:
    """Two ways on the same test rows.

    Args:
        gain: By how much the second one's loss is lower, with its interval.
        outcome: `better` or `worse` when the second one surely is; `cannot separate` when the interval holds 0.
        rows: Test rows in all that would probably separate them; None when none would, or they are separate.
    """

    gain: Interval
    outcome: Literal["better", "worse", "cannot separate"]
    rows: int | None


@dataclass(frozen=True)
class Experiment:
    """A run that would tell more.

    Args:
        place: What to run.
        change: Probability that its result changes what is chosen.
        price: What it costs.
    """

    place: Place
    change: float
    price: float


def choose(cells: Sequence[Cell], goals: Sequence[Must], level: float, confidence: float = 0.95) -> Choice:
    """The cheapest cell with P(all goals) >= level, else the one with the highest P; of equals the simpler one.

    Simpler is what changes less against today's product, then what was measured, then fewer rows.

    Args:
        cells: With draws of `cost` and of every goal's criterion; those without one are left out, and told.
        goals: That have to be reached; the first one is the main one.
        level: The wanted probability.
        confidence: Of the interval that separates ways.

    Raises:
        ProjectError: No goals, no cell with all criteria, draws that do not fit together, or a level that is none.
    """
    names = [name for name, _ in goals]
    left_out = tuple((cell.place, name) for cell in _sorted(cells) for name in (*names, COST) if name not in cell.draws)
    absent = {place for place, _ in left_out}
    usable = [cell for cell in _sorted(cells) if cell.place not in absent]
    _check(usable, goals, level, left_out)
    held = _held(usable, goals)
    standings = [
        Standing(cell, float(each.all(axis=0).mean()), tuple(map(float, each.mean(axis=1))), _median(cell, COST))
        for cell, each in zip(usable, held, strict=True)
    ]
    order = _order(np.asarray([one.probability for one in standings]), standings, level)
    ranked = tuple(standings[place] for place in order)
    first = ranked[0]
    alike = [one.cell.place for one in ranked[1:] if _alike(first.cell, one.cell, names[0], confidence)]
    return Choice(ranked, first.probability >= level, level, tuple(alike), left_out)


def front(cells: Sequence[Cell], criteria: Mapping[str, Literal["higher", "lower"]]) -> tuple[Cell, ...]:
    """The cells that no other one beats: as good in the medians of all criteria, and better in one.

    Args:
        cells: Those that lack a criterion are left out.
        criteria: Criterion -> which way is better.
    """
    known = [cell for cell in _sorted(cells) if criteria.keys() <= cell.draws.keys()]
    signs = {name: -1.0 if better == "higher" else 1.0 for name, better in criteria.items()}
    values = np.asarray([[sign * _median(cell, name) for name, sign in signs.items()] for cell in known])
    return tuple(
        cell
        for cell, own in zip(known, values, strict=True)
        if not ((values <= own).all(axis=1) & (values < own).any(axis=1)).any()
    )


def separate(before: Floats, after: Floats, *, confidence: float = 0.95, seed: int = 0) -> Difference:
    """Whether two ways differ on the same test rows; that they cannot be separated is an answer too.

    Args:
        before: Loss of each row under the first [rows].
        after: Loss of the same rows under the second.
        confidence: Of the interval.
        seed: Of the bootstrap; losses of 0 and 1 need none.

    Raises:
        ProjectError: There are no rows, or the losses are not of the same ones.
    """
    one, other = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if one.ndim != 1 or one.shape != other.shape or not len(one) or not np.isfinite([one, other]).all():
        got = f"{one.shape}, {other.shape}"
        raise ProjectError(Mistake("losses", got, text("plan_need.expected_same_rows")))
    if np.isin([one, other], (0, 1)).all():
        fixed, broken = int((one > other).sum()), int((one < other).sum())
        gain = net_share(fixed, broken, len(one), confidence)
    else:
        gain = paired(one, other, confidence=confidence, seed=seed)
    if gain.low > 0 or gain.high < 0:
        return Difference(gain, "better" if gain.low > 0 else "worse", None)
    return Difference(gain, "cannot separate", rows_needed(*gain, 0.0, len(one)))


def next_experiment(
    cells: Sequence[Cell], goals: Sequence[Must], level: float, prices: Mapping[Place, float]
) -> Experiment | None:
    """The run whose result would most probably change the choice, per money.

    What it may find is cut into equally probable parts; in each, every cell's chances are those of the worlds where
    this is found. In doubt within the noise of the draws, the choice does not change.

    Args:
        cells: As for `choose`.
        goals: As for `choose`; the first one's criterion is what the run is taken to find.
        level: The wanted probability.
        prices: Place -> what its run costs; only places that have one, and were not measured, are looked at.

    Returns:
        None when no run would change anything.

    Raises:
        ProjectError: As `choose`; a price that is not above 0.
    """
    for place, price in prices.items():
        if not 0 < price < np.inf:
            raise ProjectError(
                Mistake(", ".join(map(str, place)), str(price), text("plan_need.expected_above", low=0.0))
            )
    chosen = choose(cells, goals, level)
    standings = sorted(chosen.standings, key=lambda one: one.cell.place)
    current = standings.index(chosen.chosen)
    success = np.stack([each.min(axis=0) for each in _held([one.cell for one in standings], goals)])
    found = []
    for one in standings:
        if one.cell.basis != "measured" and one.cell.place in prices:
            change = _change(one.cell.draws[goals[0][0]], success, standings, current, level)
            found.append(Experiment(one.cell.place, change, prices[one.cell.place]))
    useful = [one for one in found if one.change > 0]
    return min(useful, key=lambda one: (-one.change / one.price, one.price, one.place), default=None)


# -------------------------------------------------------------------- private
def _sorted(cells: Sequence[Cell]) -> list[Cell]:
    return sorted(cells, key=lambda cell: cell.place)


def _held(cells: Sequence[Cell], goals: Sequence[Must]) -> list[Floats]:
    """For each cell [goals, worlds] whether a goal holds in a world."""
    return [np.stack([_holds(cell.draws[name], goal) for name, goal in goals]) for cell in cells]


def _holds(draws: Floats, goal: Goal | Condition) -> Floats:
    """[worlds] 1 where the goal is reached, else 0."""
    reached = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less, "=": np.equal}
    return np.asarray(reached[goal.operator](draws, goal.value), np.float64)


def _median(cell: Cell, name: str) -> float:
    return float(np.median(cell.draws[name]))


def _order(probabilities: Floats, standings: Sequence[Standing], level: float) -> list[int]:
    """Places of the cells, the one to choose first."""
    places = range(len(standings))
    reach = sorted(
        (place for place in places if probabilities[place] >= level),
        key=lambda place: (float(f"{standings[place].cost:.9g}"), *_complexity(standings[place].cell)),
    )
    rest = sorted(
        set(places) - set(reach), key=lambda place: (-probabilities[place], *_complexity(standings[place].cell))
    )
    if not rest:
        return reach
    ties = [place for place in rest if probabilities[place] >= probabilities[rest[0]] - TIE]
    ties.sort(key=lambda place: _complexity(standings[place].cell))
    return [*reach, *ties, *(place for place in rest if place not in ties)]


def _complexity(cell: Cell) -> tuple[int, bool, Place]:
    return cell.changes, cell.basis != "measured", cell.place


def _alike(one: Cell, other: Cell, name: str, confidence: float) -> bool:
    tail = (1 - confidence) / 2
    low, high = np.quantile(one.draws[name] - other.draws[name], [tail, 1 - tail])
    return bool(low <= 0 <= high)


def _change(found: Floats, success: Floats, standings: Sequence[Standing], current: int, level: float) -> float:
    """P(the choice changes) when [worlds] what a run finds becomes known."""
    if found.min() == found.max():
        return 0.0
    part = np.empty(len(found), np.int64)
    part[np.argsort(found, kind="stable")] = np.arange(len(found)) * BINS // len(found)
    sizes = np.bincount(part, minlength=BINS)
    chances = success @ np.eye(BINS)[part] / np.maximum(sizes, 1)
    changed = 0
    for size, within in zip(sizes, chances.T, strict=True):
        noise = 1 / np.sqrt(max(size, 1))  # two standard errors of a share, at most
        doubted = within - noise
        doubted[current] = within[current] + noise
        changed += int(size) * (_order(doubted, standings, level)[0] != current)
    return changed / len(found)


def _check(cells: Sequence[Cell], goals: Sequence[Must], level: float, left_out: Sequence[tuple[Place, str]]) -> None:
    if not 0 < level < 1:
        raise ProjectError(Mistake("level", str(level), text("plan_need.expected_levels")))
    if not goals:
        raise ProjectError(Mistake("goals", text("plan_need.got_nothing"), text("plan_need.expected_goals")))
    if not cells:
        lacking = ", ".join(sorted({name for _, name in left_out}))
        expected = text("plan_need.expected_metric", metric=lacking) if left_out else text("plan_need.expected_cells")
        raise ProjectError(Mistake("cells", text("plan_need.got_nothing"), expected))
    places = [cell.place for cell in cells]
    if len({*places}) < len(places):
        raise ProjectError(Mistake("cells", str(places), text("plan_need.expected_places")))
    worlds = len(cells[0].draws[COST])
    for name in (*(name for name, _ in goals), COST):
        counts = {len(cell.draws[name]) for cell in cells}
        if counts != {worlds} or not worlds or any(np.isnan(cell.draws[name]).any() for cell in cells):
            got = text("plan_need.got_draws", metric=name, counts=", ".join(map(str, sorted(counts))))
            raise ProjectError(Mistake("cells", got, text("plan_need.expected_draws")))
