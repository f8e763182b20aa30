"""What people take away: a map, an import's report, the planner's report, each one HTML file."""
