"""Samples per second of the one training loop against a bare hand-written PyTorch loop.

Both train the same network on the same rows with the same batches and optimizer, by turns, in one thread; the bare
loop neither clips, schedules, watches nor picks the best epoch. Writes JSON to standard output:

    python benchmarks/training_loop.py > training_loop.json
"""

from __future__ import annotations

import copy
import json
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from modelyard.models import network, trainer
from modelyard.models.batches import Batches
from modelyard.models.network import Shape
from modelyard.models.pace import Unwatched
from modelyard.models.reproducible import reproducible
from modelyard.models.trainer import Recipe

ROWS, FEATURES, BATCH, EPOCHS, TURNS = 32_768, 100, 256, 2, 7
SHAPE = Shape(features=FEATURES, widths=(128, 128), width=1, activation="relu", norm="layer", dropout=0.2)
RECIPE = Recipe(
    epochs=EPOCHS,
    optimizer="adamw",
    learning_rate=1e-3,
    weight_decay=1e-2,
    momentum=0.9,
    schedule="cosine",
    warmup=0.05,
    clip=1.0,
    patience=EPOCHS,
    seed=0,
)


def loss(scores: Tensor, y: Tensor) -> Tensor:
    """Log-loss of each row."""
    return binary_cross_entropy_with_logits(scores[:, 0], y, reduction="none")


def ours(model: nn.Module, x: Tensor, y: Tensor) -> None:
    """The loop that ships, everything on, with the validation rows that it needs."""
    with reproducible(0, 1):
        trainer.fit(model, loss, Batches(x, y, BATCH), Batches(x[:1], y[:1], BATCH), RECIPE, Unwatched())


def bare(model: nn.Module, x: Tensor, y: Tensor) -> None:
    """What one writes by hand."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    model.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            binary_cross_entropy_with_logits(model(x[rows])[:, 0], y[rows]).backward()
            optimizer.step()


def measure(loop: Callable[[nn.Module, Tensor, Tensor], None], model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Samples per CPU-second of one training of a fresh copy."""
    fresh = copy.deepcopy(model)
    began = time.process_time()
    loop(fresh, x, y)
    return EPOCHS * len(x) / (time.process_time() - began)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.randn(ROWS, FEATURES)
    y = (x[:, 0] + torch.randn(ROWS) > 0).float()
    model = network.build(SHAPE)
    rates: dict[str, list[float]] = {"bare": [], "modelyard": []}
    for turn in range(TURNS + 1):  # the first turn warms up
        for name, loop in (("bare", bare), ("modelyard", ours)):
            rate = measure(loop, model, x, y)
            rates[name] += [rate] if turn else []
    result = {
        "what": "training loop, samples per CPU-second, median of turns",
        "rows": ROWS,
        "features": FEATURES,
        "batch": BATCH,
        "bare": round(median(rates["bare"])),
        "modelyard": round(median(rates["modelyard"])),
        "ratio": round(median(o / b for o, b in zip(rates["modelyard"], rates["bare"], strict=True)), 3),
        "bar": 0.95,
        "torch": torch.__version__,
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
