"""Numbers as people write them, and how they are standardised."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.core.protocols import Array, Sample, Target
from modelyard.tasks.regression import target


def number_cells(*values: Any) -> Array:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def read_numbers(*values: Any) -> Target:
    return target.read({"y": number_cells(*values)}, {})


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ([1, 2.5], [1, 2.5]),
        (["1", " 2.5 ", "1e3"], [1, 2.5, 1000]),
        (["1,234.5", "2"], [1234.5, 2]),
        (["1.234,5", "2,5"], [1234.5, 2.5]),
        (["１２．５", "3"], [12.5, 3]),
        ([True, False], [1, 0]),
        (["-", "3", "4", "无"], [math.nan, 3, 4, math.nan]),
        ([None, float("nan"), "", 3, 4], [math.nan] * 3 + [3, 4]),
        ([float("inf"), 3, 4, "-inf"], [math.nan, 3, 4, math.nan]),
    ],
)
def test_numbers_are_read_as_in_columns_of_numbers(values: list[Any], numbers: list[float]) -> None:
    found = read_numbers(*values)
    assert found.y.dtype == np.float64
    assert found.y.tolist() == pytest.approx(numbers, nan_ok=True)
    assert target.reread({"y": number_cells(*values)}, found.state).tolist() == pytest.approx(numbers, nan_ok=True)


def test_later_files_are_read_in_the_same_way() -> None:
    state = json.loads(json.dumps(read_numbers("1.234,5", "2,5").state))
    assert target.reread({"y": number_cells("3,5", "x", None)}, state).tolist() == pytest.approx(
        [3.5, math.nan, math.nan], nan_ok=True
    )
    assert target.reread({"y": number_cells()}, state).shape == (0,)


# -------------------------------------------------------------------- refused
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], ()),
        ([None, ""], ()),
        ([float("inf")], ()),
        (["5", 5.0, "5,0"], ("5",)),
        ([7], ("7",)),
        ([1, 2, "x"], ("x", "3")),
        (["a"] * 9, ("9", "1, 2, 3, 4, 5, …")),
    ],
)
def test_what_cannot_be_learnt(values: list[Any], words: tuple[str, ...], language: str) -> None:
    messages.use(language)
    with pytest.raises(DataError) as caught:
        target.read({"金额": number_cells(*values)}, {})
    (mistake,) = caught.value.mistakes
    assert "金额" in mistake.place and mistake.expected and mistake.fix
    assert all(word in mistake.got for word in words), mistake.got


def test_several_columns_are_refused() -> None:
    with pytest.raises(DataError, match="2 columns"):
        target.read({"a": number_cells(0, 1), "b": number_cells(0, 1)}, {})


def test_a_long_cell_is_not_shown_whole() -> None:
    with pytest.raises(DataError) as caught:
        read_numbers(1, 2, "x" * 1000)
    assert len(str(caught.value)) < 500


# ------------------------------------------------------------------------ fit
def test_fit_is_mean_and_standard_deviation_of_what_is_known() -> None:
    state = target.fit(np.array([1.0, np.nan, 3.0]), {"decimal": "point"})
    assert state == {"decimal": "point", "mean": 2.0, "scale": 1.0}


@pytest.mark.parametrize("y", [[], [np.nan], [5.0], [0.1, 0.1, 0.1], [0.0, 0.0], [1e300, 1e300]])
def test_a_scale_is_never_zero(y: list[float]) -> None:
    state = target.fit(np.array(y), {})
    assert state["scale"] == 1.0 and math.isfinite(state["mean"])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
def test_encoded_numbers_are_finite_and_standardised(numbers: list[float]) -> None:
    y = np.array(numbers)
    state = target.fit(y, {})
    encoded = target.encode(y, state)
    assert encoded.shape == (len(y), 1) and encoded.dtype == np.float32
    assert np.isfinite(encoded).all()
    spread = np.abs(y).max() > 0 and np.ptp(y / np.abs(y).max()) > 1e-6
    if spread:
        assert encoded.mean() == pytest.approx(0, abs=1e-3) and encoded.std() == pytest.approx(1, rel=1e-3)


def test_missing_numbers_stay_missing() -> None:
    state = target.fit(np.array([1.0, 3.0]), {})
    assert target.encode(np.array([np.nan, 2.0]), state)[:, 0].tolist() == pytest.approx([np.nan, 0], nan_ok=True)
    assert target.known(np.array([np.nan, 2.0])).tolist() == [False, True]


# --------------------------------------------------------------------- claims
def number_sample(values: list[Any]) -> Sample:
    return Sample("y", number_cells(*values), len(set(values)), len(values))


@pytest.mark.parametrize(
    "values",
    [
        [1.5, 2.5, 3.5],
        [f"{number / 7:.3f}" for number in range(100)],
        list(range(25)),
        list(range(11)) * 100,
        [120, 250, 90, 110, 130],
    ],
)
def test_claims_numbers_with_many_values(values: list[Any]) -> None:
    assert target.claim([number_sample(values)]) > 0.6


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b", "c"],
        [0, 1, 1],
        [0.5, 1.5, 0.5],
        [1, 2, 3] * 10,
        list(range(10)) * 5,
        ["007", "123", "456", "001", "002"],
        ["yes", "no"],
        [],
    ],
)
def test_leaves_classes_to_classification(values: list[Any]) -> None:
    assert target.claim([number_sample(values)]) < 0.6


def test_claims_one_column_only() -> None:
    sample = number_sample([1.5, 2.5, 3.5])
    assert target.claim([]) == target.claim([sample, sample]) == 0.0


def test_width_is_one() -> None:
    assert target.width({}) == 1
