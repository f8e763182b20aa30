"""What both searches for sites have in common: their steps by name, and how the time is shared between them."""

from __future__ import annotations

from typing import Final

import numpy as np

from locator.language.messages import message

PREPARING: Final = message("Leaving out what cannot matter")
BOUNDING: Final = message("Finding out how much is possible")
SEARCHING: Final = message("Looking for better sites")
PROVING: Final = message("Proving that nothing is better")
DONE: Final = message("Done")

TINY: Final = 2_000
"""Up to so many pairs of a row and a column the solver is done sooner than a bound by prices."""
BOUND_SHARE: Final = 0.35
"""So much of the time goes into a first bound."""
SEARCH_SHARE: Final = 0.4
"""And so much into the search after it."""
_MOVES_PER_SITE: Final = 200
_MOVES: Final = (10_000, 40_000)


def annealing_moves(sites: int) -> int:
    """Return how many moves annealing makes for a number of sites."""
    return int(np.clip(_MOVES_PER_SITE * sites, *_MOVES))
