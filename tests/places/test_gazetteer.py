"""The shipped places lie where they say, in the files' districts, and a file with a fault is refused by row."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from locator.config import bundled
from locator.errors import GeodataError
from locator.places.gazetteer import FILES, read_places, shipped_places
from locator.places.landmarks import shipped_landmarks
from locator.stations.geodata import DISTRICTS, read_districts

HEADINGS = "name,aliases,kind,lat,lon,accuracy_m,district\n"


OUTLINE_DEG = 0.001
"""Outlines are good to 100 m."""


def test_every_shipped_place_lies_in_its_district() -> None:
    """But for the airport on the city's border; no two places have one id, and each says whose it is."""
    outlines = {area.name: area.outline for area in read_districts(bundled("geodata") / DISTRICTS)}
    places = shipped_places()
    assert len(places) == 402 + 230 + 187 == len({place.place_id for place in places})
    lost = [
        place.name
        for place in places
        if shapely.distance(outlines[str(place.district)], shapely.Point(place.lon, place.lat)) > OUTLINE_DEG
    ]
    assert set(lost) <= {"大兴机场", "大兴国际机场"}
    assert all(place.source and place.licence and place.pinyin for place in places)


def test_the_files_are_small() -> None:
    """A phone loads them."""
    assert sum((bundled("geodata") / name).stat().st_size for name in FILES) <= 150_000


@pytest.mark.parametrize(
    "row",
    [
        "站,,metro_station,39.9,east,300,",
        "站,,castle,39.9,116.4,300,",
        "站,,road,99,116.4,300,",
        ",,road,39.9,116,3,",
    ],
)
def test_a_place_with_a_fault_is_refused(tmp_path: Path, row: str) -> None:
    """The message names file and row."""
    path = tmp_path / "landmarks.csv"
    path.write_text(HEADINGS + row + "\n", encoding="utf-8")
    with pytest.raises(GeodataError, match=r"landmarks\.csv, row 1"):
        read_places(path)


def test_landmarks_of_addresses_have_names_that_mean_nothing_else() -> None:
    """Each is told apart from a street or a district of its name: 朝阳门站, not 朝阳门."""
    marks = shipped_landmarks()
    names = [name for mark in marks for name in mark.names]
    assert len(marks) == 402
    assert all(name.endswith("站") or name.startswith("地铁") for name in names)
    assert {"朝阳门站", "地铁朝阳门", "北京西地铁站"} <= set(names)
    assert np.isfinite([(mark.lat, mark.lon) for mark in marks]).all()
