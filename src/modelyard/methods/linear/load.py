"""Checkpoint of the linear model."""

from modelyard.models.affine import load

__all__ = ["load"]
