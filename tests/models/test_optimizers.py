"""Optimizers by name."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from modelyard.models import optimizers
from modelyard.models.optimizers import Name

pytestmark = pytest.mark.torch
NAMES: tuple[Name, ...] = get_args(Name)


def model() -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1))
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.5)
    return network


def after(name: Name, *gradients: float, weight_decay: float = 0.0, momentum: float = 0.9) -> list[float]:
    """Mean of each parameter after a step with each gradient, the same everywhere."""
    network = model()
    optimizer = optimizers.build(name, network, 0.01, weight_decay, momentum)
    for gradient in gradients:
        for parameter in network.parameters():
            parameter.grad = torch.full_like(parameter, gradient)
        optimizer.step()
    return [float(parameter.detach().mean()) for parameter in network.parameters()]


@pytest.mark.parametrize("name", NAMES)
def test_steps_go_downhill(name: Name) -> None:
    assert all(value < 0.5 for value in after(name, 1.0, 1.0))
    assert all(value > 0.5 for value in after(name, -1.0, -1.0))


def test_every_name_is_another_rule() -> None:
    assert len({tuple(after(name, 0.3, 0.1, weight_decay=0.1)) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_momentum_matters(name: Name) -> None:
    assert after(name, 1.0, 0.5, -1.0, momentum=0.0) != after(name, 1.0, 0.5, -1.0, momentum=0.9)


@pytest.mark.parametrize("name", NAMES)
def test_only_weights_are_decayed(name: Name) -> None:
    plain, decayed = after(name, 1.0, 0.1), after(name, 1.0, 0.1, weight_decay=0.5)
    for parameter, one, other in zip(model().parameters(), plain, decayed, strict=True):
        assert (one != other) == (parameter.ndim > 1)


def test_adamw_takes_the_decay_off_the_weights() -> None:
    assert after("adamw", 0.0, weight_decay=0.5)[0] == pytest.approx(0.5 * (1 - 0.01 * 0.5))


def test_sgd_without_momentum_is_a_plain_step() -> None:
    assert after("sgd", 1.0, momentum=0.0) == pytest.approx([0.49] * 6)


def test_every_parameter_is_in_one_group() -> None:
    network = model()
    groups = optimizers.build("adamw", network, 0.01, 0.1, 0.9).param_groups
    assert sum(len(group["params"]) for group in groups) == len(list(network.parameters()))
    assert [group["weight_decay"] for group in groups] == [0.1, 0.0]


# ------------------------------------------------- what learns, and how fast
class Layered(nn.Module):
    """Its lower layer learns at half the rate."""

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high = nn.Linear(2, 2), nn.Linear(2, 1)

    def groups(self) -> list[tuple[list[nn.Parameter], float]]:
        return [(list(self.low.parameters()), 0.5)]


@pytest.mark.parametrize("name", NAMES)
def test_groups_have_learning_rates_of_their_own(name: Name) -> None:
    network = Layered()
    optimizer = optimizers.build(name, network, 0.01, 0.1, 0.0)
    own = {id(parameter): group for group in optimizer.param_groups for parameter in group["params"]}
    assert len(own) == 4
    for parameter, scale, decay in (
        (network.low.weight, 0.5, 0.1),
        (network.low.bias, 0.5, 0.0),
        (network.high.weight, 1.0, 0.1),
        (network.high.bias, 1.0, 0.0),
    ):
        group = own[id(parameter)]
        assert (group["scale"], group["lr"], group["weight_decay"]) == (scale, scale * 0.01, decay)


def test_half_the_rate_is_half_the_step() -> None:
    network = Layered()
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    optimizer = optimizers.build("sgd", network, 0.1, 0.0, 0.0)
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    moved = {name: float((before[name] - parameter.detach()).mean()) for name, parameter in network.named_parameters()}
    assert moved["low.weight"] == pytest.approx(0.05) and moved["high.weight"] == pytest.approx(0.1)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_frozen_is_left_out(name: Name) -> None:
    network = Layered()
    network.low.requires_grad_(requires_grad=False)
    groups = optimizers.build(name, network, 0.01, 0.1, 0.9).param_groups
    learning = {id(parameter) for group in groups for parameter in group["params"]}
    assert learning == {id(parameter) for parameter in network.high.parameters()}
