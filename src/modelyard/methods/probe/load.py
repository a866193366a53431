"""Checkpoint of the probe."""

from modelyard.models.affine import load

__all__ = ["load"]
