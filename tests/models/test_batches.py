"""Rows cut into batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.models.batches import Batches, tensor

pytestmark = pytest.mark.torch


def rows_of(rows: int, size: int) -> Batches:
    x = torch.arange(float(rows))[:, None]
    return Batches(x, x[:, 0] * 10, x[:, 0] / 2, size)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(rows=st.integers(1, 300), size=st.integers(1, 64), seed=st.integers(0, 5))
def test_each_row_once_with_its_own_target_and_weight(rows: int, size: int, seed: int) -> None:
    batches = list(rows_of(rows, size).shuffled(torch.Generator().manual_seed(seed)))
    x, y, weight = (torch.cat(part) for part in zip(*batches, strict=True))
    assert sorted(x[:, 0].tolist()) == list(range(rows))
    assert torch.equal(y, x[:, 0] * 10) and torch.equal(weight, x[:, 0] / 2)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(rows=st.integers(1, 300), size=st.integers(1, 64))
def test_batches_are_nearly_equal_and_never_too_large(rows: int, size: int) -> None:
    batches = rows_of(rows, size)
    sizes = [len(y) for _, y, _ in batches.in_order()]
    assert len(sizes) == len(batches)
    assert max(sizes) <= size and max(sizes) - min(sizes) <= 1


def test_no_batch_of_one_while_there_are_two_rows() -> None:
    for rows in range(2, 40):
        assert min(len(y) for _, y, _ in rows_of(rows, 3).in_order()) > 1


def test_in_order() -> None:
    batches = list(rows_of(5, 2).in_order())
    assert torch.cat([y for _, y, _ in batches]).tolist() == [0, 10, 20, 30, 40]


def test_no_rows() -> None:
    empty = rows_of(0, 4)
    assert len(empty) == empty.rows == 0
    assert list(empty.in_order()) == []


def test_the_generator_decides_the_order() -> None:
    batches = rows_of(50, 8)
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    orders = [torch.cat([y for _, y, _ in batches.shuffled(one)]).tolist() for one in generators]
    assert orders[0] == orders[1] != orders[2]


def test_each_epoch_has_its_own_order() -> None:
    batches, generator = rows_of(50, 8), torch.Generator().manual_seed(0)
    first, second = (torch.cat([y for _, y, _ in batches.shuffled(generator)]).tolist() for _ in range(2))
    assert first != second


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_arrays_that_must_not_be_written_to(dtype: type) -> None:
    array = np.arange(6, dtype=dtype).reshape(2, 3)
    array.flags.writeable = False
    found = tensor(array)
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found.data_ptr() == array.ctypes.data


def test_strided_arrays_are_made_contiguous() -> None:
    assert tensor(np.arange(12.0).reshape(3, 4)[:, ::2]).is_contiguous()
