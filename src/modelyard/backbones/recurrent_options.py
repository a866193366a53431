"""Options of the backbones `gru` and `lstm`."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Options(BaseModel, extra="forbid", frozen=True):
    """What the network looks like."""

    width: int = Field(128, ge=1, le=4096, description="numbers of a token's vector, and units of each direction")
    layers: int = Field(1, ge=1, le=16, description="recurrent layers, each in both directions")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of numbers silenced in training, before each layer")
