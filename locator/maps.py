"""The maps, drawn with Folium: page shells whose scripts fetch the stations by URL.

Only this module uses Folium. It makes the map and its base tiles; everything on the map is drawn by functions of
static/shared/map.js, which get their options as JSON, so no text of a station is ever part of a script.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from markupsafe import Markup

from locator.config import BEIJING
from locator.errors import ConfigError
from locator.geo import datum
from locator.geo.datum import Datum
from locator.geo.geodesy import FloatArray
from locator.language.messages import message
from locator.stations.catalog import Catalog
from locator.stations.schema import District

if TYPE_CHECKING:
    import folium
    from branca.element import Figure, MacroElement

SIGNS: Final = {
    "warm_station": message("W"),
    "worker_home": message("H"),
    "community_station": message("C"),
}
"""The letter in the pins of each kind, beside their shape and colour."""

Rings = tuple[tuple[tuple[float, ...], ...], ...]
"""Rings of (lon, lat) in degrees."""

_MAINLAND: Final[WeakKeyDictionary[Catalog, Rings]] = WeakKeyDictionary()
"""Mainland China around the stations of each catalogue, the same for GCJ-02 and BD-09."""
_MAX_ZOOM: Final = 18
_CELL_DEG: Final = 0.5
_MARGIN_DEG: Final = 0.25

# Replaces Folium's template, which disables pinch zoom and needs newer browsers than many phones have.
_MAP_TEMPLATE: Final = """
{%- macro html(this, kwargs) -%}<div class="folium-map" id="{{ this.get_name() }}"></div>{%- endmacro -%}
{%- macro script(this, kwargs) -%}
var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
{%- endmacro -%}
"""
_CALL_TEMPLATE: Final = """
{%- macro script(this, kwargs) -%}
locator.{{ this.function }}({{ this._parent.get_name() }}, {{ this.options|tojson }});
{%- endmacro -%}
"""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A base map."""

    urls: tuple[str, ...]
    """Templates with {z}, {x}, {y} and perhaps {s}, one per layer from the bottom up; empty: no base map."""
    attribution: str
    """HTML."""
    datum: Datum
    subdomains: str = "abc"


@dataclass(frozen=True, slots=True)
class Sources:
    """The settings and URLs that a map is built from."""

    tiles: str
    """The setting LOCATOR_TILES."""
    scripts: tuple[str, ...]
    """URLs of Leaflet, its plugins and static/shared/map.js, in loading order."""
    styles: tuple[str, ...]
    districts_url: str
    """Of the outlines as GeoJSON."""
    stations_url: str = ""
    """Of the compact columns of all stations, for the maps that show them."""


