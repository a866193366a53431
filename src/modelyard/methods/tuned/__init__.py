"""Encoders of texts that learn, with a table beside them."""
