"""Options of the method `zero_shot`."""

from __future__ import annotations

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
PLACE = "{}"
"""Where a template takes the description."""

_Said = Annotated[str, Field(min_length=1)]


class Options(BaseModel, extra="forbid", frozen=True):
    """What each class means, in words."""

    labels: dict[str, _Said | Annotated[tuple[_Said, ...], Field(min_length=1)]] = Field(
        {}, description="class: its description, or a list of them; every class needs one"
    )
    template: str = Field(PLACE, pattern=r"\{\}", description="a sentence around each description: This review is {}")
    column: str | None = Field(None, description="the text column to compare; all that have an encoder by default")


def work(options: Any) -> int:
    """One comparison."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Encoding a few descriptions; the vectors of the rows are there already."""
    return 0.1 + rows * 1e-8, rows * 8
