"""Options of the method `zero_shot`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(
    title=("Zero-shot", "零样本"),
    rung=2,
    view="dense",
    needs=("onnx",),
    extra="tables",
    unit=("comparison", "次比对"),
    automatic=False,
    wants="vectors",
    learns=False,
)
OF_PAIRS = replace(INFO, view="texts", needs=("torch", "transformers", "onnxscript"), extra="text", wants="texts")
"""What is known of it where an entailment checkpoint is asked."""
PLACE = "{}"
"""Where a template takes the description."""
_PAIR_SECONDS = 0.02  # that a checkpoint of usual size takes for a text and a sentence

_Said = Annotated[str, Field(min_length=1)]


class Options(BaseModel, extra="forbid", frozen=True):
    """What each class means, in words."""

    labels: dict[str, _Said | Annotated[tuple[_Said, ...], Field(min_length=1)]] = Field(
        {}, description="class: its description, or a list of them; every class needs one"
    )
    template: str = Field(PLACE, pattern=r"\{\}", description="a sentence around each description: This review is {}")
    column: str | None = Field(None, description="the text column to compare; all that have an encoder by default")
    entailment: str | None = Field(
        None,
        min_length=1,
        description="checkpoint of natural language inference, a folder or an id of the hub: it says whether a text "
        "entails each description, in the place of vectors",
    )
    revision: str | None = Field(None, min_length=1, description="commit, tag or branch of that checkpoint on the hub")


class Settled(Options):
    """What the method is given where a checkpoint is asked.

    Args:
        folder: Where relative paths start.
        digest: sha256 of the checkpoint's folder; empty where it is one of the hub.
    """

    folder: Path = Field(exclude=True)  # where it lies changes nothing
    digest: str


def settled_at(options: Options, folder: Path, digests: Mapping[str, str]) -> Options:
    """The options, with the checkpoint that they name."""
    if options.entailment is None:
        return options
    return Settled(**options.model_dump(), folder=folder, digest=digests.get(options.entailment, ""))


def info_of(options: Options) -> MethodInfo:
    """What is known of the method with these options."""
    return INFO if options.entailment is None else OF_PAIRS


def work(options: Any) -> int:
    """One comparison."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Encoding a few descriptions; the vectors of the rows are there already. A checkpoint reads each row anew."""
    if options.entailment is not None:
        return 1 + rows * max(1, len(options.labels)) * _PAIR_SECONDS, 2_000_000_000
    return 0.1 + rows * 1e-8, rows * 8
