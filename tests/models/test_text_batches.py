"""Rows with texts cut into batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.ragged import Ragged
from modelyard.models.augment import Augment
from modelyard.models.batches import Batch
from modelyard.models.text_batches import WIDEST, Inputs, TextBatches

pytestmark = pytest.mark.torch


def ragged_of(lengths: list[int]) -> Ragged:
    """Every token of a row is the row's number."""
    return Ragged.of([[row] * length for row, length in enumerate(lengths)])


def batches_of(lengths: list[int], size: int = 4, budget: int = 64, window: int = 16, **more: Any) -> TextBatches:
    rows = torch.arange(float(len(lengths)))
    return TextBatches(
        table=rows[:, None] * 100,
        ids={"text": ragged_of(lengths)},
        windows={"text": window},
        y=rows.long(),
        weight=rows / 2,
        size=size,
        budget=budget,
        **more,
    )


def epoch(batches: TextBatches, seed: int | None = 0) -> list[Batch]:
    return list(batches.in_order() if seed is None else batches.shuffled(torch.Generator().manual_seed(seed)))


def rows_of(found: list[Batch]) -> list[int]:
    return [row for _, y, _ in found for row in y.tolist()]


many = st.lists(st.integers(0, 70), min_size=0, max_size=120)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(lengths=many, size=st.integers(1, 9), budget=st.integers(1, 200), seed=st.sampled_from([None, 0, 1, 2]))
def test_the_laws(lengths: list[int], size: int, budget: int, seed: int | None) -> None:
    batches = batches_of(lengths, size, budget)
    found = epoch(batches, seed)
    assert len(found) == len(batches)
    assert sorted(rows_of(found)) == list(range(len(lengths))) == list(range(batches.rows))
    for inputs, y, weight in found:
        ids = inputs.ids["text"]
        assert 1 <= len(y) == len(inputs) == len(ids) <= size
        assert ids.numel() <= budget or len(y) == 1
        assert ids.dtype == torch.int64 and ids.ndim == 3
        assert torch.equal(inputs.table[:, 0], y * 100.0) and torch.equal(weight, y / 2)
        for row, windows in zip(y.tolist(), ids, strict=True):
            assert windows[windows >= 0].tolist() == [row] * lengths[row]


@settings(max_examples=30, derandomize=True, deadline=None)
@given(lengths=many, size=st.integers(1, 9), budget=st.integers(1, 200))
def test_all_epochs_have_batches_of_the_same_sizes(lengths: list[int], size: int, budget: int) -> None:
    batches = batches_of(lengths, size, budget)
    sizes = [sorted(len(y) for _, y, _ in epoch(batches, seed)) for seed in (0, 1, None)]
    assert sizes[0] == sizes[1] == sizes[2]


def test_little_is_padding() -> None:
    lengths = np.random.default_rng(0).integers(1, 200, 2000).tolist()
    found = epoch(batches_of(lengths, 32, 10**6, window=512))
    padded = sum(inputs.ids["text"].numel() for inputs, _, _ in found)
    assert padded < 1.2 * sum(lengths) < 0.7 * 200 * len(lengths)


def test_rows_of_one_batch_are_never_far_apart_in_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 500, 300).tolist()
    for seed in (0, 1):
        for _, y, _ in epoch(batches_of(lengths, 64, 10**6, 512), seed):
            own = [lengths[row] for row in y.tolist()]
            assert max(own) <= WIDEST * min(own)


def test_a_few_rows_of_similar_length_are_mixed_freely() -> None:
    batches = batches_of(list(range(50, 82)), 8, 10**6, 512)
    together = {frozenset(y.tolist()) for seed in range(5) for _, y, _ in epoch(batches, seed)}
    assert len(together) == 5 * len(batches) == 20


def test_a_text_longer_than_the_budget_is_a_batch_by_itself() -> None:
    found = epoch(batches_of([3, 1000, 4, 5], size=4, budget=64))
    alone = [(inputs, y) for inputs, y, _ in found if 1 in y.tolist()]
    assert [(y.tolist(), tuple(inputs.ids["text"].shape)) for inputs, y in alone] == [([1], (1, 63, 16))]
    assert sorted(map(len, rows_and_sizes(found))) == [1, 3]


def rows_and_sizes(found: list[Batch]) -> list[list[int]]:
    return [y.tolist() for _, y, _ in found]


def test_no_small_last_batch() -> None:
    sizes = [len(y) for _, y, _ in epoch(batches_of([7] * 33, size=16, budget=10**6))]
    assert sorted(sizes) == [11, 11, 11]


