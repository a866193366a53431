"""The ensemble in ONNX: a matrix product and a sum over the members' scores."""

from modelyard.models.affine import export

__all__ = ["export"]
