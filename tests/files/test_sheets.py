"""Any file, read for what it holds."""

from __future__ import annotations

import contextlib
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import orjson
import pytest
import xlwt

from locator.errors import GeodataError, LocatorError, UsageError
from locator.files import limited_reading, sheets
from locator.files.formats import read_content
from locator.files.sheets import read_sheet

CSV = "名称,地址\n东华门驿站,东华门大街5号\n王府井驿站,王府井大街3号\n"
COLUMNS = {"名称": ["东华门驿站", "王府井驿站"], "地址": ["东华门大街5号", "王府井大街3号"]}
SPREADSHEET = (
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell><Data>名称</Data>'
    "</Cell></Row></Table></Worksheet></Workbook>"
)
DOCUMENT = (
    '<a xmlns:w="w"><w:body><w:tbl><w:tr><w:tc><w:p><w:t>名称</w:t></w:p></w:tc></w:tr></w:tbl></w:body></a>'
)
KML = "<kml><Placemark><name>a</name><Point><coordinates>116.4,39.9</coordinates></Point></Placemark></kml>"


def put(path: Path, content: bytes | str) -> Path:
    """Write a file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(path: Path) -> Path:
    """Write a workbook with the rows of the table."""
    book = openpyxl.Workbook()
    for line in CSV.splitlines():
        book.active.append(line.split(","))
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "content", "kind", "encoding"),
    [
        ("a.csv", CSV.encode("gbk"), "csv", "gb18030"),
        ("a.tsv", CSV.replace(",", "\t").encode("utf-16"), "tsv", "utf-16"),
        ("a.xls", CSV.encode("gbk"), "csv", "gb18030"),
        ("a.xlsx", CSV, "csv", "utf-8"),
        ("a.txt", '[{"名称": "甲"}]', "json", "utf-8"),
        ("a.csv", '{"名称": [1]}\n{"名称": [2]}', "ndjson", "utf-8"),
        ("a.json", '{"rows": [{"a": 1}]}'.encode("utf-8-sig"), "json", "utf-8-sig"),
        ("a.json", '{"type": "FeatureCollection", "features": [{"properties": {"a": 1}}]}', "geojson", "utf-8"),
        ("a.xml", KML, "kml", "utf-8"),
    ],
)
def test_the_content_says_what_a_text_is(
    tmp_path: Path, name: str, content: bytes | str, kind: str, encoding: str
) -> None:
    """Whatever its suffix is."""
    sheet = read_sheet(put(tmp_path / name, content))
    assert (sheet.name, sheet.kind, sheet.encoding) == (name, kind, encoding)
    if kind in ("csv", "tsv"):
        assert sheet.columns == COLUMNS
        assert len(sheet) == 2


@pytest.mark.usefixtures("own_process")
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_workbook_is_read_whatever_its_suffix(tmp_path: Path, name: str) -> None:
    """In a process of its own, and comes back whole."""
    sheet = read_sheet(workbook(tmp_path / "a.xlsx").rename(tmp_path / name))
    assert (sheet.name, sheet.kind, sheet.encoding, sheet.columns) == (name, "xlsx", None, COLUMNS)


@pytest.mark.usefixtures("own_process")
def test_positions_come_back_from_the_other_process(tmp_path: Path) -> None:
    """Read from KML in an archive."""
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)
    sheet = read_sheet(tmp_path / "a.kmz")
    assert (sheet.kind, sheet.columns) == ("kmz", {"name": ["a"]})
    np.testing.assert_array_equal(sheet.lonlat, [[116.4, 39.9]])


def test_an_encoding_can_be_given(tmp_path: Path) -> None:
    """For text alone; one that is not known is refused."""
    path = put(tmp_path / "a.csv", CSV.encode("gbk"))
    assert read_sheet(path, encoding="gb18030").columns == COLUMNS
    with pytest.raises(UsageError, match='not "klingon"'):
        read_sheet(path, encoding="klingon")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b" \r\n ", "is empty"),
        ("a.csv", b"%PDF-1.7 and more", "a PDF document"),
        ("a.csv", b"\xff\xd8\xff\xe0 and more", "a picture"),
        ("a.xlsx", b"Rar!\x1a\x07", "a RAR archive"),
        ("a.csv", b"a,b\n1,\0\n", "bytes that stand in none"),
        ("a.csv", bytes(range(1, 128)) * 5, "bytes that stand in none"),
        ("a.csv", b"\xff\xfe\xfd\xfc\xfb", "not text"),
        ("a.xls", "<html><table><tr><td>1</td></tr></table></html>", "a web page"),
        ("a.gpkg", "<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTDataSource>", "XML"),
        ("a.gpkg", b"SQLite format 3\0" + bytes(100), "not a GeoPackage"),
        ("a.json", CSV, "is not JSON"),
        ("a.shp", b"\x00\x00\x27\x0a" + bytes(100), "a shapefile without its other parts"),
        ("a.kml", "<?xml version='1.0'?><!DOCTYPE kml><kml/>", "DOCTYPE"),
        ("a.kml", "<?xml version='1.0' encoding='utf-16'?><!ENTITY a><kml/>".encode("utf-16"), "ENTITY"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, name: str, content: bytes | str, reason: str) -> None:
    """With what it is and what to do, whatever its suffix promises."""
    with pytest.raises(GeodataError, match=reason):
        read_sheet(put(tmp_path / name, content))


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(GeodataError, match="No such file"):
        read_sheet(tmp_path / "none.csv")
    with pytest.raises(GeodataError, match="cannot be read"):
        read_sheet(tmp_path)


def test_a_large_file_is_refused_by_its_size(tmp_path: Path) -> None:
    """Two hundred megabytes of nothing are not even opened."""
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(GeodataError, match=r"has 200 MB, more than 100 MB\."):
        read_sheet(tmp_path / "a.csv")


@pytest.mark.usefixtures("own_process")
def test_a_cell_far_away_from_the_others_is_refused(tmp_path: Path) -> None:
    """A workbook of 5 kB that asks for half a terabyte stops the process that reads it and no other."""
    book = openpyxl.Workbook()
    book.active["A1"] = "a"
    book.active["XFD1048576"] = "b"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(GeodataError, match="more than 1500 MB of memory"):
        read_sheet(tmp_path / "a.xlsx")


@pytest.mark.usefixtures("own_process")
def test_reading_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little the file has."""
    monkeypatch.setattr(limited_reading, "LIMITS", replace(limited_reading.LIMITS, time_s=0.001))
    with pytest.raises(GeodataError, match=r"takes more than 0\.001 s"):
        read_sheet(workbook(tmp_path / "a.xlsx"))


