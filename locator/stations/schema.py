"""The schema of stations and districts, with the labels of all coded values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from shapely.geometry.base import BaseGeometry

from locator.language.messages import Message, message

KINDS: Final[dict[str, Message]] = {
    "warm_station": message("Warm station"),
    "worker_home": message("Worker home"),
    "community_station": message("Community station"),
}

SUB_KINDS: Final[dict[str, Message]] = {
    "public_area": message("Public-area home"),
    "model": message("Model home"),
    "trade": message("Trade home"),
    "service_centre": message("Workers' service centre"),
    "sub_district_station": message("Sub-district station"),
    "outdoor_point": message("Outdoor workers' service point"),
    "reading_space": message("Reading space"),
    "nursing_room": message("Nursing room", context="sub-kind"),
}

TIERS: Final[dict[str, Message]] = {
    "city": message("City"),
    "district": message("District", context="tier"),
    "sub_district": message("Sub-district", context="tier"),
    "village": message("Village or community"),
    "edge_village": message("Edge village"),
}

VENUES: Final[dict[str, Message]] = {
    "union": message("Union"),
    "sub_district_office": message("Sub-district office"),
    "community_centre": message("Community centre"),
    "convenience_store": message("Convenience store"),
    "petrol_station": message("Petrol station"),
    "bank": message("Bank branch"),
    "estate_agent": message("Estate agent"),
    "restaurant": message("Restaurant"),
    "pharmacy": message("Pharmacy"),
    "telecom_shop": message("Telecom shop"),
    "post_office": message("Post office"),
    "sanitation_depot": message("Sanitation depot"),
    "park": message("Park"),
    "business_park": message("Business park"),
    "shopping_centre": message("Shopping centre"),
    "airport": message("Airport"),
    "library": message("Library or bookshop"),
    "kiosk": message("Street kiosk"),
    "other": message("Other"),
}

# The order is that of the bits in every amenity mask: append only.
AMENITIES: Final[dict[str, Message]] = {
    "seats": message("Seats", context="amenity"),
    "drinking_water": message("Drinking water"),
    "kettle": message("Kettle"),
    "microwave": message("Microwave"),
    "fridge": message("Fridge"),
    "heating": message("Heating"),
    "air_conditioning": message("Air conditioning"),
    "toilet": message("Toilet"),
    "wifi": message("Wi-Fi"),
    "phone_charging": message("Phone charging"),
    "tyre_pump": message("Tyre pump"),
    "umbrellas": message("Umbrellas"),
    "first_aid_kit": message("First-aid kit"),
    "cold_relief": message("Cold-relief medicine"),
    "heat_relief": message("Heat-relief medicine"),
    "lockers": message("Lockers"),
    "books": message("Books and papers"),
    "needle_and_thread": message("Needle and thread"),
    "nursing_room": message("Nursing room"),
    "shower": message("Shower"),
    "washing_machine": message("Washing machine"),
    "ebike_parking": message("E-bike parking"),
    "battery_swap": message("Battery swap"),
    "tables": message("Tables"),
}

ENTRIES: Final[dict[str, Message]] = {
    "walk_in": message("Walk in"),
    "register": message("Register at the door"),
    "card": message("Card needed"),
    "code": message("Scan a code"),
    "unknown": message("Entry rule unknown"),
}

OPEN, CLOSED_FOR_NOW, PLANNED, CLOSED = "open", "closed_for_now", "planned", "closed"
STATUSES: Final[dict[str, Message]] = {
    OPEN: message("In service"),
    CLOSED_FOR_NOW: message("Closed for now"),
    PLANNED: message("Planned, not open yet"),
    CLOSED: message("Closed for good"),
}

# Reasons to check a station. All come from an import but `locked`, which comes from reports. Append only.
DOUBTS: Final[dict[str, Message]] = {
    "piled": message("Several stations on one coordinate"),
    "other_district": message("Not in the district it names"),
    "duplicate": message("May be the same as another"),
    "hours_unreadable": message("Hours could not be read"),
    "moved": message("Moved far since last time"),
    "kind_changed": message("Kind changed"),
    "datum": message("The file names another datum than was used"),
    "locked": message("People found it locked"),
    "status_unclear": message("State not clear"),
    "hours_conflict": message("Hours said in two ways"),
    "edited": message("A list contradicts what was edited by hand"),
    "not_shown": message("Hidden or struck out in the list"),
}
EDITED: Final = "edited"

YES, NO, UNKNOWN = "yes", "no", "unknown"

BY_HAND: Final = "手工录入"
"""The source of stations that a steward entered by hand: no list has this name, so no list retires them."""

# The union's advice line, the same for all stations.
HOTLINE: Final = "12351"


@dataclass(frozen=True, slots=True)
class Station:
    """A station; the fields are also the properties of a GeoJSON feature.

    Unknown values are ``None``; unknown amenities are left out of `amenities`.
    """

    station_id: str
    name: str
    kind: str
    lat: float
    """Latitude, degrees north, WGS 84."""
    lon: float
    """Longitude, degrees east, WGS 84."""
    position_accuracy_m: float | None = None
    """Possible error of the position."""
    name_en: str | None = None
    pinyin: str | None = None
    """The name in pinyin without tones, with spaces between syllables."""
    sub_kind: str | None = None
    tier: str | None = None
    parent: str | None = None
    """The ``station_id`` or the name of the parent organization."""
    venue: str | None = None
    operator: str | None = None
    address: str | None = None
    district: str | None = None
    sub_district: str | None = None
    amenities: dict[str, str] = field(default_factory=dict)
    """Amenity word to ``yes`` or ``no``."""
    hours: str | None = None
    """OSM opening_hours syntax."""
    hours_text: str | None = None
    """The hours as written in the source."""
    status: str = OPEN
    """A key of `STATUSES`; a station with any other than ``open`` is never open, whatever its hours."""
    status_until: date | None = None
    """The day on which it is expected to open (again); the status does not change by itself on that day."""
    status_note: str | None = None
    """Why, in the operator's words."""
    entry: str = UNKNOWN
    area_m2: float | None = None
    seats: int | None = None
    phone: str | None = None
    photo_url: str | None = None
    checked_on: date | None = None
    """The day on which the facts were last confirmed."""
    source: str | None = None
    licence: str | None = None
    synthetic: bool = False
    doubts: tuple[str, ...] = ()
    """Keys of `DOUBTS`, in their order."""


WORDS_OF_COLUMN: Final[dict[str, dict[str, Message]]] = {
    "kind": KINDS,
    "sub_kind": SUB_KINDS,
    "tier": TIERS,
    "venue": VENUES,
    "entry": ENTRIES,
    "status": STATUSES,
}


@dataclass(frozen=True, slots=True)
class District:
    """A district with its outline."""

    district_id: str
    name: str
    name_en: str
    population: int
    """Residents in 2020 (census); 0 if unknown."""
    outline: BaseGeometry
    """A valid polygon or multipolygon, WGS 84, degrees, longitude first."""
    is_counted: bool = True
    """Whether the population is known."""

    @property
    def centre(self) -> tuple[float, float]:
        """A point (lat, lon) inside the outline."""
        point = self.outline.representative_point()
        return point.y, point.x
