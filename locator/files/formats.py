"""Recognising the format of a file by its content, and calling the reader for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from locator.errors import GeodataError
from locator.files.archives import open_archive
from locator.files.encodings import decode
from locator.files.tables import Content, read_text, read_workbook
from locator.language.messages import Message, message

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
_CONTROLS: Final = dict.fromkeys([*range(9), *range(14, 32), 127])
_LOOKED_AT: Final = 100_000  # characters
_TABLES: Final = (".csv", ".tsv", ".txt", ".tab")


def is_text(path: Path) -> bool:
    """Tell whether a file is of none of the binary formats that are read."""
    with path.open("rb") as file:
        return not file.read(16).startswith(_BINARY)


def read_content(path: Path, encoding: str | None) -> Content:
    """Read a file by what it holds; its suffix only tells a table from JSON where both are possible.

    Raises
    ------
    GeodataError
        If it is in no format that is read, or damaged, or too large for its reader.
    UsageError
        If the encoding is not known.
    """
    with path.open("rb") as file:
        head = file.read(100)
    if head.startswith(_ZIP):
        return _read_zip(path, encoding)
    if head.startswith(_OLE):
        return read_workbook(path, "xls")
    if head.startswith(_SQLITE):
        return _read_sqlite(path, head)
    if head.startswith(_FLATGEOBUF):
        from locator.files.vector_layers import read_layer  # loads Shapely and PROJ

        return read_layer(path, "fgb")
    return _read_text(path, head, encoding)


def workbook_kind(path: Path) -> str | None:
    """Tell whether a file is a workbook: ``xlsx``, ``ods`` or ``xls``; ``None`` where it is none."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(_OLE):
        return "xls"
    names = _names(path) if head.startswith(_ZIP) else set()
    return "xlsx" if "xl/workbook.xml" in names else "ods" if "content.xml" in names else None


def _names(path: Path) -> set[str]:
    with open_archive(path) as archive:
        return {name.replace("\\", "/").lower() for name in archive.namelist()}


def _read_zip(path: Path, encoding: str | None) -> Content:
    if kind := workbook_kind(path):
        return read_workbook(path, kind)
    names = _names(path)
    from locator.files.vector_layers import read_kmz, read_layer  # loads Shapely and PROJ

    if any(name.endswith(".kml") for name in names):
        return read_kmz(path, encoding)
    if any(name.endswith(".shp") for name in names):
        return read_layer(path, "shp")
    raise GeodataError(
        "{file} is an archive without a workbook, KML or shapefile in it. Unpack it and give the list itself.",
        file=path.name,
    )


def _read_sqlite(path: Path, head: bytes) -> Content:
    """Read a GeoPackage, which says that it is one in bytes 68 to 71."""
    if head[68:72] not in (b"GPKG", b"GP10", b"GP11"):
        raise GeodataError("{file} is a database, but not a GeoPackage. Export the list as one.", file=path.name)
    from locator.files.vector_layers import read_layer  # loads Shapely and PROJ

    return read_layer(path, "gpkg")


def _read_text(path: Path, head: bytes, encoding: str | None) -> Content:
    for first, words in _OTHERS.items():
        if head.startswith(first):
            raise _no_list(path, words)
    text, encoding_used = decode(path.read_bytes(), path.name, encoding)
    _refuse_binary(text, path)
    start = text[:_LOOKED_AT].lstrip()
    if not start:
        raise GeodataError("{file} is empty. Save the list again.", file=path.name)
    if start.startswith("<"):
        return _read_markup(text, start.lower(), path, encoding_used)
    if _is_json(text, start, path):
        from locator.files.json_records import read_json  # loads Shapely and PROJ

        return read_json(text, path.name, encoding_used)
    return read_text(text, path.name, encoding_used)


def _read_markup(text: str, start: str, path: Path, encoding: str) -> Content:
    if "<kml" in start or path.suffix.lower() == ".kml":
        from locator.files.vector_layers import read_kml  # loads Shapely and PROJ

        return read_kml(text, path.name, encoding)
    if "<html" in start or "<table" in start or "<!doctype html" in start:
        raise _no_list(path, message("a web page, as some programs save for spreadsheets"))
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