@pytest.mark.usefixtures("own_process")
def test_errors_come_back_from_the_other_process(tmp_path: Path) -> None:
    """Those of the file and those of the caller, as they are."""
    path = workbook(tmp_path / "a.xlsx")
    put(tmp_path / "b.xlsx", path.read_bytes()[:2_000])
    with pytest.raises(GeodataError, match=r"b\.xlsx is a damaged or cut off archive"):
        read_sheet(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)
    with pytest.raises(UsageError, match="Encoding must be one that is known"):
        read_sheet(tmp_path / "a.kmz", encoding="klingon")


def test_an_encrypted_workbook_and_one_that_is_none_are_refused(tmp_path: Path) -> None:
    """Both are containers of an old kind."""
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    with pytest.raises(GeodataError, match="encrypted"):
        read_sheet(put(tmp_path / "a.xlsx", ole + "EncryptedPackage".encode("utf-16-le")))
    with pytest.raises(GeodataError, match=r"damaged"):
        read_sheet(put(tmp_path / "a.xls", ole))


def pack(path: Path, members: dict[str, bytes]) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_an_archive_with_one_list_is_read(tmp_path: Path) -> None:
    """Whatever stands beside it; what is in it counts, not its suffix."""
    inner = workbook(tmp_path / "a.xlsx").read_bytes()
    members = {"名单/暖心.xls": inner, "说明.txt": b"x", "__MACOSX/名单/._a.xlsx": b"x", "~$a.xlsx": b"x"}
    sheet = read_sheet(pack(tmp_path / "a.zip", members))
    assert (sheet.name, sheet.kind, sheet.columns) == ("a.zip", "xlsx", COLUMNS)
    assert sheet.notes[0] == 'The list is the file "暖心.xls" of the archive.'
    assert read_sheet(pack(tmp_path / "b.zip", {"a.csv": CSV.encode("gbk")})).columns == COLUMNS


def test_an_archive_without_one_list_is_refused(tmp_path: Path) -> None:
    """One within another is not opened, nor is one chosen from several; too large a list is not unpacked."""
    packed = pack(tmp_path / "inner.zip", {"a.csv": CSV.encode()}).read_bytes()
    for name in ("inner.zip", "inner.xlsx"):
        with pytest.raises(GeodataError, match="without a workbook"):
            read_sheet(pack(tmp_path / "a.zip", {name: packed}))
    with pytest.raises(GeodataError, match=r"several lists: a\.csv, b\.csv\."):
        read_sheet(pack(tmp_path / "a.zip", {"a.csv": CSV.encode(), "c/b.csv": CSV.encode()}))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"a,b\n" * 30_000_000)
    with pytest.raises(GeodataError, match="when unpacked"):
        read_sheet(tmp_path / "bomb.zip")


