"""What becomes of the rows of a list: which are wrong, which are doubtful, what they change."""
