"""Importing lists of stations: what their cells mean, what becomes of their rows, and which of these wait."""
