"""Defects that are planted into clean tables, to see whether the data checks find them."""
