"""What the operator is to know of a service that runs: lines on standard error."""

from __future__ import annotations

import sys

from locator.config import command_language
from locator.language.messages import localize


def notice(text: str) -> None:
    """Write a line for the operator in the language of the command line; where nobody can read it, go on."""
    try:
        if sys.stderr is not None:
            print(localize(text, command_language()), file=sys.stderr, flush=True)
    except OSError:
        pass
