"""A square grid shares out the ground of an outline exactly, at points inside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Polygon

from locator.errors import UsageError
from locator.geo.geodesy import GEOD
from locator.geo.grids import MAX_CELLS, square_grid

KILOMETRE_DEG = 0.009  # of latitude, nearly
SHAPES = {
    "triangle": Polygon([(116.30, 39.90), (116.36, 39.91), (116.32, 39.95)]),
    "with a hole": Polygon(
        [(116.30, 39.90), (116.40, 39.90), (116.40, 39.97), (116.30, 39.97)],
        [[(116.33, 39.92), (116.37, 39.92), (116.35, 39.95)]],
    ),
    "two parts": shapely.MultiPolygon(
        [shapely.box(116.3, 39.9, 116.32, 39.91), shapely.box(116.4, 40.0, 116.41, 40.03)]
    ),
    "concave": Polygon([(-70.0, -33.0), (-69.9, -33.0), (-69.95, -32.97), (-69.9, -32.9), (-70.0, -32.9)]),
    "far north": shapely.box(25.0, 78.0, 25.5, 78.1),
    "across the equator": shapely.box(-0.02, -0.03, 0.04, 0.01),
    "other way round": shapely.box(116.3, 39.9, 116.35, 39.93, ccw=False),
}


def ellipsoidal_area_m2(outline: shapely.Geometry) -> float:
    """Ask pyproj for an area; with short edges it matters no longer that its edges are geodesics."""
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shapely.segmentize(outline, 5e-4)))[0])


@pytest.mark.parametrize("outline", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("spacing_m", [90.0, 700.0])
def test_areas_add_up_to_the_ellipsoids(outline: shapely.Geometry, spacing_m: float) -> None:
    """The sum is the area on the ellipsoid, whatever the form, the place and the spacing."""
    _, area_m2 = square_grid(outline, spacing_m)
    assert area_m2.sum() == pytest.approx(ellipsoidal_area_m2(outline), rel=5e-7)
    assert (area_m2 > 0).all()
    assert area_m2.max() <= spacing_m**2 * (1 + 1e-9)


@pytest.mark.parametrize("outline", SHAPES.values(), ids=SHAPES)
def test_each_point_lies_inside(outline: shapely.Geometry) -> None:
    """Points at the border are moved to the part of their cell that is inside."""
    lonlat, _ = square_grid(outline, 150)
    assert outline.contains(shapely.points(lonlat)).all()


@pytest.mark.parametrize("name", ["triangle", "with a hole", "two parts", "concave"])
def test_each_cell_has_what_cutting_it_out_gives(name: str) -> None:
    """The shares from Green's theorem are those of polygon intersections, cell by cell."""
    outline, spacing_m = SHAPES[name], 400.0
    west, south, east, north = outline.bounds
    laea = f"+proj=laea +lat_0={(south + north) / 2!r} +lon_0={(west + east) / 2!r} +ellps=WGS84"
    to_flat = Transformer.from_crs("EPSG:4326", laea, always_xy=True)
    cut = shapely.segmentize(outline, 0.001)
    flat = shapely.transform(cut, lambda c: np.column_stack(to_flat.transform(c[:, 0], c[:, 1])))
    lonlat, area_m2 = square_grid(outline, spacing_m)
    corner = np.floor(np.column_stack(to_flat.transform(lonlat[:, 0], lonlat[:, 1])) / spacing_m) * spacing_m
    cells = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + spacing_m, corner[:, 1] + spacing_m)
    np.testing.assert_allclose(area_m2, shapely.area(shapely.intersection(cells, flat)), atol=2)
    assert len(np.unique(corner, axis=0)) == len(corner)


def test_points_are_a_lattice_from_south_to_north() -> None:
    """Well inside, neighbours to the east are one spacing apart, and rows follow each other northward."""
    lonlat, area_m2 = square_grid(shapely.box(116.3, 39.9, 116.4, 39.98), 500)
    whole = lonlat[np.isclose(area_m2, 500**2)]
    bearing, _, step = GEOD.inv(*whole[:-1].T, *whole[1:].T)
    beside = step < 600
    assert beside.sum() > 100
    np.testing.assert_allclose(step[beside], 500, rtol=1e-5)
    np.testing.assert_allclose(np.array(bearing)[beside], 90, atol=0.1)
    assert whole[0, 1] < 39.908
    assert whole[-1, 1] > 39.972


@pytest.mark.parametrize("size_deg", [1e-7, 1e-5, 1e-3])
def test_an_outline_smaller_than_a_cell_has_a_point(size_deg: float) -> None:
    """However small, all of its area is there and the points are inside."""
    outline = shapely.box(116.3, 39.9, 116.3 + size_deg, 39.9 + size_deg)
    lonlat, area_m2 = square_grid(outline, 250)
    assert 1 <= len(lonlat) <= 4
    assert outline.contains(shapely.points(lonlat)).all()
    assert area_m2.sum() == pytest.approx(ellipsoidal_area_m2(outline), rel=1e-4)


def test_a_street_five_centimetres_wide_keeps_its_area() -> None:
    """Cells with next to nothing inside still add up."""
    outline = shapely.box(116.3, 39.9, 116.36, 39.9 + 5e-7)
    lonlat, area_m2 = square_grid(outline, 250)
    assert outline.contains(shapely.points(lonlat)).all()
    assert len(lonlat) > 15
    assert area_m2.sum() == pytest.approx(ellipsoidal_area_m2(outline), rel=1e-3)


@given(
    st.lists(st.floats(0.1, 1), min_size=3, max_size=12),
    st.floats(-179, 179),
    st.floats(-80, 80),
    st.floats(60, 3000),
)
@settings(max_examples=60, deadline=None)
def test_any_star_keeps_its_area_inside(radii: list[float], lon: float, lat: float, spacing_m: float) -> None:
    """Random outlines: points inside, areas the ellipsoid's."""
    turn = np.arange(len(radii)) * 2 * math.pi / len(radii)
    reach = np.array(radii) * 3 * KILOMETRE_DEG
    outline = Polygon(
        np.column_stack((lon + reach * np.cos(turn) / math.cos(math.radians(lat)), lat + reach * np.sin(turn)))
    )
    lonlat, area_m2 = square_grid(outline, spacing_m)
    assert shapely.contains_xy(outline, lonlat).all()
    assert area_m2.sum() == pytest.approx(ellipsoidal_area_m2(outline), rel=1e-5)


def test_an_empty_outline_has_no_points() -> None:
    """Nothing in, nothing out."""
    lonlat, area_m2 = square_grid(Polygon(), 250)
    assert lonlat.shape == (0, 2)
    assert area_m2.shape == (0,)


@pytest.mark.parametrize("spacing_m", [0.0, -250.0, math.nan, math.inf])
def test_a_spacing_must_be_a_length(spacing_m: float) -> None:
    """What is no length is refused with its value."""
    with pytest.raises(UsageError, match=f"more than 0 m, not {spacing_m}"):
        square_grid(SHAPES["triangle"], spacing_m)


def test_a_grid_too_fine_is_refused_before_it_is_made() -> None:
    """The message says how many cells it would have."""
    with pytest.raises(UsageError, match=f"more than {MAX_CELLS}"):
        square_grid(shapely.box(110, 30, 120, 40), 10)
