"""Columns as small whole numbers: missing is 0, order is kept, and a sample stands for many rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from modelyard.core.project import Project
from modelyard.prepare.checks import coded
from modelyard.prepare.checks.coded import BINS, DISTINCT, bins, known, look
from modelyard.prepare.survey import Survey

MakeProject = Callable[..., Project]
Surveyed = Callable[..., Survey]


@given(arrays.arrays(np.float64, st.integers(0, 300), elements=st.floats(width=64)))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_codes_keep_the_order(values: Any) -> None:
    codes, size = bins(values)
    there = np.isfinite(values)
    assert (codes[~there] == 0).all()
    assert (codes[there] > 0).all()
    assert codes.max(initial=0) == size - 1
    order = np.argsort(values[there], kind="stable")
    assert (np.diff(codes[there][order]) >= 0).all()


def test_few_values_have_a_code_each_and_many_share_them() -> None:
    few = np.asarray([3.0, 1.0, np.nan, 1.0, 2.0])
    assert bins(few)[0].tolist() == [3, 1, 0, 1, 2]
    many, size = bins(np.arange(1000.0))
    assert size <= BINS + 1
    counts = np.bincount(many)[1:]
    assert counts.max() - counts.min() <= 2
    assert bins(np.arange(float(DISTINCT)))[1] == DISTINCT + 1
    spike = bins(np.r_[np.zeros(900), np.arange(100.0)])[0]
    assert len(np.unique(spike)) > 2


def test_known_rows_of_every_kind_of_target() -> None:
    assert known(np.asarray([0.5, np.nan, np.inf])).tolist() == [True, False, False]
    assert known(np.asarray([-1, 0, 3])).tolist() == [False, True, True]


def test_only_inputs_are_coded(project_of: MakeProject, surveyed: Surveyed) -> None:
    project = project_of(columns={"k": {"role": "key"}, "t": {"role": "time"}, "p": {"role": "protected"}})
    more = {"k": [f"K{n}" for n in range(1200)], "t": list(range(1200)), "p": ["f", "m"] * 600, "gone": ["same"] * 1200}
    seen = look(surveyed(project, **more))
    assert [column.name for column in seen.columns] == ["x", "z", "kind"]
    assert [column.is_number for column in seen.columns] == [True, True, False]
    assert [(name, len(y)) for name, y in seen.targets()] == [("y", 1200)]


def test_missing_words_have_code_0(project_of: MakeProject, surveyed: Surveyed) -> None:
    seen = look(
        surveyed(project_of(), c=[None if n % 3 == 0 else "上海" if n % 3 == 1 else "Rome" for n in range(1200)])
    )
    column = next(column for column in seen.columns if column.name == "c")
    assert column.codes[:3].tolist() == [0, 1, 2]
    assert column.size == 3


def test_of_many_rows_some_are_looked_at(project_of: MakeProject, surveyed: Surveyed, monkeypatch: Any) -> None:
    monkeypatch.setattr(coded, "LOOKED", 100)
    found = surveyed(project_of())
    seen, again = look(found), look(found)
    assert len(seen.rows) == len(seen.parts) == 100
    assert (np.diff(seen.rows) > 0).all()
    np.testing.assert_array_equal(seen.rows, again.rows)
    np.testing.assert_array_equal(seen.parts, found.parts[seen.rows])
    assert all(len(column.codes) == len(column.values) == 100 for column in seen.columns)


@pytest.mark.parametrize("task", ["multilabel"])
def test_labels_are_targets_one_by_one(project_of: MakeProject, surveyed: Surveyed, task: str) -> None:
    project = project_of(predict={"column": "y", "task": task})
    seen = look(surveyed(project, y=["a;b", None, "b"] * 400))
    assert {name: sorted(set(y.tolist())) for name, y in seen.targets()} == {"a": [0, 1], "b": [1]}
