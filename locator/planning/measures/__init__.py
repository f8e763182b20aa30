"""What planning measures: reach, coverage, equity, gaps and rules."""
