"""Two hundred oddities of spreadsheets, each with what a person reads there."""
