"""The door of workers: the finder, one station, reports, and all of it without a network."""
