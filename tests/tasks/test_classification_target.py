"""Classes as people write them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.protocols import Array, Sample, Target
from modelyard.tasks.classification import target


def class_cells(*values: Any) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def read_classes(*values: Any, **options: Any) -> Target:
    return target.read({"y": class_cells(*values)}, options)


# ---------------------------------------------------------------------- order
@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["no", "yes"], ["no", "yes"]),
        (["Yes", "maybe"], ["maybe", "Yes"]),
        (["1", "2"], ["1", "2"]),
        (["1", "no"], ["no", "1"]),
        (["0", "1"], ["0", "1"]),
        (["-1", "1"], ["-1", "1"]),
        (["否", "是"], ["否", "是"]),
        (["阳性", "阴性"], ["阴性", "阳性"]),
        (["+", "-"], ["-", "+"]),
        (["好", "坏"], ["坏", "好"]),
        (["good", "bad"], ["bad", "good"]),
        (["benign", "malignant"], ["benign", "malignant"]),
        (["9", "10"], ["9", "10"]),
        (["positive", "true"], ["positive", "true"]),
        (["true", "false"], ["false", "true"]),
    ],
)
def test_the_positive_class_of_two_comes_last(values: list[str], labels: list[str]) -> None:
    for order in (values, values[::-1]):
        found = read_classes(*order)
        assert found.state == {"labels": labels, "positive": 1}
        assert found.y.tolist() == [labels.index(value) for value in order]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["c", "a", "b"], ["a", "b", "c"]),
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["10", "9", "x"], ["10", "9", "x"]),
        ([2.5, 10, 1], ["1", "2.5", "10"]),
        (["财经", "体育", "娱乐"], ["体育", "娱乐", "财经"]),
    ],
)
def test_more_classes_are_sorted(values: list[Any], labels: list[str]) -> None:
    assert read_classes(*values).state == {"labels": labels, "positive": None}


# ---------------------------------------------------------------------- cells
@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1, 0], ["1", "0"]),
        ([1.0, 0.0], ["1", "0"]),
        (["1.0", "0.0"], ["1", "0"]),
        (["1.", "0"], ["1", "0"]),
        ([True, False], ["true", "false"]),
        ([np.bool_(True), np.bool_(False)], ["true", "false"]),
        ([np.int8(3), np.int8(4)], ["3", "4"]),
        ([np.float32(0.1), np.float32(2)], ["0.1", "2"]),
        ([10**400, 0], [str(10**400), "0"]),
        ([float("inf"), 1.0], ["inf", "1"]),
        (["007", "7"], ["007", "7"]),
        ([" a ", "b"], ["a", "b"]),
        ([date(2024, 1, 2), date(2024, 1, 3)], ["2024-01-02", "2024-01-03"]),
        (["v1.0", "v2.0"], ["v1.0", "v2.0"]),
    ],
)
def test_the_text_of_a_class(values: list[Any], texts: list[str]) -> None:
    found = read_classes(*values)
    assert [found.state["labels"][code] for code in found.y] == texts


@pytest.mark.parametrize("gap", [None, float("nan"), "", "  ", "NA", "NaN", "?", "null", np.datetime64("NaT"), "缺失"])
def test_missing_cells_have_no_class(gap: Any) -> None:
    found = read_classes("a", gap, "b")
    assert found.y.tolist() == [0, -1, 1] and found.y.dtype == np.int64
    assert target.known(found.y).tolist() == [True, False, True]


@pytest.mark.parametrize("word", ["none", "-", "unknown", "无"])
def test_vague_words_are_classes(word: str) -> None:
    assert word in read_classes(word, "有").state["labels"]


@pytest.mark.parametrize(
    "values",
    [
        np.array([0, 1, 1]),
        np.array([0.0, 1.0, np.nan]),
        np.array([True, False]),
        np.array(["2024-01-01", "NaT", "2024-01-02"], "datetime64[D]"),
        np.array(["a", "b"]),
    ],
)
def test_any_type_of_column_can_be_classes(values: Array) -> None:
    found = target.read({"y": values}, {})
    assert len(found.state["labels"]) == 2 and (found.y >= 0).sum() >= 2
    assert (target.reread({"y": values}, found.state) == found.y).all()


# ------------------------------------------------------------------- positive
@pytest.mark.parametrize(
    ("values", "wanted", "positive"),
    [
        (["good", "bad"], "bad", "bad"),
        (["good", "bad"], "BAD", "bad"),
        (["good", "bad"], None, "good"),
        (["0", "1"], 0, "0"),
        (["0", "1"], 0.0, "0"),
        ([0, 1], "0", "0"),
        (["no", "yes"], True, "yes"),
        (["no", "yes"], False, "no"),
        ([True, False], False, "false"),
        (["True", "False"], False, "False"),
        (["否", "是"], False, "否"),
        (["好", "坏"], "坏", "坏"),
        (["0", "1"], True, "1"),
        (["-1", "1"], False, "-1"),
        (["1", "no"], True, "1"),
    ],
)
def test_positive_option(values: list[Any], wanted: Any, positive: str) -> None:
    state = read_classes(*values, positive=wanted).state
    assert state["labels"][state["positive"]] == positive


@pytest.mark.parametrize("language", ["en", "zh"])
def test_positive_that_is_no_class(language: str) -> None:
    messages.use(language)
    with pytest.raises(ProjectError) as caught:
        read_classes("good", "bad", positive="baad")
    (mistake,) = caught.value.mistakes
    assert mistake.got == "baad" and "good" in mistake.expected and "bad" in mistake.fix


def test_positive_bool_for_words_that_are_neither() -> None:
    with pytest.raises(ProjectError):
        read_classes("good", "bad", positive=True)


@pytest.mark.parametrize("wanted", [True, False, "true"])
def test_positive_bool_for_two_numbers_of_which_the_lesser_is_one(wanted: bool | str) -> None:
    """By default 2 is the positive one of 1 and 2; `true` names neither."""
    with pytest.raises(ProjectError, match=r"1, 2"):
        read_classes("1", "2", positive=wanted)
    assert target.code_of(wanted, ["2", "1"]) is None


def test_positive_of_three_classes() -> None:
    with pytest.raises(ProjectError, match="two classes; there are 3"):
        read_classes("a", "b", "c", positive="a")


# -------------------------------------------------------------------- refused
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("values", "word"),
    [([], ""), ([None, "", "NA"], ""), (["yes"], "yes"), (["yes", None, "yes "], "yes"), (range(30), "30")],
)
def test_what_cannot_be_learnt(values: Any, word: str, language: str) -> None:
    messages.use(language)
    with pytest.raises(DataError) as caught:
        target.read({"结果": class_cells(*values)}, {})
    (mistake,) = caught.value.mistakes
    assert "结果" in mistake.place and word in mistake.got and mistake.expected and mistake.fix


def test_several_columns_are_refused() -> None:
    with pytest.raises(DataError, match="2 columns"):
        target.read({"a": class_cells(0, 1), "b": class_cells(0, 1)}, {})


def test_few_rows_may_have_many_classes_and_many_rows_too() -> None:
    assert len(read_classes(*range(20)).state["labels"]) == 20
    assert len(read_classes(*range(30), *range(30)).state["labels"]) == 30


# --------------------------------------------------------------------- reread
@pytest.mark.parametrize(
    ("known", "later", "codes"),
    [
        (["a", "b"], ["b", "c", None, "a "], [1, -1, -1, 0]),
        (["0", "1"], [1.0, 0, True, "1.0", "1e0"], [1, 0, -1, 1, 1]),
        (["True", "False"], [True, "TRUE", "false"], [1, 1, 0]),
        (["a", "A"], ["a", "A", "á"], [1, 0, -1]),
        (["007", "7"], ["7", "007", 7], [1, 0, 1]),
        (["好", "坏"], ["坏", "很坏"], [0, -1]),
    ],
)
def test_later_files_may_spell_a_class_in_another_way(known: list[Any], later: list[Any], codes: list[int]) -> None:
    state = read_classes(*known).state
    assert target.reread({"y": class_cells(*later)}, state).tolist() == codes


def test_reread_after_json_equals_read() -> None:
    column = class_cells("b", None, "a", "c", "a")
    found = target.read({"y": column}, {})
    state = json.loads(json.dumps(found.state))
    assert (target.reread({"y": column}, state) == found.y).all()
    assert target.reread({"y": class_cells()}, state).shape == (0,)


def test_classes_that_only_python_reads_as_numbers_are_ordered_as_texts() -> None:
    for words in (("1", "NAN", "2", "3"), ("1", "1_0", "2", "3"), ("1", "inf", "2", "-1e999")):
        assert read_classes(*words).state["labels"] == sorted(words)
    assert target.reread({"y": class_cells("10", "nan")}, read_classes("1_0", "NAN", "x").state).tolist() == [-1, -1]


def test_half_characters_in_a_class_are_replaced() -> None:
    found = read_classes("a\ud800", "b", "c", "a\ud800")
    assert found.state["labels"] == ["a\ufffd", "b", "c"]
    assert found.y.tolist() == [0, 1, 2, 0]


# ----------------------------------------------------------------------- rest
def test_width_and_encode() -> None:
    two, three = read_classes("a", "b", None), read_classes("a", "b", "c")
    assert target.width(two.state) == 1 and target.width(three.state) == 3
    assert target.encode(two.y, two.state).dtype == np.int64
    assert target.fit(two.y, two.state) == two.state


@pytest.mark.parametrize("columns", [0, 1, 2])
def test_claims_any_single_column(columns: int) -> None:
    sample = Sample("y", class_cells("a", "b"), 2, 2)
    assert (target.claim([sample] * columns) >= 0.5) == (columns == 1)


def test_a_hundred_thousand_rows() -> None:
    values = np.array(["好", "坏", "中"], object)[np.arange(100_000) % 3]
    assert np.bincount(target.read({"y": values}, {}).y).sum() == 100_000
