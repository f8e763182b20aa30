"""Single HTML files to take away: a map, an import's report, the planner's report; and their words and maps."""
