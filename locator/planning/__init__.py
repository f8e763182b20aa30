"""Where stations are missing: demand, reach, coverage, siting."""
