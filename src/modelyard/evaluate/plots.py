"""The report's drawings: report data in, SVG out.

Every drawing is at most as wide as a phone is, so that its words need not shrink there; on a desk they stand side
by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelyard.core.messages import text
from modelyard.core.number import Number, figure, interval_words
from modelyard.core.report import Bin, Fit, Reliability, Slices, Step
from modelyard.core.verdicts import Curve
from modelyard.evaluate.svg import (
    Axis,
    bottom_axis,
    dot,
    element,
    left_axis,
    line,
    path,
    picture,
    rectangle,
    spanning,
    wide,
    words,
)
from modelyard.evaluate.words import metric_title

WIDTH = 420  # [pixels]
ROW = 30  # as high as a row of the tables that stand beside
LABELS = 150  # most pixels for the words on the left
SQUARE = 300
SERIES = ("series1", "series2", "series3", "series4")


def strip(number: Number, others: Sequence[float | None], axis: tuple[float, float], kind: str = "own") -> str:
    """An interval as a bar with its estimate, and other models' numbers as small marks; without words.

    Args:
        number: What was measured.
        others: Numbers to compare with.
        axis: Smallest and largest value shown.
        kind: Style class of the bar: own, met, not_met, undecided.
    """
    scale = spanning(axis, 4, 156, margin=0.04)
    parts = [line(0, 11, 160, 11, "rail")]
    parts += [line(scale.at(other), 5, scale.at(other), 17, "mark") for other in others if other is not None]
    parts += _whisker(number, scale, 11, kind)
    return picture(160, 22, interval_words(number), parts)


def forest(rows: Sequence[tuple[str, Number, str]], name: str) -> str:
    """Numbers with their intervals under each other, on one axis.

    Args:
        rows: Words on the left, number, style class.
        name: What the axis shows.
    """
    left = _left([label for label, _, _ in rows])
    axis = spanning(_ends([number for _, number, _ in rows]), left, WIDTH - 16)
    bottom = 8 + ROW * len(rows)
    parts = bottom_axis(axis, 4, bottom, name)
    for place, (label, number, kind) in enumerate(rows):
        y = 8 + ROW * (place + 0.5)
        parts.append(words(left - 10, y + 4, label, "label", "end", left - 12))
        parts += _whisker(number, axis, y, kind)
    return picture(WIDTH, bottom + 40, name, parts)


def slices(table: Slices, whole: Number) -> str:
    """The first metric per slice, beside its value on all rows."""
    labels = [f"{item.column} = {item.value or text('report.missing')}" for item in table.shown]
    left = _left(labels, most=210)
    axis = spanning(_ends([*(item.number for item in table.shown), Number(whole.value)]), left, WIDTH - 16)
    bottom = 8 + ROW * len(labels)
    parts = bottom_axis(axis, 4, bottom, metric_title(table.metric))
    if whole.value is not None:
        parts.append(line(axis.at(whole.value), 4, axis.at(whole.value), bottom, "whole"))
    for place, (label, item) in enumerate(zip(labels, table.shown, strict=True)):
        y = 8 + ROW * (place + 0.5)
        parts.append(words(left - 10, y + 4, label, "label", "end", left - 12))
        parts += _whisker(item.number, axis, y, "not_met" if item.worse else "own")
    return picture(WIDTH, bottom + 40, text("report.slices"), parts)


def importance(columns: Mapping[str, Number]) -> str:
    """Bars with whiskers, largest on top."""
    left = _left(list(columns))
    axis = spanning([0.0, *_ends(list(columns.values()))], left, WIDTH - 16, margin=0.03)
    bottom = 8 + ROW * len(columns)
    zero = axis.at(0)
    parts = bottom_axis(axis, 4, bottom, text("report.loss_rise"))
    for place, (column, number) in enumerate(columns.items()):
        y = 8 + ROW * (place + 0.5)
        end = axis.at(number.value or 0.0)
        parts.append(words(left - 10, y + 4, column, "label", "end", left - 12))
        parts.append(
            rectangle(min(zero, end), y - 7, abs(end - zero), 14, "bar", f"{column}: {interval_words(number)}")
        )
        if number.interval:
            parts.append(line(axis.at(number.interval[0]), y, axis.at(number.interval[1]), y, "whisker dark"))
    parts.append(line(zero, 4, zero, bottom, "zero"))
    return picture(WIDTH, bottom + 40, text("report.importance"), parts)


def reliability(data: Reliability) -> str:
    """What was said against what came true, and below how often each probability was said."""
    across, up = Axis(0, 1, 52, 52 + SQUARE), Axis(0, 1, 8 + SQUARE, 8)
    parts = [*left_axis(up, across.start, across.end), line(across.at(0), up.at(0), across.at(1), up.at(1), "diagonal")]
    most = max(data.histogram, default=1)
    for item in data.bins:
        parts += _reliability_point(item, across, up)
    broad = SQUARE / max(1, len(data.histogram))
    for place, count in enumerate(data.histogram):
        height = 40 * count / max(1, most)
        parts.append(
            rectangle(across.start + place * broad + 1, 354 - height, broad - 2, height, "volume", f"{count:,}")
        )
    bottom = 8 + SQUARE + 48
    parts += [words(across.at(tick), bottom + 14, written, "tick", "middle") for tick, written in across.named(5)]
    parts.append(words(across.at(0.5), bottom + 34, text("report.axis_said"), "axis", "middle"))
    parts.append(_upright(14, up.at(0.5), text("report.axis_came")))
    return picture(WIDTH - 40, bottom + 42, text("report.reliability"), parts)


def curves(step: Step) -> str:
    """One line per loss that a method reported, over its units of work; nothing when it reported none twice."""
    names = [name for name in dict.fromkeys(key for point in step.curves for key in point) if name.endswith("loss")]
    lines = {name: points for name in names[: len(SERIES)] if len(points := _series(step, name)) > 1}
    if not lines:
        return ""
    every = [point for points in lines.values() for point in points]
    across = spanning([x for x, _ in every], 52, WIDTH - 16, margin=0.01)
    up = spanning([y for _, y in every], 228, 56)
    parts = [*left_axis(up, across.start, across.end)]
    parts += [words(across.at(tick), 246, written, "tick", "middle") for tick, written in across.named(5)]
    parts.append(words(across.start, 16, text("report.curves", title=step.title), "head", room=WIDTH - 68))
    parts.append(words((across.start + across.end) / 2, 266, text("report.axis_work"), "axis", "middle"))
    x = across.start
    for (name, points), kind in zip(lines.items(), SERIES, strict=False):
        parts.append(path([(across.at(a), up.at(b)) for a, b in points], kind))
        parts += [line(x, 34, x + 16, 34, kind), words(x + 22, 38, name, "label")]
        x += wide(name) + 44
    return picture(WIDTH, 274, f"{step.title}: {', '.join(lines)}", parts)


def curve(data: Curve) -> str:
    """What other thresholds would have come to, the rule's own place with both intervals, and the goal's bounds."""
    up = spanning([0.0, *(y for _, y in data.points), *_ends([data.up])], 8 + SQUARE, 30)
    up = Axis(0.0, 1.0, up.start, up.end) if data.kind == "roc" else up
    across = Axis(0.0, 1.0, 58, 58 + SQUARE)
    parts = [*left_axis(up, across.start, across.end), words(14, 16, text(f"report.curve_{data.kind}"), "head")]
    if data.across_bound is not None:
        parts.append(line(across.at(data.across_bound), up.start, across.at(data.across_bound), up.end, "mark"))
    if data.up_bound is not None:
        parts.append(line(across.start, up.at(data.up_bound), across.end, up.at(data.up_bound), "mark"))
    parts.append(path([(across.at(x), up.at(y)) for x, y in data.points], "series1"))
    parts += _crossed(data, across, up)
    parts += [words(across.at(tick), up.start + 18, written, "tick", "middle") for tick, written in across.named(5)]
    names = ("fpr", "recall") if data.kind == "roc" else ("coverage", "error")
    label = f" [{data.label}]" if data.label else ""
    first, second = (metric_title(name) + label for name in names)
    parts.append(words((across.start + across.end) / 2, up.start + 40, first, "axis", "middle", SQUARE))
    parts.append(_upright(14, (up.start + up.end) / 2, second))
    return picture(WIDTH - 40, up.start + 48, text(f"report.curve_{data.kind}"), parts)


def scatter(fit: Fit) -> str:
    """Predicted against actual numbers; the band holds the promised share of rows."""
    values = [value for pair in fit.pairs for value in pair]
    up = spanning(values, 8 + SQUARE, 8, margin=0.03)
    left = 28 + max(wide(written) for _, written in up.named())
    across = Axis(up.low, up.high, left, left + SQUARE)
    parts = [*left_axis(up, across.start, across.end)]
    if fit.half_width is not None:
        parts.append(_band(across, up, fit.half_width))
    parts.append(line(across.start, up.start, across.end, up.end, "diagonal"))
    parts += [dot(across.at(predicted), up.at(actual), 2.4, "point") for actual, predicted in fit.pairs]
    parts += [words(across.at(tick), up.start + 18, written, "tick", "middle") for tick, written in across.named(3)]
    parts.append(words((across.start + across.end) / 2, up.start + 40, text("report.predicted"), "axis", "middle"))
    parts.append(_upright(14, (up.start + up.end) / 2, text("report.actual")))
    return picture(WIDTH - 40, up.start + 48, text("report.fit"), parts)


def residuals(fit: Fit) -> str:
    """Quantiles of actual minus predicted: the middle half as a box, nine tenths as a line, the promise as a band."""
    ends = [*fit.residuals.values(), 0.0]
    half = fit.half_width
    axis = spanning([*ends, *([-half, half] if half is not None else [])], 16, WIDTH - 16)
    parts = bottom_axis(axis, 4, 66, text("report.axis_residual"))
    if half is not None:
        parts.append(rectangle(axis.at(-half), 8, axis.at(half) - axis.at(-half), 54, "promise"))
    low, first, middle, third, high = (axis.at(fit.residuals[name]) for name in ("5%", "25%", "50%", "75%", "95%"))
    parts.append(line(axis.at(0), 4, axis.at(0), 66, "zero"))
    parts += [line(low, 35, high, 35, "whisker own"), rectangle(first, 23, third - first, 24, "box")]
    parts.append(line(middle, 21, middle, 49, "middle"))
    return picture(WIDTH, 106, text("report.axis_residual"), parts)


# ------------------------------------------------------------------- details
def _whisker(number: Number, axis: Axis, y: float, kind: str) -> list[str]:
    """An interval as a bar and its estimate as a dot."""
    if number.value is None:
        return [words(axis.start, y + 4, text("report.undefined"), "tick")]
    hint = interval_words(number)
    bar = [line(axis.at(end[0]), y, axis.at(end[1]), y, f"whisker {kind}") for end in [number.interval] if end]
    return [*bar, dot(axis.at(number.value), y, 4.5, f"dot {kind}", hint)]


def _crossed(data: Curve, across: Axis, up: Axis) -> list[str]:
    """The rule's place on a curve: a dot, and its interval both ways."""
    if data.across.value is None or data.up.value is None:
        return []
    x, y = across.at(data.across.value), up.at(data.up.value)
    flat = [line(across.at(low), y, across.at(high), y, "whisker own thin") for low, high in _interval(data.across)]
    steep = [line(x, up.at(low), x, up.at(high), "whisker own thin") for low, high in _interval(data.up)]
    hint = f"{interval_words(data.across)} · {interval_words(data.up)}"
    return [*flat, *steep, dot(x, y, 4.5, "dot own", hint)]


