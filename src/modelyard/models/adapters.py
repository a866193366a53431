"""Low-rank adapters (Hu et al.: LoRA, ICLR 2022) on a backbone that otherwise stays as it is, with peft.

`dora` learns the length of weights apart from their direction (Liu et al., ICML 2024); `rslora` scales by the root of
the rank (Kalajdzievski, 2023). `merge` leaves a backbone of the kind that came, with what was learnt in its weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

Kind = Literal["lora", "dora", "rslora"]
NAME = "default"


def add(backbone: nn.Module, kind: Kind, rank: int, alpha: float, targets: Sequence[str] | str) -> None:
    """Put adapters beside some layers of a backbone, in place; nothing else of it is trained any more.

    Args:
        backbone: With full-precision weights.
        kind: Of the adapters.
        rank: Of what they add to a weight.
        alpha: What they add counts alpha / rank times, alpha / sqrt(rank) for `rslora`.
        targets: Ends of the layers' names, or "all-linear".
    """
    chosen = targets if isinstance(targets, str) else list(targets)
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,  # type: ignore[arg-type]
        target_modules=chosen,
        use_dora=kind == "dora",
        use_rslora=kind == "rslora",
    )
    inject_adapter_in_model(config, backbone, NAME)


def weights(backbone: nn.Module) -> dict[str, Tensor]:
    """What the adapters of a backbone have learnt, by name."""
    return {name: value for name, value in backbone.named_parameters() if f".{NAME}" in name}


@torch.no_grad()
def merge(backbone: nn.Module) -> None:
    """Put what the adapters of a backbone have learnt into its weights, in place; without adapters nothing is done."""
    adapted = [(name, layer) for name, layer in backbone.named_modules() if isinstance(layer, BaseTunerLayer)]
    for name, layer in adapted:
        layer.merge(safe_merge=True)
        parent, _, child = name.rpartition(".")
        setattr(backbone.get_submodule(parent), child, layer.get_base_layer())
