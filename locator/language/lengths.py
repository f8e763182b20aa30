"""Lengths as text: metres below a kilometre, kilometres from there on."""

from __future__ import annotations

from typing import Final

from locator.language.messages import message

METRES: Final = message("{n} m")
KILOMETRES: Final = message("{n} km")


def radius_text(radius_m: float, lang: str) -> str:
    """Format a radius without trailing zeros."""
    if radius_m < 1000:
        return METRES.to(lang).format(n=f"{radius_m:g}")
    return KILOMETRES.to(lang).format(n=f"{radius_m / 1000:g}")


def distance_text(distance_m: float, lang: str) -> str:
    """Format a distance to 1 m below 1 km, 10 m below 10 km, 100 m beyond, as list.js does."""
    if distance_m < 999.5:
        return METRES.to(lang).format(n=int(distance_m + 0.5))
    # Halves round up, as in list.js; round() would give the even neighbour.
    if distance_m < 9995:
        return KILOMETRES.to(lang).format(n=f"{int(distance_m / 10 + 0.5) / 100:.2f}")
    return KILOMETRES.to(lang).format(n=f"{int(distance_m / 100 + 0.5) / 10:.1f}")
