"""Names change, comments and everything else stay as they are."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.source import parse
from modelyard.prepare.renaming import renamed

TEMPLATE = """# first
data: d.csv   # where
predict: {column: y, positive: "yes",   # what
  costs: {currency: CNY, "no": {"yes": 1}, "yes": {"no": 5}}}
name: x

goals:
  - roc_auc >= 0.7                      # a
  - "recall[yes] >= 0.5 at fpr <= 0.1"  # b
  - "roc_auc[sex=*] >= 0.6"             # c
  - bundle_mb <= 10

evaluate: {slices: [sex, age]}   # d
train: {time_budget: 1 min}   # e
"""
MINE = {"y": "结果", "sex": "性别", "age": "A"}
LABELS = {"yes": "是", "no": "否"}


def test_everything_that_names_a_column_or_a_class() -> None:
    written = renamed(TEMPLATE, "../我的.csv", MINE, LABELS)
    values = parse(written, "f").data
    assert values == {
        "data": "../我的.csv",
        "predict": {
            "column": "结果",
            "positive": "是",
            "costs": {"currency": "CNY", "否": {"是": 1}, "是": {"否": 5}},
        },
        "name": "x",
        "goals": [
            "roc_auc >= 0.7",
            "recall[是] >= 0.5 at fpr <= 0.1",
            "roc_auc[性别=*] >= 0.6",
            "bundle_mb <= 10",
        ],
        "evaluate": {"slices": ["性别", "A"]},
        "train": {"time_budget": "1 min"},
    }
    assert [comment in written for comment in ("# first", "# where", "# a\n", "# b\n", "# c\n", "# d\n", "# e\n")] == [
        True
    ] * 7


def test_a_class_that_is_called_like_a_column_is_a_class() -> None:
    written = renamed(TEMPLATE, "d.csv", {**MINE, "yes": "列"}, LABELS)
    assert parse(written, "f").data["goals"][1:3] == ["recall[是] >= 0.5 at fpr <= 0.1", "roc_auc[性别=*] >= 0.6"]


def test_what_the_user_does_not_have_goes_with_its_comment() -> None:
    written = renamed(TEMPLATE, "d.csv", {"y": "y"}, LABELS)
    assert "# c" not in written
    assert parse(written, "f").data["evaluate"] == {"slices": []}
    assert len(parse(written, "f").data["goals"]) == 3


@pytest.mark.parametrize(
    ("labels", "predict", "goals"),
    [
        ({"oos": "其他"}, {"column": "意图", "outside": "其他"}, ["accuracy >= 0.5", "outside_recall >= 0.5"]),
        ({}, {"column": "意图", "outside_loss": 0.05}, ["accuracy >= 0.5"]),
    ],
)
def test_without_rows_outside_a_share_may_still_be_turned_away(
    labels: dict[str, str], predict: dict[str, object], goals: list[str]
) -> None:
    template = """data: d.csv
predict: {column: intent, outside: oos}   # what
goals:
  - accuracy >= 0.5
  - outside_recall >= 0.5   # only with them
"""
    values = parse(renamed(template, "我的.csv", {"intent": "意图"}, labels), "f").data
    assert values == {"data": "我的.csv", "predict": predict, "goals": goals}


@pytest.mark.parametrize("column", ["y", "day"])
def test_a_split_goes_on_where_its_column_is_known(column: str) -> None:
    template = TEMPLATE.replace("data: d.csv", "data: {source: d.csv, test: t.csv, split: {by: time, column: day}}")
    data = parse(renamed(template, "o.csv", {**MINE, column: "我的列"}, LABELS), "f").data["data"]
    known = {"source": "o.csv", "split": {"by": "time", "column": "我的列"}}
    assert data == (known if column == "day" else "o.csv"), "a test file of the recipe is none of the user's"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(min_size=1, max_size=12).filter(lambda name: name.strip() and name.isprintable() and "]" not in name))
def test_any_name_survives(name: str) -> None:
    written = renamed(TEMPLATE, "d.csv", {"y": name, "sex": "s", "age": "a"}, {"yes": name, "no": f"{name}!"})
    values = parse(written, "f").data
    assert values["predict"]["column"] == values["predict"]["positive"] == name
    assert values["goals"][1] == f"recall[{name}] >= 0.5 at fpr <= 0.1"
    assert yaml.safe_load(written) is not None
