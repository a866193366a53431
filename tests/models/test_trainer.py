"""The one training loop."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from modelyard.core.errors import InstallError
from modelyard.models import trainer
from modelyard.models.batches import Batch, Batches, Source
from modelyard.models.patience import Patience
from modelyard.models.reproducible import reproducible
from modelyard.models.text_batches import Inputs
from modelyard.models.training import History, Loss, Recipe

pytestmark = pytest.mark.torch
RECIPE = Recipe(epochs=5, learning_rate=0.01, patience=5, schedule="cosine")


class Watcher:
    """A Watch that remembers, and stops at a call."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps: list[tuple[int, int, dict[str, float]]] = []
        self.stop_at = stop_at

    def step(self, done: int, total: int, **values: float) -> bool:
        self.steps.append((done, total, values))
        return len(self.steps) != self.stop_at


def squared(scores: Tensor, y: Tensor) -> Tensor:
    return (scores[:, 0] - y).square()


def data(rows: int = 64, size: int = 8, seed: int = 0) -> Batches:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 3, generator=generator)
    y = x @ torch.tensor([1.0, -2.0, 0.5]) + 0.1 * torch.randn(rows, generator=generator)
    return Batches(x, y, torch.ones(rows), size)


def network() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))


def train(
    recipe: Recipe = RECIPE,
    model: nn.Module | None = None,
    batches: Source | None = None,
    valid: Source | None = None,
    watch: Any = None,
    loss: Loss = squared,
) -> History:
    with reproducible(recipe.seed, 1):
        fold = trainer.start(model or network(), loss, batches or data(), valid or data(32, seed=1), recipe)
        return trainer.fit([fold], watch or Watcher())


def weights(history: History, fold: int = 0) -> list[float]:
    tensors = history.folds[fold].model.state_dict().values()
    return [value for tensor in tensors for value in tensor.flatten().tolist()]


# ------------------------------------------------------------------- learning
def test_it_learns() -> None:
    training = train(replace(RECIPE, epochs=40, patience=40))
    assert training.curves[-1]["valid_loss"] < 0.2 * training.curves[0]["valid_loss"]
    assert training.stopped == ""


def test_the_curves() -> None:
    training = train()
    assert [point["step"] for point in training.curves] == [1, 2, 3, 4, 5]
    assert all(set(point) == {"step", "train_loss", "valid_loss", "learning_rate"} for point in training.curves)
    rates = [point["learning_rate"] for point in training.curves]
    assert rates == sorted(rates, reverse=True) and rates[-1] < 0.001


def test_the_train_loss_is_the_mean_over_batches() -> None:
    frozen = replace(RECIPE, learning_rate=1e-30, weight_decay=0.0, epochs=1)
    model = nn.Sequential(nn.Linear(3, 1))
    training = train(frozen, model)
    assert training.curves[0]["train_loss"] == pytest.approx(trainer.evaluate(model, squared, data()), rel=1e-4)


def test_twice_the_same_and_another_seed_differs() -> None:
    assert weights(train()) == weights(train()) != weights(train(replace(RECIPE, seed=1)))
    assert train().curves == train().curves


def test_the_outside_generator_does_not_matter() -> None:
    torch.manual_seed(5)
    one = weights(train())
    torch.manual_seed(6)
    assert weights(train()) == one


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 3},
        {"optimizer": "sgd"},
        {"optimizer": "adam"},
        {"optimizer": "rmsprop"},
        {"learning_rate": 0.02},
        {"weight_decay": 0.5},
        {"momentum": 0.5},
        {"schedule": "constant"},
        {"schedule": "linear"},
        {"schedule": "step"},
        {"warmup": 0.5},
        {"clip": 0.0},
        {"clip": 1e-3},
        {"seed": 9},
    ],
    ids=str,
)
def test_every_part_of_the_recipe_matters(change: dict[str, Any]) -> None:
    assert weights(train(replace(RECIPE, **change))) != weights(train())


def test_batch_size_matters() -> None:
    assert weights(train(batches=data(size=8))) != weights(train(batches=data(size=16)))


def test_clipping_bounds_the_step() -> None:
    plain = replace(RECIPE, optimizer="sgd", momentum=0.0, weight_decay=0.0, schedule="constant", warmup=0.0, epochs=1)
    model = nn.Sequential(nn.Linear(3, 1))
    before = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
    train(replace(plain, clip=1e-3, learning_rate=1.0), model, batches=data(8, 8), valid=data(8, 8))
    after = torch.cat([p.detach().flatten() for p in model.parameters()])
    assert float((after - before).norm()) <= 1e-3 * (1 + 1e-4)


