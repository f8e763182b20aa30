"""The map of a study as a picture: areas, gaps, stations that count, new stations and sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from locator.config import BEIJING
from locator.geo.geodesy import FloatArray
from locator.language.catalogue import local_name
from locator.language.messages import message
from locator.planning.inputs.demand import Candidates
from locator.planning.measures.gaps import Gap
from locator.planning.output import report_facts
from locator.planning.output.drawings import DATA, HALO, OTHER, WHITE, Drawing, Point
from locator.planning.siting.plans import Plan
from locator.planning.study import Study
from locator.stations.schema import District

SITE: Final = "#7a5fc0"
NEW: Final = "#2a7d4f"
LAND: Final = 0.05
BORDER: Final = 0.5
HATCH: Final = "//"
DOT_PX: Final = 1.7
MARK_PX: Final = 18
NAME_PX: Final = 12
NUMBER_PX: Final = 11

_WIDTH_PX: Final = 760
_TALLEST_PX: Final = 860
_EDGE_PX: Final = 12


def gap_map(
    study: Study, gaps: Sequence[Gap], plan: Plan | None, candidates: Candidates | None, lang: str
) -> bytes:
    """Draw the map of a study as an ``svg`` element, UTF-8, at most 760 by 860 px, north up.

    It shows the study's areas, or the extent of the demand if there are none. Gaps are hatched, and the sites of a
    plan numbered, at most `report_facts.SITES_LISTED`.
    """
    title = message(
        "Map of the gaps: {gaps} areas without a station near, {stations:,} stations",
        gaps=len(gaps),
        stations=study.coverage.total.stations,
    )
    ground = _Ground(title.to(lang), _bounds(study))
    outlines = [area.outline for area in study.areas]
    ground.fill([gap.drawn() for gap in gaps], color=DATA, hatch=HATCH, linewidth=0.8, gid="gaps")
    ground.fill(outlines, facecolor=(0, 0, 0, LAND), edgecolor=(0, 0, 0, BORDER), linewidth=1, gid="areas")
    ground.dots(study.supply.lonlat[study.coverage.serving])
    for area in study.areas:
        ground.write_name(area, lang)
    for lonlat in study.added_lonlat:
        ground.mark(lonlat, "+", NEW, "added")
    for rank, site in enumerate(plan.sites[: report_facts.SITES_LISTED] if plan else (), 1):
        if candidates is not None and np.isfinite(candidates.lonlat[site.number]).all():
            ground.mark(candidates.lonlat[site.number], str(rank), SITE, f"site-{rank}")
    return ground.finish()


class _Ground(Drawing):
    """A map with north up and one scale in both directions; its bounds are west, south, east, north in degrees."""

    def __init__(self, title: str, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        shrink = np.cos(np.radians((south + north) / 2))
        width, height = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
        scale = min((_WIDTH_PX - 2 * _EDGE_PX) / width, (_TALLEST_PX - 2 * _EDGE_PX) / height)
        self._origin, self._scale = np.array([west, north]), np.array([scale * shrink, -scale])
        size = (round(scale * width) + 2 * _EDGE_PX, round(scale * height) + 2 * _EDGE_PX)
        super().__init__("map", title, size, css_class="picture")
        self.axes.set_xlim(0, size[0])
        self.axes.set_ylim(size[1], 0)

    def pixels(self, lonlat: FloatArray) -> FloatArray:
        """Project positions (n, 2), to a tenth of a pixel."""
        pixels: FloatArray = np.round((lonlat - self._origin) * self._scale + _EDGE_PX, 1)
        return pixels

    def fill(self, shapes: Iterable[BaseGeometry], **style: Any) -> None:
        """Draw polygons, with their holes."""
        rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts([*shapes])))
        self.shape([self._corners(ring) for ring in rings], **style)

    def _corners(self, ring: BaseGeometry) -> FloatArray:
        """Return the corners of a ring, without those on the same tenth of a pixel as the one before."""
        corners = self.pixels(shapely.get_coordinates(ring))
        kept: FloatArray = corners[np.append(True, (np.diff(corners, axis=0) != 0).any(axis=1))]
        return kept

    def dots(self, lonlat: FloatArray) -> None:
        """Draw stations, those that lie on each other once."""
        centres = np.unique(np.round(self.pixels(lonlat) * 2) / 2, axis=0)
        # A line of length 0 with round ends is a dot, in a tenth of the bytes of a marker.
        rings = [*np.stack([centres, centres], axis=1)]
        self.shape(rings, color=OTHER, linewidth=DOT_PX, capstyle="round", gid="stations")

    def write_name(self, area: District, lang: str) -> None:
        """Write the name of an area inside it."""
        lat, lon = area.centre
        label = local_name(area.name, area.name_en, lang)
        self.text(self._pixel(np.array([lon, lat])), label, (0, -4), css_class=HALO, ha="center", fontsize=NAME_PX)

    def mark(self, lonlat: FloatArray, sign: str, color: str, gid: str) -> None:
        """Draw a disc with a sign in it, above everything drawn before."""
        (x, y), top = self._pixel(lonlat), 10 + len(self.axes.lines)
        self.axes.plot(
            [x],
            [y],
            "o",
            color=color,
            markersize=MARK_PX,
            markeredgecolor=WHITE,
            markeredgewidth=1.5,
            zorder=top,
            gid=gid,
        )
        self.text((x, y), sign, (0, -4), ha="center", color=WHITE, weight="bold", fontsize=NUMBER_PX, zorder=top)

    def _pixel(self, lonlat: FloatArray) -> Point:
        x, y = self.pixels(lonlat).tolist()
        return x, y


def _bounds(study: Study) -> tuple[float, float, float, float]:
    """Return the extent of the areas, or of the demand where there are none."""
    if study.areas:
        west, south, east, north = shapely.total_bounds([area.outline for area in study.areas]).tolist()
    elif len(study.demand):
        lonlat = study.demand.lonlat
        (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    else:
        west, south, east, north = BEIJING
    return west, south, east, north
