"""A linear model on the vectors of frozen encoders, with all other columns beside them."""
