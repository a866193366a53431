"""Tokens lost in training."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from modelyard.models.augment import Augment

pytestmark = pytest.mark.torch
FIRST, LAST, MASK = 1, 2, 4


def texts(rows: int = 8, windows: int = 2, length: int = 20, seed: int = 0) -> Tensor:
    """Windows of all fillings, each token but the special ones a number of its own."""
    generator = torch.Generator().manual_seed(seed)
    filled = torch.randint(0, length + 1, (rows, windows, 1), generator=generator)
    places = torch.arange(length)
    ids = (10 + torch.arange(rows * windows * length)).reshape(rows, windows, length)
    ids = ids.masked_fill(places == 0, FIRST).masked_fill(places == filled - 1, LAST)
    return ids.masked_fill(places >= filled, -1)


def applied(augment: Augment, ids: Tensor, seed: int = 0) -> Tensor:
    return augment.apply(ids, torch.Generator().manual_seed(seed))


def kept(window: Tensor) -> list[int]:
    return [int(token) for token in window if token >= 0]


cases = given(
    rows=st.integers(0, 5),
    windows=st.integers(1, 3),
    length=st.integers(1, 12),
    seed=st.integers(0, 50),
    dropped=st.sampled_from([0.0, 0.3, 1.0]),
    span=st.sampled_from([0.0, 0.5, 1.0]),
    mask=st.sampled_from([None, MASK]),
)


@settings(max_examples=150, derandomize=True, deadline=None)
@cases
def test_what_always_holds(
    rows: int, windows: int, length: int, seed: int, dropped: float, span: float, mask: int | None
) -> None:
    before = texts(rows, windows, length, seed)
    untouched = before.clone()
    after = applied(Augment(dropped, span, mask), before, seed)
    assert torch.equal(before, untouched)
    assert after.shape == before.shape and after.dtype == torch.int64
    for one, other in zip(before.flatten(0, 1), after.flatten(0, 1), strict=True):
        had, has = kept(one), kept(other)
        assert other.tolist() == has + [-1] * (length - len(has))  # no gaps
        assert has[:1] == had[:1] and has[-1:] == had[-1:]  # the special ones stay
        left = [token for token in has if token != MASK]
        assert left == [token for token in had if token in set(left)]  # in their order, none is new


def test_nothing_is_lost_without_rates() -> None:
    assert torch.equal(applied(Augment(), texts()), texts())
    assert torch.equal(applied(Augment(mask=MASK), texts()), texts())


def test_dropped_tokens_are_masked_or_cut_out() -> None:
    ids = texts(200, 1, 50)
    masked, cut = applied(Augment(0.2, mask=MASK), ids), applied(Augment(0.2), ids)
    inner = int((ids >= 10).sum())
    assert int((masked == MASK).sum()) / inner == pytest.approx(0.2, abs=0.02)
    assert int((masked >= 0).sum()) == int((ids >= 0).sum())
    assert int((ids >= 0).sum() - (cut >= 0).sum()) == int((masked == MASK).sum())


def test_everything_dropped_leaves_the_special_tokens() -> None:
    ids = torch.tensor([[[FIRST, 11, 12, 13, LAST, -1]]])
    assert applied(Augment(1.0), ids).tolist() == [[[FIRST, LAST, -1, -1, -1, -1]]]
    assert applied(Augment(1.0, mask=MASK), ids).tolist() == [[[FIRST, MASK, MASK, MASK, LAST, -1]]]


def test_a_span_is_one_piece_of_at_most_its_share() -> None:
    ids = torch.cat([torch.tensor([FIRST]), torch.arange(100, 140), torch.tensor([LAST])]).expand(300, 1, -1)
    lengths = set()
    for window in applied(Augment(span=0.25), ids)[:, 0]:
        inner = kept(window)[1:-1]
        gaps = [after - before - 1 for before, after in zip([99, *inner], [*inner, 140], strict=True)]
        assert sum(gap > 0 for gap in gaps) <= 1
        lengths.add(sum(gaps))
    assert lengths == set(range(11))


def test_the_generator_decides() -> None:
    augment = Augment(0.3, 0.3)
    assert torch.equal(applied(augment, texts(), 1), applied(augment, texts(), 1))
    assert not torch.equal(applied(augment, texts(), 1), applied(augment, texts(), 2))


@pytest.mark.parametrize("window", [[-1, -1], [FIRST, -1], [FIRST, LAST]])
def test_windows_without_inner_tokens(window: list[int]) -> None:
    assert applied(Augment(1.0, 1.0), torch.tensor([[window]])).tolist() == [[window]]


def test_each_window_has_its_own_first_and_last() -> None:
    ids = torch.tensor([[[FIRST, 11, 12, LAST], [FIRST, 13, LAST, -1], [-1, -1, -1, -1]]])
    found = applied(Augment(1.0), ids)
    assert found.tolist() == [[[FIRST, LAST, -1, -1], [FIRST, LAST, -1, -1], [-1, -1, -1, -1]]]
