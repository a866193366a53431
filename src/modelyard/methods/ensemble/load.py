"""Checkpoint of the ensemble: calibration and weights are one matrix and one vector."""

from modelyard.models.affine import load

__all__ = ["load"]
