"""Long short-term memory that reads a text in both directions."""
