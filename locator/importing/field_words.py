"""The names of the fields that a column of a list can hold, for people."""

from __future__ import annotations

import re
from typing import Final

from locator.language.messages import Message, message
from locator.stations.difference_words import FIELD_WORDS
from locator.stations.schema import AMENITIES


def _of_station(columns: str) -> dict[str, Message]:
    return {column: FIELD_WORDS[column] for column in columns.split()}


FIELDS: Final = {
    **_of_station("station_id name name_en"),
    "lat": message("Latitude"),
    "lon": message("Longitude"),
    "x": message("X (east)"),
    "y": message("Y (north)"),
    "position": message("Latitude and longitude in one cell"),
    **_of_station("address district sub_district kind sub_kind tier venue operator phone hours_text"),
    "hours": message("Hours (OSM)"),
    **_of_station("status status_until status_note"),
    "opens": message("Opens at"),
    "closes": message("Closes at"),
    "open_days": message("Open on"),
    "amenities": message("Amenities"),
    **_of_station("seats area_m2 entry checked_on photo_url parent position_accuracy_m"),
    **{
        f"{axis}:{part}": message("{axis}, {part} alone", axis=name, part=unit)
        for axis, name in (("lat", message("Latitude")), ("lon", message("Longitude")))
        for part, unit in (
            ("degrees", message("degrees")),
            ("minutes", message("minutes")),
            ("seconds", message("seconds")),
        )
    },
    "hours:morning": message("Hours in the morning"),
    "hours:afternoon": message("Hours in the afternoon"),
    "hours:summer": message("Hours in summer"),
    "hours:winter": message("Hours in winter"),
    "hours:workdays": message("Hours on workdays"),
    "hours:weekend": message("Hours at the weekend"),
    "hours:holidays": message("Hours on public holidays"),
    "remarks": message("Remarks"),
}
COLUMNS: Final = _of_station("pinyin source licence synthetic doubts")
"""Fields of a station that a column of a list cannot be assigned to."""


def heading_text(heading: str) -> str:
    """Return a heading for people: a column without one is numbered in their language."""
    numbered = re.fullmatch(r"column (\d{1,6})", heading)
    return message("column {n}", n=numbered[1]) if numbered else heading


def field_label(field: str) -> str:
    """Return the name of a field, of an amenity its own; the field itself where it has none."""
    if field.startswith("amenity:"):
        return AMENITIES[field.removeprefix("amenity:")]
    return FIELDS.get(field) or COLUMNS.get(field) or field