def _interval(number: Number) -> list[tuple[float, float]]:
    return [number.interval] if number.interval else []


def _ends(numbers: Sequence[Number]) -> list[float]:
    """All values and interval ends."""
    return [end for number in numbers for end in (number.value, number.low, number.high) if end is not None]


def _left(labels: Sequence[str], most: float = LABELS) -> float:
    """Pixels for the words on the left."""
    return min(most, max((wide(label) for label in labels), default=0)) + 22


def _reliability_point(item: Bin, across: Axis, up: Axis) -> list[str]:
    if item.came.value is None:
        return []
    x = across.at(item.said)
    ends = [line(x, up.at(low), x, up.at(high), "whisker own thin") for low, high in [item.came.interval or (0, 0)]]
    hint = f"{figure(item.said)} → {interval_words(item.came)}, n = {item.came.n:,}"
    return [*(ends if item.came.interval else []), dot(x, up.at(item.came.value), 4.5, "dot own", hint)]


def _series(step: Step, name: str) -> list[tuple[float, float]]:
    points = ((point.get("step"), point.get(name)) for point in step.curves)
    return [(x, y) for x, y in points if x is not None and y is not None]


def _band(across: Axis, up: Axis, half: float) -> str:
    """The area within `half` of the diagonal."""
    low, high = across.low, across.high
    corners = [(low, low + half), (high - half, high), (high, high), (high, high - half), (low + half, low), (low, low)]
    points = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in corners)
    return element("polygon", points=points, class_="promise")


def _upright(x: float, y: float, written: str) -> str:
    return element("g", words(0, 0, written, "axis", "middle"), transform=f"translate({x:g},{y:g}) rotate(-90)")
