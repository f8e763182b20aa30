"""Run the command line as ``python -m locator``."""

from locator.cli import main

main()
