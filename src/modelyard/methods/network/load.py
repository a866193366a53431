"""Checkpoint of the network: its shape and its weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from modelyard.core.protocols import Floats
from modelyard.models import network
from modelyard.models.batches import tensor
from modelyard.models.network import Shape

SHAPE, WEIGHTS = "network.json", "network.safetensors"
CHUNK = 65_536  # rows at a time, so that hidden layers of many rows fit into memory


@dataclass(frozen=True)
class Network:
    """The Predictor of a trained network.

    Args:
        model: In evaluation mode.
        shape: What it looks like.
    """

    model: nn.Sequential
    shape: Shape

    def scores(self, x: Floats) -> Floats:
        """See `core.protocols.Predictor`."""
        with torch.inference_mode():
            scores: Floats = torch.cat([self.model(chunk) for chunk in torch.split(tensor(x), CHUNK)]).numpy()
        return scores


def save(folder: Path, shape: Shape, model: nn.Module) -> None:
    """Write the checkpoint."""
    (folder / SHAPE).write_text(json.dumps(asdict(shape), sort_keys=True), "utf-8")
    save_file(model.state_dict(), folder / WEIGHTS)


def load(folder: Path) -> Network:
    """Read what `save` wrote."""
    data = json.loads((folder / SHAPE).read_text("utf-8"))
    shape = Shape(**{**data, "widths": tuple(data["widths"])})
    with torch.random.fork_rng(devices=[]):  # fresh weights, soon replaced, are drawn from the global generator
        model = network.build(shape)
    model.load_state_dict(load_file(folder / WEIGHTS))
    return Network(model.eval(), shape)
