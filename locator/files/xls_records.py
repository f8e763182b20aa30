"""The records of a workbook of the old kind (.xls) that tell which rows are hidden or struck out.

Compound File Binary: https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb
Records: https://learn.microsoft.com/openspecs/office_file_formats/ms-xls
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from locator.files.cell_grids import Span

_FREE: Final = 0xFFFFFFFA  # sector numbers from here on are no sectors
_STREAMS: Final = ("Workbook", "Book")
_ENTRY: Final = 128  # bytes of an entry of the directory
_SMALLEST: Final = 4096  # smaller streams are stored in another way, and hold no list
_BOF, _EOF, _BOUNDSHEET, _FONT, _XF = 0x0809, 0x000A, 0x0085, 0x0031, 0x00E0
_ROW, _FILTERMODE, _MULRK = 0x0208, 0x009B, 0x00BD
_CELLS: Final = frozenset((0x00FD, 0x0203, 0x027E, 0x0204, 0x0006, 0x0205, 0x00D6))
_STRIKEOUT, _ZERO_HEIGHT = 0x0008, 0x0020


@dataclass(slots=True)
class SheetMarks:
    """The marks of a worksheet; rows by their number, from 1, columns from 0."""

    hidden: frozenset[int] = frozenset()
    filtered: frozenset[int] = frozenset()
    struck: dict[int, list[int]] = field(default_factory=dict)
    """Row to the columns of its cells that are struck out."""
    spans: list[Span] = field(default_factory=list)
    """Merged cells, where the reader of the cells does not give them."""


class _Record(NamedTuple):
    start: int
    kind: int
    data: bytes


def read_marks(raw: bytes) -> dict[str, SheetMarks]:
    """Read which rows of each worksheet are hidden, and which cells are struck out; none of a damaged file."""
    try:
        book = _stream(raw)
        records = list(_records(book, 0))
        struck = _struck_styles(records)
        sheets = [record.data for record in records if record.kind == _BOUNDSHEET]
        return {_sheet_name(data): _row_marks(book, struct.unpack_from("<I", data)[0], struck) for data in sheets}
    except (struct.error, IndexError, ValueError):  # the reader of the cells says what is damaged
        return {}


def streams_of(raw: bytes) -> dict[str, tuple[int, int]]:
    """Return the streams of a compound file: name to first sector and size; none of a damaged one."""
    try:
        directory = _chain(raw, _table(raw), struct.unpack_from("<I", raw, 48)[0])
        entries = (directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY))
        return dict(_entry(entry) for entry in entries)
    except (struct.error, IndexError, ValueError):
        return {}


def _entry(entry: bytes) -> tuple[str, tuple[int, int]]:
    (length,) = struct.unpack_from("<H", entry, 64)
    first, size = struct.unpack_from("<II", entry, 116)
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), (first, size)


def _stream(raw: bytes) -> bytes:
    streams = streams_of(raw)
    first, size = next((streams[name] for name in _STREAMS if name in streams), (0, 0))
    return _chain(raw, _table(raw), first)[:size] if size >= _SMALLEST else b""


def _sector(raw: bytes, number: int) -> bytes:
    (shift,) = struct.unpack_from("<H", raw, 30)
    if shift not in (9, 12):
        raise ValueError(shift)
    return raw[(number + 1) << shift : (number + 2) << shift]


def _numbers(sector: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4])


def _table(raw: bytes) -> list[int]:
    """Return the table of sectors: for each the one that follows it."""
    parts = list(_numbers(raw[76:512]))
    (more,) = struct.unpack_from("<I", raw, 68)
    seen = set[int]()
    while more < _FREE and more not in seen:
        seen.add(more)
        numbers = _numbers(_sector(raw, more))
        parts += numbers[:-1]
        more = numbers[-1]
    return [number for part in parts if part < _FREE for number in _numbers(_sector(raw, part))]


def _chain(raw: bytes, table: list[int], first: int) -> bytes:
    sectors, seen = list[bytes](), set[int]()
    while first < _FREE and first not in seen:
        seen.add(first)
        sectors.append(_sector(raw, first))
        first = table[first]
    return b"".join(sectors)


def _records(book: bytes, start: int) -> Iterator[_Record]:
    """Give the records from a place to the end of its part; those of charts within it are passed over."""
    depth = 0
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:
            yield _Record(start, kind, book[start + 4 : start + 4 + length])
        if depth <= 0:
            return
        start += 4 + length


def _struck_styles(records: list[_Record]) -> set[int]:
    fonts = [struct.unpack_from("<H", record.data, 2)[0] for record in records if record.kind == _FONT]
    # There is no font of the number 4.
    struck = {number + (number > 3) for number, bits in enumerate(fonts) if bits & _STRIKEOUT}
    styles = [struct.unpack_from("<H", record.data)[0] for record in records if record.kind == _XF]
    return {number for number, font in enumerate(styles) if font in struck}


def _sheet_name(data: bytes) -> str:
    length, is_wide = data[6], data[7] & 1
    return data[8 : 8 + length * (1 + is_wide)].decode("utf-16-le" if is_wide else "latin-1", "replace")


def _row_marks(book: bytes, start: int, styles: set[int]) -> SheetMarks:
    hidden, struck, is_filtered = set[int](), defaultdict[int, list[int]](list), False
    for _, kind, data in _records(book, start):
        if kind == _ROW:
            row, bits = struct.unpack_from("<H10xH", data)
            if bits & _ZERO_HEIGHT:
                hidden.add(row + 1)
        elif kind == _FILTERMODE:
            is_filtered = True
        elif kind in _CELLS and styles:
            row, column, style = struct.unpack_from("<HHH", data)
            if style in styles:
                struck[row + 1].append(column)
        elif kind == _MULRK and styles:
            row, column = struct.unpack_from("<HH", data)
            numbers = range((len(data) - 6) // 6)
            struck_here = [n for n in numbers if struct.unpack_from("<H", data, 4 + 6 * n)[0] in styles]
            if struck_here:
                struck[row + 1] += [column + n for n in struck_here]
    rows = frozenset(hidden)
    return SheetMarks(frozenset() if is_filtered else rows, rows if is_filtered else frozenset(), dict(struck))
