"""What the operator is to know of a service that runs: lines on standard error."""

from __future__ import annotations

import sys


def notice(text: str) -> None:
    """Write a line for the operator; where nobody can read it, on a full disk or a closed pipe, go on without."""
    try:
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)
    except OSError:
        pass
