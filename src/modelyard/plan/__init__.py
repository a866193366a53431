"""What to build next, computed from measured evidence: forecasts, needs, choices, dates."""
