"""Exported files, read back by the libraries that other people read them with."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import orjson
import pandas
import pyogrio
import pytest
import shapely

from locator.errors import UsageError
from locator.language.messages import LocalName
from locator.planning.output.sheet_columns import COUNT, METRES, PERSONS, SHARE, Column, FigureSheet, Value
from locator.planning.output.sheet_files import left_out, render, write

# What a spreadsheet would take for a formula; the last three begin with blanks or wide signs.
FORMULAS = (
    '=HYPERLINK("http://x.invalid","a")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
    "＠SUM(A1)",
)


def column(key: str, *values: Value, form=COUNT, words=None) -> Column:  # type: ignore[no-untyped-def]
    """Make a column whose headings are its key."""
    return Column(key, LocalName(f"{key}中", f"{key} en"), values, form, words or {})


SQUARE = shapely.Polygon([(116.4, 39.9), (116.4, 39.91), (116.41, 39.91), (116.41, 39.9)])
"""Clockwise, as GeoJSON must not have it."""
AREAS = FigureSheet(
    "areas",
    LocalName("区域", "Areas"),
    (
        column("name", "东,城\n区", None, '"西"'),
        column("share", 0.75, None, 0.123456789012345, form=SHARE),
        column("moved_m", -12.5, float("inf"), 3.0, form=METRES),
        column("stations", 2, None, 0),
        column("verdict", "pass", "fail", "pass", words={"pass": LocalName("达标", "Pass")}),
    ),
    (SQUARE, None, shapely.MultiPolygon([SQUARE])),
)
WEEK = FigureSheet(
    "week", LocalName("一周", "Week"), (column("hour", 0, 1), column("persons", 1.5, 2.5, form=PERSONS))
)
NONE = FigureSheet("gaps", LocalName("空白区", "Gaps"), (column("rank"), column("name")), ())
PROVENANCE = FigureSheet(
    "provenance",
    LocalName("数据来源", "Provenance"),
    (
        column("radius_m", 1000.0, form=METRES),
        column("as_of", None, words={None: LocalName("不限", "Any hour")}),
        column("demand_source", "=evil.csv"),
    ),
)


def texts(*values: str) -> FigureSheet:
    """Make a sheet of one column of texts."""
    return FigureSheet("texts", LocalName("文字", "Texts"), (column("text", *values),))


def rows_of(made: bytes) -> list[list[str]]:
    """Read CSV as Python does."""
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


def workbook(made: bytes) -> openpyxl.Workbook:
    """Read XLSX as openpyxl does."""
    return openpyxl.load_workbook(io.BytesIO(made))


# CSV


def test_csv_opens_in_excel_with_its_chinese() -> None:
    """It begins with a byte order mark, and rows end as RFC 4180 has it."""
    made = render(".csv", [AREAS], PROVENANCE, "zh")
    assert made.startswith(b"\xef\xbb\xbf")
    assert made.decode("utf-8-sig").splitlines()[0].startswith("name中,share中（0–1）,moved_m中（米）,stations中")
    assert made.endswith(b"\r\n")


def test_csv_numbers_read_back_exactly_and_the_unknown_is_empty() -> None:
    """Nothing is rounded; a negative number is a number; infinity is not known."""
    made = render(".csv", [AREAS], PROVENANCE, "en")
    found = pandas.read_csv(io.BytesIO(made))
    assert [float(row[1] or "nan") for row in rows_of(made)[1::2]] == [0.75, 0.123456789012345]
    assert found["moved_m en (m)"].tolist()[::2] == [-12.5, 3.0]
    assert found.isna().sum().tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert found["name en"].tolist()[::2] == ["东,城\n区", '"西"']


def test_csv_repeats_the_provenance_in_every_row() -> None:
    """A row that is copied elsewhere still says where it comes from; its source is no formula either."""
    rows = rows_of(render(".csv", [AREAS], PROVENANCE, "en"))
    assert rows[0][-3:] == ["radius_m en (m)", "as_of en", "demand_source en"]
    assert [row[-3:] for row in rows[1:]] == [["1000.0", "Any hour", "'=evil.csv"]] * 3


def test_csv_of_nothing_still_says_where_it_comes_from() -> None:
    """One row has the provenance and is empty otherwise."""
    rows = rows_of(render(".csv", [NONE], PROVENANCE, "en"))
    assert rows[1:] == [["", "", "1000.0", "Any hour", "'=evil.csv"]]


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_texts_are_never_formulas(text: str) -> None:
    """An apostrophe stands before what a spreadsheet would compute, and the text is whole behind it."""
    assert rows_of(render(".csv", [texts(text)], PROVENANCE, "en"))[1][0] == f"'{text}"


@pytest.mark.parametrize("text", ["东=西", "a-b", "1+1", "驿站", "'quoted", ""])
def test_csv_leaves_harmless_texts_alone(text: str) -> None:
    """Only the beginning counts."""
    assert rows_of(render(".csv", [texts(text, "x")], PROVENANCE, "en"))[1][0] == text


# XLSX


def test_xlsx_has_all_sheets_in_the_readers_language() -> None:
    """The provenance is the last; labels and headings are translated."""
    book = workbook(render(".xlsx", [AREAS, WEEK, NONE], PROVENANCE, "zh"))
    assert book.sheetnames == ["区域", "一周", "空白区", "数据来源"]
    assert [cell.value for cell in book["区域"][1]] == [
        "name中",
        "share中",
        "moved_m中（米）",
        "stations中",
        "verdict中",
    ]
    assert book["区域"]["E2"].value == "达标"
    assert workbook(render(".xlsx", [AREAS], PROVENANCE, "en")).sheetnames == ["Areas", "Provenance"]


def test_xlsx_numbers_are_numbers_with_a_form() -> None:
    """A share is shown as a percentage and holds 0-1; what is not known is an empty cell."""
    sheet = workbook(render(".xlsx", [AREAS], PROVENANCE, "en"))["Areas"]
    assert [sheet[f"B{row}"].value for row in (2, 3, 4)] == [0.75, None, 0.123456789012345]
    assert (sheet["B2"].data_type, sheet["B2"].number_format) == ("n", "0.0%")
    assert [sheet[f"C{row}"].value for row in (2, 3, 4)] == [-12.5, None, 3]
    assert [sheet[f"D{row}"].value for row in (2, 3, 4)] == [2, None, 0]


def test_xlsx_headings_are_bold_and_stay_in_view() -> None:
    """The first row is frozen, and columns are wide enough for what is in them."""
    sheet = workbook(render(".xlsx", [AREAS, WEEK], PROVENANCE, "zh"))["区域"]
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    # 12 digits for the heading: four wide signs and four narrow, and a margin.
    assert sheet.column_dimensions["C"].width >= len("moved_m") + 2 * len("中（米）")


def test_xlsx_provenance_is_read_downwards() -> None:
    """One fact in a row, its name before it."""
    sheet = workbook(render(".xlsx", [WEEK], PROVENANCE, "en"))["Provenance"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["radius_m en (m)", 1000],
        ["as_of en", "Any hour"],
        ["demand_source en", "=evil.csv"],
    ]
    assert sheet["B3"].data_type == "s"


@pytest.mark.parametrize("text", [*FORMULAS, "http://x.invalid/", "mailto:a@b.invalid", "007", "{=1+1}"])
def test_xlsx_texts_are_texts(text: str) -> None:
    """No formula, no link and no number is made of them, and they are unchanged."""
    cell = workbook(render(".xlsx", [texts(text)], PROVENANCE, "en"))["Texts"]["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    # XML turns a carriage return into a line feed.
    assert str(cell.value).replace("_x000D_", "\r").replace("\r", "\n") == text.replace("\r", "\n")


def test_xlsx_names_worksheets_as_excel_allows() -> None:
    """Forbidden signs go, long names are cut, and no two are alike."""
    long = "标准/[七个一]:" + "很" * 40
    sheets = [FigureSheet(key, LocalName(long, long), WEEK.columns) for key in ("a", "b")]
    first, second, _ = workbook(render(".xlsx", sheets, PROVENANCE, "zh")).sheetnames
    assert first != second
    for name in (first, second):
        assert len(name) <= 31
        assert not set(name) & set("[]:*?/\\")


def test_xlsx_refuses_a_text_that_a_cell_cannot_hold() -> None:
    """Nothing is cut in silence."""
    with pytest.raises(UsageError, match=r"32,767 characters .* Texts has more"):
        render(".xlsx", [texts("长" * 32_768)], PROVENANCE, "en")
    assert (
        workbook(render(".xlsx", [texts("长" * 32_767)], PROVENANCE, "en"))["Texts"]["A2"].value == "长" * 32_767
    )


# GeoJSON


def test_geojson_has_places_keys_and_provenance() -> None:
    """Machines read keys and words, not headings and labels; a row without a place has none."""
    found = orjson.loads(render(".geojson", [AREAS, WEEK], PROVENANCE, "zh"))
    assert found["type"] == "FeatureCollection"
    assert (found["datum"], found["source"]) == ("wgs84", "=evil.csv")
    assert found["provenance"] == {"radius_m": 1000.0, "as_of": None, "demand_source": "=evil.csv"}
    assert [feature["properties"] for feature in found["features"]] == [
        {"layer": "areas", "name": "东,城\n区", "share": 0.75, "moved_m": -12.5, "stations": 2, "verdict": "pass"},
        {"layer": "areas", "name": None, "share": None, "moved_m": None, "stations": None, "verdict": "fail"},
        {
            "layer": "areas",
            "name": '"西"',
            "share": 0.123456789012345,
            "moved_m": 3.0,
            "stations": 0,
            "verdict": "pass",
        },
    ]
    assert found["features"][1]["geometry"] is None


def test_geojson_outlines_are_within_a_centimetre_and_wind_anticlockwise() -> None:
    """The outer ring has the area on its left, holes have it on their right, as RFC 7946 asks."""
    holed = shapely.Polygon(
        [(116.4 + 1e-9, 39.9), (116.4, 40), (116.5, 40), (116.5, 39.9)],
        [[(116.42, 39.92), (116.44, 39.92), (116.44, 39.94), (116.42, 39.94)]],
    )
    sheet = FigureSheet("gaps", LocalName("空白区", "Gaps"), (column("rank", 1),), (holed,))
    feature = orjson.loads(render(".geojson", [sheet], PROVENANCE, "en"))["features"][0]
    outer, hole = feature["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert {tuple(place) for place in outer} == {(116.4, 39.9), (116.4, 40.0), (116.5, 40.0), (116.5, 39.9)}
    assert shapely.geometry.shape(feature["geometry"]).symmetric_difference(holed).area < 1e-9


def test_geojson_without_rows_is_a_collection_without_features() -> None:
    """No gap is an answer."""
    assert orjson.loads(render(".geojson", [NONE], PROVENANCE, "en"))["features"] == []


def test_geojson_needs_a_sheet_with_places() -> None:
    """An hour of the week is nowhere."""
    with pytest.raises(UsageError, match=r"places .* \.csv"):
        render(".geojson", [WEEK], PROVENANCE, "en")


def test_geojson_opens_in_geopandas(tmp_path: Path) -> None:
    """A reader of other people's gets the same area and figures."""
    write(tmp_path / "areas.geojson", [AREAS], PROVENANCE, "en")
    found = geopandas.read_file(tmp_path / "areas.geojson")
    assert found.crs.to_epsg() == 4326
    assert found.geometry[0].normalize() == SQUARE.normalize()
    assert found["stations"].tolist()[::2] == [2, 0]


