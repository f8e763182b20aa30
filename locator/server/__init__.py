"""The production server behind `locator serve`: one port, several processes, and no client that can stop them."""
