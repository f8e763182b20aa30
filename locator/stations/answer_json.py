"""Encoding of answers about stations as JSON, from facts that are encoded once per station."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

import numpy as np
import orjson

from locator.config import MAX_DISTANCE_M
from locator.geo.datum import Datum
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.stations.catalog import Catalog, Hit, NearestAnswer
from locator.stations.schema import District
from locator.stations.walking import DETOUR, SPEED_KM_H

WALK_MIN_IS: Final = f"an estimate: the straight line times {DETOUR:g} at {SPEED_KM_H:g} km/h"


class AnswerJson:
    """Encodes answers about the stations of one catalogue.

    A station has some thirty facts, which take longer to encode than to look up: they are cached as an object
    without its closing brace, to which an answer appends the distance and the open state. Stations' ids are ASCII
    and need no escaping.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._unclosed: list[bytes | None] = [None] * len(catalog.lonlat)
        self._features: list[bytes | None] = [None] * len(catalog)

    def station(self, number: int, at: datetime, lang: str) -> bytes:
        """Encode a station's facts and its open state at an instant, with texts in a language."""
        return b'%b,"open":%b}' % (self._facts(number), self._open(number, at, lang))

    def nearest(self, answer: NearestAnswer, lang: str) -> bytes:
        """Encode a nearest answer."""
        stations = b",".join(self._hit(hit, answer.as_of, lang) for hit in answer.hits)
        beyond = self._hit(answer.beyond, answer.as_of, lang) if answer.beyond else b"null"
        return b'%b,"stations":[%b],"beyond":%b}' % (self._head(answer), stations, beyond)

    def nearest_geojson(self, answer: NearestAnswer, lang: str) -> bytes:
        """Encode a nearest answer as a GeoJSON FeatureCollection with foreign members."""
        hits = [(hit, b"true") for hit in answer.hits]
        hits += [(answer.beyond, b"false")] if answer.beyond else []
        features = b",".join(
            self._feature(hit.number, b'%b,"within":%b}' % (self._hit(hit, answer.as_of, lang)[:-1], is_within))
            for hit, is_within in hits
        )
        return b'%b,"type":"FeatureCollection","features":[%b]}' % (self._head(answer), features)

    def batch(self, lonlat: FloatArray, radius_m: float, limit: int) -> bytes:
        """Find and encode the stations in service near each of many positions: ids and distances.

        For a position without a station within the radius it is the nearest one beyond, or ``null`` beyond 20 km.

        Parameters
        ----------
        lonlat
            Positions (n, 2) in degrees, longitude first, WGS 84.
        radius_m, limit
            The radius and the most stations per position.
        """
        distances, numbers = self._catalog.index.nearest_batch(lonlat, k=limit, max_distance_m=radius_m)
        counts = np.isfinite(distances).sum(axis=1)
        hits = iter(self._short_hits(distances, numbers))
        beyond = iter(self._short_beyond(lonlat[counts == 0]))
        answers = [
            b'{"stations":[%b]}' % b",".join(islice(hits, count))
            if count
            else b'{"stations":[],"beyond":%b}' % next(beyond)
            for count in counts.tolist()
        ]
        head = {"radius_m": radius_m, "data_version": self._catalog.version, "datum": Datum.WGS84}
        return b'%b,"answers":[%b]}' % (orjson.dumps(head)[:-1], b",".join(answers))

    def collection(self, numbers: Iterable[int]) -> bytes:
        """Encode stations as a GeoJSON FeatureCollection, in this order."""
        features = b",\n".join(map(self._plain_feature, numbers))
        catalog = self._catalog
        head = {"type": "FeatureCollection", "data_version": catalog.version, "synthetic": catalog.synthetic}
        return b'%b,"features":[%b]}' % (orjson.dumps(head)[:-1], features)

    def _facts(self, number: int) -> bytes:
        """Return a station's facts as a JSON object without its closing brace, from the cache."""
        facts = self._unclosed[number]
        if facts is None:
            facts = self._unclosed[number] = orjson.dumps(self._catalog.facts(number))[:-1]
        return facts

    def _open(self, number: int, at: datetime, lang: str) -> bytes:
        return orjson.dumps(self._catalog.open_facts(number, at, lang))

    def _hit(self, hit: Hit, as_of: datetime, lang: str) -> bytes:
        return b'%b,"distance_m":%.1f,"bearing_deg":%.1f,"walk_min":%d,"open":%b}' % (
            self._facts(hit.number),
            hit.distance_m,
            round(hit.bearing_deg, 1) % 360,
            hit.walk_min,
            self._open(hit.number, as_of, lang),
        )

    def _plain_feature(self, number: int) -> bytes:
        """Return a station as a GeoJSON feature. The cache saves a quarter of the time of a request for a box."""
        feature = self._features[number]
        if feature is None:
            feature = self._features[number] = self._feature(number, self._facts(number) + b"}")
        return feature

    def _feature(self, number: int, properties: bytes) -> bytes:
        lon, lat = self._catalog.lonlat[number].tolist()
        station_id = self._catalog.fact(number, "station_id").encode()
        return (
            b'{"type":"Feature","id":"%b","geometry":{"type":"Point","coordinates":[%.7f,%.7f]},"properties":%b}'
            % (station_id, lon, lat, properties)
        )

    def _head(self, answer: NearestAnswer) -> bytes:
        """Encode the members about the whole answer as a JSON object without its closing brace."""
        query = answer.query
        head = {
            "origin": {"lat": round(query.lat, 7), "lon": round(query.lon, 7)},
            "radius_m": query.radius_m,
            "as_of": answer.as_of.replace(microsecond=0),
            "data_version": self._catalog.version,
            "datum": Datum.WGS84,
            "walk_min_is": WALK_MIN_IS,
        }
        return orjson.dumps(head)[:-1]

    def _short_hits(self, distances: FloatArray, numbers: IntArray) -> list[bytes]:
        """Encode the hits of all rows in one list."""
        inside = np.isfinite(distances)
        ids = self._catalog.column("station_id")
        return [
            b'{"station_id":"%b","distance_m":%.1f}' % (ids[number].encode(), distance_m)
            for number, distance_m in zip(numbers[inside].tolist(), distances[inside].tolist(), strict=True)
        ]

    def _short_beyond(self, lonlat: FloatArray) -> list[bytes]:
        """Encode the nearest station to each position, however far up to 20 km."""
        distances, numbers = self._catalog.index.nearest_batch(lonlat, k=1, max_distance_m=MAX_DISTANCE_M)
        hits = iter(self._short_hits(distances, numbers))
        return [next(hits) if has_hit else b"null" for has_hit in np.isfinite(distances[:, 0]).tolist()]


def districts_collection(districts: Sequence[District]) -> dict[str, Any]:
    """Return the outlines of districts as a GeoJSON FeatureCollection."""
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