@dataclass(frozen=True, slots=True)
class MapParts:
    """The parts of a map, to be inserted into a page."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    html: Markup
    script: Markup
    """The content of one script element at the end of the page, after `scripts`."""


_NO_TILES: Final = Tiles((), "", Datum.WGS84)
_OSM: Final = '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors'
_PRESETS: Final = {
    "none": _NO_TILES,
    "osm": Tiles(("https://tile.openstreetmap.org/{z}/{x}/{y}.png",), _OSM, Datum.WGS84),
    "amap": Tiles(
        ("https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",),
        "&copy; 高德地图 AutoNavi",
        Datum.GCJ02,
        "1234",
    ),
}
# Two layers: the streets (vec) and their names (cva), in CGCS2000, which differs from WGS 84 by under a metre.
_TIANDITU: Final = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILECOL={{x}}&TILEROW={{y}}&TILEMATRIX={{z}}&tk={key}"
)


def finder_map(catalog: Catalog, sources: Sources) -> MapParts:
    """Return the map beside the list of nearby stations; static/finder/finder.js draws the answer on it."""
    return _catalog_map(catalog, sources, "finderMap")


def city_map(catalog: Catalog, sources: Sources) -> MapParts:
    """Return the map of all stations, which it fetches from ``sources.stations_url``."""
    return _catalog_map(catalog, sources, "cityMap")


def station_map(catalog: Catalog, sources: Sources) -> MapParts:
    """Return the map of one station, which the page names in data attributes: all pages share one shell."""
    return _catalog_map(catalog, sources, "stationMap")


def planner_map(catalog: Catalog, sources: Sources) -> MapParts:
    """Return the map of the planner, whose page says where the data of an answer are: all share one shell."""
    return _catalog_map(catalog, sources, "plannerMap")


def pick_map(catalog: Catalog, sources: Sources, district: str | None = None) -> MapParts:
    """Return the map on which a steward taps a position, with the stations around it.

    It first shows the district of that name, or all districts if there is none.
    """
    outlines = [one.outline for one in catalog.districts if one.name == district]
    if not outlines:
        return _catalog_map(catalog, sources, "pickMap")
    west, south, east, north = shapely.total_bounds(outlines).tolist()
    shifted = shifted_rings(catalog, read_tiles(sources.tiles).datum)
    return _draw((west, south, east, north), sources, shifted, "pickMap")


def outlines_map(districts: Sequence[District], sources: Sources) -> MapParts:
    """Return the map of outlines that are not served yet; the page says which stations to draw on it."""
    west, south, east, north = shapely.total_bounds([district.outline for district in districts]).tolist()
    corners = np.array([(west, south), (east, north)])
    shifted = _shifted(corners, read_tiles(sources.tiles).datum)
    return _draw((west, south, east, north), sources, shifted, "outlinesMap")


def import_map(catalog: Catalog, lonlat: FloatArray, sources: Sources) -> MapParts:
    """Return the map of a list to be imported; the page says what to draw on it.

    Parameters
    ----------
    catalog
        The published stations, whose districts are drawn.
    lonlat
        Positions of the rows, (n, 2) degrees, longitude first, WGS 84; if empty, the map shows the districts.
    """
    bounds = _around(lonlat) if len(lonlat) else _bounds(catalog)
    return _draw(bounds, sources, _shifted(lonlat, read_tiles(sources.tiles).datum), "importMap")


def preload() -> None:
    """Import Folium before the first request for a map."""
    import folium  # noqa: F401 - the import is the work


def read_tiles(setting: str) -> Tiles:
    """Read the setting LOCATOR_TILES.

    Parameters
    ----------
    setting
        ``none``, ``osm``, ``amap``, ``tianditu:KEY``, or ``URL|attribution|datum`` for an organization's own map,
        with the datum ``wgs84`` or ``gcj02``.

    Raises
    ------
    ConfigError
        If it is none of these.
    """
    if setting in _PRESETS:
        return _PRESETS[setting]
    if key := re.fullmatch(r"tianditu:(\w+)", setting):
        urls = tuple(_TIANDITU.format(layer=layer, key=key[1]) for layer in ("vec", "cva"))
        return Tiles(urls, "&copy; 天地图", Datum.WGS84, "01234567")
    # A quote, a semicolon or a space would end the host's source in the content security policy.
    if own := re.fullmatch(r"((?:https?:/)?/[^\s\"';|]+)\|([^|]+)\|(wgs84|gcj02)", setting):
        return Tiles((own[1],), html.escape(own[2]), Datum(own[3]))
    raise ConfigError(
        "LOCATOR_TILES must be none, osm, amap, tianditu:KEY or URL|attribution|datum, not {value}.",
        value=repr(setting),
    )


def tile_hosts(setting: str) -> tuple[str, ...]:
    """Return the origins of a base map's images for a content security policy; empty for our own server.

    A label of the host with ``{s}`` in it becomes ``*``.
    """
    origins = (re.match(r"https?://[^/]+", url) for url in read_tiles(setting).urls)
    return tuple({re.sub(r"[\w-]*\{s\}[\w-]*", "*", origin[0]): None for origin in origins if origin})


def _catalog_map(catalog: Catalog, sources: Sources, function: str) -> MapParts:
    """Draw a map of the catalogue's area on which a function of map.js draws the stations."""
    shifted = shifted_rings(catalog, read_tiles(sources.tiles).datum)
    # The cache key holds what is drawn and not the catalogue, which the cache would keep in memory.
    return _draw(_bounds(catalog), sources, shifted, function)


