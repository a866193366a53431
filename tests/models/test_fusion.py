"""How parts become one vector."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from modelyard.models import fusion

pytestmark = pytest.mark.torch
NAMES = ("concat", "gated", "attention")


def parts(rows: int = 5, widths: tuple[int, ...] = (6, 3, 8)) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(rows)
    return [torch.randn(rows, width, generator=generator) for width in widths]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_one_vector_of_each_row(name: fusion.Name, rows: int) -> None:
    model = fusion.build(name, (6, 3, 8))
    assert model(parts(rows)).shape == (rows, model.width)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_does_not_know_of_the_others(name: fusion.Name) -> None:
    model, given = fusion.build(name, (6, 3, 8)), parts()
    alone = torch.cat([model([part[row : row + 1] for part in given]) for row in range(5)])
    assert_close(alone, model(given))


@pytest.mark.parametrize("name", NAMES)
def test_every_part_counts(name: fusion.Name) -> None:
    torch.manual_seed(0)
    model, given = fusion.build(name, (6, 3, 8)), parts()
    before = model(given)
    for number in range(3):
        changed = [part + 1 if place == number else part for place, part in enumerate(given)]
        assert not torch.allclose(model(changed), before, atol=1e-3)


@pytest.mark.parametrize("name", ["gated", "attention"])
def test_gradients_reach_every_weight(name: fusion.Name) -> None:
    model = fusion.build(name, (6, 3, 8))
    model(parts()).square().sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_one_part_is_left_alone(name: fusion.Name) -> None:
    (part,) = parts(widths=(6,))
    model = fusion.build(name, (6,))
    assert_close(model([part]), part)
    assert not list(model.parameters())


def test_side_by_side() -> None:
    given = parts()
    assert_close(fusion.build("concat", (6, 3, 8))(given), torch.cat(given, dim=1))


def test_gates_share_out_one_whole() -> None:
    """With parts that all say the same, it does not matter whose gate is open."""
    model = fusion.Gated((4, 4))
    model.enter[1].load_state_dict(model.enter[0].state_dict())
    (part,) = parts(widths=(4,))
    assert_close(model([part, part]), model.enter[0](part).tanh())


def test_gates_differ_from_row_to_row() -> None:
    torch.manual_seed(1)
    model, given = fusion.Gated((6, 3)), parts(widths=(6, 3))
    shares = model.gate(torch.cat(given, dim=1)).softmax(dim=1)
    assert shares.std(dim=0).min() > 0


@pytest.mark.parametrize("width", [1, 3, 4, 7])
def test_attention_has_whole_heads(width: int) -> None:
    model = fusion.Attention((width, 1))
    assert model.width >= width and model.width % fusion.HEADS == 0
    assert torch.isfinite(model(parts(widths=(width, 1)))).all()


def test_attention_of_equal_parts_is_their_value() -> None:
    model = fusion.Attention((8, 8))
    model.enter[1].load_state_dict(model.enter[0].state_dict())
    (part,) = parts(widths=(8,))
    assert_close(model([part, part]), model.value(model.norm(model.enter[0](part))))
