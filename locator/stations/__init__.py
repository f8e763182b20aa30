"""Stations: their schema, opening hours, catalogue and published versions."""
