"""Places by name, for the pages and the API: one index for all that one version of the data serves."""

from __future__ import annotations

from typing import Final

from locator.language.messages import message
from locator.places.gazetteer import KINDS, METRO_STATION, Place, shipped_places
from locator.places.name_search import Found, NameSearch
from locator.places.place_finding import find_places, served_places
from locator.web.shared.context import current, current_catalog
from locator.web.shared.page_language import localized

PLACE_KINDS: Final = {
    **KINDS,
    "station": message("station"),
    "district": message("district"),
    "position": message("latitude and longitude"),
}
METRO_NAME: Final = message("{name} metro station")


def find_named(text: str, limit: int, district: str = "") -> list[Found]:
    """Find places, areas and stations by what a person typed, as `find_places`."""
    return find_places(current_catalog(), place_names(), text, limit, district)


def place_names() -> NameSearch:
    """Return the index of the shipped places in the districts of the service."""
    names: NameSearch = current().parts.get("place names", _index)
    return names


def spoken_name(place: Place) -> str:
    """Return the name of a place as one says from where one counts: 国贸站, and not 国贸."""
    if place.kind == METRO_STATION and not place.name.endswith("站"):
        return localized(METRO_NAME).format(name=place.name)
    return place.name


def _index() -> NameSearch:
    districts = current_catalog().districts
    return NameSearch(served_places(shipped_places(), districts), [district.name for district in districts])
