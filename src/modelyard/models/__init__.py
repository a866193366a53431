"""What methods share: the one training loop, networks, and targets in parts; and what training leaves."""
