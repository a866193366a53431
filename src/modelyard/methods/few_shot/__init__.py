"""A linear model for a few labelled rows, beside vectors of a frozen encoder."""
