"""Planners' files as planners have them: workbooks, any encoding, headings in their language, sums and blanks."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
import xlwt
from odf import opendocument, table, text

from locator.errors import GeodataError
from locator.planning.inputs.demand import people_of
from locator.planning.inputs.planner_files import read_areas, read_candidates, read_demand, read_distances
from locator.planning.inputs.scenario_files import read_scenario
from locator.planning.inputs.station_changes import StationChange
from locator.stations.schema import District

WEST = shapely.box(116.39, 39.90, 116.41, 39.92)
EAST = shapely.box(116.41, 39.90, 116.43, 39.92)
AREAS = (
    District("1", "东华门街道", "Donghuamen Subdistrict", 0, WEST),
    District("2", "景山街道", "Jingshan Subdistrict", 0, EAST),
)
PEOPLE = [
    ("序号", "街道", "人口", "经度", "纬度"),
    (1, "东华门街道", 245, 116.405, 39.915),
    (2, "景山街道", 54, 116.42, 39.91),
]

Rows = Sequence[Sequence[Any]]


def write(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Write a table in the format of the suffix."""
    {".xlsx": write_xlsx, ".xls": write_xls, ".ods": write_ods}.get(path.suffix, lambda *_: None)(path, rows)
    if path.suffix in (".csv", ".tsv", ".txt"):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter).writerows(rows)
        path.write_bytes(out.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Rows) -> None:
    """Write a workbook of today."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)


def write_xls(path: Path, rows: Rows) -> None:
    """Write one of the old kind."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.save(str(path))


def write_ods(path: Path, rows: Rows) -> None:
    """Write one of the open kind."""
    book, sheet = opendocument.OpenDocumentSpreadsheet(), table.Table(name="a")
    for row in rows:
        line = table.TableRow()
        for cell in row:
            kind = {"valuetype": "string"} if isinstance(cell, str) else {"valuetype": "float", "value": cell}
            made = table.TableCell(**kind)
            made.addElement(text.P(text=str(cell)))
            line.addElement(made)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    book.save(str(path))


def areas_file(path: Path, **columns: list[Any]) -> Path:
    """Write the two outlines as a layer."""
    gpd.GeoDataFrame(columns, geometry=[WEST, EAST], crs=4490).to_file(path)
    return path


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [
        ("d.xlsx", "", ""),
        ("d.xls", "", ""),
        ("d.ods", "", ""),
        ("d.csv", "utf-8-sig", ","),
        ("d.csv", "gbk", ","),
        ("d.csv", "utf-16", "\t"),
        ("d.tsv", "gb18030", "\t"),
        ("d.txt", "utf-8", ";"),
        ("d.csv", "utf-8", "|"),
    ],
)
def test_a_table_of_people_is_read_in_any_form(tmp_path: Path, name: str, encoding: str, delimiter: str) -> None:
    """Workbooks, encodings and delimiters give the same points."""
    demand = read_demand(write(tmp_path / name, PEOPLE, encoding, delimiter))
    np.testing.assert_array_equal(demand.lonlat, [[116.405, 39.915], [116.42, 39.91]])
    assert demand.weight.tolist() == [245, 54]
    assert (demand.ids, demand.notes) == (("1", "2"), ())


@pytest.mark.parametrize(
    "headings",
    [
        ("demand_id", "weight", "lat", "lon"),
        ("编号", "权重", "纬度", "经度"),
        ("編號", "人口", "緯度", "經度"),
        ("需求点编号", "2020年常住人口（人）", "纬度(°)", "经度(°)"),
        ("ID", "Population", "Latitude", "Longitude"),
        ("번호", "인구수", "위도", "경도"),
        ("Note", "residents", "LAT", "LNG"),
    ],
)
def test_headings_are_known_by_their_meaning(tmp_path: Path, headings: tuple[str, ...]) -> None:
    """In Chinese, English and Korean; without an id the points have none."""
    demand = read_demand(write(tmp_path / "d.csv", [headings, ("a", 3, 39.9, 116.4)]))
    np.testing.assert_array_equal(demand.lonlat, [[116.4, 39.9]])
    assert demand.weight.tolist() == [3]
    assert demand.ids == (None if headings[0] == "Note" else ("a",))


