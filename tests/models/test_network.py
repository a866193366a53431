"""The plain network."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from modelyard.models import network
from modelyard.models.network import Activation, Norm, Shape

pytestmark = pytest.mark.torch
SHAPE = Shape(features=3, widths=(8, 4), width=2, activation="relu", norm="none", dropout=0.0)


def seeded(shape: Shape) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return network.build(shape)


def kinds(shape: Shape) -> list[str]:
    return [type(layer).__name__ for layer in seeded(shape)]


def test_layers_in_order() -> None:
    assert kinds(SHAPE) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert kinds(replace(SHAPE, widths=(8,), norm="batch", dropout=0.1)) == [
        "Linear",
        "BatchNorm1d",
        "ReLU",
        "Dropout",
        "Linear",
    ]


def test_no_hidden_layer_is_a_linear_model() -> None:
    assert kinds(replace(SHAPE, widths=(), dropout=0.5)) == ["Linear"]


def test_sizes() -> None:
    sizes = [(layer.in_features, layer.out_features) for layer in seeded(SHAPE) if isinstance(layer, nn.Linear)]
    assert sizes == [(3, 8), (8, 4), (4, 2)]
    assert SHAPE.weights == 3 * 8 + 8 * 4 + 4 * 2


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("norm", get_args(Norm))
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_scores_have_their_shape(activation: Activation, norm: Norm, rows: int) -> None:
    model = seeded(replace(SHAPE, activation=activation, norm=norm)).eval()
    assert model(torch.randn(rows, 3)).shape == (rows, 2)


def test_activations_and_norms_differ() -> None:
    x = torch.linspace(-2, 2, 15).reshape(5, 3)
    shapes = [replace(SHAPE, activation=name) for name in get_args(Activation)]
    shapes += [replace(SHAPE, norm=name) for name in get_args(Norm)[1:]]
    with torch.no_grad():
        scores = {tuple(seeded(shape)(x).flatten().tolist()) for shape in shapes}
    assert len(scores) == len(shapes)


@pytest.mark.parametrize("norm", get_args(Norm))
def test_begins_at_the_prior(norm: Norm) -> None:
    model = seeded(replace(SHAPE, norm=norm, dropout=0.5))
    network.begin_at(model, np.array([0.25, -3.0]))
    with torch.no_grad():
        scores = model(100 * torch.randn(6, 3))
    assert torch.equal(scores, torch.tensor([[0.25, -3.0]]).expand(6, 2))
