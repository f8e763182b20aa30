"""What planning reads: demand, candidate sites, areas, distances and the stations themselves."""
