"""The one chart of a plan: what was measured, what is forecast, what is beyond the evidence, and where nothing is said.

Rows go across on a logarithmic scale. The 80 % band is plain up to 4 times the last anchor, hatched up to 8 times, and
beyond that the place is grey: nothing is drawn there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from modelyard.core.messages import text
from modelyard.evaluate import svg
from modelyard.plan.curves.forecast import BEYOND, FORECAST, REFUSED
from modelyard.plan.outlook import Ahead, Forecast, Plan
from modelyard.plan.told import value_words

WIDTH, HEIGHT = 920.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 900.0, 34.0, 320.0
MOST_TIMES = 16.0
HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="7" class="hatch"/></pattern></defs>'
)


def chart(one: Forecast, plan: Plan) -> str:
    """The drawing.

    Args:
        one: What is drawn.
        plan: For today's rows.
    """
    shown = [] if one.refused else [ahead for ahead in one.ahead if ahead.zone != REFUSED]
    across = _across(one)
    up = svg.spanning(_heights(one, shown), BOTTOM, TOP)
    title = text("plan.chart", metric=one.metric, rows=f"{one.anchors[-1].rows:,.0f}")
    parts = [
        HATCH,
        *svg.left_axis(up, LEFT, RIGHT),
        *_grid(across, one),
        *_zones(across, one),
        *_band(across, up, one, shown),
        *_measured(across, up, one),
        *_target(up, one),
    ]
    return svg.picture(WIDTH, HEIGHT, title, parts)


def _across(one: Forecast) -> svg.Axis:
    first, last = one.anchors[0].rows, one.anchors[-1].rows
    return svg.Axis(math.log(first) - 0.1, math.log(last * MOST_TIMES), LEFT, RIGHT)


def _heights(one: Forecast, shown: Sequence[Ahead]) -> Iterable[float]:
    yield from (value for anchor in one.anchors for value in anchor.values)
    yield from (value for ahead in shown for value in (ahead.low, ahead.high))
    if one.wanted is not None:
        yield one.wanted


def _grid(across: svg.Axis, one: Forecast) -> list[str]:
    """Rows at the anchors' ends and at 2, 4, 8 and 16 times the last."""
    last = one.anchors[-1].rows
    parts = []
    for rows in (one.anchors[0].rows, last / 4, last, 2 * last, 4 * last, 8 * last):
        x = across.at(math.log(rows))
        parts += [svg.line(x, TOP, x, BOTTOM, "grid"), svg.words(x, BOTTOM + 16, f"{rows:,.0f}", "tick", "middle")]
    parts.append(svg.words((LEFT + RIGHT) / 2, BOTTOM + 38, text("plan.axis_rows"), "axis", "middle"))
    parts.append(svg.words(LEFT, TOP - 18, one.metric, "axis"))
    return parts


def _zones(across: svg.Axis, one: Forecast) -> list[str]:
    """Where something was measured, is forecast, lies beyond the evidence, or is refused."""
    last = one.anchors[-1].rows
    ends = [one.anchors[0].rows * math.exp(-0.1), last, 4 * last, 8 * last, MOST_TIMES * last]
    names = ["measured", *(() if one.refused else (FORECAST, BEYOND)), REFUSED]
    if one.refused:
        ends = [ends[0], last, MOST_TIMES * last]
    parts = []
    for name, start, end in zip(names, ends[:-1], ends[1:], strict=True):
        left, right = across.at(math.log(start)), across.at(math.log(end))
        if name == REFUSED:
            parts.append(svg.rectangle(left, TOP, right - left, BOTTOM - TOP, "refused", text("plan.chart_refused")))
        parts.append(svg.words((left + right) / 2, TOP - 6, text(f"plan.chart_{name}"), "tick", "middle", right - left))
        if start != ends[0]:
            parts.append(svg.line(left, TOP, left, BOTTOM, "zone"))
    return parts


def _band(across: svg.Axis, up: svg.Axis, one: Forecast, shown: Sequence[Ahead]) -> list[str]:
    if not shown:
        return []
    anchor = one.anchors[-1]
    today = (anchor.rows, anchor.value, anchor.value, anchor.value)
    points = [today, *((ahead.rows, ahead.low, ahead.median, ahead.high) for ahead in shown)]
    parts = []
    for kind, zone in (("band", FORECAST), ("hatched", BEYOND)):
        inside = [place for place, ahead in enumerate(shown, 1) if ahead.zone == zone]
        if inside:
            part = points[inside[0] - 1 : inside[-1] + 1]
            parts.append(_area(across, up, part, kind))
    middle = [(across.at(math.log(rows)), up.at(median)) for rows, _, median, _ in points]
    return [*parts, svg.path(middle, "median")]


def _area(across: svg.Axis, up: svg.Axis, points: Sequence[tuple[float, ...]], kind: str) -> str:
    """The area between the ends of the band."""
    there = [(across.at(math.log(rows)), up.at(low)) for rows, low, _, _ in points]
    back = [(across.at(math.log(rows)), up.at(high)) for rows, _, _, high in reversed(points)]
    return svg.element("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in [*there, *back]), class_=kind)


def _measured(across: svg.Axis, up: svg.Axis, one: Forecast) -> list[str]:
    parts = []
    for anchor in one.anchors:
        x = across.at(math.log(anchor.rows))
        parts += [svg.dot(x, up.at(value), 2.5, "seed") for value in anchor.values]
    means = [(across.at(math.log(anchor.rows)), up.at(anchor.value)) for anchor in one.anchors]
    parts.append(svg.path(means, "curve"))
    for (x, y), anchor in zip(means, one.anchors, strict=True):
        parts.append(svg.dot(x, y, 4, "dot own", f"{anchor.rows:,.0f}: {value_words(one, anchor.value)}"))
    return parts


def _target(up: svg.Axis, one: Forecast) -> list[str]:
    if one.wanted is None:
        return []
    y = up.at(one.wanted)
    written = text("plan.chart_target", value=value_words(one, one.wanted))
    return [svg.line(LEFT, y, RIGHT, y, "target"), svg.words(LEFT + 6, y - 5, written, "goal")]
