"""The names of the fields that a column of a list can hold, for people."""

from __future__ import annotations

import re
from typing import Final

from locator.language.messages import message
from locator.stations.schema import AMENITIES

FIELDS: Final = {
    "station_id": message("Station id"),
    "name": message("Name"),
    "name_en": message("English name"),
    "lat": message("Latitude"),
    "lon": message("Longitude"),
    "x": message("X (east)"),
    "y": message("Y (north)"),
    "position": message("Latitude and longitude in one cell"),
    "address": message("Address"),
    "district": message("District"),
    "sub_district": message("Sub-district"),
    "kind": message("Kind"),
    "sub_kind": message("Sub-kind"),
    "tier": message("Tier"),
    "venue": message("Venue"),
    "operator": message("Run by"),
    "phone": message("Phone"),
    "hours_text": message("Hours in words"),
    "hours": message("Hours (OSM)"),
    "status": message("Operating status"),
    "status_until": message("Expected to open on"),
    "status_note": message("Why it is not open"),
    "opens": message("Opens at"),
    "closes": message("Closes at"),
    "open_days": message("Open on"),
    "amenities": message("Amenities"),
    "seats": message("Seats"),
    "area_m2": message("Floor area"),
    "entry": message("Entry"),
    "checked_on": message("Last checked"),
    "photo_url": message("Photo"),
    "parent": message("Belongs to"),
    "position_accuracy_m": message("How exact"),
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
COLUMNS: Final = {
    "pinyin": message("Pinyin"),
    "source": message("Source"),
    "licence": message("Licence"),
    "synthetic": message("Sample data"),
    "doubts": message("Doubts"),
}
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
