"""Which way to build the product: the methods that the report measured, each with today's rows and with more.

What a method does with more rows is today's measured ratio times the forecast of the method whose curve is known, so
nothing overtakes by extrapolation; a method that is worse today, beyond noise, is not looked at. Neither are goals that
have no number in the report for every method, such as those on a column's values; the answer names them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.number import Number
from modelyard.core.planning import PlanSpec
from modelyard.core.report import Report, TargetReport
from modelyard.plan import choice, worlds
from modelyard.plan.ahead import Outcome, labels_of, to_label
from modelyard.plan.curves.evidence import Floats
from modelyard.plan.curves.forecast import Forecast
from modelyard.plan.curves.metric import Scale
from modelyard.plan.measured import Measured
from modelyard.plan.outlook import Choice, Experiment, Way
from modelyard.plan.table import Evidence, Place, table

AS_IS = "as is"
"""The compression of what is not compressed."""
MOST = 6
TIMES = (2.0, 4.0)
COST = choice.COST
Musts = Sequence[tuple[str, Goal]]


@dataclass(frozen=True, eq=False)
class Known:
    """What the ways are made of.

    Args:
        report: Of the newest run.
        curve: Of one method.
        goals: Of the project, each with what came of its metric.
        spec: What the user says of prices.
        seed: Of all draws.
    """

    report: Report
    curve: Measured
    goals: Sequence[tuple[Goal, Outcome]]
    spec: PlanSpec
    seed: int

    @property
    def today(self) -> int:
        """Rows to learn from at the curve's last point."""
        return max(point.rows for point in self.curve.points)

    def to_label(self, rows: int) -> int:
        """Rows to be labelled so that there are so many to learn from."""
        return to_label(max(rows - self.today, 0), self.curve.shared.share)


def ways(known: Known) -> tuple[Choice | None, tuple[str, ...]]:
    """What to build, and why that is not said.

    Returns:
        The choice; or None, with what is lacking in sentences.
    """
    level = known.spec.level
    if level is None or not known.goals:
        return None, ()  # what these lack is told elsewhere
    named = {goal.target for goal, _ in known.goals if not goal.is_of_bundle}
    target = next((one for one in known.report.targets if {one.name} == named), None)
    if target is None:
        return None, (text("plan.lacks_ways_targets"),) if named else ()
    base = Place(known.today, known.curve.shared.method, AS_IS)
    measured, musts = _measured(known, target, base)
    if base not in measured or not musts:
        return None, (text("plan.lacks_ways_method", method=base.model),)
    evidence = Evidence(base, measured, _forecasts(known, musts), set(), worlds.draw(seed=known.seed))
    cells = table(evidence, _sizes(known, base), lambda place: _cost(known, place))
    left = tuple(str(goal) for goal, _ in known.goals if goal not in [must for _, must in musts])
    return _told(known, choice.choose(cells, musts, level), musts, left), ()


def _measured(known: Known, target: TargetReport, base: Place) -> tuple[dict[Place, Mapping[str, Floats]], Musts]:
    """[worlds] of each method what its metrics may truly be, and the goals of which every method has a number.

    A simpler method is the bundle less their paired difference: both were scored on the same rows.
    """
    scores = {one.metric: one for one in target.scores}
    musts = [(goal.name, goal) for goal, _ in known.goals if goal.name in scores and goal.is_plain]
    found: dict[Place, dict[str, Floats]] = {}
    for stream, name in enumerate(dict(musts), start=1):
        number, bounds = scores[name].number, scores[name].bounds
        if number.value is None:
            continue
        of_bundle = worlds.around(number, worlds.draw(seed=known.seed, stream=stream))
        drawn = {target.method: of_bundle}
        for place, baseline in enumerate(target.baselines, start=1):
            gain = baseline.differences.get(name)
            if gain is not None and gain.value is not None and not _is_worse(gain, scores[name].better):
                apart = worlds.draw(seed=known.seed, stream=stream + len(musts) * place)
                drawn[baseline.method] = of_bundle - worlds.around(gain, apart)
        for model, values in drawn.items():
            found.setdefault(base._replace(model=model), {})[name] = np.clip(values, *bounds)
    return dict(found), musts


def _is_worse(gain: Number, better: str) -> bool:
    """Whether the bundle's gain over a method is beyond noise."""
    low, high = gain.interval or (0.0, 0.0)
    return low > 0 if better == "higher" else high < 0


def _forecasts(known: Known, musts: Musts) -> dict[str, tuple[Forecast, Scale]]:
    """The forecasts of the goals that are looked at, and how their metrics are read as errors."""
    asked = [goal for _, goal in musts]
    found = [(goal.name, one.errors, one.scale) for goal, one in known.goals if goal in asked]
    return {name: (errors, scale) for name, errors, scale in found if errors and scale and not errors.refused}


def _sizes(known: Known, base: Place) -> list[int]:
    """Rows to look at: what the goals need, and the plain multiples, as far as so many can be had."""
    needs = [need.rows for _, outcome in known.goals if outcome.forecast for need in outcome.forecast.needs]
    wanted = {*(rows for rows in needs if rows is not None), *(int(base.rows * times) for times in TIMES)}
    most = known.spec.labels.most
    return sorted(rows for rows in wanted if most is None or known.to_label(rows) <= most)


def _cost(known: Known, place: Place) -> Mapping[str, float]:
    """The likely price of the rows to label, or their number where no price is given: fewer are cheaper."""
    priced = labels_of(known.spec, known.curve.shared.share)
    if priced is None:
        return {COST: float(known.to_label(place.rows))}
    return {COST: priced.of(max(place.rows - known.today, 0)).likely}


def _told(known: Known, found: choice.Choice, musts: Musts, left: tuple[str, ...]) -> Choice:
    """The choice as a plan shows it."""
    shown = [_way(known, one) for one in found.standings[:MOST]]
    cells = [one.cell for one in found.standings]
    prices = {one.cell.place: one.cost for one in found.standings if one.cost > 0}
    tried = choice.next_experiment(cells, musts, found.level, prices)
    experiment = None
    if tried is not None:
        standing = next(one for one in found.standings if one.cell.place == tried.place)
        experiment = Experiment(_way(known, standing), tried.change)
    alike = [one for one in shown[1:] if Place(one.rows, one.method, AS_IS) in found.alike]
    goals = tuple(str(goal) for _, goal in musts)
    return Choice(tuple(shown), found.reached, found.level, tuple(alike), goals, left, experiment)


def _way(known: Known, one: choice.Standing) -> Way:
    place, priced = one.cell.place, labels_of(known.spec, known.curve.shared.share) is not None
    return Way(
        place.model,
        place.rows,
        known.to_label(place.rows),
        one.cell.basis,
        one.probability,
        one.cost if priced else None,
    )
