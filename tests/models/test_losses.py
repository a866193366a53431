"""Losses of classes in training."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from modelyard.models import losses
from modelyard.tasks.classification.head import loss

pytestmark = pytest.mark.torch
SCORES = torch.tensor([[2.0, -1.0, 0.5], [0.0, 0.0, 30.0], [-4.0, 4.0, 1.0]])
Y = torch.tensor([0, 2, 0])


# ------------------------------------------------------------------- smoothing
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_smoothing_is_that_of_torch(share: float) -> None:
    wanted = cross_entropy(SCORES, Y, reduction="none", label_smoothing=share)
    torch.testing.assert_close(losses.smoothed(loss, share)(SCORES, Y), wanted)


def test_two_classes_with_one_score_or_with_two() -> None:
    one, y = torch.tensor([[1.5], [-0.3], [80.0], [-80.0]]), torch.tensor([1, 0, 1, 1])
    two = torch.cat([torch.zeros_like(one), one], dim=1)
    smooth = losses.smoothed(loss, 0.1)
    torch.testing.assert_close(smooth(one, y), smooth(two, y))


def test_no_smoothing_is_the_loss_itself() -> None:
    assert losses.smoothed(loss, 0.0) is loss


def test_being_entirely_sure_costs() -> None:
    smooth = losses.smoothed(loss, 0.1)
    sure, fair = torch.tensor([[50.0]]), torch.tensor([[3.0]])
    y = torch.tensor([1])
    assert smooth(fair, y) < smooth(sure, y) and loss(fair, y) > loss(sure, y)


def test_rows_stay_apart() -> None:
    whole = losses.smoothed(loss, 0.1)(SCORES, Y)
    alone = torch.cat([losses.smoothed(loss, 0.1)(SCORES[[row]], Y[[row]]) for row in range(3)])
    torch.testing.assert_close(whole, alone)


# ------------------------------------------------------------- balanced drawing
def test_every_class_is_drawn_equally_often() -> None:
    y = torch.tensor([0] * 90 + [1] * 9 + [2])
    draw, _ = losses.evenly(y, torch.ones(100), 3)
    totals = torch.bincount(y, draw)
    torch.testing.assert_close(totals, totals.mean().expand(3))


def test_rows_of_a_class_are_drawn_by_their_weight() -> None:
    draw, _ = losses.evenly(torch.tensor([0, 0, 1]), torch.tensor([1.0, 3.0, 1.0]), 1)
    assert float(draw[1] / draw[0]) == pytest.approx(3.0)


def test_balanced_classes_are_not_shifted() -> None:
    for width in (1, 2):
        _, shift = losses.evenly(torch.tensor([0, 1, 1, 0]), torch.ones(4), width)
        assert shift.tolist() == pytest.approx([0.0] * width)
    _, shift = losses.evenly(torch.tensor([0, 0, 0, 1]), torch.tensor([1.0, 1.0, 1.0, 3.0]), 1)
    assert shift.tolist() == pytest.approx([0.0])


def test_a_class_without_rows() -> None:
    draw, shift = losses.evenly(torch.tensor([0, 0, 2]), torch.ones(3), 3)
    assert bool(torch.isfinite(draw).all() and torch.isfinite(shift).all())


@pytest.mark.parametrize("width", [1, 3])
def test_scores_learnt_from_drawn_rows_are_those_of_the_rows_as_they_are(width: int) -> None:
    classes = max(2, width)
    y = torch.repeat_interleave(torch.arange(classes), torch.tensor([400, 60, 20][:classes]))
    draw, shift = losses.evenly(y, torch.ones(len(y)), width)
    shares = torch.bincount(y).double() / len(y)
    scores = nn.Parameter(torch.zeros(1, width))
    optimizer = torch.optim.LBFGS([scores], max_iter=100, line_search_fn="strong_wolfe")

    def expected() -> Tensor:  # the mean over all that could be drawn
        optimizer.zero_grad()
        total = (losses.shifted(loss, shift)(scores.expand(len(y), -1), y) * draw / draw.sum()).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(expected)  # type: ignore[no-untyped-call]
    found = scores.detach()[0].double()
    found = torch.softmax(found, 0) if width > 1 else torch.stack([1 - found.sigmoid()[0], found.sigmoid()[0]])
    torch.testing.assert_close(found, shares, atol=1e-3, rtol=0)
