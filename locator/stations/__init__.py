"""What a station is, when it is open, and which stations there are."""
