"""A language model behind an OpenAI-shaped endpoint, asked row by row. It is measured, and never ships."""