# GeoPackage


def test_geopackage_has_a_layer_or_a_table_for_every_sheet(tmp_path: Path) -> None:
    """Values read back; whole numbers stay whole, what is not known is null."""
    path = tmp_path / "areas.gpkg"
    write(path, [AREAS, WEEK, NONE], PROVENANCE, "zh")
    assert set(pyogrio.list_layers(path)[:, 0]) == {"areas", "week", "gaps", "provenance"}
    areas = geopandas.read_file(path, layer="areas")
    assert areas.crs.to_epsg() == 4326
    assert areas.geometry[0].equals(SQUARE)
    assert areas.geometry[1] is None
    assert areas["share"].tolist()[::2] == [0.75, 0.123456789012345]
    assert areas.isna().sum()[["name", "share", "moved_m", "stations"]].tolist() == [1, 1, 1, 1]
    assert pyogrio.read_info(path, layer="areas")["dtypes"][3].startswith("int")
    week = pyogrio.read_dataframe(path, layer="week")
    assert week["persons"].tolist() == [1.5, 2.5]
    assert len(geopandas.read_file(path, layer="gaps")) == 0
    assert pyogrio.read_dataframe(path, layer="provenance")["demand_source"].tolist() == ["=evil.csv"]


# Any form


@pytest.mark.parametrize("suffix", [".csv", ".geojson"])
def test_the_same_figures_make_the_same_bytes(suffix: str) -> None:
    """Nothing of the hour or the machine is in the file."""
    assert render(suffix, [AREAS], PROVENANCE, "zh") == render(suffix, [AREAS], PROVENANCE, "zh")


