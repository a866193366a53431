"""A small Transformer encoder."""
