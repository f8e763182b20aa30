"""Names of the steps of both searches for sites, and how the time is divided between them."""

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
"""Up to this many pairs of a row and a column the solver is faster than a bound by prices."""
BOUND_SHARE: Final = 0.35
"""Share of the time for a first bound."""
SEARCH_SHARE: Final = 0.4
"""Share of the time for the search after it."""
_MOVES_PER_SITE: Final = 200
_MOVES: Final = (10_000, 40_000)


def annealing_moves(sites: int) -> int:
    """Return how many moves annealing makes for a number of sites."""
    return int(np.clip(_MOVES_PER_SITE * sites, *_MOVES))
