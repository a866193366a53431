"""The one training loop against a bare hand-written PyTorch loop: same network, rows, batch size and optimizer.

Both run in one thread, by turns. The bare loop neither clips gradients, schedules the learning rate, watches the
validation loss nor keeps the best epoch; ours does all of that.

Bar: samples per CPU-second >= 0.95 of the bare loop's.
"""

from __future__ import annotations

import copy
import time

import common
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from modelyard.models import network, trainer
from modelyard.models.batches import Batches
from modelyard.models.network import Shape
from modelyard.models.pace import Unwatched
from modelyard.models.reproducible import reproducible
from modelyard.models.training import Recipe

ROWS, VALID_ROWS, BATCH, EPOCHS, ROUNDS = 24_576, 1, 256, 2, 21
SHAPE = Shape(features=100, widths=(128, 128), width=1, activation="relu", norm="layer", dropout=0.2)
RECIPE = Recipe(epochs=EPOCHS, learning_rate=1e-3, patience=EPOCHS, schedule="cosine", warmup=0.05)


def loss(scores: Tensor, y: Tensor) -> Tensor:
    """Log-loss of each row."""
    return binary_cross_entropy_with_logits(scores.reshape(len(y), -1)[:, 0], y, reduction="none")


def ours(model: nn.Module, x: Tensor, y: Tensor) -> None:
    """The loop that ships."""
    weight = torch.ones(len(x))
    train = Batches(x, y, weight, BATCH)
    valid = Batches(x[:VALID_ROWS], y[:VALID_ROWS], weight[:VALID_ROWS], BATCH)
    with reproducible(0, 1):
        trainer.fit([trainer.start(copy.deepcopy(model), loss, train, valid, RECIPE)], Unwatched())


def bare(model: nn.Module, x: Tensor, y: Tensor) -> None:
    """What one writes by hand."""
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    for _ in range(EPOCHS):
        order = torch.randperm(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            binary_cross_entropy_with_logits(model(x[rows]).reshape(-1), y[rows]).backward()
            optimizer.step()


def main() -> None:
    settings = common.options(__doc__)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.randn(ROWS, SHAPE.features)
    y = (x[:, 0] + torch.randn(ROWS) > 0).float()
    model = network.build(SHAPE)
    seconds_bare, seconds_ours, ratio = common.ratio(
        lambda: bare(model, x, y), lambda: ours(model, x, y), ROUNDS, time.process_time
    )
    samples = EPOCHS * ROWS
    rows = [
        common.Measured("bare loop", samples / seconds_bare, "rows/CPU-s"),
        common.Measured("Modelyard's loop", samples / seconds_ours, "rows/CPU-s"),
        common.Measured("Modelyard / bare", ratio, bar=">= 0.95"),
    ]
    common.report(rows, settings.out, features=SHAPE.features, widths=SHAPE.widths, batch=BATCH)


if __name__ == "__main__":
    main()
