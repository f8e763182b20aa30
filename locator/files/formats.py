"""Recognising the format of a file by its content, and calling the reader for it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipInfo

from locator.errors import GeodataError
from locator.files.archives import open_archive, read_member
from locator.files.cell_grids import Grids
from locator.files.encodings import decode
from locator.files.tables import Content
from locator.files.text_tables import read_text
from locator.files.web_tables import html_of, read_html
from locator.files.workbooks import read_workbook
from locator.files.xls_records import streams_of
from locator.files.xml_tables import DOCUMENT, SPREADSHEET, read_document, read_spreadsheet_xml
from locator.language.messages import Message, listed, message

# The readers of features are imported where they are called: they load Shapely and PROJ. A workbook is read by a
# process of its own, and a small one would take twice as long (0.9 s instead of 0.4 s, measured with 2 rows).

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SQLITE: Final = b"SQLite format 3\0"
_FLATGEOBUF: Final = b"fgb"
_BINARY: Final = (_ZIP, _OLE, _SQLITE, _FLATGEOBUF)
# The first bytes of files that are not tables, and the names of their formats.
_OTHERS: Final = {
    b"%PDF": message("a PDF document"),
    b"\xff\xd8\xff": message("a picture"),
    b"\x89PNG": message("a picture"),
    b"GIF8": message("a picture"),
    b"Rar!": message("a RAR archive"),
    b"7z\xbc\xaf": message("a 7z archive"),
    b"\x1f\x8b": message("a gzip archive"),
    b"\x00\x00\x27\x0a": message("a shapefile without its other parts"),
    b"PAR1": message("a Parquet file"),
}
# Parts of archives, and streams of compound files, that show other documents.
_OTHER_ZIPS: Final = {"ppt/presentation.xml": message("a presentation")}
_OTHER_OLE: Final = {
    "WordDocument": message("a document of an old kind (.doc, .wps); saved as .docx its table is read"),
    "PowerPoint Document": message("a presentation"),
}
_LISTS: Final = frozenset(".xlsx .xlsm .xls .et .ods .csv .tsv .txt .docx .html .htm .xml .json .geojson".split())
_NAME_LENGTH: Final = 60  # characters of a name in an archive; in UTF-8 at most 255 bytes, what file systems take
_CONTROLS: Final = dict.fromkeys([*range(9), *range(14, 32), 127])
_LOOKED_AT: Final = 100_000  # characters
_WORKBOOKS: Final = (".xls", ".xlsx", ".et")
_TABLES: Final = (".csv", ".tsv", ".txt", ".tab")


def is_text(path: Path) -> bool:
    """Tell whether a file is of none of the binary formats that are read."""
    with path.open("rb") as file:
        return not file.read(16).startswith(_BINARY)


def read_content(path: Path, encoding: str | None) -> Content | Grids:
    """Read a file by what it holds; its suffix only tells a table from JSON where both are possible.

    Returns
    -------
    Content | Grids
        Columns of records or features; or, where a file only has cells, all its tables as they stand.

    Raises
    ------
    GeodataError
        If it is in no format that is read, or damaged, or too large for its reader.
    UsageError
        If the encoding is not known.
    """
    return _read(path, encoding)


def _read(path: Path, encoding: str | None, is_packed: bool = False) -> Content | Grids:
    with path.open("rb") as file:
        head = file.read(100)
    if head.startswith(_ZIP):
        return _read_zip(path, encoding, is_packed)
    if head.startswith(_OLE):
        return _read_ole(path)
    if head.startswith(_SQLITE):
        return _read_sqlite(path, head)
    if head.startswith(_FLATGEOBUF):
        from locator.files.vector_layers import read_layer  # loads Shapely and PROJ

        return read_layer(path, "fgb")
    return _read_text(path, head, encoding)


def holds_grids(path: Path) -> bool:
    """Tell whether a file is a workbook or a document with tables, by its first bytes or its parts."""
    with path.open("rb") as file:
        head = file.read(100)
    if head.startswith(_ZIP):
        names = _names(path)
        return DOCUMENT in names or _workbook_kind(names) is not None
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return head.startswith(_OLE) or (plain.startswith(b"<") and path.suffix.lower() in _WORKBOOKS)


def _workbook_kind(names: set[str]) -> str | None:
    parts = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}
    return next((kind for part, kind in parts.items() if part in names), None)


def _names(path: Path) -> set[str]:
    with open_archive(path) as archive:
        return {name.replace("\\", "/").lower() for name in archive.namelist()}


def _read_zip(path: Path, encoding: str | None, is_packed: bool) -> Content | Grids:
    names = _names(path)
    for part, words in _OTHER_ZIPS.items():
        if part in names:
            raise _no_list(path, words)
    if DOCUMENT in names:
        return read_document(path)
    if kind := _workbook_kind(names):
        return read_workbook(path, kind)
    from locator.files.vector_layers import read_kmz, read_layer  # loads Shapely and PROJ

    if any(name.endswith(".kml") for name in names):
        return read_kmz(path, encoding)
    if any(name.endswith(".shp") for name in names):
        return read_layer(path, "shp")
    with TemporaryDirectory() as folder:
        inner, name = _unpack_list(path, Path(folder), is_packed)
        found = _read(inner, encoding, is_packed=True)
    note = message('The list is the file "{name}" of the archive.', name=name)
    return found._replace(notes=(note, *found.notes))


def _unpack_list(path: Path, folder: Path, is_packed: bool) -> tuple[Path, str]:
    """Unpack the one list in an archive; return it and its name there."""
    with open_archive(path) as archive:
        members = [info for info in archive.infolist() if not _is_aside(info.filename)]
        lists = [info for info in members if PurePosixPath(info.filename).suffix.lower() in _LISTS]
        lists = [info for info in lists if not info.filename.lower().endswith(".txt")] or lists
        if not lists or is_packed:
            raise GeodataError(
                "{file} is an archive without a workbook, KML or shapefile in it. Unpack it and give the list "
                "itself.",
                file=path.name,
            )
        if len(lists) > 1:
            raise GeodataError(
                "{file} holds several lists: {names}. Unpack it and give one of them.",
                file=path.name,
                names=listed(list(map(_shown, lists)), 10),
            )
        shown = _shown(lists[0])
        inner = folder / re.sub(r"[^\w. ()-]", "_", shown)[-_NAME_LENGTH:]
        inner.write_bytes(read_member(archive, lists[0].filename))
        return inner, shown


def _is_aside(name: str) -> bool:
    """Tell whether a member is a folder, or what programs put beside files."""
    last = name.rpartition("/")[2]
    return not last or last.startswith((".", "~$")) or name.startswith("__MACOSX/")


def _shown(info: ZipInfo) -> str:
    """Return the name of a member; older programs write it in GBK without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return name.rpartition("/")[2][-_NAME_LENGTH:]


