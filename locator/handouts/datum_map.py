"""A few rows of a list as they would lie under each datum, beside what is known around them.

The maps are for a person who has to say where positions were taken from. Under a wrong datum every point is some
500 m off, so each map shows only a few kilometres.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from scipy.spatial import cKDTree

from locator.geo.datum import Datum, convert, in_mainland
from locator.geo.geodesy import GEOD, FloatArray
from locator.importing.understanding.datums import Surroundings
from locator.importing.understanding.district_areas import plain

HALF_WIDTH_M: Final = 2000.0
HALF_HEIGHT_M: Final = 1500.0
"""The maps show so much on each side of their middle."""
SHOWN: Final = 4
"""The most rows on a map."""
REACH_M: Final = 1200.0
"""How far the rows on a map are from the first."""
APART_M: Final = 250.0
"""How far they are from each other, so that their signs do not cover each other."""
CONSIDERED: Final = 2000
"""The most rows among which those to be shown are looked for."""
PLACES: Final = 12
"""The most known places on a map."""
SAID_M: Final = 1500.0
"""A known place farther from a row says nothing about it."""
_DEG_M: Final = 111_320.0
_OUTLINE_M: Final = 5.0


class _Known(NamedTuple):
    """A place whose position is known."""

    name: str
    lon: float
    lat: float
    is_landmark: bool


def datum_map(lonlat: FloatArray, names: Sequence[str | None], around: Surroundings) -> dict[str, Any] | None:
    """Return what the maps show, as JSON values.

    Parameters
    ----------
    lonlat
        (n, 2) degrees as the file has them, longitude first; NaN where a row has none.
    names
        One per row.
    around
        The districts, the published stations and the landmarks.

    Returns
    -------
    dict or None
        ``width_m`` and ``height_m``; ``outlines`` (SVG paths), ``districts`` (name, x, y), ``places`` (name, x, y,
        is_landmark); ``answers``: datum to its rows (letter, name, x, y, is_inside, district, place,
        distance_m). Coordinates are metres from the middle, x to the east and y to the south. ``None`` where no
        row has a position in mainland China, because elsewhere all answers are the same.
    """
    rows = np.flatnonzero(np.isfinite(lonlat).all(axis=1))[:CONSIDERED]
    readings = {datum: convert(lonlat[rows], datum, Datum.WGS84) for datum in Datum}
    if not len(rows) or not in_mainland(readings[Datum.GCJ02]).any():
        return None
    known = _known(around)
    middle, shown = _choose(readings, [names[row] for row in rows.tolist()], known)
    places = _nearest_places(known, middle)
    answers = {}
    for datum, reading in readings.items():
        points = reading[shown]
        answers[datum.value] = [
            {
                "letter": "ABCD"[letter],
                "name": names[rows[index]],
                **_at(points[letter], middle),
                **_beside(points[letter], places, around),
            }
            for letter, index in enumerate(shown)
        ]
    return {
        "width_m": 2 * HALF_WIDTH_M,
        "height_m": 2 * HALF_HEIGHT_M,
        **_outlines(around, middle),
        "places": [
            {"name": place.name, "is_landmark": place.is_landmark, **_at(np.array(place[1:3]), middle)}
            for place in places
        ],
        "answers": answers,
    }


def _known(around: Surroundings) -> list[_Known]:
    marks = [_Known(mark.name, mark.lon, mark.lat, True) for mark in around.landmarks]
    return marks + [_Known(station.name, station.lon, station.lat, False) for station in around.known]


def _choose(
    readings: dict[Datum, FloatArray], names: Sequence[str | None], known: Sequence[_Known]
) -> tuple[FloatArray, list[int]]:
    """Return the middle of the maps and the rows on them: those that name a known place, or have most around."""
    here = readings[Datum.GCJ02]  # between the other two
    tree = cKDTree(_metres(here, here[0]))
    score = np.zeros(len(here))
    if known:
        places = _metres(np.array([place[1:3] for place in known]), here[0])
        reach = cKDTree(places).query_ball_point(tree.data, SAID_M, return_length=True)
        score += np.minimum(reach, PLACES)
        by_name = {plain(place.name) for place in known}
        score += [2 * PLACES * (plain(name or "") in by_name) for name in names]
    first = int(score.argmax())
    near = tree.query_ball_point(tree.data[first], REACH_M)
    away_m = np.linalg.norm(tree.data - tree.data[first], axis=1)
    shown = list[int]()
    for row in sorted(near, key=lambda row: (-score[row], away_m[row])):
        if len(shown) < SHOWN and all(np.linalg.norm(tree.data[row] - tree.data[one]) > APART_M for one in shown):
            shown.append(row)
    middle = np.mean([reading[first] for reading in readings.values()], axis=0)
    return middle, shown


def _nearest_places(known: Sequence[_Known], middle: FloatArray) -> list[_Known]:
    """Return the known places on the map, landmarks and those near its middle first."""
    if not known:
        return []
    xy = _metres(np.array([place[1:3] for place in known]), middle)
    inside = (np.abs(xy) <= (HALF_WIDTH_M, HALF_HEIGHT_M)).all(axis=1)
    away_m = np.hypot(*xy.T).tolist()
    rank = sorted(np.flatnonzero(inside).tolist(), key=lambda n: (not known[n].is_landmark, away_m[n]))
    return [known[number] for number in rank[:PLACES]]


def _beside(point: FloatArray, places: Sequence[_Known], around: Surroundings) -> dict[str, Any]:
    """Say in which district a point lies, and how far the nearest known place is."""
    number = int(around.area.containing(point.reshape(1, 2))[0])
    district = around.area.districts[number].name if number >= 0 else None
    lon, lat = point.tolist()
    distances = [float(GEOD.inv(lon, lat, place.lon, place.lat)[2]) for place in places]
    nearest = min(range(len(places)), key=lambda n: distances[n], default=None)
    if nearest is None or distances[nearest] > SAID_M:
        return {"district": district, "place": None, "distance_m": None}
    return {"district": district, "place": places[nearest].name, "distance_m": round(distances[nearest])}


def _outlines(around: Surroundings, middle: FloatArray) -> dict[str, Any]:
    """Return the outlines of the districts on the map, and their names in the middle of what is seen of them."""
    paths, names = [], []
    reach = np.array((HALF_WIDTH_M, HALF_HEIGHT_M)) / _scale(middle)
    for district in around.area.districts:
        west, south, east, north = district.outline.bounds
        if west > middle[0] + reach[0] or east < middle[0] - reach[0]:
            continue
        if south > middle[1] + reach[1] or north < middle[1] - reach[1]:
            continue
        drawn = shapely.transform(district.outline, lambda points: _metres(points, middle) * (1, -1))
        seen = shapely.clip_by_rect(
            drawn.simplify(_OUTLINE_M), -HALF_WIDTH_M, -HALF_HEIGHT_M, HALF_WIDTH_M, HALF_HEIGHT_M
        )
        if seen.is_empty:
            continue
        point = seen.representative_point()
        names.append(
            {"name": district.name, "name_en": district.name_en, "x": round(point.x), "y": round(point.y)}
        )
        paths += [_path(ring) for part in shapely.get_parts(seen) for ring in shapely.get_rings(part)]
    return {"outlines": paths, "districts": names}


def _path(ring: Any) -> str:
    points = shapely.get_coordinates(ring).round().astype(int).tolist()
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"


def _scale(middle: FloatArray) -> FloatArray:
    """Return the metres of a degree of longitude and of latitude; a sphere is good enough for a drawing."""
    return np.array((_DEG_M * np.cos(np.radians(middle[1])), _DEG_M))


def _metres(lonlat: FloatArray, middle: FloatArray) -> FloatArray:
    result: FloatArray = (lonlat - middle) * _scale(middle)
    return result


def _at(point: FloatArray, middle: FloatArray) -> dict[str, int]:
    x, y = _metres(point, middle).tolist()
    return {"x": round(x), "y": round(-y)}
