"""What a table says: which column means what, and what its cells, positions and datum are."""
