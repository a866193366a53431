"""Gradient-boosted decision trees."""
