"""Options of the method `import`; the file, or the folder of a checkpoint, stands in `train: {model: ...}`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
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
OF_TEXTS = replace(INFO, view="texts", needs=("torch", "transformers", "onnx"), extra="text", wants="texts")
"""What is known of it where the model is a checkpoint's folder."""


class Options(BaseModel, extra="forbid", frozen=True):
    """What an imported model reads."""

    column: str | None = Field(
        None, min_length=1, description="the text column that a checkpoint reads; by default the only one"
    )


class Settled(Options):
    """What the method is given.

    Args:
        model: The file, or the folder.
        digest: sha256 of its content.
    """

    model: str = Field(exclude=True)  # where it lies changes nothing
    digest: str


def settle(options: Options, model: str, digest: str) -> Settled:
    """The options with the file that `train: {model: FILE}` names."""
    return Settled(**options.model_dump(), model=model, digest=digest)


def info_of(options: Settled) -> MethodInfo:
    """What is known of the method with this model."""
    return OF_TEXTS if Path(options.model).is_dir() else INFO


def work(options: Any) -> int:
    """One reading."""
    return 1


def cost(rows: int, features: int, options: Any) -> tuple[float, int]:
    """Reading the file, and its answers for a sample of rows."""
    return 0.1 + rows * 1e-7, 100_000_000 + rows * features * 4
