"""A model that was trained elsewhere, as a candidate like any other."""
