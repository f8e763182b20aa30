"""Plans: chosen sites with a proven bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COVERED: Final = "covered"
"""All demand is covered already."""
REACHED: Final = "reached"
"""The share is reached already."""
OUT_OF_REACH: Final = "out_of_reach"
"""No candidate is within reach of demand that is not covered."""


@dataclass(frozen=True, slots=True)
class Site:
    """A chosen candidate."""

    number: int
    """Its index among the candidates."""
    gain: float
    """The weight that it covers and that neither the existing stations nor the sites before it cover."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Chosen sites and what was proven about them."""

    sites: tuple[Site, ...]
    """In order of gain: each adds most to those before it."""
    before: float
    """The weight that existing stations cover."""
    covered: float
    """With the sites."""
    total: float
    bound: float | None
    """For most covered: no choice of as many sites covers more. For fewest sites: no fewer sites are enough.
    ``None`` without a bound in time, or with the trivial one that at least one site is needed."""
    gap: float | None
    """How far the bound is from what the sites gain, as a share of that; for fewest sites, of their number.
    ``None`` without a bound."""
    status: str
    """``proven``, ``within`` (the gap is what was proven) or ``heuristic`` (there is no bound)."""
    solver: str
    seed: int
    digest: str
    """The first twelve hex digits of the SHA-256 over all input."""
    seconds: float
    reason: str | None = None
    """Why there are no sites: `COVERED`, `REACHED` or `OUT_OF_REACH`; ``None`` where there are."""

    @property
    def share(self) -> float | None:
        """The covered share of the demand, 0-1; ``None`` without demand."""
        return self.covered / self.total if self.total else None
