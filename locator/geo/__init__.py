"""Geodesy: datums, distances, grids and the spatial index, as functions of numbers."""
