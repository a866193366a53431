"""The error for a pre-trained encoder that cannot be used."""

from __future__ import annotations

from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text


def refuse(name: str, got: str, expected: str, fix: str, **values: object) -> ProjectError:
    """The error for an encoder that cannot be used; `expected` and `fix` are names of messages of this room."""
    wanted, remedy = text(f"backbones.{expected}", **values), text(f"backbones.{fix}", name=name)
    return ProjectError(Mistake(text("backbones.place", name=name), got, wanted, remedy))
