"""Modelyard: from raw business data to a shipped, measured, improving AI product."""

__version__ = "0.1.0"
