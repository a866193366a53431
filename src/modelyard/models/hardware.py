"""What a model is trained on, and how precisely matrices are multiplied there."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from modelyard.core.errors import InstallError, Mistake
from modelyard.core.messages import text

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "full", "bf16"]


@dataclass(frozen=True)
class Hardware:
    """Where training happens.

    Args:
        device: Holds the model; batches are moved to it.
        bf16: Whether matrices are multiplied in bfloat16. The weights and the loss are float32 all the same.
    """

    device: torch.device
    bf16: bool

    def scores(self, model: Any, inputs: Any) -> Tensor:
        """A model's answer, float32 where it was computed in bfloat16."""
        with self._casting():
            scores: Tensor = model(inputs.to(self.device))
        return scores.float() if self.bf16 else scores

    def random_state(self) -> dict[str, Tensor]:
        """Of the generators that dropout draws from."""
        states = {"cpu": torch.get_rng_state()}
        return {**states, "cuda": torch.cuda.get_rng_state(self.device)} if self.device.type == "cuda" else states

    def set_random_state(self, states: dict[str, Tensor]) -> None:
        """What `random_state` told."""
        torch.set_rng_state(states["cpu"])
        if "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"], self.device)

    def _casting(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()


CPU = Hardware(torch.device("cpu"), bf16=False)


def find(device: Device, precision: Precision) -> Hardware:
    """The hardware that is meant.

    Args:
        device: `auto`: the GPU if there is one.
        precision: `auto`: bf16 where it is known to be faster, see `has_fast_bf16`.

    Raises:
        InstallError: A GPU is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        fix = "device: auto"
        raise InstallError(Mistake("device: cuda", text("train.got_no_gpu"), text("train.expected_gpu"), fix))
    found = torch.device("cuda" if there and device != "cpu" else "cpu")
    if found.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only with this
    return Hardware(found, precision == "bf16" or (precision == "auto" and has_fast_bf16(found)))


def has_fast_bf16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 faster than float32.

    A processor does where it has instructions for it: with AVX512-BF16 (EPYC 9005) a training step of MiniLM took 0.65
    s of one core instead of 1.80 s. Without them torch emulates it, and is slower.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older versions cannot tell
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))
