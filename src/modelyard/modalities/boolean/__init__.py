"""Yes or no: true/false, yes/no, 是/否, 1/0."""