@pytest.mark.parametrize(
    ("suffix", "left"), [(".csv", [WEEK, NONE]), (".geojson", [WEEK]), (".xlsx", []), (".gpkg", [])]
)
def test_what_a_form_has_no_room_for_is_told(tmp_path: Path, suffix: str, left: list[FigureSheet]) -> None:
    """Writing returns the sheets that are not in the file."""
    assert list(write(tmp_path / f"x{suffix}", [AREAS, WEEK, NONE], PROVENANCE, "en")) == left
    assert list(left_out(suffix.upper(), [AREAS, WEEK, NONE])) == left


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_numbers_of_numpy_are_numbers_too(suffix: str) -> None:
    """A figure straight from an array is no text and no error."""
    figures = (column("count", np.int64(7)), column("share", np.float64(0.5)))
    made = render(suffix, [FigureSheet("x", LocalName("表", "X"), figures, (None,))], PROVENANCE, "en")
    if suffix == ".xlsx":
        assert [cell.value for cell in workbook(made)["X"][2]] == [7, 0.5]
    if suffix == ".csv":
        assert rows_of(made)[1][:2] == ["7", "0.5"]
    if suffix == ".geojson":
        assert orjson.loads(made)["features"][0]["properties"] == {"layer": "x", "count": 7, "share": 0.5}


