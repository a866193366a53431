"""The encoder as `transformers` reads it."""

from modelyard.models.reader_leave import leave

__all__ = ["leave"]
