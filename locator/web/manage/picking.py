"""Choosing a position on the stewards' pages: typed or pasted in any usual form with its datum, or on a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from flask import Response, jsonify, request

from locator import maps
from locator.errors import UsageError
from locator.geo.datum import Datum, convert_point, parse_datum
from locator.geo.geodesy import check_position, inverse
from locator.importing.understanding.datum_words import without_datum
from locator.language.catalogue import local_name
from locator.language.messages import joined, message, texts_in
from locator.places.landmarks import shipped_landmarks
from locator.stations.position_fields import typed_position
from locator.web.manage.access import blueprint
from locator.web.shared.context import current_catalog
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import distance_text, script_words

POSITION, DATUM = "position", "datum"
"""Names of the fields in forms."""
NEAR_M: Final = 1000
NEAR_SHOWN: Final = 5
TAKEN_FROM: Final = {
    Datum.WGS84.value: message("GPS (WGS 84)"),
    Datum.GCJ02.value: message("Amap, Tencent (GCJ-02)"),
    Datum.BD09.value: message("Baidu (BD-09)"),
}
PICK_WORDS: Final = {
    "looking": message("Looking where that is …"),
    "not_looked": message(
        "The service cannot be reached, so the map does not show it. You can go on without the map."
    ),
}


@dataclass(frozen=True, slots=True)
class Picker:
    """What a page needs to show the field and the map of templates/manage/_pick_position.html."""

    map: maps.MapParts
    words: Mapping[str, Any]
    landmarks: list[dict[str, Any]]
    datums: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spot:
    """A position and what is known around it."""

    lat: float
    """Degrees, WGS 84."""
    lon: float
    district: str | None
    """Chinese name of the district in whose outline it lies."""
    near: tuple[tuple[str, float], ...]
    """Names of stations and landmarks within `NEAR_M` with metres, nearest first, at most `NEAR_SHOWN`."""


def picker(district: str | None = None) -> Picker:
    """Return what the page shows where a position is chosen; the map begins with a district, if one is known."""
    sources = map_sources("manage/ask.js", "manage/pick.js", stations=True)
    landmarks = [{"name": mark.name, "lat": mark.lat, "lon": mark.lon} for mark in shipped_landmarks()]
    drawn, datums = maps.pick_map(current_catalog(), sources, district), texts_in(TAKEN_FROM, current_language())
    return Picker(drawn, script_words(PICK_WORDS), landmarks, datums)


def read_picked(fields: Mapping[str, str]) -> tuple[float, float]:
    """Return (lat, lon) in WGS 84 from the fields ``position`` and ``datum`` of a form.

    The position is one text as `locator.geo.angles.read_pair` takes it, in either order where that is clear, and
    perhaps with the name of its datum.

    Raises
    ------
    UsageError
        If there is no position, no datum, or the position is impossible.
    """
    text = " ".join(fields.get(POSITION, "").split())
    if not text:
        raise UsageError("There is no position. Tap the map, or paste a latitude and a longitude.")
    text, named = without_datum(text)
    pair = typed_position(text)
    if pair is None:
        raise UsageError(
            "{value} is not a position. Paste a latitude and a longitude in degrees, such as 39.9155, 116.4050"
            " or 39°54'56\"N 116°24'18\"E.",
            value=f"“{text[:60]}”",
        )
    check_position(*pair)
    if pair == (0, 0):
        raise UsageError(
            "0, 0 is in the sea off Africa: that is what maps write where they know no position. Tap the map, or"
            " paste the right one."
        )
    return convert_point(*pair, _datum(named, fields.get(DATUM)), Datum.WGS84)


def _datum(named: Datum | None, chosen: str | None) -> Datum:
    """Return the datum that the text names or the form says; raise `UsageError` if none does, or they differ."""
    if not chosen and named is None:
        raise UsageError("Say which map or device the position was taken from: the maps differ by 500 m.")
    if not chosen or named is None:
        return named or parse_datum(chosen or "")
    if named is not parse_datum(chosen):
        raise UsageError(
            "The text says {named}, and the form says {chosen}. Change the one that is wrong: they differ by"
            " 500 m.",
            named=TAKEN_FROM[named],
            chosen=TAKEN_FROM[parse_datum(chosen)],
        )
    return named


def look_around(lat: float, lon: float) -> Spot:
    """Return what is known around a position in WGS 84."""
    catalog = current_catalog()
    (district,) = catalog.districts_around(np.array([[lon, lat]]))
    names = catalog.column("name")
    stations = catalog.index.nearest(lat, lon, k=NEAR_SHOWN, max_distance_m=NEAR_M)
    near = [(str(names[number]), distance_m) for distance_m, number in stations]
    if marks := shipped_landmarks():
        away_m = inverse(lat, lon, np.array([[mark.lon, mark.lat] for mark in marks]))[0].tolist()
        near += [(mark.name, metres) for mark, metres in zip(marks, away_m, strict=True) if metres <= NEAR_M]
    near.sort(key=lambda place: place[1])
    return Spot(lat, lon, district, tuple(near[:NEAR_SHOWN]))


def describe(spot: Spot) -> str:
    """Say in the reader's language where a position is and what is near it."""
    position = f"{spot.lat:.6f}, {spot.lon:.6f}"
    where = (
        message("{position} (WGS 84), in {district}.", position=position, district=_district_name(spot.district))
        if spot.district
        else message("{position} (WGS 84), outside every district.", position=position)
    )
    places = [
        message("{name} ({distance})", name=name, distance=distance_text(metres)) for name, metres in spot.near
    ]
    if not places:
        return localized(where)
    near = message("Near it: {places}", places=joined(places, message(", ")))
    return localized(joined((where, near)))


def _district_name(name: str) -> str:
    named = {district.name: district.name_en for district in current_catalog().districts}
    return local_name(name, named.get(name), current_language())


@blueprint.post("/position")
def look_up() -> Response:
    """Read a position for the script of the map: where it is in WGS 84, and what is around, or what is wrong."""
    try:
        spot = look_around(*read_picked(request.form))
    except UsageError as error:
        return jsonify(trouble=localized(error.message))
    return jsonify(lat=spot.lat, lon=spot.lon, said=describe(spot))
