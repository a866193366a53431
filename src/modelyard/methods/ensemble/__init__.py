"""A weighted sum of other candidates."""
