"""The contrastive reader in ONNX."""

from modelyard.models.reader_export import export

__all__ = ["export"]
