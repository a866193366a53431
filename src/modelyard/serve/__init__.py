"""Answers from a bundle: over HTTP (`server`, `app`) and for whole files (`batch`)."""
