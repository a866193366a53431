"""Options of the method `prompt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(
    title=("Prompt", "提示词"),
    rung=10,
    view="texts",
    needs=(),
    extra="",
    unit=("pass", "遍"),
    automatic=False,
    wants="texts",
    ships=False,
)
CACHE = "prompts.sqlite"
_GUESS = 1.0  # seconds that an answer takes


class Price(BaseModel, extra="forbid", frozen=True):
    """What the endpoint's owner charges for 1,000 tokens."""

    input: float = Field(0.0, ge=0, description="of what is asked")
    output: float = Field(0.0, ge=0, description="of what is answered")
    currency: str = Field("USD", min_length=1, description="as reports show it")


class Options(BaseModel, extra="forbid", frozen=True):
    """Whom to ask, and what; nothing is sent anywhere else."""

    endpoint: Annotated[str, Field(pattern=r"^https?://[^/?#\s]+")] | None = Field(
        None, description="address of an OpenAI-shaped chat endpoint: https://host/v1"
    )
    model: str | None = Field(None, min_length=1, description="the model's name there")
    key: str | None = Field(None, description="${NAME}: the variable of the environment that holds the key")
    labels: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        {}, description="class: its description; a class without one is named only"
    )
    instruction: str | None = Field(None, min_length=1, description="what comes before the labels")
    examples: int = Field(0, ge=0, le=200, description="labelled training rows to show, as many of each class")
    most_rows: int = Field(1000, ge=1, description="the most rows to ask at a time; others count as the prior")
    parallel: int = Field(4, ge=1, le=64, description="questions on their way at the same time")
    timeout: float = Field(30.0, gt=0, le=3600, description="seconds to wait for an answer")
    retries: int = Field(3, ge=0, le=20, description="how often a question is asked again after a failure")
    price_per_1000_tokens: Price = Field(Price(), description="what the endpoint charges; the report counts with it")


class Settled(Options):
    """What the method is given.

    Args:
        cache: The file that keeps answers.
    """

    cache: Path = Field(exclude=True)  # where it lies changes nothing


def settled_in(options: Options, workspace: Path) -> Settled:
    """The options, with where answers are kept."""
    return Settled(**options.model_dump(), cache=workspace / CACHE)


def work(options: Any) -> int:
    """All rows, once."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Waiting for the answers."""
    return _GUESS * min(rows, options.most_rows) / options.parallel, 50_000_000 + 10_000 * min(rows, options.most_rows)
