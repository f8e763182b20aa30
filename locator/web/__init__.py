"""The web application: a package for each door, and one for what they share."""
