"""Which datum a heading, a title or a column names."""

from __future__ import annotations

import pytest

from locator.geo.datum import Datum
from locator.importing.understanding.datum_words import datums_in, named_datum

GCJ02, BD09, WGS84 = Datum.GCJ02, Datum.BD09, Datum.WGS84


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("经度 (GCJ-02)", GCJ02),
        ("lng(高德)", GCJ02),
        ("騰訊地圖經度", GCJ02),
        ("lat_gcj02", GCJ02),
        ("百度经度", BD09),
        ("bd09ll", BD09),
        ("WGS84经度", WGS84),
        ("经度（ＷＧＳ－８４）", WGS84),
        ("GPS坐标", WGS84),
        ("天地图坐标", WGS84),
        ("CGCS2000纬度", WGS84),
        ("2000国家大地坐标系", WGS84),
        ("GPS坐标(高德)", GCJ02),
        ("谷歌经度", None),
        ("经度", None),
        ("高德/百度坐标", None),
        ("bd09mc", None),
    ],
)
def test_a_text_names_a_datum(text: str, datum: Datum | None) -> None:
    """One alone; Google's maps are no answer."""
    assert named_datum(text) is datum


@pytest.mark.parametrize(
    ("title", "datum"),
    [
        ("坐标用高德", GCJ02),
        ("填表说明：经纬度请在百度地图拾取坐标系统中查询", BD09),
        ("datum: gcj02", GCJ02),
        ("坐标系：WGS84", WGS84),
        ("高德置地广场等暖心驿站名单", None),
        ("请勿使用百度坐标", None),
        ("百度坐标已转换为WGS84坐标", None),
        ("GPS设备维修点名单", None),
        ("暖心驿站名单", None),
    ],
)
def test_a_title_names_a_datum_only_where_it_is_about_coordinates(title: str, datum: Datum | None) -> None:
    """A square may be called after a map, and what is not to be used is not used."""
    assert [named.datum for named in datums_in({}, {}, [title])] == [datum] * (datum is not None)


def test_only_columns_that_are_used_count() -> None:
    """A list may have the coordinates of two maps."""
    columns = {"高德经度": [1], "高德纬度": [1], "百度经度": [1], "坐标系": ["GCJ-02", None, "gcj02"]}
    found = datums_in(columns, {"lat": "高德纬度", "lon": "高德经度", "name": "百度经度"})
    assert [(named.datum, named.text) for named in found] == [
        (GCJ02, "高德纬度"),
        (GCJ02, "高德经度"),
        (GCJ02, "坐标系: GCJ-02"),
    ]
    assert datums_in({"坐标系": ["GCJ-02", "WGS84"]}, {}) == ()


def test_a_crs_is_evidence_unless_programs_always_write_it() -> None:
    """EPSG:4326 stands in files of every datum."""
    assert datums_in({}, {}, crs="EPSG:4326") == ()
    assert [named.datum for named in datums_in({}, {}, crs="EPSG:4490")] == [WGS84]
