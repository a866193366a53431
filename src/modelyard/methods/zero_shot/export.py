"""The comparison with descriptions in ONNX: a matrix product."""

from modelyard.models.affine import export

__all__ = ["export"]
