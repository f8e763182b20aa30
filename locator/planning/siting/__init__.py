"""Siting: the search for new stations, with proven bounds."""
