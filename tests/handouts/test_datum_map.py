"""The maps that show what follows from each datum: known places stand still, and only the rows move."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import prcoords
import pytest
from shapely.geometry import box

from locator.geo.datum import Datum
from locator.handouts.datum_map import APART_M, HALF_HEIGHT_M, SHOWN, datum_map
from locator.importing.understanding.datums import Landmark, Surroundings
from locator.importing.understanding.district_areas import Area
from locator.stations.schema import District

GATE = (39.9150, 116.4040)
AREA = Area([District("1", "东城区", "Dongcheng", 0, box(116.39, 39.90, 116.45, 39.93))])
AROUND = Surroundings(AREA, (), (Landmark("东华门", (), *GATE, 50.0),))


def drawn(lat: float, lon: float, *more: tuple[float, float]) -> dict[str, Any]:
    """Draw rows at positions as an Amap list has them."""
    rows = [prcoords.wgs_gcj(place) for place in ((lat, lon), *more)]
    made = datum_map(np.array([(lon, lat) for lat, lon in rows]), [f"驿站{n}" for n in range(len(rows))], AROUND)
    assert made is not None
    return made


def test_only_under_its_own_datum_a_row_stands_at_the_gate() -> None:
    """A list from Amap: there the row is at the landmark, read as GPS half a kilometre away, and so drawn."""
    made = drawn(*GATE)
    (right,), (wrong,) = made["answers"]["gcj02"], made["answers"]["wgs84"]
    assert right["place"] == "东华门"
    assert right["distance_m"] <= 1
    assert 450 < wrong["distance_m"] < 650
    shift_m = math.hypot(right["x"] - wrong["x"], right["y"] - wrong["y"])
    assert shift_m == pytest.approx(wrong["distance_m"], rel=0.01)
    (gate,) = made["places"]
    assert (gate["x"], gate["y"]) == pytest.approx((right["x"], right["y"]), abs=2)
    assert right["district"] == "东城区"
    assert set(made["answers"]) == {datum.value for datum in Datum}


def test_rows_on_the_map_do_not_cover_each_other() -> None:
    """Of ten rows in one building and four apart, one of the ten is drawn, and at most so many in all."""
    alike = [(GATE[0] + n * 1e-5, GATE[1]) for n in range(10)]
    apart = [(GATE[0] + n * 0.003, GATE[1] + 0.004) for n in range(4)]
    rows = drawn(*GATE, *alike, *apart)["answers"]["gcj02"]
    assert 1 < len(rows) <= SHOWN
    places = [(row["x"], row["y"]) for row in rows]
    assert all(math.dist(one, other) > 0.98 * APART_M for n, one in enumerate(places) for other in places[:n])


def test_outlines_end_at_the_edge_of_the_map() -> None:
    """The district is larger than the map, which shows its name within."""
    made = drawn(*GATE)
    numbers = [abs(int(n)) for path in made["outlines"] for n in path[1:-1].replace("L", " ").split()]
    assert max(numbers) <= 2000
    assert any(abs(district["y"]) <= HALF_HEIGHT_M for district in made["districts"])


@pytest.mark.parametrize("lonlat", [[], [(math.nan, math.nan)], [(127.0, 37.5)]])
def test_where_all_answers_are_the_same_nothing_is_drawn(lonlat: list[tuple[float, float]]) -> None:
    """Without a position, and in Seoul."""
    assert datum_map(np.array(lonlat).reshape(-1, 2), [None] * len(lonlat), AROUND) is None
