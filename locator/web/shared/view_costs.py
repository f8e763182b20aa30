"""Marks of views that the server reads before it calls them: the lane, and the largest request body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY_BYTES: Final = 1_000_000
"""Enough for a batch of 10,000 positions, or for all fields of a station's form; a query has a few hundred."""

BULK: Final = "bulk"
"""Answers of tens to hundreds of milliseconds: a batch, a box of stations, a page made for one reader."""
WRITES: Final = "writes"
"""Reports and requests, which wait for the disk."""
MANAGE: Final = "manage"
"""The stewards' pages, which publish and read whole versions."""
SIGN_IN: Final = "sign-in"
"""Password checks, each of 0.1 s and 30 MB; requests of people who are signed in do not wait for them."""
PLANNER: Final = "planner"
"""Answers of seconds: coverage, gaps, sites, and what is drawn and downloaded of them."""


def dear(lane: str) -> Callable[[View], View]:
    """Mark a view with the lane that its requests wait in, below the decorator of its route.

    Views without a mark are answered at once. The lane is read from ``app.view_functions[endpoint].lane``.
    """
    return mark(lane=lane)


def takes(most_body_bytes: int) -> Callable[[View], View]:
    """Mark a view with the largest body of its requests, where that differs from the usual one."""
    return mark(most_body_bytes=most_body_bytes)


def mark(**marks: object) -> Callable[[View], View]:
    """Return a decorator that sets attributes of a view and changes nothing else."""

    def decorate(view: View) -> View:
        view.__dict__.update(marks)
        return view

    return decorate
