"""Dataset -> checkpoint: climb the ladder inside the budget, and choose."""
