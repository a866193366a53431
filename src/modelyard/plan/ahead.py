"""A measured curve and a goal -> the forecast of its metric, what the goal needs, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modelyard.core import plugins
from modelyard.core.errors import DataError, Mistake
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.planning import PlanSpec
from modelyard.core.protocols import Metric
from modelyard.plan import costs, need
from modelyard.plan.curves.backtest import backtest
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.families import fit
from modelyard.plan.curves.forecast import Forecast as OfErrors
from modelyard.plan.curves.forecast import forecast
from modelyard.plan.curves.metric import Scale
from modelyard.plan.measured import Measured, Point
from modelyard.plan.outlook import Ahead, Anchor, Ends, Forecast, Law, Looked, Need, Offer, Purchase

MEDIAN = 0.5
SHOWN = 4.0
"""Times the rows of today at which laws are told."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """A metric's curve, as the mathematics of forecasts takes it.

    Args:
        sizes: Rows [anchors].
        values: The metric [anchors, seeds].
        scale: How it is read as an error.
        chance: The error of the naive answer.
    """

    sizes: Floats
    values: Floats
    scale: Scale
    chance: float | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a metric: a forecast, or why there is none; and the same in errors, for the ledger.

    Args:
        forecast: As a plan shows it.
        errors: As it was computed.
        scale: How the metric is read as an error.
        target: The error that the goal asks for; None without a goal.
        lacks: Why there is no forecast.
    """

    forecast: Forecast | None = None
    errors: OfErrors | None = None
    scale: Scale | None = None
    target: float | None = None
    lacks: str = ""


def about_goal(curve: Measured, goal: Goal, spec: PlanSpec | None) -> Outcome:
    """The forecast of a goal's metric, or why it has none.

    Args:
        curve: As it was measured.
        goal: Validated, with its target.
        spec: What the user says of prices and paces.
    """
    reason = _beyond_forecasts(goal)
    if reason:
        return Outcome(lacks=text(f"plan.lacks_{reason}"))
    return _ahead(curve, goal.target, goal.name, goal, spec)


def about_first(curve: Measured, spec: PlanSpec | None) -> Outcome:
    """The forecast of the first metric of the first target, where no goal says which."""
    target = next(iter(curve.shared.targets))
    metric = next(iter(curve.points[0].metrics[target]))
    return _ahead(curve, target, metric, None, spec)


def _beyond_forecasts(goal: Goal) -> str:
    """Why rows say nothing of a goal; empty where they do."""
    if goal.is_of_bundle:
        return "bundle"
    return "slices" if goal.column else "conditions" if goal.conditions else ""


def _ahead(curve: Measured, target: str, metric: str, goal: Goal | None, spec: PlanSpec | None) -> Outcome:
    one = metric_of(curve, target, metric)
    if goal is not None and goal.wants_more != (one.better == "higher"):
        return Outcome(lacks=text("plan.lacks_direction", metric=metric, better=text(f"plan.{one.better}")))
    try:
        known = evidence(curve, target, one)
        aim = None if goal is None else float(known.scale.error(goal.value))
        if aim is not None and not 0 <= aim <= 1:
            return Outcome(lacks=text("plan.lacks_bounds", metric=metric))
        errors = known.scale.error(known.values)
        found = forecast(known.sizes, errors, chance=known.chance, kind=curve.shared.kind)
        hindsight = backtest(known.sizes, errors)
    except DataError as error:
        return Outcome(lacks="; ".join(f"{one.got} ({one.expected})" for one in error.mistakes))
    shown = _shown(curve, (target, one), known, found, aim)
    looked = tuple(_looked(each, known.scale) for each in hindsight)
    wanted = None if goal is None else goal.value
    plans: dict[str, Any] = {} if aim is None else _plans(curve, found, aim, known.scale, spec)
    return Outcome(Forecast(**{**shown, **plans}, hindsight=looked, wanted=wanted), found, known.scale, aim)


def metric_of(curve: Measured, target: str, metric: str) -> Metric:
    """A metric of one of the curve's targets."""
    known = curve.shared.targets[target]
    found: Metric = plugins.part("tasks", known["task"], "metrics").metric(metric, known["state"], None)
    return found


def evidence(curve: Measured, target: str, metric: Metric) -> Evidence:
    """The points of a metric: anchors at which every seed was measured.

    Raises:
        DataError: No point has it; its best value has no bound; or its worst has none and the naive answer no value.
    """
    groups: dict[int, list[Point]] = {}
    for point in curve.points:
        if point.metrics.get(target, {}).get(metric.name) is not None:
            groups.setdefault(point.size, []).append(point)
    if not groups:
        got, expected = text("plan.got_no_points"), text("plan.expected_points", metric=metric.name)
        raise DataError(Mistake(target, got, expected))
    most = max(map(len, groups.values()))
    whole = {size: points for size, points in sorted(groups.items()) if len(points) == most}
    sizes = np.asarray([np.mean([point.rows for point in points]) for points in whole.values()], np.float64)
    values = np.asarray([[point.metrics[target][metric.name] for point in points] for points in whole.values()], float)
    rising = np.r_[True, np.diff(sizes) > 0]
    last = max(curve.points, key=lambda point: point.size)
    naive = last.naive.get(target, {}).get(metric.name)
    low, high = (float(end) if np.isfinite(end) else None for end in metric.bounds)
    scale = Scale(metric.better, low, high, naive)
    chance = None if naive is None else float(np.clip(scale.error(naive), 0, 1))
    return Evidence(sizes[rising], values[rising], scale, chance)


