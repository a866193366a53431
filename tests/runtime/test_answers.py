"""What a user reads: rows for JSON, columns for frames, a table for notebooks."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from modelyard.core import messages
from modelyard.runtime.answers import Answers, plain
from modelyard.runtime.bundle import Bundle


def lists(*cells: list[str]) -> np.ndarray[Any, Any]:
    """Label sets, as the task multilabel answers them."""
    values = np.empty(len(cells), object)
    values[:] = cells
    return values


@pytest.fixture
def answers() -> Answers:
    return Answers(
        {
            "risk": {
                "value": np.asarray(["bad", "好"], object),
                "probability": {
                    "好": np.asarray([0.25, 0.75], np.float32),
                    "bad": np.asarray([0.75, 0.25], np.float32),
                },
                "certain": np.asarray([True, False]),
            },
            "amount": {
                "value": np.asarray([1.5, np.nan]),
                "low": np.asarray([1.0, -np.inf]),
                "high": np.asarray([2.0, np.inf]),
            },
            "tags": {"value": lists(["a", "b"], []), "probability": {"a": np.asarray([0.9, 0.1])}},
        },
        "0123456789abcdef",
        {"id": np.asarray([7, "八"], object)},
        ("column 'x': <odd>",),
    )


def test_rows_hold_keys_first_and_nested_targets(answers: Answers) -> None:
    assert answers.rows() == [
        {
            "id": 7,
            "risk": {"value": "bad", "probability": {"好": 0.25, "bad": 0.75}, "certain": True},
            "amount": {"value": 1.5, "low": 1.0, "high": 2.0},
            "tags": {"value": ["a", "b"], "probability": {"a": 0.9}},
        },
        {
            "id": "八",
            "risk": {"value": "好", "probability": {"好": 0.75, "bad": 0.25}, "certain": False},
            "amount": {"value": None, "low": None, "high": None},
            "tags": {"value": [], "probability": {"a": 0.1}},
        },
    ]


def test_rows_are_strict_json(answers: Answers) -> None:
    written = json.dumps(answers.rows(), allow_nan=False, ensure_ascii=False)
    assert json.loads(written) == answers.rows()


def test_columns_are_flat_and_named(answers: Answers) -> None:
    assert list(answers.to_columns()) == [
        "id", "risk", "risk.probability.好", "risk.probability.bad", "risk.certain",
        "amount", "amount.low", "amount.high", "tags", "tags.probability.a",
    ]  # fmt: skip


def test_columns_make_frames(answers: Answers) -> None:
    frame = pd.DataFrame(answers.to_columns())
    assert frame.shape == (2, 10)
    assert frame["risk"].tolist() == ["bad", "好"] and frame["risk.certain"].tolist() == [True, False]
    numbers = {name: values for name, values in answers.to_columns().items() if values.dtype != object}
    assert pl.DataFrame(numbers).height == 2


def test_length_and_short_form(answers: Answers) -> None:
    assert len(answers) == 2
    assert repr(answers) == "Answers(2 rows, targets=['risk', 'amount', 'tags'], bundle=0123456789ab)"


def test_no_rows_and_no_targets() -> None:
    assert len(Answers({}, "x")) == 0 and Answers({}, "x").rows() == []
    empty = Answers({"y": {"value": np.empty(0)}}, "x")
    assert len(empty) == 0 and empty.rows() == [] and "<table>" in empty._repr_html_()


def test_notebooks_show_a_safe_table(answers: Answers) -> None:
    shown = answers._repr_html_()
    assert "<th>risk.probability.好</th>" in shown and "<td>0.75</td>" in shown
    assert "2 of 2 rows" in shown
    assert "&lt;odd&gt;" in shown and "<odd>" not in shown
    messages.use("zh")
    assert "共 2 行" in answers._repr_html_()


def test_notebooks_show_the_first_rows_only() -> None:
    many = Answers({"y": {"value": np.arange(1000)}}, "x")._repr_html_()
    assert many.count("<tr>") == 21 and "20 of 1000 rows" in many


def test_labels_with_markup_stay_text() -> None:
    shown = Answers({"<b>": {"value": np.asarray(["<script>"], object)}}, "x")._repr_html_()
    assert "<script>" not in shown and "<b>" not in shown


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.asarray([1, 2]), [1, 2]),
        (np.asarray([True, False]), [True, False]),
        (np.asarray([1.5, np.nan, np.inf, -np.inf]), [1.5, None, None, None]),
        (np.asarray([0.1], np.float32), [float(np.float32(0.1))]),
        (np.asarray(["2024-05-01", "NaT"], "datetime64[D]"), ["2024-05-01", None]),
        (np.asarray(["2024-05-01T10:00:00"], "datetime64[ns]"), ["2024-05-01T10:00:00.000000000"]),
        (np.asarray([None, "甲", 3, 2.5, True, float("nan")], object), [None, "甲", 3, 2.5, True, None]),
        (np.asarray([np.float64(2.5), np.int64(3), np.bool_(True), np.str_("x")], object), [2.5, 3, True, "x"]),
        (np.asarray([datetime.date(2024, 5, 1), Decimal("1.10")], object), ["2024-05-01", "1.10"]),
        (np.asarray([pd.Timestamp("2024-05-01"), b"x"], object), ["2024-05-01T00:00:00", "b'x'"]),
        (np.empty(0), []),
        (np.asarray([[0.5, np.nan], [1, 2]]), [[0.5, None], [1.0, 2.0]]),
    ],
)
def test_arrays_as_plain_lists(values: np.ndarray[Any, Any], expected: list[Any]) -> None:
    found = plain(values)
    assert found == expected
    assert [type(cell) for cell in found] == [type(cell) for cell in expected]
    json.dumps(found, allow_nan=False)


def test_real_answers_agree_in_both_forms(bundle: Bundle) -> None:
    answers = bundle.predict({"age": [1, 2], "income": [1, 2], "城市": ["北京", None], "colour": ["red", "red"]})
    columns = answers.to_columns()
    for number, row in enumerate(answers.rows()):
        assert row["risk"]["value"] == columns["risk"][number]
        assert row["risk"]["probability"]["好"] == columns["risk.probability.好"][number]
        assert row["amount"]["value"] == columns["amount"][number]


def test_rows_and_columns_that_leave_the_house_name_the_bundle_last() -> None:
    one = Answers({"risk": {"value": np.asarray(["a", "b"], object)}}, "b" * 64, {"id": np.asarray([1, 2])})
    assert list(one.signed_columns()) == ["id", "risk", "bundle"]
    assert one.signed_columns()["bundle"].tolist() == ["b" * 64] * 2
    assert [list(row) for row in one.signed_rows()] == [["id", "risk", "bundle"]] * 2
    taken = Answers(one.targets, one.bundle_id, {"bundle": np.asarray([1, 2])})
    assert list(taken.signed_columns()) == ["bundle", "risk", "modelyard.bundle"]
    empty = Answers({"risk": {"value": np.empty(0, object)}}, "b" * 64)
    assert empty.signed_rows() == [] and len(empty.signed_columns()["bundle"]) == 0


def test_what_is_carried_never_gives_way_to_an_answer() -> None:
    names = ["id", "y", "y.given", "y.probability.a", "y.probability", "bundle", "modelyard.bundle", "y.given.given"]
    keys = {name: np.asarray([f"my {name}"], object) for name in names}
    targets = {"y": {"value": np.ones(1), "probability": {"a": np.full(1, 0.5)}}}
    answers = Answers(targets, "f" * 16, keys)
    columns = {name: values.tolist()[0] for name, values in answers.signed_columns().items()}
    assert [columns[name] for name in ("y", "y.probability.a", "bundle")] == [1.0, 0.5, "my bundle"]
    assert sorted(str(cell) for cell in columns.values() if str(cell).startswith("my ")) == sorted(
        f"my {name}" for name in names
    )
    assert (columns["y.given"], columns["y.given.given.given"]) == ("my y.given", "my y")
    assert columns["modelyard.bundle"] == "f" * 16 and columns["modelyard.bundle.given"] == "my modelyard.bundle"
    (row,) = answers.signed_rows()
    assert row["y"] == {"value": 1.0, "probability": {"a": 0.5}} and row["modelyard.bundle"] == "f" * 16
    assert sorted(cell for cell in row.values() if str(cell).startswith("my ")) == sorted(
        f"my {name}" for name in names
    )