@pytest.mark.parametrize(
    ("written", "weight"),
    [("2,450", 2450), ("1,234,567.5", 1234567.5), ("２４５", 245), ("约300人", 300), ("2.4万", 24000)],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, written: str, weight: float) -> None:
    """With thousands apart, wide digits or a unit."""
    demand = read_demand(write(tmp_path / "d.csv", [("人口", "纬度", "经度"), (written, 39.9, 116.4)]))
    assert demand.weight.tolist() == [weight]


@pytest.mark.parametrize("written", ["2,45", "1,2345", "12,34,567", "1_000", "-2,450", "2,450 houses"])
def test_what_is_no_number_is_a_fault(tmp_path: Path, written: str) -> None:
    """Commas in odd places are no thousands."""
    with pytest.raises(GeodataError, match=r"d\.csv, row 2: the 人口 .* is not a number of 0 or more"):
        read_demand(write(tmp_path / "d.csv", [("人口", "纬度", "经度"), (written, 39.9, 116.4)]))


def test_the_unit_of_a_heading_counts(tmp_path: Path) -> None:
    """Ten thousands are ten thousands, and that is said."""
    demand = read_demand(write(tmp_path / "d.csv", [("人口（万人）", "纬度", "经度"), (2.45, 39.9, 116.4)]))
    assert demand.weight.tolist() == [24_500]
    assert 'the numbers under "人口（万人）" were read in the unit' in demand.notes[0]


def test_titles_sums_and_notes_are_no_rows(tmp_path: Path) -> None:
    """Above, between and below the list; each is said with the row that a spreadsheet shows."""
    rows: Rows = [
        ("东城区人口统计表",),
        ("填报单位：总工会", "日期：2026-11-01"),
        (),
        ("街道", "人口", "经度", "纬度"),
        ("东华门街道", 245, 116.405, 39.915),
        ("小 计", 245),
        ("景山街道", 54, 116.42, 39.91),
        ("总计：", 299),
        ("注：数据来自统计局",),
    ]
    for name in ("d.xlsx", "d.csv"):
        demand = read_demand(write(tmp_path / name, rows))
        assert demand.weight.tolist() == [245, 54]
        headings, left_out = demand.notes
        assert headings.startswith("The headings were taken from row 4")
        assert left_out == f"{name}: rows left out because they sum up others or are notes: 6, 8, 9."


@pytest.mark.parametrize(
    "label", ["合计", "小计", "总计", "總計", "全区合计", "Total", "Grand total", "Subtotal:", "합계"]
)
def test_a_sum_is_known_by_its_label(tmp_path: Path, label: str) -> None:
    """In three languages."""
    rows = [("id", "weight", "lat", "lon"), ("a", 1, 39.9, 116.4), (label, 1, "", "")]
    assert read_demand(write(tmp_path / "d.csv", rows)).ids == ("a",)


def test_a_sum_with_a_position_is_a_place(tmp_path: Path) -> None:
    """There are petrol stations called Total."""
    rows = [("id", "weight", "lat", "lon"), ("Total", 1, 39.9, 116.4), ("b", 1, 39.9, 116.5)]
    assert read_demand(write(tmp_path / "d.csv", rows)).ids == ("Total", "b")


@pytest.mark.parametrize("blank", ["", " ", "-", "—", "n/a", "未知"])
def test_a_blank_weight_is_a_doubt(tmp_path: Path, blank: str) -> None:
    """It counts nobody and is said; where all are blank, that is a fault of the file."""
    rows = [("id", "人口", "lat", "lon"), ("a", 7, 39.9, 116.4), ("b", blank, 39.9, 116.5)]
    demand = read_demand(write(tmp_path / "d.csv", rows))
    assert demand.weight.tolist() == [7, 0]
    assert demand.notes == ('d.csv: rows in which "人口" is blank count nobody: 3.',)
    with pytest.raises(GeodataError, match='has no number under "人口"'):
        read_demand(write(tmp_path / "d.csv", [rows[0], rows[2]]))


