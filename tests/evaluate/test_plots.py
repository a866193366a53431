"""Drawings: each is well-formed, says its words as text, and survives thin data."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from modelyard.core.number import Number
from modelyard.core.report import Bin, Fit, Reliability, Report, Slice, Slices, Step
from modelyard.evaluate import plots

AUC = Number(0.8, 0.7, 0.9, 100)
NOTHING = Number(None)


def drawn(markup: str) -> ElementTree.Element:
    """The drawing, if it is well-formed, stays on its paper and has no number that is not one."""
    assert not re.search(r'="(nan|inf|-inf)"|nan,|inf,', markup)
    root = ElementTree.fromstring(markup)  # noqa: S314 our own markup
    width, height = (float(side) for side in root.attrib["viewBox"].split()[2:])
    for item in root.iter("circle"):
        assert -1 <= float(item.attrib["cx"]) <= width + 1 and -1 <= float(item.attrib["cy"]) <= height + 1
    for item in root.iter("text"):
        assert -1 <= float(item.attrib["x"]) <= width + 1 or item.attrib["class"] == "axis"
    return root


def texts(root: ElementTree.Element) -> list[str]:
    return [item.text or "" for item in root.iter("text")]


def test_a_strip_shows_the_interval_and_marks_others_without_words() -> None:
    root = drawn(plots.strip(AUC, [0.5, None, 0.75], (0.5, 0.9)))
    assert len(list(root.iter("circle"))) == 1
    assert [item.attrib["class"] for item in root.iter("line")] == ["rail", "mark", "mark", "whisker own"]
    assert texts(root) == []


def test_a_strip_without_a_value_says_so() -> None:
    assert texts(drawn(plots.strip(NOTHING, [0.5], (0.5, 0.5)))) == ["not defined"]


def test_a_forest_has_a_row_per_model() -> None:
    root = drawn(
        plots.forest([("Guess", Number(0.5), "other"), ("This", AUC, "own"), ("线性", NOTHING, "other")], "ROC-AUC")
    )
    assert len(list(root.iter("circle"))) == 2
    assert {"Guess", "This", "线性", "ROC-AUC", "not defined"} <= set(texts(root))


def test_slices_are_dots_beside_a_line_for_all_rows() -> None:
    shown = (Slice("sex", "女", 40, AUC, False), Slice("sex", "", 40, AUC, True), Slice("x", "<b>", 40, NOTHING, False))
    root = drawn(plots.slices(Slices("roc_auc", 9, shown), Number(0.75)))
    assert {"sex = 女", "sex = (missing)", "x = <b>", "ROC-AUC"} <= set(texts(root))
    assert [item.attrib["class"] for item in root.iter("circle")] == ["dot own", "dot not_met"]
    assert any(item.attrib["class"] == "whole" for item in root.iter("line"))


def test_slices_without_a_whole() -> None:
    drawn(plots.slices(Slices("roc_auc", 1, (Slice("a", "b", 30, NOTHING, False),)), NOTHING))


def test_importance_bars_go_both_ways_from_zero() -> None:
    root = drawn(plots.importance({"年龄": Number(0.3, 0.2, 0.4), "noise": Number(-0.1, -0.2, 0.0), "none": NOTHING}))
    bars = list(root.iter("rect"))
    assert len(bars) == 3
    assert float(bars[0].attrib["width"]) > float(bars[1].attrib["width"]) > float(bars[2].attrib["width"]) == 0
    assert float(bars[1].attrib["x"]) < float(bars[0].attrib["x"])


def test_reliability_has_a_dot_per_bin_and_a_bar_per_step() -> None:
    bins = (Bin(0.1, Number(0.2, 0.1, 0.3, 20)), Bin(0.9, Number(0.8)), Bin(0.5, NOTHING))
    root = drawn(plots.reliability(Reliability("positive", AUC, bins, (5, 0, 3))))
    assert len(list(root.iter("circle"))) == 2
    assert len(list(root.iter("rect"))) == 3
    assert {"probability it gave", "share that came true"} <= set(texts(root))


@pytest.mark.parametrize("histogram", [(), (0, 0)])
def test_reliability_of_nothing(histogram: tuple[int, ...]) -> None:
    drawn(plots.reliability(Reliability("answer", NOTHING, (), histogram)))


def test_curves_show_losses_and_nothing_else() -> None:
    points = tuple(
        {"step": float(n), "train_loss": 1 / n, "valid_loss": None if n < 3 else 1.2 / n, "rate": 9.0}
        for n in range(1, 9)
    )
    root = drawn(plots.curves(Step("network", "神经网络", curves=points)))
    assert len(list(root.iter("polyline"))) == 2
    assert {"train_loss", "valid_loss"} <= set(texts(root)) and "rate" not in texts(root)
    assert any("神经网络" in words for words in texts(root))


@pytest.mark.parametrize(
    "curves", [(), ({"step": 1.0, "train_loss": 0.5},), ({"step": 1.0}, {"step": 2.0}), ({"train_loss": 1.0},) * 3]
)
def test_no_curve_without_two_points(curves: tuple[dict[str, float | None], ...]) -> None:
    assert plots.curves(Step("m", "M", curves=curves)) == ""


def test_flat_curves_are_drawn() -> None:
    drawn(plots.curves(Step("m", "M", curves=({"step": 1.0, "loss": 0.5}, {"step": 2.0, "loss": 0.5}))))


def test_scatter_and_residuals() -> None:
    quantiles = {"5%": -2.0, "25%": -1.0, "50%": 0.1, "75%": 1.0, "95%": 2.0}
    fit = Fit(((1.0, 1.2), (250_000.0, 240_000.0), (-3.0, 0.0)), quantiles, 1.5)
    assert len(list(drawn(plots.scatter(fit)).iter("circle"))) == 3
    assert len(list(drawn(plots.scatter(fit)).iter("polygon"))) == 1
    assert len(list(drawn(plots.residuals(fit)).iter("rect"))) == 2


@pytest.mark.parametrize("half", [None, 0.0, 1e9])
def test_one_pair_or_a_huge_band(half: float | None) -> None:
    fit = Fit(((2.0, 2.0),), dict.fromkeys(("5%", "25%", "50%", "75%", "95%"), 0.0), half)
    drawn(plots.scatter(fit))
    drawn(plots.residuals(fit))


def test_every_drawing_of_every_report_is_well_formed(reports: dict[str, Report]) -> None:
    from modelyard.evaluate.blocks import Drawing
    from modelyard.evaluate.content import sections

    count = 0
    for report in reports.values():
        for section in sections(report):
            for block in section.blocks:
                if isinstance(block, Drawing):
                    drawn(block.svg)
                    count += 1
    assert count > 15
