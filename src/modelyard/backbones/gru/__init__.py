"""Gated recurrent units that read a text in both directions."""
