"""Which views could hold up the finder: they are marked here, so that the server lets few of them run at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

BULK: Final = "bulk"
"""Answers of tens to hundreds of milliseconds: a batch, a box of stations, a page made for one reader."""
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
