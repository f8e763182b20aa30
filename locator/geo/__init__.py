"""Where things are: numbers in, numbers out. No files, no web framework."""