@lru_cache(maxsize=16)
def _draw(bounds: tuple[float, float, float, float], sources: Sources, shifted: Rings, function: str) -> MapParts:
    """Draw a map that first shows some bounds, and call a function of map.js for what is on it."""
    tiles = read_tiles(sources.tiles)
    chart = _chart(bounds, tiles, sources)
    for layer in _tile_layers(tiles):
        layer.add_to(chart)
    options = {"districts_url": sources.districts_url, "shifted": shifted}
    _call("startMap", options).add_to(chart)
    _call(function, {"stations_url": sources.stations_url}).add_to(chart)
    figure = cast("Figure", chart.get_root())
    figure.render()
    return MapParts(
        scripts=sources.scripts,
        styles=sources.styles,
        html=Markup(figure.html.render()),  # noqa: S704 - only our own templates and JSON without markup
        script=Markup(figure.script.render()),  # noqa: S704
    )


def _chart(bounds: tuple[float, float, float, float], tiles: Tiles, sources: Sources) -> folium.Map:
    """Make a Folium map with local files only, with pinch zoom, and always with the same id."""
    import folium
    from folium.template import Template

    west, south, east, north = bounds
    chart = folium.Map(location=[(south + north) / 2, (west + east) / 2], tiles=None, zoom_control=False)
    # On the instance: add_js_link would change the lists of every other map.
    chart.default_js = [(url, url) for url in sources.scripts]
    chart.default_css = [(url, url) for url in sources.styles]
    # The marker cluster needs a maximum zoom, which otherwise comes from the tiles.
    chart.options["max_zoom"] = _MAX_ZOOM
    if not tiles.urls:
        # Without images there is no blur between whole zoom levels.
        chart.options["zoom_snap"] = 0.25
    chart._template = Template(_MAP_TEMPLATE)
    chart._id = "main"
    chart.fit_bounds([[south, west], [north, east]])
    return chart


def _call(function: str, options: Mapping[str, object]) -> MacroElement:
    """Make an element whose script calls a function of map.js with the map and options as JSON."""
    from branca.element import MacroElement
    from jinja2 import Template

    element = MacroElement()  # type: ignore[no-untyped-call]
    element._template = Template(_CALL_TEMPLATE)
    element.function, element.options = function, options  # type: ignore[attr-defined]
    return element


def _tile_layers(tiles: Tiles) -> list[folium.TileLayer]:
    from folium import TileLayer

    layers = [
        TileLayer(
            url,
            attr=tiles.attribution,
            max_zoom=_MAX_ZOOM,
            subdomains=tiles.subdomains,
            # OpenStreetMap requires a referrer; the origin alone does not disclose which page was read.
            referrer_policy="origin",
        )
        for url in tiles.urls
    ]
    for index, layer in enumerate(layers):  # Folium's ids are random; these keep the page cacheable
        layer._id = str(index)
    return layers


def _bounds(catalog: Catalog) -> tuple[float, float, float, float]:
    """Return the bounds of the districts, or of the stations if there are none."""
    if catalog.districts:
        west, south, east, north = shapely.total_bounds(
            [district.outline for district in catalog.districts]
        ).tolist()
    elif len(catalog):
        west, south, east, north = _around(catalog.lonlat)
    else:
        west, south, east, north = BEIJING
    return west, south, east, north


def _around(lonlat: FloatArray) -> tuple[float, float, float, float]:
    (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    return west, south, east, north


def shifted_rings(catalog: Catalog, of: Datum) -> Rings:
    """Return where positions must be shifted to match tiles of a datum: mainland China around the stations.

    The rings are in WGS 84 and follow the even-odd rule; there are none for tiles in WGS 84.
    """
    if of is Datum.WGS84:
        return ()
    if catalog not in _MAINLAND:
        _MAINLAND[catalog] = _shifted(catalog.lonlat, of)
    return _MAINLAND[catalog]


def _shifted(lonlat: FloatArray, of: Datum) -> Rings:
    if of is Datum.WGS84 or not len(lonlat):
        return ()
    cells = np.unique(np.floor(lonlat / _CELL_DEG), axis=0) * _CELL_DEG
    low, high = cells - _MARGIN_DEG, cells + _CELL_DEG + _MARGIN_DEG
    around = shapely.union_all(shapely.box(*low.T, *high.T))
    polygons = shapely.get_parts(shapely.intersection(around, datum.mainland_outline()))
    rings = shapely.get_rings(polygons[shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON])
    return tuple(tuple(map(tuple, shapely.get_coordinates(ring).round(4).tolist())) for ring in rings)
