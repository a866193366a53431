"""Checkpoint of the network: its shape, its weights and its bins."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from modelyard.core.protocols import Floats
from modelyard.models import network, piecewise
from modelyard.models.batches import tensor
from modelyard.models.network import Network, Shape
from modelyard.models.piecewise import Bins

SHAPE, WEIGHTS = "network.json", "network.safetensors"
CHUNK = 16_384  # rows at a time, so that hidden layers of many rows fit into memory


@dataclass(frozen=True)
class Trained:
    """The Predictor of a trained network.

    Args:
        model: In evaluation mode.
        shape: What it looks like.
    """

    model: Network
    shape: Shape

    def scores(self, x: Floats) -> Floats:
        """See `core.protocols.Predictor`."""
        with torch.inference_mode():
            scores: Floats = torch.cat([self.model(chunk) for chunk in torch.split(tensor(x), CHUNK)]).numpy()
        return scores


def save(folder: Path, shape: Shape, bins: Bins, model: Network) -> None:
    """Write the checkpoint."""
    (folder / SHAPE).write_text(json.dumps(asdict(shape), sort_keys=True), "utf-8")
    arrays = {name: tensor(array) for name, array in bins.arrays().items()}
    save_file({**model.state_dict(), **arrays}, folder / WEIGHTS)


def load(folder: Path) -> Trained:
    """Read what `save` wrote."""
    shape, tensors = read_shape(folder), load_file(folder / WEIGHTS)
    bins = piecewise.of_arrays({name: tensors.pop(name).numpy() for name in piecewise.NONE.arrays()})
    with torch.random.fork_rng(devices=[]):  # fresh weights, soon replaced, are drawn from the global generator
        model = network.build(shape, bins)
    model.load_state_dict(tensors)
    return Trained(model.eval(), shape)


def read_shape(folder: Path) -> Shape:
    """The shape of a checkpoint."""
    data = json.loads((folder / SHAPE).read_text("utf-8"))
    return Shape(**{**data, **{name: tuple(data[name]) for name in ("widths", "monotone")}})
