"""A small writer of SVG: markup, axes, and how wide words are. Words stay `<text>`, so every script is readable.

Colours and fonts come from the page's style sheet (`render_html.STYLE`), by class.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass

from modelyard.core.number import columns_wide, figure

SIZE = 12  # font size of all words in plots [pixels]
_OVERHANG = 14  # pixels that the last word below an axis may stand out: drawings have 16 there
_ADVANCE = 0.58  # width of an average Latin letter as a share of the font size; Chinese ones are as wide as high


def element(name: str, *children: str, **attributes: str | float) -> str:
    """One element; children are markup, attributes are escaped (`class_`, `stroke_width` lose and turn the `_`)."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole drawing, as wide as its place allows and at most `width` pixels."""
    return element(
        "svg",
        element("title", html.escape(title)),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        style=f"max-width:{width:g}px",
        role="img",
        class_="plot",
    )


def words(x: float, y: float, written: str, kind: str = "", anchor: str = "start", room: float = math.inf) -> str:
    """Words with their base line at (x, y), shortened to `room` pixels; what was cut is shown when pointed at."""
    short = shortened(written, room)
    whole = [element("title", html.escape(written))] if short != written else []
    return element("text", html.escape(short), *whole, x=x, y=y, text_anchor=anchor, class_=kind)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def rectangle(x: float, y: float, width: float, height: float, kind: str, hint: str = "") -> str:
    """A rectangle; `hint` is shown when pointed at."""
    return element("rect", *_hint(hint), x=x, y=y, width=max(0.0, width), height=max(0.0, height), rx=2, class_=kind)


def dot(x: float, y: float, radius: float, kind: str, hint: str = "") -> str:
    """A filled circle; `hint` is shown when pointed at."""
    return element("circle", *_hint(hint), cx=x, cy=y, r=radius, class_=kind)


def path(points: Iterable[tuple[float, float]], kind: str) -> str:
    """A line through points."""
    return element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=kind)


def wide(written: str) -> float:
    """Pixels that words take, about."""
    square = columns_wide(written) - len(written)
    return SIZE * (square + _ADVANCE * (len(written) - square))


def shortened(written: str, room: float) -> str:
    """Words cut to fit into `room` pixels, the last character an ellipsis."""
    if wide(written) <= room:
        return written
    kept = written
    while kept and wide(kept) + SIZE * _ADVANCE > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


@dataclass(frozen=True)
class Axis:
    """Values low..high laid out from pixel `start` to pixel `end` (which may be the smaller one)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value; values outside stop at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 4) -> list[float]:
        """About `count` round values inside."""
        rough = (self.high - self.low) / max(1, count)
        power = 10.0 ** math.floor(math.log10(rough))
        step = min((power * factor for factor in (1, 2, 2.5, 5, 10)), key=lambda size: abs(math.log(size / rough)))
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def named(self, count: int = 4) -> list[tuple[float, str]]:
        """Ticks with what is written at them: as many digits as their distance needs."""
        ticks = self.ticks(count)
        step = ticks[1] - ticks[0] if len(ticks) > 1 else self.high - self.low
        places = max(0, -math.floor(math.log10(step) + 1e-9))
        places += round(step * 10**places, 6) != round(step * 10**places)
        return [(tick, figure(tick, places)) for tick in ticks]


def spanning(values: Iterable[float], start: float, end: float, margin: float = 0.06) -> Axis:
    """The axis that shows all values, with some air at both ends."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    air = (high - low) * margin or abs(low) * 0.1 or 0.5
    return Axis(low - air, high + air, start, end)


def bottom_axis(axis: Axis, top: float, bottom: float, name: str = "") -> list[str]:
    """Vertical grid lines with their values below; the axis's name under the middle."""
    parts = []
    for tick, written in axis.named():
        x = axis.at(tick)
        inside = min(x, axis.end - wide(written) / 2 + _OVERHANG)
        parts += [line(x, top, x, bottom, "grid"), words(inside, bottom + SIZE + 3, written, "tick", "middle")]
    if name:
        parts.append(words((axis.start + axis.end) / 2, bottom + 2 * SIZE + 8, name, "axis", "middle"))
    return parts


def left_axis(axis: Axis, left: float, right: float) -> list[str]:
    """Horizontal grid lines with their values on the left."""
    parts = []
    for tick, written in axis.named():
        y = axis.at(tick)
        parts += [line(left, y, right, y, "grid"), words(left - 6, y + 4, written, "tick", "end")]
    return parts


def _hint(hint: str) -> list[str]:
    return [element("title", html.escape(hint))] if hint else []


def _attribute(value: str | float) -> str:
    return html.escape(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
