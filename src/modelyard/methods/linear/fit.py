"""Fitting of the linear model."""

from modelyard.models.linear import fit, probe

__all__ = ["fit", "probe"]
