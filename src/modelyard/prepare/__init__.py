"""Raw files -> Dataset: read, infer, check, split, fit. Fitting sees the training rows only."""
