"""The command line: one command per verb."""

from locator.cli.group import main

__all__ = ["main"]
