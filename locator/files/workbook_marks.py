"""What a workbook shows of its rows besides their values: which are hidden, filtered out, struck out or merged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final
from xml.etree import ElementTree
from zipfile import ZipFile

from locator.errors import GeodataError
from locator.files.archives import check_parts, open_archive, read_member
from locator.files.cell_grids import MAX_SPANS, Span
from locator.files.xls_records import SheetMarks, read_marks
from locator.files.xml_trees import attribute, local, whole_number

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_CHUNK: Final = 1 << 20
# Words without which a workbook has no such rows, so that its parts need not be read a second time.
_XLSX_ERROR, _XLSX_HIDDEN, _XLSX_FLAT, _STRIKE = b't="e"', b' hidden="', b' ht="0', b"strike"
_ODS_ERROR, _ODS_HIDDEN, _ODS_MERGED = b'-type="error"', b'table:visibility="', b"-spanned="
_ODS_STRUCK: Final = b'text-line-through-style="solid"'
_ODS_MARKS: Final = (_ODS_HIDDEN, _ODS_MERGED, _ODS_STRUCK)

_ROW: Final = re.compile(
    rb"<(?:\w+:)?row\b(?=[^>]*\b(?:hidden=[\"'](?:1|true)|ht=[\"']0(?:\.0*)?[\"']))[^>]*\br=[\"'](\d+)"
)
_FILTER: Final = re.compile(rb"<(?:\w+:)?autoFilter\b[^>]*\bref=[\"'][A-Z$]*(\d+)(?::[A-Z$]*(\d+))?")
_FILTERS: Final = b"filterColumn"
_LETTERS: Final = re.compile(rb"([A-Z]+)(\d+)")


def inspect_workbook(path: Path, kind: str) -> tuple[int, dict[str, SheetMarks]]:
    """Check the parts of a workbook, and read the marks of its worksheets where it has any.

    Returns
    -------
    tuple
        How many cells show an error, 0 if that is unknown; and worksheet to marks.

    Raises
    ------
    GeodataError
        If it is encrypted, or has parts that are refused.
    """
    if kind == "xls":
        raw = path.read_bytes()
        if _ENCRYPTED in raw:
            raise GeodataError("{file} is encrypted. Save it without a password.", file=path.name)
        return 0, read_marks(raw)
    with open_archive(path) as archive:
        if kind == "ods":
            counts = check_parts(archive, path.name, (_ODS_ERROR, *_ODS_MARKS))
            marks = _ods_marks(archive) if any(counts[word] for word in _ODS_MARKS) else {}
            return counts[_ODS_ERROR], marks
        if kind == "xlsb":
            check_parts(archive, path.name)
            return 0, {}
        words = (_XLSX_ERROR, _XLSX_HIDDEN, _XLSX_FLAT, _STRIKE)
        counts = check_parts(archive, path.name, words)
        return counts[_XLSX_ERROR], _xlsx_marks(archive) if any(counts[word] for word in words[1:]) else {}


# XLSX


def _xlsx_marks(archive: ZipFile) -> dict[str, SheetMarks]:
    try:
        parts = _sheet_parts(archive)
        styles, texts = _struck_styles(archive), _struck_texts(archive)
        return {
            name: _sheet_marks(archive, part, styles, texts)
            for name, part in parts.items()
            if part in archive.namelist()
        }
    except (ElementTree.ParseError, KeyError):  # the reader of the cells says what is damaged
        return {}


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """Return worksheet to the name of its part."""
    targets = _relations(archive, "xl/workbook.xml")
    root = ElementTree.fromstring(read_member(archive, "xl/workbook.xml"))  # noqa: S314 - declarations are refused
    sheets = [one for one in root.iter() if local(one) == "sheet"]
    return {one.get("name", ""): targets.get(attribute(one, "id"), "") for one in sheets}


def _relations(archive: ZipFile, part: str) -> dict[str, str]:
    """Return the parts that one refers to, by their id."""
    folder = PurePosixPath(part).parent
    name = str(folder / "_rels" / f"{PurePosixPath(part).name}.rels")
    if name not in archive.namelist():
        return {}
    root = ElementTree.fromstring(read_member(archive, name))  # noqa: S314 - declarations are refused
    return {one.get("Id", ""): _resolved(folder, one.get("Target", "")) for one in root}


def _resolved(folder: PurePosixPath, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    parts = list(folder.parts)
    for step in PurePosixPath(target).parts:
        if step == "..":
            del parts[-1:]
        else:
            parts.append(step)
    return "/".join(parts)


def _struck_styles(archive: ZipFile) -> set[int]:
    """Return the styles of cells whose font is struck out."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = ElementTree.fromstring(read_member(archive, "xl/styles.xml"))  # noqa: S314 - declarations are refused
    groups = {local(group): list(group) for group in root}
    fonts = {str(number) for number, font in enumerate(groups.get("fonts", ())) if _is_struck(font)}
    styles = enumerate(groups.get("cellXfs", ()))
    return {number for number, style in styles if number and style.get("fontId") in fonts}


def _is_struck(properties: ElementTree.Element | None) -> bool:
    strikes = [] if properties is None else [one for one in properties if local(one) == "strike"]
    return any(attribute(one, "val") not in ("0", "false") for one in strikes)


def _struck_texts(archive: ZipFile) -> set[int]:
    """Return the shared texts of which every letter is struck out."""
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist() or _STRIKE not in read_member(archive, name):
        return set()
    root = ElementTree.fromstring(read_member(archive, name))  # noqa: S314 - declarations are refused
    struck = set[int]()
    for number, item in enumerate(root):
        runs = [run for run in item if local(run) == "r"]
        filled = [run for run in runs if "".join(run.itertext()).strip()]
        properties = [next((one for one in run if local(one) == "rPr"), None) for run in filled]
        if properties and all(map(_is_struck, properties)):
            struck.add(number)
    return struck