# ----------------------------------------------------------- the best epoch
def test_the_best_epoch_is_kept() -> None:
    training = train(replace(RECIPE, epochs=30, learning_rate=0.3, schedule="constant", patience=30))
    losses = [point["valid_loss"] for point in training.curves]
    assert training.patience.best == losses.index(min(losses)) + 1 < 30
    assert trainer.evaluate(training.folds[0].model, squared, data(32, seed=1)) == pytest.approx(min(losses))


def test_patience_ends_it() -> None:
    training = train(replace(RECIPE, epochs=50, learning_rate=0.5, schedule="constant", patience=3))
    assert training.stopped == "patience"
    assert len(training.curves) == training.patience.best + 3 < 50


def test_patience_that_runs_out_with_the_epochs_is_no_early_stop() -> None:
    training = train(replace(RECIPE, epochs=3, learning_rate=10.0, optimizer="sgd", clip=0.0, patience=3))
    assert training.stopped in ("", "diverged")


def test_nothing_better_keeps_the_model_as_it_came() -> None:
    model = network()
    before = copy.deepcopy(model.state_dict())
    noise = Batches(torch.randn(16, 3), torch.zeros(16), torch.ones(16), 8)

    def backwards(scores: Tensor, y: Tensor) -> Tensor:
        return scores[:, 0].square() * (1 if torch.is_grad_enabled() else -1)

    training = train(model=model, batches=noise, valid=noise, loss=backwards)
    assert training.patience.best == 0
    assert all(torch.equal(before[name], tensor) for name, tensor in training.folds[0].model.state_dict().items())


# ------------------------------------------------------------------- the watch
def test_the_watch_is_told_of_every_epoch() -> None:
    watch = Watcher()
    training = train(watch=watch)
    assert [(done, total) for done, total, _ in watch.steps] == [(epoch, 5) for epoch in range(1, 6)]
    for (_, _, values), point in zip(watch.steps, training.curves, strict=True):
        assert values.pop("seconds") >= 0
        assert values == {name: value for name, value in point.items() if name != "step"}


@pytest.mark.parametrize("epoch", [1, 3])
def test_the_watch_ends_it(epoch: int) -> None:
    training = train(watch=Watcher(stop_at=epoch))
    assert training.stopped == "watch"
    assert len(training.curves) == epoch
    assert training.patience.best >= 1


def test_the_watch_is_looked_at_inside_long_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "GLANCE", 0.0)
    watch = Watcher(stop_at=2)
    training = train(watch=watch)
    assert training.stopped == "watch"
    assert training.folds[0].done == 2  # out of eight
    assert [values for _, _, values in watch.steps][:2] == [{}, {}]
    assert len(training.curves) == 1


# ---------------------------------------------------------------- odd losses
def test_a_loss_that_is_no_number_ends_it() -> None:
    calls = []

    def breaking(scores: Tensor, y: Tensor) -> Tensor:
        calls.append(1)
        return squared(scores, y) * (math.nan if len(calls) > 30 else 1)

    training = train(loss=breaking)
    assert training.stopped == "diverged"
    assert all(math.isfinite(value) for point in training.curves for value in point.values())
    assert all(math.isfinite(value) for value in weights(training))


def test_diverging_keeps_the_last_good_weights() -> None:
    training = train(replace(RECIPE, optimizer="sgd", learning_rate=1e6, clip=0.0, epochs=20, patience=20))
    assert training.stopped == "diverged"
    assert all(math.isfinite(value) for value in weights(training))


# ------------------------------------------------------------------- evaluate
def test_evaluate_is_the_mean_over_rows_whatever_the_batches() -> None:
    model, batches = network(), data(37, 5)
    with torch.no_grad():
        wanted = float(squared(model.eval()(batches.x), batches.y).mean())
    for size in (1, 5, 37, 100):
        assert trainer.evaluate(model, squared, Batches(batches.x, batches.y, batches.weight, size)) == pytest.approx(
            wanted, rel=1e-6
        )


def test_evaluate_has_no_dropout() -> None:
    model = nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.9)).train()
    batches = data()
    assert trainer.evaluate(model, squared, batches) == trainer.evaluate(model.train(), squared, batches)


def test_one_row_and_three() -> None:
    for rows in (1, 3):
        training = train(replace(RECIPE, epochs=2), batches=data(rows), valid=data(rows))
        assert len(training.curves) == 2


def test_batch_normalisation_trains() -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    training = train(replace(RECIPE, epochs=10, patience=10), model, batches=data(17, 8))
    assert training.curves[-1]["valid_loss"] < training.curves[0]["valid_loss"]


