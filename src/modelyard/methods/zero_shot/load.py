"""Checkpoint of the comparison with descriptions: a linear model."""

from modelyard.models.affine import load

__all__ = ["load"]
