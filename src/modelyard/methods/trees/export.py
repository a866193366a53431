"""The trees in ONNX: one ensemble of all folds' trees."""

from modelyard.models.forest import export

__all__ = ["export"]
