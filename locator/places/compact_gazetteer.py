"""The places of an index as columns, for search on the device."""

from __future__ import annotations

from typing import Any

from locator.language.characters import traditional_of
from locator.places.gazetteer import KINDS
from locator.places.name_search import NameSearch


def gazetteer_columns(names: NameSearch) -> dict[str, Any]:
    """Return the places in the order of the index; positions are millionths of a degree.

    ``traditional`` and ``simplified`` are as in the document of the stations' names.
    """
    places, kinds = names.places, list(KINDS)
    districts = sorted({place.district for place in places if place.district})
    texts = [text for place in places for text in (place.name, *place.aliases, place.district or "")]
    traditional, simple = traditional_of(texts)
    return {
        "kinds": kinds,
        "districts": districts,
        "columns": {
            "name": [place.name for place in places],
            "aliases": [";".join(place.aliases) for place in places],
            "pinyin": [place.pinyin for place in places],
            "kind": [kinds.index(place.kind) for place in places],
            "lat": [round(place.lat * 1e6) for place in places],
            "lon": [round(place.lon * 1e6) for place in places],
            "accuracy_m": [place.accuracy_m for place in places],
            "district": [districts.index(place.district) if place.district else None for place in places],
        },
        "traditional": traditional,
        "simplified": simple,
    }
