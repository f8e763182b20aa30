"""The eight directions in words."""

from __future__ import annotations

from typing import Final

from locator.language.messages import Message, message

DIRECTIONS: Final = (
    message("north"),
    message("north-east"),
    message("east"),
    message("south-east"),
    message("south"),
    message("south-west"),
    message("west"),
    message("north-west"),
)
"""Clockwise from north."""


def direction(bearing_deg: float) -> Message:
    """Return the direction nearest to a bearing, in degrees clockwise from north."""
    return DIRECTIONS[round(bearing_deg / 45) % len(DIRECTIONS)]
