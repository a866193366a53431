"""The network that reads: parts, absent parts, what learns and how fast."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from modelyard.models import optimizers, reader
from modelyard.models.reader import Column, Pace, Reader, Shape
from modelyard.models.text_batches import Inputs

pytestmark = pytest.mark.torch
FUSIONS = ("concat", "gated", "attention")
WORDS = 20


class Words(nn.Module):
    """A backbone: a vector of each word, and a layer on top."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(WORDS, width)
        self.top = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Dropout(0.5))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.top(self.embedding(ids))
        return hidden

    def layers(self) -> list[nn.Module]:
        return [nn.ModuleList([self.embedding]), self.top]


def shape(texts: int = 1, **changes: Any) -> Shape:
    columns = tuple(Column(f"c{number}", number, "mean", 2, 8, 2) for number in range(texts))
    plain = {"features": 3, "table": True, "width": 2, "fusion": "concat", "hidden": 4, "dropout": 0.0}
    return Shape(**{"columns": columns, "part_dropout": 0.0, **plain, **changes})


def built(texts: int = 1, **changes: Any) -> Reader:
    torch.manual_seed(0)
    wanted = shape(texts, **changes)
    count = 1 + max((column.backbone for column in wanted.columns), default=-1)
    return Reader(wanted, [Words(6 + number) for number in range(count)])


def inputs(rows: int = 5, texts: int = 1, seed: int = 0) -> Inputs:
    """Rows of different lengths in up to two windows; the second row of each text is empty but for special tokens."""
    random = np.random.default_rng(seed)
    ids = {}
    for number in range(texts):
        found = random.integers(0, WORDS, (rows, 2, 4))
        lengths = random.integers(3, 9, rows)
        lengths[1:2] = 2
        found[np.arange(8).reshape(2, 4) >= lengths[:, None, None]] = -1
        ids[f"c{number}"] = torch.from_numpy(found)
    return Inputs(torch.from_numpy(random.normal(size=(rows, 3)).astype(np.float32)), ids)


def some(given: Inputs, rows: Any) -> Inputs:
    return Inputs(given.table[rows], {name: ids[rows] for name, ids in given.ids.items()})


# ------------------------------------------------------------------------- parts
@pytest.mark.parametrize("name", FUSIONS)
@pytest.mark.parametrize(("texts", "table"), [(1, True), (2, True), (2, False), (1, False)])
def test_scores_of_each_row(name: str, texts: int, table: bool) -> None:
    model = built(texts, fusion=name, table=table).eval()
    given = inputs(texts=texts)
    scores = model(given)
    assert scores.shape == (5, 2) and torch.isfinite(scores).all()
    alone = torch.cat([model(some(given, [row])) for row in range(5)])
    assert_close(alone, scores)


def test_a_table_that_is_not_looked_at() -> None:
    model, given = built(table=False).eval(), inputs()
    other = Inputs(given.table + 100, given.ids)
    assert_close(model(given), model(other))
    assert not hasattr(model, "table")


@pytest.mark.parametrize("name", FUSIONS)
def test_every_part_counts(name: str) -> None:
    model, given = built(2, fusion=name).eval(), inputs(texts=2)
    before = model(given)
    assert not torch.allclose(model(Inputs(given.table + 1, given.ids)), before)
    for column in ("c0", "c1"):
        others = {**given.ids, column: torch.where(given.ids[column] >= 0, 7, -1)}
        changed = (model(Inputs(given.table, others)) - before).abs().sum(dim=1) > 1e-6
        assert changed.tolist() == [True, False, True, True, True]  # the second row's text is empty


def test_two_columns_may_share_a_backbone() -> None:
    columns = tuple(Column(name, 0, "mean", 2, 8, 2) for name in ("c0", "c1"))
    model = built(columns=columns, table=False)
    assert len(model.backbones) == 1
    assert len(model.state_dict()) == len(dict(model.named_parameters()))
    given = inputs(texts=2)
    same = Inputs(given.table, {"c0": given.ids["c0"], "c1": given.ids["c0"]})
    with torch.no_grad():
        model.head.weight[:, 6:] = -model.head.weight[:, :6]
    assert_close(model.eval()(same), model.head.bias.expand(5, 2))


def test_poolings_differ() -> None:
    found = []
    for pooling in ("mean", "cls", "max"):
        columns = (Column("c0", 0, pooling, 2, 8, 2),)
        found.append(built(columns=columns).eval()(inputs()))
    assert not any(torch.allclose(found[one], found[other]) for one, other in ((0, 1), (0, 2), (1, 2)))


# -------------------------------------------------------------------- absent parts
@pytest.mark.parametrize("name", FUSIONS)
def test_an_empty_text_is_what_was_learnt_for_its_absence(name: str) -> None:
    model, given = built(fusion=name).eval(), inputs()
    before = model(given)
    with torch.no_grad():
        model.absent[0].add_(1.0)
    changed = (model(given) - before).abs().sum(dim=1) > 1e-6
    assert changed.tolist() == [False, True, False, False, False]


