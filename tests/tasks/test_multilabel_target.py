"""Label sets as people write them: one column per label, or one column that lists them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.core.protocols import Array, Sample
from modelyard.tasks.multilabel import target

NAN = float("nan")


def label_cells(*values: Any) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def rows_of(y: Array) -> list[list[float]]:
    return [[-1 if np.isnan(value) else value for value in row] for row in y]


# ------------------------------------------------------- a column per label
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1, 0, 1]), np.array([0, 1, 1])),
        (np.array([1.0, 0.0, 1.0]), np.array([False, True, True])),
        (label_cells("yes", "no", "Yes"), label_cells("否", "是", "是")),
        (label_cells("true", "FALSE", "true"), label_cells("0", "1.0", "1")),
    ],
)
def test_the_toy_of_three_rows(one: Array, other: Array) -> None:
    found = target.read({"a": one, "b": other}, {})
    assert found.y.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert found.state == {"labels": ["a", "b"], "listed": False, "separator": ";"}
    assert target.encode(found.y, found.state).dtype == np.float32
    assert target.width(found.state) == 2


def test_missing_flags_stay_unknown() -> None:
    found = target.read({"a": label_cells(1, None, 0, ""), "b": label_cells(0, 1, 1, None)}, {})
    assert rows_of(found.y) == [[1, 0], [-1, 1], [0, 1], [-1, -1]]
    assert target.known(found.y).tolist() == [True, True, True, False]


def test_a_label_may_be_constant_when_another_varies() -> None:
    assert target.read({"a": np.zeros(3), "b": np.array([0, 1, 1])}, {}).y[:, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_wrong_columns_are_told_at_once(language: str) -> None:
    messages.use(language)
    columns = {"体育": label_cells(1, 0, "x", 2), "b": label_cells(None, "", None, "NA"), "c": label_cells(0, 1, 1, 0)}
    with pytest.raises(DataError) as caught:
        target.read(columns, {})
    words, missing = caught.value.mistakes
    assert "体育" in words.place and "3, 4" in words.got and "x" in words.got and words.fix
    assert "b" in missing.place and missing.expected


def test_flags_that_never_vary() -> None:
    with pytest.raises(DataError, match="same in every row"):
        target.read({"a": np.ones(4), "b": np.zeros(4)}, {})


def test_later_files_of_flags() -> None:
    state = json.loads(json.dumps(target.read({"a": np.array([1, 0]), "b": np.array([0, 1])}, {}).state))
    later = {"b": label_cells("yes", "x", None), "a": np.array([0, 1, 0]), "more": np.zeros(3)}
    assert rows_of(target.reread(later, state)) == [[0, 1], [1, -1], [0, -1]]


# --------------------------------------------------- one column of listed labels
@pytest.mark.parametrize(
    ("values", "options", "y"),
    [
        (["体育;财经", "财经", "体育"], {}, [[1, 1], [0, 1], [1, 0]]),
        ([" 体育 ; 财经;", ";财经", "体育;体育"], {}, [[1, 1], [0, 1], [1, 0]]),
        (["体育|财经", "财经", None], {"separator": "|"}, [[1, 1], [0, 1], [-1, -1]]),
        ([["体育", "财经"], ("财经",), []], {}, [[1, 1], [0, 1], [0, 0]]),
        ([["体育", None], {"财经"}, np.array(["财经"])], {}, [[1, 0], [0, 1], [0, 1]]),
        (["体育", "财经", "体育"], {"separator": ""}, [[1, 0], [0, 1], [1, 0]]),
    ],
)
def test_listed_labels(values: list[Any], options: dict[str, Any], y: list[list[float]]) -> None:
    found = target.read({"主题": label_cells(*values)}, options)
    assert found.state["labels"] == ["体育", "财经"] and found.state["listed"]
    assert rows_of(found.y) == y
    state = json.loads(json.dumps(found.state))
    assert rows_of(target.reread({"主题": label_cells(*values)}, state)) == y


def test_numbers_can_be_labels() -> None:
    found = target.read({"y": label_cells("1;2", 1, "2")}, {})
    assert found.state["labels"] == ["1", "2"]
    assert found.y.tolist() == [[1, 1], [1, 0], [0, 1]]


def test_half_characters_in_labels_are_replaced() -> None:
    found = target.read({"y": label_cells("a\ud800;b", "b", "a\ud800")}, {"separator": ";"})
    assert found.state["labels"] == ["a\ufffd", "b"]
    assert found.y.tolist() == [[1, 1], [0, 1], [1, 0]]


def test_labels_never_seen_are_left_out_later() -> None:
    state = target.read({"y": label_cells("a;b", "b")}, {}).state
    assert rows_of(target.reread({"y": label_cells("a;new", "new", None)}, state)) == [[1, 0], [0, 0], [-1, -1]]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([], "missing"),
        ([None, "", "NA"], "missing"),
        (["a;b", "a;b"], "same"),
        ([[], []], "same"),
        ([f"label {number}" for number in range(40)], "40 labels"),
    ],
)
def test_listed_labels_that_cannot_be_learnt(values: list[Any], word: str) -> None:
    with pytest.raises(DataError, match=word) as caught:
        target.read({"主题": label_cells(*values)}, {})
    assert "主题" in caught.value.mistakes[0].place and caught.value.mistakes[0].fix


# ----------------------------------------------------------------------- rest
def label_sample(*values: Any) -> Sample:
    return Sample("y", label_cells(*values), 2, len(values))


def test_claims_several_columns_of_yes_and_no() -> None:
    assert target.claim([label_sample(0, 1), label_sample("yes", "no")]) > 0.6
    assert target.claim([label_sample(0, 1), label_sample(0, 2)]) == 0.0
    assert target.claim([label_sample(0, 1), label_sample("a", "b")]) == 0.0
    assert target.claim([]) == 0.0


def test_claims_one_column_only_when_it_holds_lists() -> None:
    assert target.claim([label_sample(["a"], [], ["a", "b"])]) > 0.6
    assert target.claim([label_sample("a;b", "a")]) == 0.0
    assert target.claim([label_sample(0, 1)]) == 0.0
    assert target.claim([label_sample()]) == 0.0


def test_fit_learns_nothing() -> None:
    found = target.read({"a": np.array([1, 0]), "b": np.array([0, 1])}, {})
    assert target.fit(found.y, found.state) == found.state
