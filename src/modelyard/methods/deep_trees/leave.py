"""The trees as LightGBM reads them."""

from modelyard.models.forest import leave

__all__ = ["leave"]