@pytest.mark.parametrize("name", ["figures.pdf", "figures", ".csv"])
def test_an_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    """The message names those that can be written."""
    with pytest.raises(UsageError, match=r"\.csv, \.xlsx, \.geojson, \.gpkg"):
        write(tmp_path / name, [AREAS], PROVENANCE, "en")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_a_plain_sentence(tmp_path: Path) -> None:
    """The message names the file and says what to do."""
    with pytest.raises(UsageError, match=r"nowhere/a\.csv cannot be written: .* Choose a folder that exists"):
        write(tmp_path / "nowhere" / "a.csv", [AREAS], PROVENANCE, "en")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_leave_to_write_is_a_plain_sentence(tmp_path: Path) -> None:
    """Nothing is left behind."""
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        write(tmp_path / "a.csv", [AREAS], PROVENANCE, "en")


def test_a_file_is_replaced_as_a_whole_or_stays(tmp_path: Path) -> None:
    """What fails leaves the old file and nothing beside it; what works leaves nothing beside the new one."""
    path = tmp_path / "a.xlsx"
    path.write_text("old")
    with pytest.raises(UsageError):
        write(path, [texts("长" * 40_000)], PROVENANCE, "en")
    assert path.read_text() == "old"
    write(path, [AREAS], PROVENANCE, "en")
    assert openpyxl.load_workbook(path).sheetnames == ["Areas", "Provenance"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_of_that_name_is_a_plain_sentence(tmp_path: Path) -> None:
    """A folder cannot become a file, and nothing is left beside it."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "a.csv", [AREAS], PROVENANCE, "en")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
