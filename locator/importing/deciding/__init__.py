"""What becomes of the rows of a list: which are wrong, doubtful or wait, and what they change."""
