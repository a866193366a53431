"""Options of the backbone `transformer`."""

from __future__ import annotations

from pydantic import BaseModel, Field, model_validator

from modelyard.core.messages import text


class Options(BaseModel, extra="forbid", frozen=True):
    """What the network looks like."""

    width: int = Field(128, ge=2, le=4096, description="numbers of a token's vector")
    layers: int = Field(2, ge=1, le=48, description="blocks, one on top of the other")
    heads: int = Field(4, ge=1, le=64, description="parts of a vector that look for tokens of their own")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of numbers silenced in training")

    @model_validator(mode="after")
    def _heads_are_even(self) -> Options:
        if self.width % (2 * self.heads):
            raise ValueError(text("backbones.heads", width=self.width, heads=self.heads, factor=2 * self.heads))
        return self
