"""What the server has to know of a view before it runs: its lane, and how large its requests may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY_BYTES: Final = 1_000_000
"""Of a batch of 10,000 positions, or of all fields of a station's form; what only asks has a few hundred."""

BULK: Final = "bulk"
"""Answers of tens to hundreds of milliseconds: a batch, a box of stations, a page made for one reader."""
WRITES: Final = "writes"
"""Reports and requests, which wait for the disk."""
MANAGE: Final = "manage"
"""The stewards' pages, which publish and read whole versions."""
SIGN_IN: Final = "sign-in"
"""Passwords, each of which takes a tenth of a second and 30 MB; who is signed in does not wait behind them."""
PLANNER: Final = "planner"
"""Answers of seconds: coverage, gaps, sites, and what is drawn and downloaded of them."""


def dear(lane: str) -> Callable[[View], View]:
    """Mark a view with the lane that its requests wait in; the decorator of its route stands above this one.

    Views without a mark are answered at once. The lane is read from ``app.view_functions[endpoint].lane``.
    """

    def mark(view: View) -> View:
        view.__dict__["lane"] = lane
        return view

    return mark


def takes(most_body_bytes: int) -> Callable[[View], View]:
    """Mark a view with how many bytes its requests may have, where that is not what every page takes."""

    def mark(view: View) -> View:
        view.__dict__["most_body_bytes"] = most_body_bytes
        return view

    return mark
