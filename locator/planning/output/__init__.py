"""What planning hands out: sheets, charts, files and plain answers."""