def test_what_special_tokens_an_empty_text_has_does_not_matter() -> None:
    model, given = built().eval(), inputs()
    before = model(given)
    given.ids["c0"][1, 0, :2] = torch.tensor([11, 13])
    assert_close(model(given), before)
    given.ids["c0"][1, 0, :2] = -1
    assert_close(model(given), before)


def test_absence_is_learnt() -> None:
    model = built()
    model(inputs()).sum().backward()
    assert model.absent[0].grad is not None and model.absent[0].grad.abs().sum() > 0
    assert model.absent[1].grad is not None and model.absent[1].grad.abs().sum() == 0  # the table is always there


def test_parts_are_dropped_in_training_only() -> None:
    model, given = built(2, part_dropout=0.5), inputs(64, texts=2)
    for backbone in model.backbones:
        backbone.top[2].p = 0.0  # type: ignore[index, union-attr]
    assert not torch.equal(model(given), model(given))
    model.eval()
    assert torch.equal(model(given), model(given))


def test_never_all_that_a_row_has_is_dropped() -> None:
    model = built(2, part_dropout=0.9)
    there = torch.tensor([[True, False, True], [True, True, True], [False, False, True]]).repeat(200, 1)
    torch.manual_seed(1)
    kept = model._kept(there)
    assert kept.any(dim=1).all() and not (kept & ~there).any()
    assert 0.05 < (there & ~kept).float().mean() < 0.9


def test_a_single_part_is_never_dropped() -> None:
    model = built(table=False, part_dropout=0.9)
    there = torch.ones(50, 1, dtype=torch.bool)
    assert model._kept(there).all()


# ----------------------------------------------------------------------- learning
def test_it_begins_at_the_prior() -> None:
    model = built()
    reader.begin_at(model, np.array([0.25, -1.5]))
    assert_close(model(inputs()), torch.tensor([[0.25, -1.5]]).expand(5, 2))


def test_backbones_that_do_not_learn_are_as_in_use() -> None:
    model, given = built(2, table=False), inputs(texts=2)
    model.backbones[0].requires_grad_(requires_grad=False)
    model.train()
    assert not model.backbones[0].training and model.backbones[1].training and model.fusion.training
    first = model.columns[0]
    assert torch.equal(first(given.ids["c0"]), first(given.ids["c0"]))
    model(given).sum().backward()
    assert all(weight.grad is None for weight in model.backbones[0].parameters())
    model.eval()
    assert not any(part.training for part in model.modules())


def test_lower_layers_learn_slower() -> None:
    model = built(2)
    model.pace = Pace((0.5, 0.1), 0.8)
    groups = optimizers.build("adamw", model, 1.0, 0.0, 0.9).param_groups
    rates = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    first, second = (backbone for backbone in model.backbones)
    assert rates[id(first.top[0].weight)] == pytest.approx(0.5)  # type: ignore[index, union-attr]
    assert rates[id(first.embedding.weight)] == pytest.approx(0.4)  # type: ignore[union-attr]
    assert rates[id(second.top[0].weight)] == pytest.approx(0.1)  # type: ignore[index, union-attr]
    assert rates[id(model.head.weight)] == rates[id(model.absent[0])] == 1.0
    assert len(rates) == len(list(model.parameters()))


def test_what_does_not_learn_is_in_no_group() -> None:
    model = built()
    model.backbones[0].requires_grad_(requires_grad=False)
    assert [weights for weights, _ in model.groups()] == [[], []]


def test_own_weights_and_those_of_backbones_are_all() -> None:
    model = built(2)
    theirs = {f"backbones.{number}.{name}" for number, one in enumerate(model.backbones) for name in one.state_dict()}
    assert model.own().keys() | theirs == model.state_dict().keys()
    assert not model.own().keys() & theirs


@pytest.mark.parametrize("on", [True, False])
def test_layers_computed_twice_give_the_same_gradients(on: bool) -> None:
    found = []
    for recompute in (False, on):
        model = built(2, part_dropout=0.2)
        model.checkpoint_activations(recompute)
        torch.manual_seed(3)
        model(inputs(texts=2)).square().sum().backward()
        found.append([weight.grad for weight in model.parameters()])
    for one, other in zip(*found, strict=True):
        assert one is not None and other is not None and torch.equal(one, other)


def test_layers_are_computed_twice_only_where_asked() -> None:
    for on, times in ((True, 2), (False, 1)):
        model = built()
        calls: list[int] = []
        top: Any = model.backbones[0].top
        top[0].register_forward_hook(lambda *_, calls=calls: calls.append(1))
        model.checkpoint_activations(True)
        model.checkpoint_activations(on)
        model(inputs()).sum().backward()
        assert len(calls) == times


def test_a_copy_is_independent() -> None:
    model = built()
    twin = copy.deepcopy(model)
    assert twin.columns[0].backbone is twin.backbones[0] is not model.backbones[0]
    with torch.no_grad():
        twin.backbones[0].embedding.weight.add_(1.0)  # type: ignore[union-attr, operator]
    assert not torch.allclose(twin.eval()(inputs()), model.eval()(inputs()))
