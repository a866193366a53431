"""The table of all ways to build the product: training rows x model x compression.

A cell that was run is measured. One at more rows is forecast: the base's learning curve gives how the error falls with
the rows, and what was measured today gives how much larger or smaller the error of another model, or after compression,
is than the base's. So no model overtakes another by extrapolation: forecasts choose between models no better than
today's ranking does. How compression hurts may change with the data, so such cells have to be run before they are
relied upon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.plan.curves.evidence import RESOLUTION, Floats
from modelyard.plan.curves.forecast import Forecast
from modelyard.plan.curves.metric import Scale
from modelyard.plan.need import LIMIT
from modelyard.plan.worlds import errors_at

Basis = Literal["measured", "forecast", "ratio"]
Ahead = Mapping[tuple[str, int], Floats]
"""Of a criterion at a number of rows, [worlds] the base's error."""


class Place(NamedTuple):
    """One way to build the product.

    Attributes:
        rows: Training rows.
        model: Its name.
        compression: Its name; that of the uncompressed model too.
    """

    rows: int
    model: str
    compression: str


@dataclass(frozen=True, eq=False)
class Cell:
    """What is known of one way to build the product.

    Args:
        place: Which way.
        basis: `measured`; `forecast`, the base at more rows; or `ratio`, a measured ratio times what is known of the
            base.
        draws: Criterion -> [worlds] its value; world number i is the same in all cells.
        changes: In how many of rows, model and compression it differs from the base.
    """

    place: Place
    basis: Basis
    draws: Mapping[str, Floats]
    changes: int


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the table is made of.

    Args:
        base: The way whose learning curve is known; its rows are the curve's last.
        measured: Place -> criterion -> [worlds] draws; from the same resamples of the test rows where they are paired.
        forecasts: Criterion -> its forecast for the base, and how it is read as an error.
        fixed: Criteria that do not change with the training rows, such as latency.
        worlds: [worlds] where each world stands, for the forecasts.
    """

    base: Place
    measured: Mapping[Place, Mapping[str, Floats]]
    forecasts: Mapping[str, tuple[Forecast, Scale]]
    fixed: Set[str]
    worlds: Floats


def table(
    evidence: Evidence, sizes: Sequence[int], extras: Callable[[Place], Mapping[str, float | Floats]]
) -> tuple[Cell, ...]:
    """Every cell of which something is known.

    Args:
        evidence: What was measured and forecast.
        sizes: Training rows to look at beside today's; those beyond the last that may be named are left out.
        extras: What a place costs and when it is ready: criterion -> a number, or [worlds].

    Returns:
        Cells by rows, model and compression. A criterion is missing where it is neither measured nor forecast.

    Raises:
        ProjectError: The base was not measured where its curve ends, or draws do not fit together.
    """
    _check(evidence)
    today = evidence.base.rows
    most = min([LIMIT * today, *(forecast.sizes[-1] for forecast, _ in evidence.forecasts.values())])
    rows = sorted({today, *(size for size in sizes if today <= size <= most)})
    models = sorted({place.model for place in evidence.measured})
    compressions = sorted({place.compression for place in evidence.measured})
    ways = {Place(*way) for way in product(rows, models, compressions)} | set(evidence.measured)
    return tuple(_cells(evidence, sorted(ways), _ahead(evidence, rows), extras))


def _ahead(evidence: Evidence, rows: Sequence[int]) -> Ahead:
    """The base's errors at more rows, where something is forecast."""
    return {
        (name, size): errors_at(forecast, size, evidence.worlds)
        for name, (forecast, _) in evidence.forecasts.items()
        for size in rows
        if size != evidence.base.rows and not forecast.refused and name not in evidence.fixed
    }


def _cells(
    evidence: Evidence,
    places: Sequence[Place],
    ahead: Ahead,
    extras: Callable[[Place], Mapping[str, float | Floats]],
) -> Iterator[Cell]:
    for place in places:
        draws = evidence.measured.get(place) or _composed(evidence, place, ahead)
        if draws:
            more = {name: np.broadcast_to(value, evidence.worlds.shape) for name, value in extras(place).items()}
            changes = sum(one != other for one, other in zip(place, evidence.base, strict=True))
            yield Cell(place, _basis(evidence, place), {**draws, **more}, changes)


def _basis(evidence: Evidence, place: Place) -> Basis:
    if place in evidence.measured:
        return "measured"
    return "forecast" if place[1:] == evidence.base[1:] else "ratio"


def _composed(evidence: Evidence, place: Place, ahead: Ahead) -> dict[str, Floats]:
    """The criteria of a place that was not measured; empty where its model or compression never was."""
    found = {}
    for name, value in evidence.measured[evidence.base].items():
        stays = place.rows == evidence.base.rows or name in evidence.fixed
        if not stays and (name, place.rows) not in ahead:
            continue
        scale = evidence.forecasts[name][1] if name in evidence.forecasts else None
        ratio = _ratio(evidence, place, name, scale)
        if ratio is None:
            return {}
        if scale is None:
            found[name] = value * ratio
        else:
            error = scale.error(value) if stays else ahead[name, place.rows]
            found[name] = scale.value(np.clip(error * ratio, 0, 1))
    return found


def _ratio(evidence: Evidence, place: Place, name: str, scale: Scale | None) -> Floats | None:
    """How a model with a compression stands to the base today: measured, or that of the model times that of the other.

    None where neither was measured.
    """
    base = evidence.base
    together = _against_base(evidence, place._replace(rows=base.rows), name, scale)
    if together is not None:
        return together
    model = _against_base(evidence, Place(base.rows, place.model, base.compression), name, scale)
    compression = _against_base(evidence, Place(base.rows, base.model, place.compression), name, scale)
    return None if model is None or compression is None else model * compression


def _against_base(evidence: Evidence, place: Place, name: str, scale: Scale | None) -> Floats | None:
    value = evidence.measured.get(place, {}).get(name)
    if value is None:
        return None
    start = evidence.measured[evidence.base][name]
    if scale is None:
        return value / np.where(start == 0, 1.0, start)
    return np.maximum(scale.error(value), RESOLUTION) / np.maximum(scale.error(start), RESOLUTION)


def _check(evidence: Evidence) -> None:
    """The base is where its curves end, and all draws are of the same worlds."""
    ends = {int(forecast.curve.sizes[-1]) for forecast, _ in evidence.forecasts.values()}
    if evidence.base not in evidence.measured or ends - {evidence.base.rows}:
        rows = max(ends, default=evidence.base.rows)
        got = ", ".join(map(str, evidence.base))
        raise ProjectError(Mistake("base", got, text("plan_need.expected_base", rows=rows)))
    for place, draws in evidence.measured.items():
        for name, values in draws.items():
            if values.shape != evidence.worlds.shape or np.isnan(values).any():
                got = text("plan_need.got_draws", metric=f"{', '.join(map(str, place))}: {name}", counts=values.shape)
                raise ProjectError(Mistake("measured", got, text("plan_need.expected_draws")))
