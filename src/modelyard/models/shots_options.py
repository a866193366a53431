"""What the few-shot methods share among their options; light, as `check` reads them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ShotsOptions(BaseModel, extra="forbid", frozen=True):
    """How many labelled rows are learnt from."""

    shots: int = Field(64, ge=2, le=1024, description="the most rows of a class to learn from; drawn by the seed")
