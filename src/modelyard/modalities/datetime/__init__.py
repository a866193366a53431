"""Dates and times, as seconds since 1970-01-01 UTC."""
