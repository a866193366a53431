"""Fitting of the probe."""

from modelyard.models.linear import fit, probe

__all__ = ["fit", "probe"]
