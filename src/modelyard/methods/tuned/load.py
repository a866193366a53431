"""Checkpoint of the tuned reader."""

from modelyard.models.reader_files import load

__all__ = ["load"]
