"""A convolutional network over words (Kim 2014)."""
