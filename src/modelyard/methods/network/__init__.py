"""A plain neural network."""
