"""Checkpoint of the trees."""

from modelyard.models.boosting import load

__all__ = ["load"]
