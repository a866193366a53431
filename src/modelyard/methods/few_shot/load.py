"""Checkpoint of the few-shot probe: a linear model."""

from modelyard.models.affine import load

__all__ = ["load"]
