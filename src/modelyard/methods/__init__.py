"""Learners, one folder each; the folder is the name written in `train: {method: ...}`."""
