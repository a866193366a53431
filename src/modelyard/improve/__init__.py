"""From answers and people's judgement to the next run: which rows to label, and the labels read back."""