def test_documents_of_other_kinds_are_called_by_their_names(tmp_path: Path) -> None:
    """With what to do where there is something."""
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, "名称")
    book.save(str(tmp_path / "a.xls"))
    name, other = (
        "Workbook".encode("utf-16-le").ljust(64, b"\0"),
        "WordDocument".encode("utf-16-le").ljust(64, b"\0"),
    )
    raw = (tmp_path / "a.xls").read_bytes()
    raw = raw.replace(name + b"\x12\0", other + b"\x1a\0")
    with pytest.raises(GeodataError, match=r"saved as \.docx its table is read"):
        read_sheet(put(tmp_path / "a.wps", raw))
    with pytest.raises(GeodataError, match="a presentation"):
        read_sheet(pack(tmp_path / "a.pptx", {"ppt/presentation.xml": b"<a/>"}))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        (
            "a.xls",
            "<table><tr><th>名称<th>地址<tr><td>东华门驿站<td>东华门大街5号<tr><td>王府井驿站<td>王府井大街3号</table>",
            "html",
        ),
        ("a.xls", "\n".join(line.replace(",", "\t") for line in CSV.split("\n")), "tsv"),
        ("a.txt", "|名称|地址|\n|--|--|\n|东华门驿站|东华门大街5号|\n|王府井驿站|王府井大街3号|\n", "csv"),
    ],
)
def test_a_table_is_read_in_whatever_form_it_comes(tmp_path: Path, name: str, content: str, kind: str) -> None:
    """In any encoding."""
    sheet = read_sheet(put(tmp_path / name, content.encode("gbk")))
    assert (sheet.kind, sheet.columns) == (kind, COLUMNS)


def test_what_a_collection_says_of_all_its_features_is_kept(tmp_path: Path) -> None:
    """It may name the datum."""
    crs = {"type": "name", "properties": {"name": "EPSG:4490"}}
    feature = {"type": "Feature", "properties": {"a": 1}, "geometry": None}
    members = {"type": "FeatureCollection", "datum": "gcj02", "crs": crs, "features": [feature]}
    sheet = read_sheet(put(tmp_path / "a.geojson", orjson.dumps(members)))
    assert sheet.titles == ("datum: gcj02", "crs: EPSG:4490")
    sheet = read_sheet(put(tmp_path / "a.json", orjson.dumps({"coordinate_system": "高德", "rows": [{"a": 1}]})))
    assert sheet.titles == ("coordinate_system: 高德",)


@pytest.mark.usefixtures("own_process")
def test_a_large_text_is_read_as_a_small_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own, with the same answer."""
    path = put(tmp_path / "a.csv", CSV)
    small = read_sheet(path)
    monkeypatch.setattr(sheets, "_SMALL", 10)
    assert read_sheet(path) == small


def test_damaged_files_give_an_error_or_a_sheet(tmp_path: Path) -> None:
    """Cut off anywhere or with bytes changed, in every format that is not read by a process of its own alone."""
    dice = random.Random(6)
    xls = xlwt.Workbook()
    xls.add_sheet("a").write(0, 0, "名称")
    xls.save(str(tmp_path / "a.xls"))
    features = '{"type":"FeatureCollection","features":[{"properties":{"a":"甲"},"geometry":{"type":"Polygon",'
    for name, raw in {
        "b.csv": CSV.encode("gbk"),
        "b.tsv": CSV.replace(",", "\t").encode("utf-16"),
        "b.json": b'{"data": [{"a": {"b": 1}, "c": [1, 2]}]}',
        "b.geojson": (features + '"coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}').encode(),
        "b.kml": KML.encode(),
        "b.xlsx": workbook(tmp_path / "a.xlsx").read_bytes(),
        "b.xls": "<table><tr><td rowspan=2>名称<td>地址<tr><td>甲<table></table></table>".encode(),
        "c.xls": SPREADSHEET.encode(),
        "b.docx": pack(tmp_path / "a.docx", {"word/document.xml": DOCUMENT.encode()}).read_bytes(),
    }.items():
        for _ in range(12):
            damaged = bytearray(raw[: dice.randrange(len(raw) // 2, len(raw) + 1)])
            for _ in range(dice.randrange(4)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            with contextlib.suppress(LocatorError):
                assert read_content(put(tmp_path / name, bytes(damaged)), None).kind


def test_the_list_of_zhengzhou_is_read(shared_data: Path) -> None:
    """Eighty-two rows of thirteen columns, in UTF-8."""
    sheet = read_sheet(shared_data / "zhengzhou_union_stations.json")
    assert (len(sheet), len(sheet.columns), sheet.encoding, sheet.lonlat) == (82, 13, "utf-8", None)
    assert sheet.columns["lat"][0] == 34.819187


def test_the_list_of_seoul_is_read(shared_data: Path) -> None:
    """Its shelters, under headings in Korean."""
    sheet = read_sheet(shared_data / "seoul_cold_shelters.csv")
    assert (len(sheet), sheet.kind) == (1_312, "csv")
    assert {"쉼터명칭", "경도", "위도"} <= set(sheet.columns)
