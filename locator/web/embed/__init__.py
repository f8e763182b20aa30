"""The door of web editors: the map on other people's pages and as one file."""
