"""Categories: one of a number of names, without an order."""
