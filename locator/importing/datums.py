"""Which datum the positions of a file are in: judged by evidence, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from locator.geo.datum import Datum


@dataclass(frozen=True, slots=True)
class Judgement:
    """What positions mean, and why."""

    datum: Datum | None
    """``None`` where it cannot be told."""
    is_given: bool
    """Whether somebody said it, and nothing was judged."""
    evidence: tuple[str, ...]
    """Sentences with figures, in English, one for each kind of evidence."""
