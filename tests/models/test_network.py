"""The network: its members, its layers, and what goes around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
import torch

from modelyard.models import network, piecewise
from modelyard.models.network import Activation, Network, Norm, Shape

pytestmark = pytest.mark.torch
SHAPE = Shape(features=3, widths=(8, 4), width=2, activation="relu", norm="none", dropout=0.0)


def bins_of(rows: int = 50, count: int = 4) -> piecewise.Bins:
    x = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    return piecewise.cut([x], [np.ones(rows, np.float32)], count)


def seeded(shape: Shape, bins: piecewise.Bins = piecewise.NONE, *, woken: bool = False) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = network.build(shape, bins)
        if woken:
            for parameter in model.parameters():
                torch.nn.init.normal_(parameter)
        return model


def sizes(model: Network) -> dict[str, tuple[int, ...]]:
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def test_a_plain_network_has_no_scales() -> None:
    assert sizes(seeded(SHAPE)) == {
        "layers.0.weight": (3, 8),
        "layers.0.bias": (1, 8),
        "layers.1.weight": (8, 4),
        "layers.1.bias": (1, 4),
        "head_weight": (1, 4, 2),
        "head_bias": (1, 2),
    }


def test_members_share_matrices_and_have_scales() -> None:
    found = sizes(seeded(replace(SHAPE, members=5)))
    assert found["layers.0.weight"] == (3, 8) and found["layers.1.weight"] == (8, 4)
    assert found["layers.0.leave"] == (5, 8) and found["layers.1.enter"] == (5, 8)
    assert found["head_weight"] == (5, 4, 2) and "layers.0.enter" not in found


def test_products_are_counted_once_where_they_are_shared() -> None:
    assert SHAPE.products(0) == 3 * 8 + 8 * 4 + 4 * 2
    assert replace(SHAPE, members=5).products(10) == 13 * 8 + 5 * (8 * 4 + 4 * 2)
    assert replace(SHAPE, members=5, widths=()).products(0) == 5 * 3 * 2


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("norm", get_args(Norm))
def test_scores_have_their_shape(activation: Activation, norm: Norm, members: int) -> None:
    model = seeded(replace(SHAPE, activation=activation, norm=norm, members=members), bins_of())
    for rows in (0, 1, 5):
        assert model.eval()(torch.randn(rows, 3)).shape == (rows, 2)
    assert model.train()(torch.randn(5, 3)).shape == (5, members, 2)


def test_the_answer_is_the_members_mean() -> None:
    model, x = seeded(replace(SHAPE, members=4), woken=True), torch.randn(6, 3)
    apart = model.train()(x)
    torch.testing.assert_close(model.eval()(x), apart.mean(dim=1))
    assert apart.std(dim=1).min() > 0


def test_a_member_alone_is_a_plain_network() -> None:
    """What BatchEnsemble promises: scales and a shared matrix are a matrix of one's own."""
    model, x = seeded(replace(SHAPE, members=3), woken=True), torch.randn(6, 3)
    apart = model.train()(x)
    for member in range(3):
        h = x
        for layer in model.layers:
            enter = torch.ones(layer.weight.shape[0]) if layer.enter is None else layer.enter[member]
            own = enter[:, None] * layer.weight * layer.leave[member]
            h = torch.relu(h @ own + layer.bias[member])
        torch.testing.assert_close(apart[:, member], h @ model.head_weight[member] + model.head_bias[member])


def test_members_begin_apart() -> None:
    model = seeded(replace(SHAPE, members=6))
    assert len({tuple(row.tolist()) for row in model.layers[0].leave}) > 1
    assert set(model.layers[0].leave.flatten().tolist()) == {-1.0, 1.0}


def test_activations_norms_bins_and_members_differ() -> None:
    x = torch.linspace(-2, 2, 15).reshape(5, 3)
    shapes = [replace(SHAPE, activation=name) for name in get_args(Activation)]
    shapes += [replace(SHAPE, norm=name) for name in get_args(Norm)[1:]] + [replace(SHAPE, members=2)]
    models = [seeded(shape, woken=True) for shape in shapes] + [seeded(SHAPE, bins_of(), woken=True)]
    with torch.no_grad():
        scores = {tuple(model(x).flatten().tolist()) for model in models}
    assert len(scores) == len(models)


@pytest.mark.parametrize("norm", get_args(Norm))
@pytest.mark.parametrize("members", [1, 4])
def test_begins_at_the_prior(norm: Norm, members: int) -> None:
    model = seeded(replace(SHAPE, norm=norm, dropout=0.5, members=members), bins_of())
    network.begin_at(model, np.array([0.25, -3.0]))
    with torch.no_grad():
        scores = model(100 * torch.randn(6, 3))
    assert torch.equal(scores, torch.tensor([0.25, -3.0]).expand(6, members, 2))


@pytest.mark.parametrize("widths", [(), (8,), (8, 4)], ids=str)
@pytest.mark.parametrize("members", [1, 3])
def test_scores_never_turn_where_they_may_only_rise(widths: tuple[int, ...], members: int) -> None:
    shape = replace(SHAPE, widths=widths, members=members, monotone=(1, 0, -1))
    model = seeded(shape, bins_of(), woken=True).eval()
    x = torch.randn(8, 1, 3).repeat(1, 60, 1)
    for feature, way in ((0, 1), (2, -1)):
        swept: Any = x.clone()
        swept[:, :, feature] = torch.linspace(-12, 12, 60)
        with torch.no_grad():
            steps = model(swept.flatten(0, 1)).reshape(8, 60, 2).diff(dim=1)
        assert (way * steps).min() > -1e-4 * steps.abs().max()
        assert steps.abs().max() > 0


def test_where_every_feature_is_bound_the_gates_are_open() -> None:
    model = seeded(replace(SHAPE, monotone=(1, 1, 1)), woken=True).eval()
    with torch.no_grad():
        assert (model(torch.ones(1, 3)) > model(-torch.ones(1, 3))).all()


def test_what_goes_where() -> None:
    bins = bins_of(count=2)
    free, bound, signs = network.inputs_of(replace(SHAPE, monotone=(0, -1, 0)), bins)
    assert free == [0, 2, 3, 4, 7, 8] and bound == [1, 5, 6] and signs == [-1.0] * 3
    assert network.inputs_of(SHAPE, piecewise.NONE) == ([0, 1, 2], [], [])