def _shown(
    curve: Measured, about: tuple[str, Metric], known: Evidence, found: OfErrors, aim: float | None
) -> dict[str, Any]:
    """The forecast in the metric's own units."""
    target, metric = about
    reached = None if aim is None else found.probability(aim)
    worse, middle = found.worse(), found.levels.index(MEDIAN)
    anchors = zip(known.sizes, known.scale.value(found.curve.errors), found.curve.spread, known.values, strict=True)
    unit = abs(float(known.scale.value(1.0)) - float(known.scale.value(0.0)))
    ahead = []
    for place, size in enumerate(found.sizes):
        ends = sorted(float(known.scale.value(end)) for end in (found.low[place], found.high[place]))
        ahead.append(
            Ahead(
                rows=float(size),
                times=float(size / found.curve.sizes[-1]),
                zone=found.zones[place],
                low=ends[0],
                median=float(known.scale.value(found.quantiles[place, middle])),
                high=ends[1],
                probability=None if reached is None else float(reached[place]),
                worse=float(worse[place]),
                quantiles=tuple(map(float, known.scale.value(found.quantiles[place]))),
            )
        )
    return {
        "target": target,
        "metric": metric.name,
        "better": metric.better,
        "method": curve.shared.method,
        "anchors": tuple(
            Anchor(float(size), float(value), float(spread) * unit, tuple(map(float, each)))
            for size, value, spread, each in anchors
        ),
        "ahead": tuple(ahead),
        "flags": found.flags,
        "refused": found.refused,
        "model": found.model,
        "levels": found.levels,
        "laws": _laws(found, known.scale),
        "curve": curve.identity,
    }


def _laws(found: OfErrors, scale: Scale) -> tuple[Law, ...]:
    """The laws that were fitted, those with the smallest residuals first."""
    at = np.asarray([found.curve.sizes[-1] * SHOWN])
    laws = [Law(one.family.name, float(scale.value(one(at))[0]), float(one.chi2)) for one in fit(found.curve)]
    return tuple(sorted(laws, key=lambda law: (law.distance, law.name)))


def _looked(one: Any, scale: Scale) -> Looked:
    """A hindsight in the metric's own units."""
    low, high = sorted(float(scale.value(end)) for end in (one.low, one.high))
    median, came = float(scale.value(one.median)), float(scale.value(one.error))
    return Looked(float(one.times), float(one.size), low, median, high, came, bool(one.inside))


# -------------------------------------------------------------------- what it takes
def _plans(curve: Measured, found: OfErrors, aim: float, scale: Scale, spec: PlanSpec | None) -> dict[str, Any]:
    """Needs, purchase and offers, as far as prices are given."""
    told = need.samples(found, aim)
    share = curve.shared.share
    rows = {0.5: told.n_50, 0.75: told.n_75, 0.9: told.n_90}
    return {
        "met": told.met,
        "beyond": told.beyond,
        "needs": () if told.refused else tuple(_need(level, n, told.today, share, spec) for level, n in rows.items()),
        "purchase": None if told.met or told.refused else _purchase(found, aim, share, spec),
        "offers": _offers(found, aim, scale, share, spec) if not (told.met or told.refused) else (),
    }


def labels_of(spec: PlanSpec | None, share: float) -> costs.Labels | None:
    """What a row to learn from costs, those included that become test rows; None where no price is given."""
    if spec is None or spec.labels.price is None:
        return None
    said = spec.labels
    return costs.Labels(
        price=costs.Range(*spec.labels.price).times(1 / share),
        annotators=said.annotators,
        checked=said.quality_share,
        accepted=said.acceptance,
    )


def _need(level: float, rows: int | None, today: int, share: float, spec: PlanSpec | None) -> Need:
    if rows is None:
        return Need(level, None, None)
    label = to_label(rows - today, share)
    priced, pace = labels_of(spec, share), spec.labels.per_day if spec else None
    most = spec.labels.most if spec else None
    return Need(
        probability=level,
        rows=rows,
        label=label,
        cost=None if priced is None else _ends(priced.of(rows - today)),
        days=None if pace is None else (label / pace[2], label / pace[1], label / pace[0]),
        over=most is not None and label > most,
    )


def to_label(rows: float, share: float) -> int:
    """Rows to be labelled so that so many become rows to learn from."""
    return int(np.ceil(rows / share * (1 - 1e-12)))


def _purchase(found: OfErrors, aim: float, share: float, spec: PlanSpec | None) -> Purchase | None:
    priced = labels_of(spec, share)
    if spec is None or priced is None or spec.missing_cost is None:
        return None
    today = int(found.curve.sizes[-1])
    most = None if spec.labels.most is None else today + int(spec.labels.most * share)
    bought = need.buy(found, aim, priced.of_one, spec.missing_cost, most)
    if not bought.rounds:
        return Purchase(today, 0, None, bought.probability, bought.reason)
    first = bought.rounds[0]
    return Purchase(first.size, to_label(first.rows, share), _ends(first.spend), first.probability, "")


def _offers(found: OfErrors, aim: float, scale: Scale, share: float, spec: PlanSpec | None) -> tuple[Offer, ...]:
    priced = labels_of(spec, share)
    if spec is None or priced is None or spec.budget.total is None:
        return ()
    today = int(found.curve.sizes[-1])
    return tuple(
        Offer(
            probability=one.probability,
            value=float(scale.value(one.error)),
            label=to_label(one.size - today, share),
            cost=_ends(one.cost),
            reached=one.wanted,
        )
        for one in need.within(found, aim, priced, spec.budget.total)
    )


def _ends(one: costs.Range) -> Ends:
    return one.low, one.likely, one.high
