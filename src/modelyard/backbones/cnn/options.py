"""Options of the backbone `cnn`."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Options(BaseModel, extra="forbid", frozen=True):
    """What the network looks like."""

    width: int = Field(128, ge=1, le=4096, description="numbers of a token's vector")
    filters: int = Field(100, ge=1, le=4096, description="patterns looked for, of each span")
    spans: tuple[int, ...] = Field((3, 4, 5), min_length=1, max_length=8, description="tokens of a pattern")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of a vector's numbers silenced in training")
