"""Checkpoint of the contrastive reader."""

from modelyard.models.reader_files import load

__all__ = ["load"]
