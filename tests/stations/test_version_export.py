"""Stations taken out as files, opened by programs of other houses."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas
import openpyxl
import pytest

from locator.errors import UsageError
from locator.stations.reading import read_stations, to_stations
from locator.stations.schema import AMENITIES, Station
from locator.stations.version_export import FORMS, render

PLAIN = Station("a", "东华门驿站", "warm_station", 39.9162, 116.4042)
FULL = replace(
    PLAIN,
    station_id="b",
    amenities={"seats": "yes", "shower": "no"},
    seats=0,
    area_m2=12.5,
    status="closed_for_now",
    status_until=date(2026, 12, 31),
    status_note="装修中",
    checked_on=date(2026, 8, 21),
    phone="+86 10 12345678",
    doubts=("piled", "moved"),
    lon=-58.4,
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "＝1")


def test_geojson_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every fact of every station."""
    path = tmp_path / "stations.geojson"
    path.write_bytes(render("geojson", [PLAIN, FULL], {"data_version": "0123"}))
    assert to_stations(read_stations(path)) == [PLAIN, FULL]
    collection = json.loads(path.read_bytes())
    assert collection["data_version"] == "0123"
    assert ["status" in feature["properties"] for feature in collection["features"]] == [False, True]


def test_csv_has_a_column_for_every_amenity() -> None:
    """Yes, no or empty; a byte order mark for Excel; what is not known is empty, 0 is not."""
    made = render("csv", [PLAIN, FULL], {})
    assert made.startswith(b"\xef\xbb\xbf")
    plain, full = csv.DictReader(io.StringIO(made.decode("utf-8-sig")))
    assert (plain["name"], plain["lat"], plain["lon"], plain["seats"]) == ("东华门驿站", "39.9162", "116.4042", "")
    assert [full[f"amenity:{word}"] for word in ("seats", "shower", "wifi")] == ["yes", "no", ""]
    assert sum(heading.startswith("amenity:") for heading in full) == len(AMENITIES)
    assert (full["seats"], full["area_m2"], full["checked_on"], full["lon"]) == (
        "0",
        "12.5",
        "2026-08-21",
        "-58.4",
    )
    assert [plain[name] for name in ("status", "status_until", "status_note")] == ["open", "", ""]
    assert [full[name] for name in ("status", "status_until", "status_note")] == [
        "closed_for_now",
        "2026-12-31",
        "装修中",
    ]
    assert (full["doubts"], full["phone"]) == ("piled moved", "'+86 10 12345678")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_never_a_formula(text: str) -> None:
    """In CSV a sign stands before it, in a spreadsheet it is of the type text."""
    station = replace(PLAIN, address=text)
    (row,) = csv.DictReader(io.StringIO(render("csv", [station], {}).decode("utf-8-sig"), newline=""))
    assert row["address"] == f"'{text}"
    sheet = openpyxl.load_workbook(io.BytesIO(render("xlsx", [station], {}))).active
    cell = sheet.cell(2, [found.value for found in sheet[1]].index("address") + 1)
    assert cell.data_type == "s"
    assert cell.hyperlink is None


def test_a_worksheet_has_numbers_as_numbers() -> None:
    """So that they can be sorted; an address of the web is a text."""
    sheet = openpyxl.load_workbook(
        io.BytesIO(render("xlsx", [replace(FULL, photo_url="https://example.org/a.jpg")], {}))
    ).active
    row = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert [row[name].value for name in ("lat", "lon", "seats", "area_m2")] == [39.9162, -58.4, 0, 12.5]
    assert (row["amenity:shower"].value, row["amenity:wifi"].value) == ("no", None)
    assert (row["photo_url"].data_type, row["photo_url"].hyperlink) == ("s", None)


def test_geopackage_is_a_layer_of_points(tmp_path: Path) -> None:
    """In WGS 84, with the same columns."""
    path = tmp_path / "stations.gpkg"
    path.write_bytes(render("gpkg", [PLAIN, FULL], {}))
    found = geopandas.read_file(path, layer="stations")
    assert found.crs.to_epsg() == 4326
    assert [(point.x, point.y) for point in found.geometry] == [(116.4042, 39.9162), (-58.4, 39.9162)]
    assert found["station_id"].tolist() == ["a", "b"]
    assert found["amenity:shower"].isna().tolist() == [True, False]
    assert found["amenity:shower"].iloc[1] == "no"
    assert found["seats"].iloc[1] == 0


@pytest.mark.parametrize("form", list(FORMS))
def test_no_stations_are_a_file_too(form: str, tmp_path: Path) -> None:
    """With its headings, and without rows."""
    path = tmp_path / f"stations.{form}"
    path.write_bytes(render(form, [], {}))
    if form in ("geojson", "gpkg"):
        assert len(geopandas.read_file(path)) == 0
    elif form == "csv":
        assert list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))[1:] == []
    else:
        assert openpyxl.load_workbook(path).active.max_row == 1


def test_a_form_that_there_is_not_is_told() -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match=r"no format 'shp'\. Use one of: geojson, csv, xlsx, gpkg"):
        render("shp", [PLAIN], {})
