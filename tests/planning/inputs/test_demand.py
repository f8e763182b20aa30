"""Demand, candidates, areas and distances come from files whole or not at all."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from locator.config import bundled
from locator.errors import GeodataError, UsageError
from locator.geo.geodesy import GEOD
from locator.planning.inputs import spreading
from locator.planning.inputs.demand import CENSUS, grid_candidates, spread_evenly
from locator.planning.inputs.planner_files import read_demand, read_demand_here
from locator.stations.geodata import read_districts
from locator.stations.schema import District

WEST = shapely.box(116.30, 39.90, 116.35, 39.95)
EAST = shapely.box(116.35, 39.90, 116.40, 39.95)


def district(outline: shapely.Geometry, population: int, name: str = "东城区") -> District:
    """Make an area."""
    return District("110101", name, "Dongcheng", population, outline)


def area_m2(outline: shapely.Geometry) -> float:
    """Ask pyproj for the area on the ellipsoid."""
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(outline, 1e-3))[0])


def test_each_districts_residents_are_spread_inside_it() -> None:
    """Per district the weights add up to the census figure, over as many points as its area holds cells."""
    for area in read_districts(bundled("geodata") / "districts.geojson"):
        demand = spread_evenly([area], 500)
        assert demand.weight.sum() == pytest.approx(area.population, rel=1e-9)
        assert shapely.contains_xy(area.outline, demand.lonlat).all()
        ground_m2, border_m = GEOD.geometry_area_perimeter(area.outline)
        cells = abs(ground_m2) / 500**2
        assert cells < len(demand) < cells + border_m / 500


def test_the_default_says_what_it_is() -> None:
    """The words stand wherever a figure of it stands."""
    demand = spread_evenly([district(WEST, 1000)])
    assert demand.source == CENSUS
    assert CENSUS == "2020 census by district, spread evenly: a district average, not where people are"
    assert demand.spread_evenly
    assert demand.ids is None


def test_half_of_an_area_has_the_share_of_its_ground() -> None:
    """An average over the area: the southern part has what its share of the ground is."""
    demand = spread_evenly([district(shapely.union(WEST, EAST), 10_000)], 25)
    south = shapely.box(116.30, 39.90, 116.40, 39.92)
    inside = demand.weight[shapely.contains_xy(south, demand.lonlat)].sum()
    assert inside == pytest.approx(10_000 * area_m2(south) / area_m2(shapely.union(WEST, EAST)), rel=0.01)


def test_an_area_without_residents_has_no_points() -> None:
    """The file does not say how many live there: nobody is made up."""
    demand = spread_evenly([district(WEST, 0), district(EAST, 700)])
    assert shapely.contains_xy(EAST, demand.lonlat).all()
    assert len(spread_evenly([district(WEST, 0)])) == 0
    assert len(spread_evenly([])) == 0


def test_a_spacing_too_fine_for_all_areas_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is on all points together."""
    monkeypatch.setattr(spreading, "MAX_POINTS", 1000)
    with pytest.raises(UsageError, match="Points 200 m apart would be more than 1000"):
        spread_evenly([district(WEST, 1), district(EAST, 1)], 200)


def test_demand_is_read_only_and_has_a_digest() -> None:
    """The digest is of positions, then weights, so it changes with both."""
    demand = spread_evenly([district(WEST, 1000)])
    with pytest.raises(ValueError, match="read-only"):
        demand.weight[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        demand.lonlat[0] = 1
    expected = hashlib.sha256(demand.lonlat.tobytes() + demand.weight.tobytes()).hexdigest()[:12]
    assert demand.digest == expected
    assert spread_evenly([district(WEST, 1000)]).digest == expected
    assert spread_evenly([district(WEST, 1001)]).digest != expected
    assert spread_evenly([district(EAST, 1000)]).digest != expected


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """So is a folder, and a name that would make a reader fetch something."""
    for path in (tmp_path / "none.csv", tmp_path, Path("/vsicurl/http://localhost/need.gpkg")):
        with pytest.raises(GeodataError, match="is not there"):
            read_demand(path)


@pytest.mark.parametrize("name", ["need.gpkg", "need.geojson", "need.parquet", "need.tif", "need.xyz"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    """By name, whatever the reader behind it says."""
    path = tmp_path / name
    path.write_bytes(b"no such thing")
    with pytest.raises(GeodataError, match=name):
        read_demand(path)


@pytest.mark.parametrize(
    ("name", "library", "extra"), [("need.parquet", "pyarrow", "parquet"), ("need.tif", "rasterio", "raster")]
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str, extra: str
) -> None:
    """With the line that installs it."""
    path = tmp_path / name
    path.write_bytes(b"x")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(GeodataError) as caught:
        read_demand_here(path)
    assert f'Reading {name} needs more: pip install "warm-station-locator[{extra}]".' in str(caught.value)


def test_a_grid_of_candidates_runs_over_all_areas_together() -> None:
    """Two neighbours are one ground: no second row of sites along their border."""
    together = grid_candidates([district(WEST, 1), district(EAST, 1)], 1000)
    one = grid_candidates([district(shapely.union(WEST, EAST), 1)], 1000)
    np.testing.assert_allclose(together.lonlat, one.lonlat)
    assert together.ids[:2] == ("grid-1", "grid-2")
    assert set(together.hours) == {None}
    assert shapely.contains_xy(shapely.union(WEST, EAST).buffer(1e-9), together.lonlat).all()
