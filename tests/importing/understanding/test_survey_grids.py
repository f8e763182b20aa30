"""Coordinates in metres are read with their axes in any order, and their CRS is proposed and never assumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.survey_grids import choose_crs, names_datum, parse_crs, unproject
from locator.stations.geodata import read_districts

BEIJING = Area(read_districts(Path(__file__).resolve().parents[3] / "geodata" / "districts.geojson"))
PLACES = np.array([(116.4178, 39.9296), (116.3612, 39.9153), (116.4789, 39.9965)])


def metres(code: int) -> np.ndarray:
    """Project the places; the first column is east."""
    return np.column_stack(Transformer.from_crs(4326, code, always_xy=True).transform(*PLACES.T))


@pytest.mark.parametrize("code", [4548, 4527, 4509, 4498, 32650])
@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_axes_may_stand_in_any_order(code: int, order: list[int]) -> None:
    """X points north in Chinese surveys, and east elsewhere."""
    found = unproject(metres(code)[:, order], parse_crs(f"EPSG:{code}"), BEIJING.serves)
    assert found.lonlat == pytest.approx(PLACES, abs=1e-7)
    assert found.is_turned == (order == [1, 0])
    assert not found.far.any()


def test_the_number_of_the_zone_may_be_there_or_not() -> None:
    """39450232 and 450232 are the same metres in zone 39 of 3°, whose middle is 117°; zone 20 of 6° has it too."""
    plain, zone, six = metres(4548), metres(4527), metres(4498)
    assert [int(east // 1e6) for east in (plain[0, 0], zone[0, 0], six[0, 0])] == [0, 39, 20]
    for grid in (plain, zone, six):
        for code in (4548, 4527, 4509, 4498):
            if not (grid is zone and code == 4498) and not (grid is six and code == 4527):
                found = unproject(grid, parse_crs(f"EPSG:{code}"), BEIJING.serves)
                assert found.lonlat == pytest.approx(PLACES, abs=1e-7), code


@pytest.mark.parametrize(
    ("grid", "codes"),
    [
        (metres(4548)[:, ::-1], ["EPSG:4548", "EPSG:2384", "EPSG:2436", "EPSG:32650"]),
        (metres(4527), ["EPSG:4527", "EPSG:2363", "EPSG:2415"]),
        (metres(4498), ["EPSG:4498", "EPSG:2334", "EPSG:21420"]),
        (metres(5186), []),
    ],
)
def test_the_systems_that_fit_are_proposed(grid: np.ndarray, codes: list[str]) -> None:
    """With where the first row would lie; none where no grid puts the rows into the area."""
    error = choose_crs("列表.xlsx", ("X坐标", "Y坐标"), grid, BEIJING)
    assert [choice.code for choice in error.choices] == codes
    for text in ("列表.xlsx", "X坐标", "Y坐标", "--crs EPSG:", *codes):
        assert text in str(error)
    if codes:
        first = error.choices[0]
        assert (first.lon, first.lat) == pytest.approx(tuple(PLACES[0]), abs=1e-6)
        assert first.district == "东城区"
        assert "中央经线 117°" in error.message.to("zh")


def test_maps_draw_any_datum_in_two_systems() -> None:
    """A CRS of a survey says the datum, EPSG:4326 and 3857 do not."""
    assert [names_datum(parse_crs(f"EPSG:{code}")) for code in (4548, 4490, 4326, 3857)] == [
        True,
        True,
        False,
        False,
    ]