def _read_ole(path: Path) -> Grids:
    streams = streams_of(path.read_bytes())
    for stream, words in _OTHER_OLE.items():
        if stream in streams:
            raise _no_list(path, words)
    return read_workbook(path, "xls")


def _read_sqlite(path: Path, head: bytes) -> Content | Grids:
    """Read a GeoPackage, which says that it is one in bytes 68 to 71."""
    if head[68:72] not in (b"GPKG", b"GP10", b"GP11"):
        raise GeodataError("{file} is a database, but not a GeoPackage. Export the list as one.", file=path.name)
    from locator.files.vector_layers import read_layer  # loads Shapely and PROJ

    return read_layer(path, "gpkg")


def _read_text(path: Path, head: bytes, encoding: str | None) -> Content | Grids:
    for first, words in _OTHERS.items():
        if head.startswith(first):
            raise _no_list(path, words)
    text, encoding_used = decode(path.read_bytes(), path.name, encoding)
    _refuse_binary(text, path)
    start = text[:_LOOKED_AT].lstrip()
    if not start:
        raise GeodataError("{file} is empty. Save the list again.", file=path.name)
    if start.startswith("MIME-Version:"):
        return read_html(html_of(path.read_bytes()), path.name, encoding_used)
    if start.startswith("<"):
        return _read_markup(text, start.lower(), path, encoding_used)
    if _is_json(text, start, path):
        from locator.files.json_records import read_json  # loads Shapely and PROJ

        return read_json(text, path.name, encoding_used)
    return read_text(text, path.name, encoding_used)


def _read_markup(text: str, start: str, path: Path, encoding: str) -> Content | Grids:
    if "<kml" in start or path.suffix.lower() == ".kml":
        from locator.files.vector_layers import read_kml  # loads Shapely and PROJ

        return read_kml(text, path.name, encoding)
    if SPREADSHEET in start:
        return read_spreadsheet_xml(text, path.name, encoding)
    if "<html" in start or "<table" in start or "<!doctype html" in start:
        return read_html(text, path.name, encoding)
    raise _no_list(path, message("XML of a kind that is not read"))


def _is_json(text: str, start: str, path: Path) -> bool:
    """Tell JSON from a table that begins with a bracket."""
    if path.suffix.lower() in (".json", ".geojson", ".ndjson", ".jsonl", ".geojsonl"):
        return True
    ends = text[-1_000:].rstrip().endswith(("}", "]"))
    return start.startswith(("{", "[")) and (ends or path.suffix.lower() not in _TABLES)


def _refuse_binary(text: str, path: Path) -> None:
    """Refuse content with NUL bytes, or with many other control characters."""
    sample = text[:_LOOKED_AT]
    odd = len(sample) - len(sample.translate(_CONTROLS))
    if "\0" in text or odd > len(sample) / 500:
        raise _no_list(path, message("no text: it has bytes that stand in none"))


def _no_list(path: Path, words: Message) -> GeodataError:
    return GeodataError(
        "{file} is not a table: it is {words}. Open it in its program and save the list as CSV or XLSX.",
        file=path.name,
        words=words,
    )
