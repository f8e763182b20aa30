"""Importing lists of stations: what their cells mean, what is decided about their rows, and publishing them."""
