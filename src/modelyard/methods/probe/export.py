"""The probe in ONNX: a matrix product and a sum."""

from modelyard.models.affine import export

__all__ = ["export"]