# ------------------------------------------------------------- order and seeds
def test_the_generator_decides_the_order() -> None:
    batches = batches_of(np.random.default_rng(0).integers(1, 60, 200).tolist())
    orders = [rows_of(epoch(batches, seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


def test_each_epoch_has_its_own_order_and_is_not_sorted() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 200).tolist()
    batches, generator = batches_of(lengths), torch.Generator().manual_seed(0)
    first, second = (rows_of(list(batches.shuffled(generator))) for _ in range(2))
    assert first != second
    starts = [lengths[row] for row in first[::4]]
    assert starts != sorted(starts)


def test_order_tells_how_rows_are_handed_out() -> None:
    batches = batches_of([9, 2, 30, 2, 5])
    assert batches.order.tolist() == rows_of(epoch(batches, None)) == [1, 3, 4, 0, 2]
    assert batches_of([]).order.tolist() == []


# ------------------------------------------------------------------- odd rows
def test_no_rows() -> None:
    assert epoch(batches_of([])) == epoch(batches_of([]), None) == []
    assert len(batches_of([])) == batches_of([]).rows == 0


def test_one_row_and_a_row_without_tokens() -> None:
    (inputs, y, _), *rest = epoch(batches_of([0]))
    assert inputs.ids["text"].tolist() == [[[-1]]] and y.tolist() == [0] and rest == []


def test_no_text_column_at_all() -> None:
    rows = torch.arange(10.0)
    batches = TextBatches(rows[:, None], {}, {}, rows, rows, 4, 8)
    found = epoch(batches)
    assert sorted(rows_of(found)) == list(range(10)) and len(found) == 3
    assert found[0][0].ids == {}


def test_two_columns_share_the_budget() -> None:
    lengths = {"title": [3] * 20, "body": [40] * 20}
    rows = torch.arange(20.0)
    ids = {name: ragged_of(own) for name, own in lengths.items()}
    batches = TextBatches(rows[:, None], ids, {"title": 8, "body": 16}, rows, rows, 100, 153)
    shapes = {tuple(ids.shape[1:]) for inputs, _, _ in epoch(batches) for ids in inputs.ids.values()}
    assert shapes == {(1, 3), (3, 16)}
    assert all(sum(ids.numel() for ids in inputs.ids.values()) <= 153 for inputs, _, _ in epoch(batches))
    assert max(len(y) for _, y, _ in epoch(batches)) == 3


def test_one_column_long_where_the_other_is_short() -> None:
    long, short = list(range(1, 41)), list(range(40, 0, -1))
    rows = torch.arange(40.0)
    ids = {"one": ragged_of(long), "other": ragged_of(short)}
    batches = TextBatches(rows[:, None], ids, {"one": 64, "other": 64}, rows, rows, 16, 400)
    assert all(sum(ids.numel() for ids in inputs.ids.values()) <= 400 for inputs, _, _ in epoch(batches))


# -------------------------------------------------------- drawn and augmented
def test_rare_rows_are_drawn_more_often() -> None:
    draw = torch.ones(100)
    draw[:10] = 9.0
    batches = batches_of([5] * 100, draw=draw)
    generator = torch.Generator().manual_seed(0)
    drawn = [row for _ in range(50) for row in rows_of(list(batches.shuffled(generator)))]
    assert len(drawn) == 50 * 100
    assert sum(row < 10 for row in drawn) / len(drawn) == pytest.approx(0.5, abs=0.03)
    assert sorted(rows_of(epoch(batches, None))) == list(range(100))  # not in evaluation


def test_rows_that_are_never_drawn() -> None:
    draw = torch.tensor([0.0, 1.0, 0.0, 1.0])
    assert set(rows_of(epoch(batches_of([1, 2, 3, 40], draw=draw)))) <= {1, 3}


def test_drawn_batches_hold_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 64, 100).tolist()
    batches = batches_of(lengths, 8, 100, draw=torch.rand(100, generator=torch.Generator().manual_seed(0)))
    for inputs, y, _ in epoch(batches):
        assert inputs.ids["text"].numel() <= 100 or len(y) == 1


def test_augmented_in_training_only() -> None:
    plain, noisy = (batches_of([20] * 8, budget=128, augment=augment) for augment in ({}, {"text": Augment(0.5)}))
    tokens = [
        [int((inputs.ids["text"] >= 0).sum()) for inputs, _, _ in epoch(one, seed)]
        for one in (plain, noisy)
        for seed in (0, None)
    ]
    assert tokens[0] == tokens[1] == tokens[3] == [80, 80]
    assert all(2 * 4 < one < 80 for one in tokens[2])


def test_augmentation_is_drawn_from_the_same_generator() -> None:
    batches = batches_of([20] * 8, augment={"text": Augment(0.5)})
    one, same, other = ([inputs.ids["text"] for inputs, _, _ in epoch(batches, seed)] for seed in (0, 0, 1))
    assert all(map(torch.equal, one, same)) and not all(map(torch.equal, one, other))


# ---------------------------------------------------------------------- inputs
def test_inputs_move_as_a_whole() -> None:
    inputs = Inputs(torch.ones(2, 3), {"text": torch.ones(2, 1, 4, dtype=torch.int64)})
    moved = inputs.to(torch.device("meta"))
    assert moved.table.device.type == moved.ids["text"].device.type == "meta"
    assert len(moved) == 2


def test_vectors_go_with_their_rows() -> None:
    table, y = torch.arange(5.0)[:, None], torch.arange(5)
    source = TextBatches(table, {}, {}, y, torch.ones(5), 2, 16, vectors={"评论": table * 10})
    assert len(source) == 3 and source.rows == 5
    for batches in (source.in_order(), source.shuffled(torch.Generator().manual_seed(3))):
        seen = []
        for inputs, numbers, _ in batches:
            assert inputs.ids == {} and inputs.vectors["评论"].equal(inputs.table * 10)
            assert inputs.table[:, 0].long().equal(numbers)
            moved = inputs.to(torch.device("cpu"))
            assert moved.vectors["评论"].equal(inputs.vectors["评论"])
            seen += numbers.tolist()
        assert sorted(seen) == [0, 1, 2, 3, 4]