@pytest.mark.usefixtures("own_process")
def test_a_blank_weight_of_a_layer_is_a_doubt_too(tmp_path: Path) -> None:
    """It comes out of the process in which layers are read."""
    points = [shapely.Point(116.4, 39.9), shapely.Point(116.5, 39.8)]
    gpd.GeoDataFrame({"人口": [3.0, None]}, geometry=points, crs=4326).to_file(tmp_path / "d.gpkg")
    demand = read_demand(tmp_path / "d.gpkg")
    assert demand.weight.tolist() == [3, 0]
    assert demand.notes == ('d.gpkg: rows in which "人口" is blank count nobody: 2.',)


def test_many_remarks_are_counted(tmp_path: Path) -> None:
    """The first ten rows, and how many there are."""
    rows = [("id", "weight", "lat", "lon"), *((f"p{n}", n or "", 39.9, 116.4) for n in [1, *[0] * 3000])]
    rows = [rows[0], *((f"p{n}", row[1], *row[2:]) for n, row in enumerate(rows[1:]))]
    (note,) = read_demand(write(tmp_path / "d.csv", rows)).notes
    assert note.endswith("count nobody: 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (3,000).")


def test_numbers_that_repeat_are_no_ids(tmp_path: Path) -> None:
    """Only a column that says it is the demand_id has to be one."""
    rows = [("序号", "人口", "纬度", "经度"), (1, 5, 39.9, 116.4), (1, 6, 39.9, 116.5)]
    demand = read_demand(write(tmp_path / "d.csv", rows))
    assert demand.ids is None
    assert demand.notes == ('d.csv: "序号" is not different in every row, so the rows are numbered.',)


# People by the names of areas


@pytest.mark.parametrize(
    "names", [("东华门街道", "景山街道"), ("东华门", "景山街道办事处"), ("Donghuamen Subdistrict", "Jingshan")]
)
def test_people_are_joined_to_outlines_by_name(tmp_path: Path, names: tuple[str, str]) -> None:
    """And spread over them; a name may be short, with the office behind it, or English."""
    rows = [("街道", "常住人口"), (names[0], "50,000"), (names[1], 42000), ("合计", 92000)]
    demand = read_demand(write(tmp_path / "pop.csv", rows), areas=AREAS)
    assert demand.spread_evenly
    for outline, people in ((WEST, 50_000), (EAST, 42_000)):
        assert demand.weight[shapely.contains_xy(outline, demand.lonlat)].sum() == pytest.approx(people, rel=1e-9)
    assert demand.notes == ("pop.csv: rows left out because they sum up others or are notes: 4.",)


def test_names_and_areas_that_find_nothing_are_said(tmp_path: Path) -> None:
    """Rows of one area are added up."""
    rows = [("街道", "人口"), ("景山街道", 10), ("景山街道", 5), ("什刹海街道", 7)]
    demand = read_demand(write(tmp_path / "pop.csv", rows), areas=AREAS)
    assert demand.weight.sum() == pytest.approx(15)
    assert demand.notes == (
        "pop.csv: left out, for no area has the name: 什刹海街道.",
        "pop.csv: areas without a row count nobody: 东华门街道.",
    )


def test_names_that_mean_no_area_or_several_are_refused(tmp_path: Path) -> None:
    """With both lists of names, or the name that is not clear; without areas positions are asked for."""
    path = write(tmp_path / "pop.csv", [("街道", "人口"), ("什刹海街道", 7)])
    with pytest.raises(GeodataError, match="什刹海街道; the areas are 东华门街道, 景山街道"):
        read_demand(path, areas=AREAS)
    with pytest.raises(GeodataError, match="must have the columns weight, lat, lon"):
        read_demand(path)
    path = write(tmp_path / "pop.csv", [("街道", "人口"), ("景山街道", 7)])
    with pytest.raises(GeodataError, match="'景山街道', and 2 areas have that name"):
        read_demand(path, areas=(*AREAS, AREAS[1]))


