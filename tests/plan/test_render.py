"""The page and its one chart."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from modelyard.core import messages
from modelyard.plan.chart import chart
from modelyard.plan.making import plan_project
from modelyard.plan.page import charted, render_html


def drawn(plan: Any) -> ElementTree.Element:
    one = charted(plan)
    assert one is not None
    return ElementTree.fromstring(chart(one, plan))  # noqa: S314 — our own markup


def kinds(drawing: ElementTree.Element) -> list[str]:
    return [found.get("class", "") for found in drawing.iter()]


def test_the_chart_has_every_zone(plant: Any) -> None:
    plan = plan_project(plant())
    drawing = drawn(plan)
    found = kinds(drawing)
    for kind in ("curve", "median", "band", "hatched", "refused", "target", "zone"):
        assert kind in found, kind
    assert found.count("dot own") == 8
    assert found.count("seed") == 24
    words = "".join(drawing.itertext())
    for word in ("measured", "forecast, 80 % band", "beyond the evidence", "nothing is said", "goal 0.97", "1,446"):
        assert word in words


def test_nothing_is_drawn_beyond_eight_times(plant: Any) -> None:
    drawing = drawn(plan_project(plant()))
    (grey,) = (found for found in drawing.iter() if found.get("class") == "refused")
    edge = float(grey.get("x", "nan"))
    for found in drawing.iter():
        if found.get("class") in ("band", "hatched", "median"):
            across = [float(pair.split(",")[0]) for pair in found.get("points", "").split()]
            assert max(across) <= edge + 0.2


def test_a_refused_forecast_draws_points_only(plant: Any) -> None:
    found = kinds(drawn(plan_project(plant(lambda rows, seed: 0.3))))
    assert "band" not in found
    assert "hatched" not in found
    assert "curve" in found
    assert "refused" in found


def test_without_a_goal_there_is_no_line(plant: Any) -> None:
    assert "target" not in kinds(drawn(plan_project(plant(goals=[]))))


def test_the_goal_that_is_open_is_drawn(plant: Any) -> None:
    plan = plan_project(plant(goals=["bundle_mb <= 5", "accuracy >= 0.97", "log_loss <= 0.1"]))
    one = charted(plan)
    assert one is not None
    assert one.metric == "accuracy"


def test_no_forecast_no_chart(plant: Any) -> None:
    plan = plan_project(plant(goals=["bundle_mb <= 5"]))
    assert charted(plan) is None
    assert "<svg" not in render_html(plan)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_and_offline(plant: Any, language: str) -> None:
    messages.use(language)
    said = {"labels": {"price": 0.3}, "level": 0.75}
    page = render_html(plan_project(plant(goals=["accuracy >= 0.97", "bundle_mb <= 5"], plan=said)))
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 1
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert "<script" not in page
    assert ("今天的目标" if language == "zh" else "Goals today") in page
    assert "accuracy &gt;= 0.97" in page


def test_names_are_escaped(plant: Any) -> None:
    page = render_html(plan_project(plant(name="a&b")))
    assert "a&amp;b" in page
    assert "a&b" not in page
