"""Texts: what people write in sentences, titles, reviews."""