# Areas


@pytest.mark.parametrize(
    "heading", ["name", "NAME", "Name", "名称", "街道", "街道名称", "社区", "行政区", "읍면동"]
)
def test_the_names_of_areas_are_found(tmp_path: Path, heading: str) -> None:
    """Whatever their column is called."""
    found = read_areas(areas_file(tmp_path / "areas.gpkg", **{heading: ["甲", "乙"]}))
    assert [area.name for area in found] == ["甲", "乙"]
    assert [area.is_counted for area in found] == [False, False]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
@pytest.mark.parametrize("has_page", [True, False])
def test_a_shapefile_in_chinese_is_read_with_and_without_its_code_page(
    tmp_path: Path, encoding: str, has_page: bool
) -> None:
    """Unpacked or in an archive."""
    frame = gpd.GeoDataFrame({"街道": ["东华门街道", "景山街道"], "人口": [5, 6]}, geometry=[WEST, EAST], crs=4490)
    frame.to_file(tmp_path / "areas.shp", encoding=encoding)
    if not has_page:
        (tmp_path / "areas.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "areas.zip", "w") as archive:
        for part in tmp_path.glob("areas.???"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    for name in ("areas.shp", "areas.zip"):
        found = read_areas(tmp_path / name)
        assert [(area.name, area.population) for area in found] == [("东华门街道", 5), ("景山街道", 6)]


def test_areas_may_be_a_table_with_outlines_in_words(tmp_path: Path) -> None:
    """As programs for maps write CSV; one without outlines is refused."""
    rows = [("WKT", "街道", "人口"), (WEST.wkt, "甲", "2,450"), (EAST.wkt, "乙", "")]
    notes: list[str] = []
    west, east = read_areas(write(tmp_path / "areas.csv", rows), notes)
    assert shapely.equals_exact(west.outline, WEST, 1e-9)
    assert (west.population, west.is_counted, east.is_counted) == (2450, True, False)
    assert len(notes) == 1
    assert notes[0].endswith("take the people that the census has there: 3.")
    with pytest.raises(GeodataError, match="has no outlines"):
        read_areas(write(tmp_path / "areas.csv", [("街道", "人口"), ("甲", 1)]))


def test_areas_without_residents_take_those_of_the_census_inside() -> None:
    """Half of a district has half of its people; with nobody inside there is no answer."""
    whole = District("0", "东城区", "Dongcheng", 1000, shapely.union(WEST, EAST))
    half, own = District("1", "甲", "A", 0, WEST, is_counted=False), District("2", "乙", "B", 70, EAST)
    demand = people_of([half], [whole], "areas.gpkg")
    assert shapely.contains_xy(WEST.buffer(1e-9), demand.lonlat).all()
    assert demand.weight.sum() == pytest.approx(500, rel=0.05)
    both = people_of([half, own], [whole], "areas.gpkg")
    assert both.weight[shapely.contains_xy(EAST, both.lonlat)].sum() == pytest.approx(70)
    assert both.weight.sum() == pytest.approx(570, rel=0.05)
    far = District("3", "丙", "C", 0, shapely.box(0, 0, 1, 1), is_counted=False)
    with pytest.raises(ValueError, match="the census has nobody inside them"):
        people_of([far], [whole], "areas.gpkg")


# Candidates, distances and scenarios


@pytest.mark.parametrize("name", ["c.xlsx", "c.csv"])
def test_candidates_are_read_like_lists(tmp_path: Path, name: str) -> None:
    """By name, with hours in words."""
    rows = [
        ("候选点", "经度", "纬度", "开放时间"),
        ("东四文化站", 116.417, 39.93, "早9点到晚8点"),
        ("王府井书店", 116.41, 39.91, ""),
    ]
    sites = read_candidates(write(tmp_path / name, rows, "gbk"))
    assert sites.ids == ("东四文化站", "王府井书店")
    assert sites.hours == ("09:00-20:00", None)
    np.testing.assert_array_equal(sites.lonlat, [[116.417, 39.93], [116.41, 39.91]])
    assert read_candidates(write(tmp_path / "n.csv", [("纬度", "经度"), (39.9, 116.4)])).ids == ("1",)


@pytest.mark.parametrize(
    ("heading", "written"), [("步行距离（米）", "1,200"), ("距离(km)", "1.2"), ("distance_m", "1200 m")]
)
def test_distances_are_read_like_lists(tmp_path: Path, heading: str, written: str) -> None:
    """In metres, whatever they are written in; a blank one is a fault."""
    demand = read_demand(write(tmp_path / "d.csv", [("需求点编号", "人数"), ("p1", 10)]), positions=False)
    sites = read_candidates(write(tmp_path / "c.csv", [("候选点",), ("书店",)]), positions=False)
    path = write(tmp_path / "w.xlsx", [("需求点编号", "候选点", heading), ("p1", "书店", written)])
    points, numbers, distance_m = read_distances(path, demand, sites)
    assert (points.tolist(), numbers.tolist(), distance_m.tolist()) == ([0], [0], [1200])
    path = write(tmp_path / "w.csv", [("需求点编号", "候选点", heading), ("p1", "书店", "")])
    with pytest.raises(GeodataError, match="is not a number of 0 or more"):
        read_distances(path, demand, sites)


@pytest.mark.parametrize("name", ["s.xlsx", "s.csv"])
def test_scenarios_are_read_like_lists(tmp_path: Path, name: str) -> None:
    """Actions, kinds and amenities in words; running numbers and notes say nothing."""
    rows = [
        ("序号", "动作", "编号", "名称", "类型", "经度", "纬度", "配套设施", "备注"),
        (1, "新增", "new-1", "新驿站", "暖心驿站", 116.41, 39.91, "座椅、饮水机", "年底"),
        (2, "撤销", "tw-3", "", "", "", "", "", ""),
    ]
    added, removed = read_scenario(write(tmp_path / name, rows, "gb18030"))
    amenities = {"seats": "yes", "drinking_water": "yes"}
    expected = StationChange("add", "new-1", "新驿站", "warm_station", lat=39.91, lon=116.41, amenities=amenities)
    assert (added, removed) == (expected, StationChange("remove", "tw-3"))


# The files that were refused


@pytest.fixture
def cases(shared_data: Path) -> Path:
    """Folder of small files beside the checkout."""
    folder = shared_data.parent / "cases" / "demand"
    if not folder.is_dir():
        pytest.skip("the shared cases are not on this machine")
    return folder


@pytest.mark.parametrize("name", ["d_zh.xlsx", "d_zh_utf8.csv", "d_gbk.csv", "d_population.csv", "d_total.csv"])
def test_the_same_people_are_in_every_form(cases: Path, name: str) -> None:
    """Two hundred points with 81,934 people, wherever they come from."""
    demand = read_demand(cases / name)
    assert (len(demand), demand.weight.sum()) == (200, 81_934)
    assert demand.digest == read_demand(cases / "d_population.csv").digest


@pytest.mark.parametrize("name", ["p4490_zh.gpkg", "areas_NAME.gpkg", "street_pop.csv"])
def test_the_same_people_are_spread_over_the_same_outlines(cases: Path, name: str) -> None:
    """Six sub-districts with 275,000 people, in a layer or in a table beside it."""
    demand = read_demand(cases / name, areas=read_areas(cases / "areas_zh.gpkg"))
    assert demand.weight.sum() == pytest.approx(275_000)
    assert demand.digest == read_demand(cases / "p4490_zh.gpkg").digest
