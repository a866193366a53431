"""Pooling of hidden states: against a plain loop, over windows, and with nothing in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

torch = pytest.importorskip("torch")
from modelyard.backbones.pooling import Pooled, Scaled  # noqa: E402
from modelyard.core.protocols import Array  # noqa: E402
from modelyard.core.ragged import EMPTY, Ragged  # noqa: E402

pytestmark = pytest.mark.torch
every_pooling = pytest.mark.parametrize("pooling", ["mean", "cls", "max"])


class Spelt(torch.nn.Module):  # type: ignore[misc, name-defined]
    """A backbone whose hidden states say which id stands where; what it says of padding is NaN."""

    width = 3

    def forward(self, ids: Any, mask: Any) -> Any:
        assert mask.dtype == torch.bool
        assert mask.any(dim=1).all()
        assert (ids >= 0).all()
        places = torch.arange(ids.shape[1]).expand(ids.shape)
        hidden = torch.stack([ids, ids * places, -ids], dim=2).float()
        return torch.where(mask.unsqueeze(2), hidden, torch.nan)


def pooled(ids: Array, pooling: Any) -> Array:
    found: Array = Pooled(Spelt(), pooling)(torch.from_numpy(ids)).numpy()
    return found


def by_hand(row: Sequence[Sequence[int]], pooling: str) -> Array:
    states = [[(one, one * place, -one) for place, one in enumerate(window)] for window in row if window]
    if not states:
        return np.zeros(3)
    if pooling == "cls":
        return np.mean([window[0] for window in states], axis=0)
    every = [state for window in states for state in window]
    return np.asarray(np.mean(every, axis=0) if pooling == "mean" else np.max(every, axis=0))


@every_pooling
def test_windows_count_by_their_tokens(pooling: Any) -> None:
    ids = Ragged.of([[5, 6, 7, 8, 9], [1, 2], [4]]).windows(3)
    expected = [by_hand(row, pooling) for row in ([[5, 6, 7], [8, 9]], [[1, 2]], [[4]])]
    assert_allclose(pooled(ids, pooling), expected, rtol=1e-6)


@every_pooling
def test_rows_without_tokens_are_zeros(pooling: Any) -> None:
    assert not pooled(np.full((2, 2, 3), EMPTY), pooling).any()
    assert not pooled(np.full((1, 1, 1), EMPTY), pooling).any()


@every_pooling
def test_padding_changes_nothing(pooling: Any) -> None:
    ids = Ragged.of([[5, 6, 7, 8, 9], [1, 2]]).windows(3)
    wide = np.pad(ids, ((0, 1), (0, 2), (0, 4)), constant_values=EMPTY)
    assert_allclose(pooled(wide, pooling)[:2], pooled(ids, pooling), rtol=1e-6)


def test_the_largest_may_be_below_zero() -> None:
    assert pooled(np.array([[[4, EMPTY]]]), "max")[0, 2] == -4


rows = st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=9), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows, st.integers(1, 4), st.sampled_from(["mean", "cls", "max"]))
def test_any_rows(found: list[list[int]], size: int, pooling: str) -> None:
    cut = [[row[start : start + size] for start in range(0, len(row), size)] for row in found]
    expected = np.stack([by_hand(row, pooling) for row in cut])
    assert_allclose(pooled(Ragged.of(found).windows(size), pooling), expected, rtol=1e-5, atol=1e-6)


def test_gradients_of_padding_are_none() -> None:
    hidden = torch.zeros(1, 4, 3, requires_grad=True)

    class Given(torch.nn.Module):  # type: ignore[misc, name-defined]
        width = 3

        def forward(self, ids: Any, mask: Any) -> Any:
            return hidden

    Pooled(Given(), "mean")(torch.tensor([[[1, 2, EMPTY, EMPTY]]])).sum().backward()
    assert_allclose(hidden.grad.numpy()[0, :, 0], [0.5, 0.5, 0, 0])


def test_scaled_vectors_are_all_as_long() -> None:
    hidden = torch.tensor([[[3.0, 4.0, 0.0, 0.0]], [[0.0, 0.0, 1e-3, 0.0]], [[0.0] * 4]])

    class Given(torch.nn.Module):
        width = 4

        def forward(self, ids: Any, mask: Any) -> Any:
            return hidden

    scaled = Scaled(Pooled(Given(), "mean"))
    found = scaled(torch.tensor([[[1]], [[2]], [[3]]])).numpy()
    assert scaled.width == 4
    assert_allclose(found, [[1.2, 1.6, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]], atol=1e-6)
