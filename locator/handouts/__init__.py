"""Single HTML files to take away: a map, an import's report and the planner's report."""