def test_the_kept_weights_hold_the_running_statistics_too() -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    training = train(model=model)
    assert any("running_mean" in name for name in training.folds[0].kept)


# ------------------------------------------------------------ running mean
def test_the_running_mean_of_the_weights_is_judged_and_kept() -> None:
    runs = {average: train(replace(RECIPE, average=average, epochs=2)) for average in (0.0, 0.9)}
    losses = {average: [point["valid_loss"] for point in run.curves] for average, run in runs.items()}
    trained = {average: [point["train_loss"] for point in run.curves] for average, run in runs.items()}
    assert trained[0.0] == trained[0.9]  # the steps themselves are the same
    assert losses[0.0] != losses[0.9]
    for run in runs.values():
        fold = run.folds[0]
        assert trainer.evaluate(fold.model, squared, fold.valid) == pytest.approx(min(losses[fold.recipe.average]))


def test_a_mean_over_one_step_is_mostly_that_step() -> None:
    model = network()
    fold = trainer.start(model, squared, data(8), data(8), replace(RECIPE, average=0.999))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    trainer._step(fold, [next(iter(fold.train.in_order()))])
    for name, mean in fold.judged.state_dict().items():
        torch.testing.assert_close(mean, torch.lerp(before[name], model.state_dict()[name], 0.9))


def test_counts_of_normalisation_are_copied_not_averaged() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    fold = trainer.start(model, squared, data(32), data(8), replace(RECIPE, average=0.5))
    trainer._epoch(History([fold], 1, Watcher(), Patience(1)), fold, 1)
    found = fold.judged.state_dict()
    assert int(found["1.num_batches_tracked"]) == 4
    assert not torch.equal(found["1.running_mean"], model.state_dict()["1.running_mean"])


# ---------------------------------------------------------------- accumulation
class Cut:
    """Rows of texts as a source whose batches are given: `sizes` rows in each, in an order of its own every epoch."""

    def __init__(self, sizes: list[int]) -> None:
        generator = torch.Generator().manual_seed(0)
        self.sizes, self.rows = sizes, sum(sizes)
        self.lengths = torch.randint(1, 9, (self.rows,), generator=generator).tolist()
        self.ids = torch.randint(0, 30, (self.rows, 1, 9), generator=generator)
        self.y = torch.randn(self.rows, generator=generator)
        self.weight = torch.rand(self.rows, generator=generator) * 2

    def __len__(self) -> int:
        return len(self.sizes)

    def in_order(self) -> Iterator[Batch]:
        yield from self._batches(torch.arange(self.rows))

    def shuffled(self, generator: torch.Generator) -> Iterator[Batch]:
        yield from self._batches(torch.randperm(self.rows, generator=generator))

    def _batches(self, order: Tensor) -> Iterator[Batch]:
        for rows in torch.split(order, self.sizes):
            longest = max(self.lengths[row] for row in rows.tolist())
            ids = self.ids[rows][:, :, :longest].clone()
            for place, row in enumerate(rows.tolist()):
                ids[place, :, self.lengths[row] :] = -1
            yield Inputs(torch.zeros(len(rows), 0), {"text": ids}), self.y[rows], self.weight[rows]


