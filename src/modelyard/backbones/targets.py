"""Which layers of a backbone get adapters, by a rule that no architecture's names can break.

Adapters beside every matrix of the blocks, those of attention and those between, come closer to full tuning at the same
size than adapters in attention alone (Dettmers et al.: QLoRA, NeurIPS 2023, section 4). How these matrices are called
differs from architecture to architecture and from version to version of a library, so they are found by what they are.
"""

from __future__ import annotations

from typing import Any

from torch import nn


def of(backbone: Any) -> list[str]:
    """The full names of all linear layers in a backbone's blocks; nothing that reads ids, and no normalisation.

    Args:
        backbone: See `backbones`.
    """
    blocks = backbone.layers()[1:]
    inside = {id(part) for block in blocks for part in block.modules() if isinstance(part, nn.Linear)}
    return [name for name, part in backbone.named_modules() if id(part) in inside]
