"""Training that was cut short goes on, and ends with the same bits as if it never had been.

A state is of a moment between two steps: the weights of every fold, the optimizer's averages, the best weights so far,
the curves, and all generators. In the middle of an epoch, the order of its rows (and whatever else their generator
draws) is made again from the generator's state at the epoch's beginning; the batches that are done are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import torch
from torch import Tensor

from modelyard.core.protocols import State
from modelyard.models.halfway import Tensors
from modelyard.models.training import Fold, History, copied, weights


def keep(history: History) -> None:
    """Write the state, if it is time to, or if the watch ends the training before its time."""
    halfway, folds = history.halfway, history.folds
    if halfway is None or not (halfway.due or history.stopped == "watch"):
        return
    parts: dict[str, Callable[[], Tensors]] = {}
    for number, fold in enumerate(folds):
        parts[_moving_name(number, fold.done)] = partial(_moving, fold)
        parts[_best_name(number, history.patience.best)] = partial(copied, fold.kept)
    halfway.write(parts, _facts(history))


def go_on(history: History) -> bool:
    """Bring a history and its folds into the state that was kept; False where there is none of this training."""
    halfway, folds, patience = history.halfway, history.folds, history.patience
    found = halfway.read() if halfway else None
    if halfway is None or found is None:
        return False
    parts, facts = found
    if facts["recipe"] != asdict(folds[0].recipe) or len(facts["folds"]) != len(folds):
        halfway.remove()
        return False
    history.curves.extend(facts["curves"])
    patience.best, patience.loss = facts["patience"]
    for number, (fold, own) in enumerate(zip(folds, facts["folds"], strict=True)):
        best = parts[_best_name(number, patience.best)]
        fold.kept = {name: tensor.to(fold.hardware.device) for name, tensor in best.items()}
        _move(fold, parts[_moving_name(number, own["done"])])
        fold.done, fold.epoch, fold.rate = own["done"], own["epoch"], own["rate"]
        fold.losses = list(torch.tensor(own["losses"], device=fold.hardware.device))
        fold.order = _of_hex(own["order"])
        fold.generator.set_state(_of_hex(own["generator"]))
    folds[0].hardware.set_random_state({name: _of_hex(state) for name, state in facts["random"].items()})
    return True


def _moving_name(fold: int, done: int) -> str:
    return f"fold-{fold}-step-{done}.safetensors"


def _best_name(fold: int, epoch: int) -> str:
    return f"fold-{fold}-best-{epoch}.safetensors"


def _moving(fold: Fold) -> Tensors:
    """The tensors that every step changes."""
    tensors = {f"model.{name}": tensor for name, tensor in weights(fold.model).items()}
    if fold.recipe.average:
        tensors.update({f"mean.{name}": tensor for name, tensor in weights(fold.judged).items()})
    for number, values in fold.optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{number}.{name}": one for name, one in values.items() if one is not None})
    return tensors


def _move(fold: Fold, tensors: Tensors) -> None:
    """What `_moving` told, back where it belongs."""
    parts: dict[str, Tensors] = {"model": {}, "mean": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition(".")
        parts[kind][rest] = tensor
    fold.model.load_state_dict(parts["model"], strict=False)
    if fold.recipe.average:
        fold.judged.load_state_dict(parts["mean"], strict=False)
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in parts["optimizer"].items():
        number, _, rest = name.partition(".")
        state.setdefault(int(number), {})[rest] = tensor.clone()  # as its own memory begins, so do others'
    groups = fold.optimizer.state_dict()["param_groups"]
    fold.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _facts(history: History) -> State:
    """The rest of the state, as plain data."""
    folds = history.folds
    return {
        "recipe": asdict(folds[0].recipe),
        "curves": history.curves,
        "patience": [history.patience.best, history.patience.loss],
        "random": {name: _hex(state) for name, state in folds[0].hardware.random_state().items()},
        "folds": [
            {
                "done": fold.done,
                "epoch": fold.epoch,
                "rate": fold.rate,
                "losses": [float(loss) for loss in fold.losses],
                "order": _hex(fold.order),
                "generator": _hex(fold.generator.get_state()),
            }
            for fold in folds
        ],
    }


def _hex(state: Tensor) -> str:
    return bytes(state.tolist()).hex()


def _of_hex(state: str) -> Tensor:
    return torch.tensor(list(bytes.fromhex(state)), dtype=torch.uint8)
