"""The writer of drawings: well-formed, escaped, and with axes that a reader can use."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.evaluate.svg import (
    SIZE,
    Axis,
    bottom_axis,
    dot,
    element,
    left_axis,
    line,
    path,
    picture,
    rectangle,
    shortened,
    spanning,
    wide,
    words,
)

NASTY = "<script>alert(\"x\")</script> & '风险'"


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)  # noqa: S314 our own markup


def test_an_element_with_and_without_children() -> None:
    assert element("a", x=1.0, class_="b") == '<a x="1" class="b"/>'
    assert element("a", "<b/>", stroke_width=2.25) == '<a stroke-width="2.2"><b/></a>'


def test_words_and_hints_cannot_become_markup() -> None:
    drawing = picture(100, 50, NASTY, [words(1, 2, NASTY), dot(1, 2, 3, "k", NASTY), rectangle(1, 2, 3, 4, "k", NASTY)])
    root = parsed(drawing)
    assert [text.text for text in root.iter("text")] == [NASTY]
    assert [title.text for title in root.iter("title")] == [NASTY] * 3
    assert list(root.iter("script")) == []


def test_attributes_cannot_break_out() -> None:
    root = parsed(element("a", x='"><script>'))
    assert root.attrib["x"] == '"><script>'


def test_words_that_are_too_long_are_cut_and_kept_in_the_hint() -> None:
    root = parsed(words(0, 0, "a very long name of a column", room=60))
    assert root.text is not None and root.text.endswith("…")
    assert root[0].text == "a very long name of a column"


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.text(max_size=40), st.floats(8, 300))
def test_cut_words_fit(written: str, room: float) -> None:
    short = shortened(written, room)
    assert wide(short) <= max(room, wide("…"))
    assert short == written or short.endswith("…")


def test_chinese_words_are_wider() -> None:
    assert wide("风险") == 2 * SIZE
    assert wide("ab") < wide("风险")


def test_a_rectangle_never_has_a_negative_side() -> None:
    assert 'width="0"' in rectangle(0, 0, -5, 2, "k")


def test_paths_and_lines() -> None:
    assert 'points="0.0,1.0 2.0,3.0"' in path([(0, 1), (2, 3)], "k")
    assert line(0, 1, 2, 3, "k").startswith('<line x1="0" y1="1"')


# ------------------------------------------------------------------------ axes
def test_an_axis_places_values_and_stops_at_its_ends() -> None:
    axis = Axis(0, 10, 100, 200)
    assert [axis.at(value) for value in (0, 5, 10, -5, 50)] == [100, 150, 200, 100, 200]
    assert Axis(0, 10, 200, 100).at(2.5) == 175


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (0, 1, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (0.48, 0.93, ["0.5", "0.6", "0.7", "0.8", "0.9"]),
        (-3, 3, ["-2", "0", "2"]),
        (0, 100_000, ["0", "25,000", "50,000", "75,000", "100,000"]),
    ],
)
def test_ticks_are_round_numbers_with_as_few_digits_as_they_need(low: float, high: float, names: list[str]) -> None:
    assert [name for _, name in Axis(low, high, 0, 100).named()] == names


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_lie_inside_and_are_told_apart(low: float, width: float) -> None:
    axis = Axis(low, low + width, 0, 100)
    if axis.high <= axis.low or width < 1e-9 * abs(low):
        return
    ticks = axis.named()
    assert 1 <= len(ticks) <= 9
    assert all(axis.low - width * 1e-6 <= tick <= axis.high + width * 1e-6 for tick, _ in ticks)
    if width > 1e-4 * abs(low) and width > 1e-4:
        assert len({name for _, name in ticks}) == len(ticks)


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 0.0], [-5.0, -5.0], [math.nan], [1.0, math.inf], [1e-300, 1e300]])
def test_any_values_make_an_axis(values: list[float]) -> None:
    axis = spanning(values, 0, 100)
    assert axis.low < axis.high
    assert all(0 <= axis.at(value) <= 100 for value in values if math.isfinite(value))


def test_axes_draw_grid_and_names() -> None:
    axis = Axis(0, 1, 0, 100)
    below = "".join(bottom_axis(axis, 0, 50, "share"))
    assert below.count("<line") == 5 and ">share</text>" in below
    assert "".join(left_axis(axis, 0, 100)).count("<text") == 5


def test_words_below_an_axis_stay_inside_the_drawing() -> None:
    axis = Axis(0, 60_000, 50, 404)
    written = "".join(bottom_axis(axis, 0, 100))
    last = re.findall(r'<text x="([0-9.]+)"[^>]*>60,000</text>', written)
    assert float(last[0]) + wide("60,000") / 2 <= 404 + 16
    assert re.findall(r'<text x="50"[^>]*>0</text>', written)
