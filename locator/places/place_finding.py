"""What a person typed as a place, answered from the gazetteer and from the data of the stations together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import shapely

from locator.places.gazetteer import Place, id_of
from locator.places.name_search import Found, Match, NameSearch
from locator.stations.catalog import Catalog, NamedSpot
from locator.stations.schema import District

MARGIN_DEG: Final = 0.02
"""A place so far outside the box around its district (2 km) belongs to a district of that name in another city."""


def served_places(places: Sequence[Place], districts: Sequence[District]) -> list[Place]:
    """Leave out the places of other cities than the one whose districts are served.

    Parameters
    ----------
    places
        Each with the name of its district.
    districts
        Those of the service.
    """
    boxes = {district.name: shapely.bounds(district.outline) for district in districts}
    served = []
    for place in places:
        if place.district in boxes:
            west, south, east, north = boxes[place.district]
            is_east = west - MARGIN_DEG <= place.lon <= east + MARGIN_DEG
            if is_east and south - MARGIN_DEG <= place.lat <= north + MARGIN_DEG:
                served.append(place)
    return served


def find_places(catalog: Catalog, names: NameSearch, text: str, limit: int, district: str = "") -> list[Found]:
    """Find places, areas and stations by what a person typed.

    Parameters
    ----------
    catalog
        The stations, the districts and the sub-districts that stations name.
    names
        The other places.
    text, limit, district
        As `NameSearch.find` takes them.

    Returns
    -------
    list
        First what is named so, then what may be meant. Where there is neither, the places whose name the text
        begins with.
    """
    shipped = names.find(text, limit, district)
    known = {place.place_id for place in names.places}
    spots = [place_of(spot) for spot in catalog.search(text, limit, district)]
    others = [one for one in spots if one.place.place_id not in known]
    exact = [one for group in (shipped, others) for one in group if one.match is Match.EXACT]
    similar, stations = ([one for one in group if one.match is Match.LIKE] for group in (shipped, others))
    room = max(limit - len(exact), 0)
    kept = similar[: max(room - len(stations), (room + 1) // 2)]
    found = [*exact, *kept, *stations][:limit]
    return found or names.find_beginning(text, limit, district)


def place_of(spot: NamedSpot) -> Found:
    """Return what the data of the stations know as a place."""
    place = Place(
        place_id=spot.station_id or id_of(spot.what, spot.district, spot.name),
        name=spot.name,
        aliases=(),
        kind=spot.what,
        lat=spot.lat,
        lon=spot.lon,
        accuracy_m=spot.accuracy_m,
        district=spot.within,
    )
    return Found(place, Match.EXACT if spot.is_exact else Match.LIKE)
