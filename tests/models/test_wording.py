"""What is said of classes, and which text columns are meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modelyard.core.errors import ProjectError
from modelyard.core.protocols import Problem, TextColumn
from modelyard.models import wording


def of_classes(*labels: str, outside: str = "") -> Problem:
    nothing = (np.zeros((0, 1), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))
    state: dict[str, Any] = {"labels": list(labels)}
    width = 1 if len(labels) == 2 else len(labels)
    if outside:
        state["outside"], width = {"label": outside, "learnt": True}, len(labels) + 1
    return Problem("classification", state, width, (), *nothing, *nothing, seed=0, threads=1)


def test_descriptions_are_in_the_order_of_the_classes() -> None:
    said = wording.descriptions(of_classes("a", "b", "丙"), {"丙": "third", "a": ["one", "first"]}, "here")
    assert said == [("one", "first"), (), ("third",)]


def test_two_spellings_of_one_class_add_up() -> None:
    assert wording.descriptions(of_classes("0", "1"), {"1": "yes", "1.0": "true"}, "here") == [(), ("yes", "true")]


def test_the_class_outside_can_be_described() -> None:
    problem = of_classes("a", "b", outside="none")
    assert wording.classes_of(problem, "here") == ["a", "b", "none"]
    assert wording.descriptions(problem, {"none": "else"}, "here") == [(), (), ("else",)]


def test_a_description_of_no_class_offers_the_nearest() -> None:
    with pytest.raises(ProjectError, match=r"here\.refnud(.|\n)*one of the classes: card, refund(.|\n)*refund"):
        wording.descriptions(of_classes("card", "refund"), {"refnud": "money back"}, "here")


def test_every_class_lacks_or_not() -> None:
    wording.every_class([("a",), ("b", "c")], ["A", "B"], "here")
    with pytest.raises(ProjectError, match=r"here\.labels(.|\n)*no description of: B, C\n(.|\n)*\{B: …, C: …\}"):
        wording.every_class([("a",), (), ()], ["A", "B", "C"], "here")


def test_columns_are_all_or_the_one_that_is_named() -> None:
    columns = [TextColumn("title", {}), TextColumn("正文", {})]
    assert wording.chosen(columns, None, "here") == tuple(columns)
    assert wording.chosen(columns, "正文", "here") == (columns[1],)
    with pytest.raises(ProjectError, match=r"here\.column(.|\n)*body(.|\n)*title, 正文"):
        wording.chosen(columns, "body", "here")
    with pytest.raises(ProjectError, match=r"here(.|\n)*no text column"):
        wording.chosen([], None, "here")
