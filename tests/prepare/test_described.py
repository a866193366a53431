"""Classes that a project describes in words, and targets without labels."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core.errors import DataError, ProjectError
from modelyard.core.project import Project, from_values
from modelyard.core.protocols import Columns
from modelyard.data.dataset import TEST
from modelyard.prepare.described import described, with_target
from modelyard.prepare.prepare import fingerprint, inspect
from modelyard.prepare.survey import FEWEST_LABELLED, survey

LABELS = {"退款": "money back", "送货": ["the parcel is late", "送货太慢"]}
ZERO: dict[str, Any] = {"method": ["zero_shot"], "zero_shot": {"labels": LABELS}}
Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Any) -> Make:
    """A project on a table in memory."""

    def project(predict: Any = "kind", train: dict[str, Any] = ZERO, **more: Any) -> Project:
        values = {"data": {}, "name": "无标签", "predict": predict, "train": train, **more}
        return from_values(values, tmp_path, "here", ())

    return project


def texts(rows: int = 40, kinds: list[Any] | None = None) -> Columns:
    """Sentences of their own, and labels of the first of them where they are given."""
    table: Columns = {"text": np.asarray([f"sentence {row} 关于 parcels and money" for row in range(rows)], object)}
    if kinds is not None:
        table["kind"] = np.asarray([*kinds, *[""] * (rows - len(kinds))], object)
    return table


def written(path: Path, table: Columns) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


# ------------------------------------------------------------------ what is described
def test_classes_are_those_of_methods_that_need_no_label(make: Make) -> None:
    assert described(make()) == ("退款", "送货")
    assert described(make(train={"zero_shot": {"labels": LABELS}})) == ("退款", "送货")
    assert described(make(train={"method": ["zero_shot"]})) == described(make(train={})) == ()
    asked = {"method": ["prompt"], "prompt": {"endpoint": "http://127.0.0.1:1/v1", "model": "m", "labels": {"a": "b"}}}
    assert described(make(train=asked)) == ()  # it is measured, and never shipped


def test_of_several_targets_none_goes_without_labels(make: Make) -> None:
    assert described(make(["kind", "other"])) == ()
    assert described(make({"columns": ["a", "b"], "task": "multilabel"})) == ()


def test_an_absent_target_becomes_an_empty_column(make: Make) -> None:
    table = texts(3)
    found = with_target(make(), table)
    assert list(found) == ["text", "kind"] and found["kind"].tolist() == [None] * 3
    assert list(table) == ["text"]
    assert with_target(make(train={}), table) is table


def test_a_name_that_is_nearly_a_column_is_a_slip_and_no_absent_target(make: Make) -> None:
    with pytest.raises(DataError, match="did you mean kinds"):
        survey(make(), {**texts(), "kinds": texts(40, ["退款"])["kind"]})


# ------------------------------------------------------------------------ surveys
@pytest.mark.parametrize("kinds", [None, [], ["退款"], ["退款", "送货", "n/a"], ["送货"] * (FEWEST_LABELLED - 1)])
def test_few_labels_or_none_leave_all_rows_and_measure_nothing(make: Make, kinds: list[str] | None) -> None:
    found = survey(make(), texts(40, kinds))
    assert (found.measured_on, found.held_out, found.dropped, len(found.parts)) == ("none", False, 0, 40)
    assert found.targets[0].state["labels"] == ["退款", "送货"]
    assert found.known["kind"].sum() == sum(kind in LABELS for kind in kinds or ())
    assert [one.column.role for one in found.readings] == ["input", "target"]


def test_what_is_found_is_said(make: Make) -> None:
    seen = inspect(make(), texts(40, ["退款"]))
    (note,) = (note for note in seen.notes if note.key == "prepare.note_unlabelled")
    assert note.loud and note.values == {"rows": 40, "labelled": 1}
    assert seen.parts == {"train": 0, "valid": 0, "test": 0} and not seen.held_out


def test_labels_that_can_be_divided_are_measured_on(make: Make) -> None:
    found = survey(make(), texts(60, ["退款", "送货"] * 10))
    assert (found.measured_on, found.dropped) == ("folds", 40)


@pytest.mark.parametrize(
    ("learnable", "lacks"),
    [(0, True), (0, False), (1, False), (FEWEST_LABELLED - 1, False), (FEWEST_LABELLED, False)],
)
def test_labelled_test_rows_measure_what_learns_from_none(
    make: Make, tmp_path: Path, learnable: int, lacks: bool
) -> None:
    kinds = ["退款", "送货"] * 25
    written(tmp_path / "train.csv", texts(60, None if lacks else kinds[:learnable]))
    written(
        tmp_path / "test.csv", {"text": texts(90)["text"][60:], "kind": np.asarray([*kinds[:20], *[""] * 10], object)}
    )
    project = make(data={"source": "train.csv", "test": "test.csv"})
    found = survey(project)
    taught = learnable >= FEWEST_LABELLED
    assert (found.measured_on, found.taught, found.by) == ("test", taught, "file")
    assert (found.parts == TEST).sum() == 20 and found.known["kind"][found.parts == TEST].all()
    assert len(found.parts) == 20 + (learnable if taught else 60)
    seen = inspect(project)
    assert (seen.parts["test"], seen.parts["train"] > 0, seen.taught) == (20, taught, taught)
    said = [note for note in seen.notes if note.key == "prepare.note_untaught"]
    assert [note.values for note in said] == ([] if taught else [{"rows": 60, "tested": 20}])
    assert taught or not [note for note in seen.notes if "class" in note.key]


def test_test_rows_measure_where_training_shows_one_class_alone(make: Make, tmp_path: Path) -> None:
    written(tmp_path / "train.csv", texts(60, ["退款"] * 30))
    written(tmp_path / "test.csv", {**texts(6), "kind": np.asarray(["退款", "送货"] * 3, object)})
    found = survey(make(data={"source": "train.csv", "test": "test.csv"}))
    assert (found.measured_on, found.taught, (found.parts == TEST).sum()) == ("test", False, 6)


def test_test_rows_may_be_named_by_a_column(make: Make) -> None:
    table = {**texts(40, ["退款", "送货"] * 3), "part": np.asarray(["test"] * 6 + ["train"] * 34, object)}
    found = survey(make(columns={"part": {"role": "split"}}), table)
    assert (found.measured_on, found.taught, (found.parts == TEST).sum()) == ("test", False, 6)
    named = survey(make(data={"split": {"by": "column", "column": "part"}}), table)
    assert (named.measured_on, named.taught) == ("test", False)
    drawn = survey(make(data={"split": {"by": "random"}}, columns={"part": {"role": "split"}}), table)
    assert (drawn.measured_on, drawn.taught) == ("none", False)


def test_test_rows_without_a_label_measure_nothing(make: Make, tmp_path: Path) -> None:
    for name, rows in (("train.csv", 60), ("test.csv", 20)):
        written(tmp_path / name, texts(rows))
    found = survey(make(data={"source": "train.csv", "test": "test.csv"}))
    assert (found.measured_on, found.taught) == ("none", False)


def test_a_class_that_no_row_shows_yet_counts_as_long_as_labels_are_few(make: Make) -> None:
    three = {"method": ["zero_shot"], "zero_shot": {"labels": {**LABELS, "其他": "anything else"}}}
    found = survey(make(train=three), texts(60, ["退款", "送货"] * 10))
    assert (found.measured_on, found.targets[0].state["labels"]) == ("folds", ["其他", "退款", "送货"])
    many = survey(make(train=three), texts(300, ["退款", "送货"] * 100))
    assert many.targets[0].state["labels"] == ["退款", "送货"]


def test_labels_of_one_class_alone_measure_nothing(make: Make) -> None:
    assert survey(make(), texts(60, ["退款"] * 30)).measured_on == "none"


def test_a_label_that_is_described_under_another_name_is_not_passed_over(make: Make) -> None:
    with pytest.raises(DataError, match="one class"):
        survey(make(), texts(40, ["refund"]))


@pytest.mark.parametrize("kinds", [None, []])
def test_without_a_method_that_needs_no_label_the_error_names_one(make: Make, kinds: list[str] | None) -> None:
    with pytest.raises(DataError) as caught:
        survey(make(train={"method": ["linear"]}), texts(40, kinds))
    (mistake,) = caught.value.mistakes
    assert "zero_shot" in mistake.fix and "labels" in mistake.fix


def test_one_described_class_is_not_enough(make: Make) -> None:
    with pytest.raises(DataError, match="all are missing"):
        survey(make(train={"method": ["zero_shot"], "zero_shot": {"labels": {"a": "b"}}}), texts(40, []))


def test_options_of_the_target_hold_for_described_classes(make: Make) -> None:
    found = survey(make({"column": "kind", "positive": "退款"}), texts())
    assert found.targets[0].state == {"labels": ["送货", "退款"], "positive": 1}
    with pytest.raises(ProjectError):
        survey(make({"column": "kind", "positive": "nothing"}), texts())
    outside = {**LABELS, "闲聊": "small talk"}
    named = {"method": ["zero_shot"], "zero_shot": {"labels": outside}}
    state = survey(make({"column": "kind", "outside": "闲聊"}, train=named), texts()).targets[0].state
    assert (state["labels"], state["outside"]["label"]) == (["退款", "送货"], "闲聊")


def test_another_task_needs_its_labels(make: Make) -> None:
    with pytest.raises(DataError, match="all are missing"):
        survey(make({"column": "kind", "task": "regression"}), texts(40, []))


def test_other_classes_are_other_data(make: Make) -> None:
    other = {"method": ["zero_shot"], "zero_shot": {"labels": {**LABELS, "其他": "other"}}}
    reworded = {"method": ["zero_shot"], "zero_shot": {"labels": {name: "in other words" for name in LABELS}}}
    first, second, third = (fingerprint(make(train=train), texts()) for train in (ZERO, other, reworded))
    assert first != second and first == third
