"""Checkpoint -> Bundle: assembled, recorded requests put in, and checked where nothing of training can be reached."""
