"""A picture of the map: areas, gaps, stations and sites as one SVG element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from locator.config import BEIJING
from locator.geo.geodesy import FloatArray
from locator.language.catalogue import local_name
from locator.language.messages import message
from locator.planning.inputs.demand import Candidates
from locator.planning.measures.gaps import Gap
from locator.planning.output.report_facts import SITES_LISTED
from locator.planning.siting.site_search import Plan
from locator.planning.study import Study
from locator.stations.schema import District

PICTURE_STYLE: Final = """
.p-sea{fill:#faf3ea}.p-land{fill:#fffdfa;stroke:none}.p-edge{fill:none;stroke:#8f7d6e;stroke-width:1}
.p-gap{fill:url(#p-hatch);stroke:#a1330f;stroke-width:.8}.p-hatch{stroke:#c4602a;stroke-width:1.1}
.p-hatch-ground{fill:#fbe0cb}.p-stations{fill:none;stroke:#17616b;stroke-width:1.7;stroke-linecap:round}
.p-name{fill:#3c2f28;font:12px system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif;text-anchor:middle;
paint-order:stroke;stroke:#fffdfa;stroke-width:3px;stroke-opacity:.85}
.p-site{fill:#4a2f91;stroke:#fff;stroke-width:1.5}.p-added{fill:#17693f;stroke:#fff;stroke-width:1.5}
.p-number{fill:#fff;font:700 11px system-ui,sans-serif;text-anchor:middle}
"""
_SVG: Final = "http://www.w3.org/2000/svg"
_WIDTH_PX: Final = 760
_TALLEST_PX: Final = 860
_EDGE_PX: Final = 12
_MARK_PX: Final = 9


class Picture:
    """A map in the making: districts, gaps, stations and sites as one SVG element; texts are never markup."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        shrink = np.cos(np.radians((south + north) / 2))
        width, height = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
        scale = min((_WIDTH_PX - 2 * _EDGE_PX) / width, (_TALLEST_PX - 2 * _EDGE_PX) / height)
        self._origin, self._scale = np.array([west, north]), np.array([scale * shrink, -scale])
        size = [f"{scale * side + 2 * _EDGE_PX:.0f}" for side in (width, height)]
        view = {"viewBox": f"0 0 {size[0]} {size[1]}", "width": size[0], "height": size[1]}
        self.root = ElementTree.Element("svg", {"xmlns": _SVG, "class": "picture", "role": "img", **view})

    def add(self, tag: str, css_class: str = "", text: str = "", **attributes: str) -> ElementTree.Element:
        """Put an element on top of the others."""
        element = ElementTree.SubElement(self.root, tag, attributes | ({"class": css_class} if css_class else {}))
        element.text = text or None
        return element

    def pixels(self, lonlat: FloatArray) -> FloatArray:
        """Project positions (n, 2)."""
        found: FloatArray = (lonlat - self._origin) * self._scale + _EDGE_PX
        return found

    def outline(self, shape: BaseGeometry, css_class: str) -> None:
        """Draw a polygon, with its holes."""
        rings = shapely.get_rings(shapely.get_parts(shape))
        self.add("path", css_class, d="".join(self._ring(ring) for ring in rings), **{"fill-rule": "evenodd"})

    def _ring(self, ring: BaseGeometry) -> str:
        found = np.round(self.pixels(shapely.get_coordinates(ring)), 1)
        # Points that fall on the same tenth of a pixel as the one before say nothing.
        new = np.append(True, (np.diff(found, axis=0) != 0).any(axis=1))
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in found[new].tolist()) + "Z"

    def dots(self, lonlat: FloatArray, css_class: str) -> None:
        """Draw dots, those that lie on each other once."""
        found = np.unique(np.round(self.pixels(lonlat) * 2) / 2, axis=0)
        self.add("path", css_class, d="".join(f"M{x:g} {y:g}h0" for x, y in found.tolist()))

    def mark(self, lonlat: FloatArray, sign: str, css_class: str) -> None:
        """Draw a disc with a sign in it."""
        (x, y), *_ = self.pixels(lonlat[None]).tolist()
        self.add("circle", css_class, cx=f"{x:.1f}", cy=f"{y:.1f}", r=str(_MARK_PX))
        self.add("text", "p-number", sign, x=f"{x:.1f}", y=f"{y + 4:.1f}")


def picture(study: Study, gaps: Sequence[Gap], plan: Plan | None, candidates: Candidates | None, lang: str) -> str:
    """Draw the map as SVG: outlines of the areas, gaps, stations that count, new stations and sites."""
    drawn = Picture(_bounds(study))
    title = message(
        "Map of the gaps: {gaps} areas without a station near, {stations:,} stations",
        gaps=len(gaps),
        stations=study.coverage.total.stations,
    )
    drawn.add("title", text=title.to(lang))
    drawn.add("style", text=PICTURE_STYLE)
    _hatch(drawn)
    drawn.add("rect", "p-sea", width="100%", height="100%")
    for area in study.areas:
        drawn.outline(area.outline, "p-land")
    for gap in gaps:
        drawn.outline(gap.drawn(), "p-gap")
    for area in study.areas:
        drawn.outline(area.outline, "p-edge")
    drawn.dots(study.supply.lonlat[study.coverage.serving], "p-stations")
    for area in study.areas:
        _name(drawn, area, lang)
    for lonlat in study.added_lonlat:
        drawn.mark(lonlat, "+", "p-added")
    for rank, site in enumerate(plan.sites[:SITES_LISTED] if plan else (), 1):
        if candidates is not None and np.isfinite(candidates.lonlat[site.number]).all():
            drawn.mark(candidates.lonlat[site.number], str(rank), "p-site")
    return ElementTree.tostring(drawn.root, encoding="unicode")


def _hatch(drawn: Picture) -> None:
    definitions = drawn.add("defs")
    grain = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    pattern = ElementTree.SubElement(definitions, "pattern", {"id": "p-hatch", **grain})
    ElementTree.SubElement(pattern, "rect", {"class": "p-hatch-ground", "width": "6", "height": "6"})
    ElementTree.SubElement(pattern, "path", {"class": "p-hatch", "d": "M0 0V6"})


def _name(drawn: Picture, area: District, lang: str) -> None:
    lat, lon = area.centre
    (x, y), *_ = drawn.pixels(np.array([[lon, lat]])).tolist()
    drawn.add("text", "p-name", local_name(area.name, area.name_en, lang), x=f"{x:.1f}", y=f"{y:.1f}")


def _bounds(study: Study) -> tuple[float, float, float, float]:
    """Return what the picture shows: the areas, or the demand where there are none."""
    if study.areas:
        west, south, east, north = shapely.total_bounds([area.outline for area in study.areas]).tolist()
    elif len(study.demand):
        lonlat = study.demand.lonlat
        (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    else:
        west, south, east, north = BEIJING
    return west, south, east, north