class Bag(nn.Module):
    """The mean of embeddings, whatever the padding."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.embedding, self.head = nn.Embedding(30, 8), nn.Linear(8, 1)

    def forward(self, inputs: Inputs) -> Tensor:
        ids = inputs.ids["text"].flatten(1)
        there = (ids >= 0)[:, :, None]
        scores: Tensor = self.head((self.embedding(ids.clamp(min=0)) * there).sum(1) / there.sum(1))
        return scores


def test_batches_of_one_step_are_as_one_batch() -> None:
    plain = replace(RECIPE, optimizer="sgd", epochs=3)
    found = {
        accumulate: train(replace(plain, accumulate=accumulate), Bag(), Cut(sizes), Cut([24]))
        for accumulate, sizes in ((1, [8] * 3), (2, [4] * 6), (4, [2] * 12), (8, [1] * 24))
    }
    for training in found.values():
        assert training.folds[0].done == training.folds[0].steps == 9
        assert weights(training) == pytest.approx(weights(found[1]), abs=1e-6)
        assert [point["train_loss"] for point in training.curves] == pytest.approx(
            [point["train_loss"] for point in found[1].curves], abs=1e-6
        )


def test_unequal_batches_of_one_step_count_by_their_rows() -> None:
    one = train(replace(RECIPE, optimizer="sgd"), Bag(), Cut([8, 8]), Cut([24]))
    cut = train(replace(RECIPE, optimizer="sgd", accumulate=3), Bag(), Cut([5, 1, 2, 1, 1, 6]), Cut([24]))
    assert weights(cut) == pytest.approx(weights(one), abs=1e-6)


def test_the_last_step_of_an_epoch_may_have_fewer_batches() -> None:
    training = train(replace(RECIPE, accumulate=3, epochs=2), batches=data(64, 8))
    assert training.folds[0].done == training.folds[0].steps == 2 * 3


# ----------------------------------------------------- losses, groups, hardware
def test_epochs_are_compared_by_their_own_loss() -> None:
    with reproducible(0, 1):
        fold = trainer.start(network(), squared, data(), data(32, seed=1), RECIPE, lambda s, y: squared(s, y) * 3)
        training = trainer.fit([fold], Watcher())
    plain = train()
    assert weights(training) == weights(plain)
    for point, other in zip(training.curves, plain.curves, strict=True):
        assert point["valid_loss"] == pytest.approx(3 * other["valid_loss"])
        assert point["train_loss"] == other["train_loss"]


class Layered(nn.Sequential):
    """Its first layer does not learn if `scale` is 0."""

    scale = 0.0

    def groups(self) -> list[tuple[list[nn.Parameter], float]]:
        return [(list(self[0].parameters()), self.scale)]


def test_learning_rates_of_groups_are_kept_through_the_schedule() -> None:
    model = Layered(*network().children())
    before = copy.deepcopy(model.state_dict())
    training = train(replace(RECIPE, weight_decay=0.0), model)
    after = model.state_dict()
    assert {name for name in after if torch.equal(after[name], before[name])} == {"0.weight", "0.bias"}
    assert [point["learning_rate"] for point in training.curves] == [point["learning_rate"] for point in train().curves]


def test_what_is_frozen_stays_and_is_not_kept() -> None:
    model = network()
    model[0].requires_grad_(requires_grad=False)
    before = model.state_dict()["0.weight"].clone()
    training = train(replace(RECIPE, average=0.9), model)
    assert torch.equal(model.state_dict()["0.weight"], before)
    assert set(training.folds[0].kept) == {"3.weight", "3.bias"}
    assert weights(training) != weights(train(replace(RECIPE, average=0.9)))


def test_bf16_trains_nearly_as_well_and_leaves_float32() -> None:
    recipe = replace(RECIPE, epochs=40, patience=40)
    full, half = train(recipe), train(replace(recipe, precision="bf16"))
    assert weights(full) != weights(half)
    assert all(tensor.dtype == torch.float32 for tensor in half.folds[0].model.state_dict().values())
    assert half.patience.loss == pytest.approx(full.patience.loss, abs=0.05)
    assert half.patience.loss < 0.2 * full.curves[0]["valid_loss"]


def test_a_gpu_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InstallError, match="GPU"):
        train(replace(RECIPE, device="cuda"))
    assert weights(train(replace(RECIPE, device="auto"))) == weights(train())


class Recomputing(nn.Module):
    """A network with dropout whose hidden layers may be computed once more."""

    def __init__(self) -> None:
        super().__init__()
        self.layers, self.calls, self.on = network(), 0, False

    def checkpoint_activations(self, on: bool) -> None:
        self.on = on

    def hidden(self, x: Tensor) -> Tensor:
        self.calls += 1
        hidden: Tensor = self.layers[:3](x)
        return hidden

    def forward(self, x: Tensor) -> Tensor:
        hidden = checkpoint(self.hidden, x, use_reentrant=False) if self.on and self.training else self.hidden(x)
        scores: Tensor = self.layers[3](hidden)
        return scores


def test_what_is_computed_once_more_is_the_same() -> None:
    once, twice = Recomputing(), Recomputing()
    assert weights(train(model=once)) == weights(train(replace(RECIPE, recompute=True), twice))
    assert twice.calls == once.calls + 5 * 8  # once more in every step


def test_compiled_for_training_and_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, compile_with = [], torch.compile

    def compile(model: nn.Module, *, dynamic: bool) -> Any:
        assert dynamic  # batches differ in length
        compiled.append(model)
        return compile_with(model, dynamic=dynamic, backend="eager")

    monkeypatch.setattr(torch, "compile", compile)
    model = network()
    training = train(replace(RECIPE, compiled=True), model)
    assert compiled == [model] and training.folds[0].model is model
    assert weights(training) == pytest.approx(weights(train()), abs=1e-6)
    train()
    assert len(compiled) == 1
