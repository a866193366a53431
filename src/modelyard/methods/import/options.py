"""Options of the method `import`: none; the file stands in `train: {model: FILE}`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from modelyard.core.protocols import MethodInfo

INFO = MethodInfo(
    title=("Imported model", "导入的模型"),
    rung=8,
    view="raw",
    needs=("lightgbm", "onnx"),
    extra="tables",
    unit=("reading", "次读取"),
    automatic=False,
)


class Options(BaseModel, extra="forbid", frozen=True):
    """There is nothing to set."""


class Settled(Options):
    """What the method is given.

    Args:
        model: The file.
        digest: sha256 of its content.
    """

    model: str = Field(exclude=True)  # where it lies changes nothing
    digest: str


def settle(options: Options, model: str, digest: str) -> Settled:
    """The options with the file that `train: {model: FILE}` names."""
    return Settled(model=model, digest=digest)


def work(options: Any) -> int:
    """One reading."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Reading the file, and its answers for a sample of rows."""
    return 0.1 + rows * 1e-7, 100_000_000 + rows * features * 4
