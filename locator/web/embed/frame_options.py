"""Options in the address of the frame: each is checked by itself, and a bad one is left out and reported."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, TypeVar
from unicodedata import normalize

from locator.config import Settings
from locator.errors import LocatorError, UsageError
from locator.stations import position_fields, request_fields
from locator.stations.catalog import Catalog
from locator.stations.request_fields import Values
from locator.stations.schema import AMENITIES, KINDS

NAMES: Final = (
    "center",
    "zoom",
    "district",
    "radius",
    "kind",
    "amenity",
    "open",
    "station",
    "lang",
    "theme",
    "layout",
    "locate",
    "datum",
)
THEMES: Final = ("auto", "light", "dark")
LAYOUTS: Final = ("both", "map", "list")
ZOOMS: Final = (3, 18)

Value = TypeVar("Value")


class RefusedOption(NamedTuple):
    """An option that was left out."""

    name: str
    value: str
    error: LocatorError
    """Says the rule."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a frame shows, and how."""

    center: tuple[float, float] | None
    """Latitude and longitude in WGS 84 of the place that the list is about."""
    zoom: int | None
    district: str
    """Chinese name of the district that the list is about where there is no center; empty: neither."""
    radius_m: float
    kinds: frozenset[str]
    amenities: frozenset[str]
    is_open: bool
    """Only stations known to be open now."""
    station_id: str
    """The station that is chosen from the start; empty: none."""
    theme: str
    layout: str
    can_locate: bool
    """Whether the frame offers to look where the reader is."""
    troubles: tuple[RefusedOption, ...]


def read_options(values: Values, settings: Settings, catalog: Catalog) -> Options:
    """Read the options `NAMES`; an empty one counts as not given, a bad one becomes a `RefusedOption`."""
    given = {name: value for name, value in values.items() if value != ""}
    troubles: list[RefusedOption] = []

    def read(name: str, reader: Callable[[], Value], default: Value) -> Value:
        try:
            return reader() if name in given else default
        except LocatorError as error:
            troubles.append(RefusedOption(name, str(given[name])[:40], error))
            return default

    for name in given:
        read(name, partial(request_fields.refuse_unknown, {name: ""}, NAMES), None)
    read("lang", lambda: request_fields.read_language(given, ""), "")
    read("datum", lambda: request_fields.read_datum(given), None)
    center = read("center", lambda: _center(given), None)
    return Options(
        center=center,
        zoom=read("zoom", lambda: request_fields.read_whole(given, "zoom", *ZOOMS), None),
        district=read("district", lambda: _district(given, catalog, is_second=center is not None), ""),
        radius_m=read("radius", lambda: request_fields.read_radius_m(given, settings), settings.radius_m),
        kinds=read("kind", lambda: request_fields.read_words(given, "kind", KINDS), frozenset()),
        amenities=read("amenity", lambda: request_fields.read_words(given, "amenity", AMENITIES), frozenset()),
        is_open=read("open", lambda: request_fields.read_flag(given, "open"), False),
        station_id=read("station", lambda: _station_id(given, catalog), ""),
        theme=read("theme", lambda: _word(given, "theme", THEMES), THEMES[0]),
        layout=read("layout", lambda: _word(given, "layout", LAYOUTS), LAYOUTS[0]),
        can_locate=read("locate", lambda: request_fields.read_flag(given, "locate"), True),
        troubles=tuple(troubles),
    )


def _center(values: Values) -> tuple[float, float]:
    text = normalize("NFKC", str(values["center"]))
    lat, comma, lon = text.partition(",")
    if not (comma and lon) or "," in lon:
        lat, lon = text, ""  # two numbers with another separator
    if not lon and position_fields.typed_position(text) is None:
        raise UsageError(
            "The center must be lat,lon in degrees, such as 39.9155,116.4075, not {value}.",
            value=repr(values["center"])[:40],
        )
    return position_fields.read_position({"lat": lat.strip(), "lon": lon.strip(), "datum": values.get("datum")})


def _district(values: Values, catalog: Catalog, *, is_second: bool) -> str:
    name = str(values["district"]).strip()
    district = catalog.district_name(name)
    if district is None:
        raise UsageError(
            "The district {value} is not known. Use one of: {known}.",
            value=repr(name[:40]),
            known=", ".join(area.name for area in catalog.districts),
        )
    if is_second:
        raise UsageError("The list is about the center. Give either center or district.")
    return district


def _station_id(values: Values, catalog: Catalog) -> str:
    station_id = str(values["station"])
    catalog.find(station_id)
    return station_id


def _word(values: Values, name: str, known: Collection[str]) -> str:
    (*_, word) = request_fields.read_words({name: [values[name]]}, name, known)
    return word
