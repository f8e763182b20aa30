"""Words to places: the gazetteer of names with positions, and the search of what a person typed."""