def _sheet_marks(archive: ZipFile, part: str, styles: set[int], texts: set[int]) -> SheetMarks:
    cells = _cell_pattern(styles, texts)
    hidden, struck, filters = set[int](), defaultdict[int, list[int]](list), list[bytes]()
    with archive.open(part) as member:
        for piece in _pieces(member):
            hidden.update(int(match[1]) for match in _ROW.finditer(piece))
            for match in cells.finditer(piece) if cells else ():
                if match.lastindex == 1 or int(match[3]) in texts:
                    column, row = _cell(match[1] or match[2])
                    struck[row].append(column)
            if _FILTER.search(piece) or _FILTERS in piece:
                filters.append(piece)
    tables = [name for name in _relations(archive, part).values() if name.startswith("xl/tables/")]
    filters += [read_member(archive, name) for name in tables if name in archive.namelist()]
    filtered = hidden & set(_filtered_rows(filters)) if hidden else set()
    return SheetMarks(frozenset(hidden - filtered), frozenset(filtered), dict(struck))


def _cell_pattern(styles: set[int], texts: set[int]) -> re.Pattern[bytes] | None:
    """Return a pattern for cells of a style that is struck out, and for those with a shared text."""
    forms = []
    if styles:
        numbers = "|".join(map(str, sorted(styles)))
        forms.append(rf"""<(?:\w+:)?c\b(?=[^>]*\bs=["'](?:{numbers})["'])[^>]*\br=["']([A-Z]+\d+)""")
    if texts:
        forms.append(
            r"""<(?:\w+:)?c\b(?=[^>]*\bt=["']s["'])[^>]*\br=["']([A-Z]+\d+)["'][^>]*><(?:\w+:)?v>(\d+)<"""
        )
    if len(forms) == 1 and texts:
        forms.insert(0, "(?!)()")
    return re.compile("|".join(forms).encode()) if forms else None


def _cell(name: bytes) -> tuple[int, int]:
    """Return column, from 0, and row of a cell such as ``AB12``."""
    match = _LETTERS.fullmatch(name)
    letters, row = (match[1], int(match[2])) if match else (b"A", 0)
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1, row


def _pieces(member: IO[bytes]) -> Iterator[bytes]:
    """Give a part in pieces that end before a row or a cell begins."""
    kept = b""
    while chunk := member.read(_CHUNK):
        piece = kept + chunk
        end = max(piece.rfind(b"<row"), piece.rfind(b"<c "), piece.rfind(b":row"), piece.rfind(b":c "))
        end = piece.rfind(b"<", 0, end + 1) if end > 0 else len(piece)
        yield piece[:end]
        kept = piece[end:]
    yield kept


def _filtered_rows(parts: Iterable[bytes]) -> Iterator[int]:
    """Give the rows to which a filter with a condition applies."""
    listed = list(parts)
    if not any(_FILTERS in part for part in listed):
        return
    for part in listed:
        for match in _FILTER.finditer(part):
            yield from range(int(match[1]) + 1, min(int(match[2] or match[1]), 1 << 20) + 1)


# ODS


def _ods_marks(archive: ZipFile) -> dict[str, SheetMarks]:
    reader = _OdsReader()
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    try:
        with archive.open("content.xml") as member:
            while chunk := member.read(_CHUNK):
                parser.feed(chunk)
                for event, element in parser.read_events():
                    reader.take(event, element)
    except (ElementTree.ParseError, KeyError):  # the reader of the cells says what is damaged
        return {}
    return reader.marks


class _OdsReader:
    """Collects the marks of an OpenDocument spreadsheet from its elements."""

    def __init__(self) -> None:
        self.marks: dict[str, SheetMarks] = {}
        self._struck_styles: set[str] = set()
        self._style = ""
        self._sheet = SheetMarks()
        self._row, self._rows, self._column = 0, 1, 0

    def take(self, event: str, element: ElementTree.Element) -> None:
        """Take the start or the end of an element."""
        name = local(element)
        if event == "end":
            if name == "table-row":
                self._row += self._rows
                element.clear()
            return
        if name == "style":
            self._style = attribute(element, "name")
        elif name == "text-properties" and attribute(element, "text-line-through-style") == "solid":
            self._struck_styles.add(self._style)
        elif name == "table":
            self._sheet = self.marks[attribute(element, "name")] = SheetMarks()
            self._row = 0
        elif name == "table-row":
            self._start_row(element)
        elif name in ("table-cell", "covered-table-cell"):
            self._take_cell(element)

    def _start_row(self, element: ElementTree.Element) -> None:
        self._rows = _count(element, "number-rows-repeated")
        self._column = 0
        visibility = attribute(element, "visibility")
        if visibility in ("collapse", "filter"):
            rows = frozenset(range(self._row + 1, self._row + 1 + min(self._rows, MAX_SPANS)))
            if visibility == "filter":
                self._sheet.filtered |= rows
            else:
                self._sheet.hidden |= rows

    def _take_cell(self, element: ElementTree.Element) -> None:
        repeated = _count(element, "number-columns-repeated")
        down, across = _count(element, "number-rows-spanned"), _count(element, "number-columns-spanned")
        row, column = self._row + 1, self._column
        if (down > 1 or across > 1) and len(self._sheet.spans) < MAX_SPANS:
            self._sheet.spans.append(Span(row, column, row + down - 1, column + across - 1))
        if attribute(element, "style-name") in self._struck_styles:
            self._sheet.struck.setdefault(row, []).extend(range(column, column + min(repeated, 300)))
        self._column += repeated


def _count(element: ElementTree.Element, name: str) -> int:
    return whole_number(attribute(element, name), otherwise=1)
