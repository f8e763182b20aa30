"""The planners' door."""
