"""Torch made repeatable, and left as it was."""

from __future__ import annotations

import pytest
import torch

from modelyard.models.reproducible import reproducible

pytestmark = pytest.mark.torch


def test_the_seed_decides() -> None:
    drawn = []
    for seed in (3, 3, 4):
        with reproducible(seed, 1):
            drawn.append(torch.rand(4).tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_inside() -> None:
    with reproducible(0, 1):
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("fails", [False, True])
def test_outside_is_as_it_was(fails: bool) -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state()
    try:
        with reproducible(7, before[0] + 1):
            torch.rand(3)
            if fails:
                raise KeyError
    except KeyError:
        pass
    assert torch.get_num_threads() == before[0]
    assert torch.are_deterministic_algorithms_enabled() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])
