"""Boosted trees that are deep and held back more: they see other things than small ones, for the ensemble."""
