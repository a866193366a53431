"""Numbers: amounts, counts, measurements."""
