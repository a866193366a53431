"""Low-rank adapters: what they change, what they leave alone, and merging."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

pytest.importorskip("peft")
from modelyard.models import adapters

pytestmark = pytest.mark.torch
KINDS: tuple[adapters.Kind, ...] = ("lora", "dora", "rslora")


def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)), nn.Linear(8, 2))


def adapted(kind: adapters.Kind = "lora", rank: int = 2, alpha: float = 4.0) -> nn.Module:
    model = small()
    adapters.add(model, kind, rank, alpha, ["0", "2.0"])
    return model


def learn(model: nn.Module, steps: int = 5) -> None:
    optimizer = torch.optim.Adam((weight for weight in model.parameters() if weight.requires_grad), 0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        (model(x()) - 1).square().mean().backward()
        optimizer.step()


def x() -> torch.Tensor:
    return torch.randn(16, 6, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", KINDS)
def test_before_learning_nothing_has_changed(kind: adapters.Kind) -> None:
    assert_close(adapted(kind)(x()), small()(x()))


@pytest.mark.parametrize("kind", KINDS)
def test_only_adapters_learn(kind: adapters.Kind) -> None:
    model = adapted(kind)
    learning = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert learning == set(adapters.weights(model)) and len(learning) == (6 if kind == "dora" else 4)
    before = copy.deepcopy(model.state_dict())
    learn(model)
    assert {name for name, value in model.state_dict().items() if not value.equal(before[name])} == learning


@pytest.mark.parametrize("kind", KINDS)
def test_merged_it_says_the_same_and_is_of_the_old_kind(kind: adapters.Kind) -> None:
    model = adapted(kind)
    learn(model)
    before = model(x()).detach()
    assert not torch.allclose(before, small()(x()), atol=1e-2)
    adapters.merge(model)
    assert_close(model(x()), before, atol=1e-5, rtol=0)
    assert model.state_dict().keys() == small().state_dict().keys()
    assert [type(part) for part in model.modules()] == [type(part) for part in small().modules()]


def test_what_adapters_count() -> None:
    """alpha / rank times, alpha / sqrt(rank) times with rslora."""
    found = []
    for kind in KINDS[::2]:
        model = adapted(kind, rank=4, alpha=8.0)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.requires_grad:
                    weight.fill_(0.1 if "0.lora" in name and not name.startswith("2") else 0.0)
        adapters.merge(model)
        found.append((model.state_dict()["0.weight"] - small().state_dict()["0.weight"]).mean().item())
    assert found == pytest.approx([2 * 4 * 0.01, 4 * 4 * 0.01], rel=1e-4)


def test_without_adapters_there_is_nothing_to_merge() -> None:
    model = small()
    adapters.merge(model)
    assert_close(model(x()), small()(x()))
    assert not adapters.weights(model)


def test_a_layer_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        adapters.add(small(), "lora", 2, 4.0, ["nowhere"])
