"""Stations: their schema, opening hours, catalogue, published versions and edits by hand."""
