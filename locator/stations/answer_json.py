"""Answers as values that JSON can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locator.stations.schema import District


def districts_collection(districts: Sequence[District]) -> dict[str, Any]:
    """Lay out districts as GeoJSON."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": district.district_id,
                "geometry": district.outline.__geo_interface__,
                "properties": {
                    "name": district.name,
                    "name_en": district.name_en,
                    "population_2020": district.population,
                    "centre": district.centre,
                },
            }
            for district in districts
        ],
    }
