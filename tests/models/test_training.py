"""What of a model training changes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from modelyard.models.training import Recipe, copied, weights

pytestmark = pytest.mark.torch


def test_frozen_parameters_are_left_out_and_statistics_are_not() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    model[0].requires_grad_(requires_grad=False)
    found = set(weights(model))
    assert found == set(model.state_dict()) - {"0.weight", "0.bias"}
    assert {"1.running_mean", "1.num_batches_tracked"} <= found


def test_tied_parameters_once() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    assert set(weights(model)) == {"0.weight", "0.bias", "1.bias"}
    model[0].weight.requires_grad = False
    assert set(weights(model)) == {"0.bias", "1.bias"}


def test_they_are_the_models_own_until_copied() -> None:
    model = nn.Linear(2, 1)
    own, apart = weights(model), copied(weights(model))
    with torch.no_grad():
        model.weight.add_(1.0)
    assert torch.equal(own["weight"], model.weight) and not torch.equal(apart["weight"], model.weight)
    assert not any(tensor.requires_grad for tensor in own.values())


def test_a_recipe_of_options() -> None:
    options = SimpleNamespace(patience=4, clip=0.0, schedule="cosine", learning_rate=None, dropout=0.5, seed=9)
    found = Recipe.of(options, epochs=7, learning_rate=0.1)
    assert found == Recipe(7, 0.1, patience=4, clip=0.0, schedule="cosine", seed=9)
    assert Recipe.of(options, epochs=7, learning_rate=0.1, seed=1).seed == 1, "what is settled comes first"
    with pytest.raises(TypeError):
        Recipe.of(options, learning_rate=0.1)
    with pytest.raises(TypeError):
        Recipe.of(options, epochs=7, learning_rate=0.1, dropout=0.5)
