"""Pending rows as tables: taken out, filled in or mended in a spreadsheet, and brought back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from locator.errors import UsageError
from locator.files.cells import as_text, is_empty
from locator.files.sheets import Sheet, read_sheet
from locator.files.writing import SHEET_ROWS, csv_bytes, xlsx_bytes
from locator.geo.datum import Datum, convert_point, parse_datum
from locator.geo.geodesy import check_position
from locator.importing.deciding.pending_listing import NUMBER, own_heading, pending_of
from locator.importing.deciding.pending_rows import REFUSED, PendingRow, PendingRows
from locator.importing.deciding.places import PASTED_M, Place, place_rows, placed_ids, with_placed
from locator.importing.deciding.profiles import load_profile
from locator.importing.intake import Choices, Proposal, keeping, propose_sheet, publish
from locator.importing.understanding.datum_words import without_datum
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.heading_words import STATION_HEADINGS
from locator.language.catalogue import SOURCE, languages
from locator.language.characters import letters
from locator.language.messages import localize, message
from locator.stations.position_fields import typed_position
from locator.stations.schema import KINDS
from locator.stations.store import Store

_LIST: Final = message("Of the list")
_ROW: Final = message("Row in the list")
_REASON: Final = message("Why it is here")
_NAME: Final = message("Name")
_ADDRESS: Final = message("Address")
_DISTRICT: Final = message("District")
_WRITTEN: Final = message("What the list says of the position")
_LAT: Final = message("Latitude")
_LON: Final = message("Longitude")
_DATUM: Final = message("Datum (wgs84, gcj02 or bd09)")
_TO_FILL_IN: Final = (_LAT, _LON, _DATUM)


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row of a table could not be taken."""

    row: int
    """As the spreadsheet numbers it."""
    name: str | None
    reason: str


@dataclass(slots=True)
class BroughtBack:
    """What came of a table."""

    placed: int = 0
    """Rows that were placed and are published."""
    mended: int = 0
    """Refused rows that are published now."""
    waiting: int = 0
    """Refused rows that only wait for a position now."""
    left: int = 0
    """Rows to be placed that have no position yet."""
    faults: list[RowFault] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    """The versions that were published."""


# Out


def pending_table(rows: Sequence[PendingRow], form: str, lang: str = SOURCE) -> bytes:
    """Return pending rows of one kind as a table that can be brought back.

    Rows to be placed have empty columns for latitude, longitude and datum. Refused rows have the cells of their
    list, under its headings. Texts stay texts.

    Parameters
    ----------
    rows
        From `PendingRows.rows`.
    form
        ``xlsx`` or ``csv``.
    lang
        The language of the other headings and of the reasons.

    Raises
    ------
    UsageError
        If the form is another, or there are more rows than a spreadsheet has.
    """
    is_refused = any(row.listed.what == REFUSED for row in rows)
    headings, cells = _refused_table(rows, lang) if is_refused else _table_to_fill_in(rows, lang)
    if form == "csv":
        return csv_bytes(headings, cells)
    if form != "xlsx":
        raise UsageError("There is no format {value}. Use one of: {known}.", value=repr(form), known="xlsx, csv")
    if len(rows) > SHEET_ROWS:
        raise UsageError(
            "A spreadsheet has room for {most:,} rows, not for {count:,}. Choose csv.",
            most=SHEET_ROWS,
            count=len(rows),
        )
    return xlsx_bytes(localize(message("To do"), lang), headings, cells)


def _table_to_fill_in(rows: Iterable[PendingRow], lang: str) -> tuple[list[str], list[list[Any]]]:
    own = (NUMBER, _NAME, _ADDRESS, _DISTRICT, _LIST, _ROW, _REASON, _WRITTEN, *_TO_FILL_IN)
    cells = [
        [
            row.number,
            row.listed.name,
            row.listed.address,
            row.listed.district,
            row.source,
            row.listed.row,
            localize(row.listed.reason, lang),
            row.listed.written,
            *(None for _ in _TO_FILL_IN),
        ]
        for row in rows
    ]
    return [localize(heading, lang) for heading in own], cells


def _refused_table(rows: Sequence[PendingRow], lang: str) -> tuple[list[str], list[list[Any]]]:
    headings = list(dict.fromkeys(heading for row in rows for heading in row.listed.cells))
    own = (NUMBER, _LIST, _ROW, _REASON)
    cells = [
        [
            row.number,
            row.source,
            row.listed.row,
            localize(row.listed.reason, lang),
            *(_cell(row.listed.cells.get(heading)) for heading in headings),
        ]
        for row in rows
    ]
    return [*(localize(heading, lang) for heading in own), *headings], cells


def _cell(value: Any) -> Any:
    return as_text(value) if isinstance(value, (list, dict)) else value


# Back


def read_pending_table(path: Path, *, encoding: str | None = None) -> Sheet:
    """Read a table of pending rows.

    Raises
    ------
    GeodataError
        If the file cannot be read.
    UsageError
        If it is no such table.
    """
    sheet = read_sheet(path, encoding=encoding, vocabulary=STATION_HEADINGS)
    if own_heading(sheet, NUMBER) is None:
        raise UsageError(
            "{file} has no column {heading}. Bring back the table that was taken out, with that column in it.",
            file=path.name,
            heading=NUMBER,
        )
    return sheet


def bring_back(sheet: Sheet, store: Store, *, datum: Datum | None, who: str, why: str) -> BroughtBack:
    """Publish what was filled in or mended in a table of pending rows.

    Rows to be placed that have a position are published in one version. Mended rows are imported as a part of
    their list, one version for each list; nothing of the rest of the list is retired. All others stay.

    Parameters
    ----------
    sheet
        From `read_pending_table`.
    store
        Where to publish.
    datum
        Of the positions whose row names none.
    who, why
        For the versions.

    Raises
    ------
    ConflictError
        If somebody else publishes meanwhile. What was published before stays, and the table can be brought back
        again.
    GeodataError
        If the store cannot be written.
    """
    result = BroughtBack()
    rows = _rows_of(sheet, store, result)
    to_place = {row: kept for row, kept in rows.items() if kept.listed.what != REFUSED}
    _place(sheet, to_place, store, result, datum=datum, who=who, why=why)
    by_list: dict[str, dict[int, PendingRow]] = defaultdict(dict)
    for row, kept in rows.items():
        if kept.listed.what == REFUSED:
            by_list[kept.source][row] = kept
    for source, mended in by_list.items():
        _mend(sheet, source, mended, store, result, who=who, why=why)
    result.faults.sort(key=lambda fault: fault.row)
    return result


def _rows_of(sheet: Sheet, store: Store, result: BroughtBack) -> dict[int, PendingRow]:
    """Find the pending row of each row of a table, counted from 1."""
    pending, found, seen = PendingRows(store.writable()), dict[int, PendingRow](), set[int]()
    for row, cell in enumerate(sheet.columns[own_heading(sheet, NUMBER) or ""], 1):
        text = as_text(cell).removesuffix(".0")
        try:
            if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
                raise UsageError("{value} is no to-do number. Leave that column as it was.", value=repr(cell))
            if int(text) in seen:
                raise UsageError("The to-do number {value} stands twice. Leave one of the rows.", value=text)
            seen.add(int(text))
            found[row] = pending.find(int(text))
        except UsageError as fault:
            result.faults.append(RowFault(sheet.place_of(row).number, None, fault.message))
    return found


_DIGITS: Final = 15


def _place(
    sheet: Sheet,
    rows: Mapping[int, PendingRow],
    store: Store,
    result: BroughtBack,
    *,
    datum: Datum | None,
    who: str,
    why: str,
) -> None:
    """Publish the rows that have a position now."""
    loaded = store.current()
    contents = store.contents(loaded.number, loaded)
    placed, places = placed_ids(contents), dict[int, Place]()
    for row, kept in rows.items():
        try:
            if kept.listed.station_id in placed:
                raise UsageError("It is placed already, and stays as it is.")
            position = _position(sheet, row, datum)
        except UsageError as fault:
            result.faults.append(RowFault(sheet.place_of(row).number, kept.listed.name, fault.message))
            continue
        if position is None:
            result.left += 1
        else:
            places[row] = Place(kept, *position, PASTED_M)
    numbers = list(places)
    made = place_rows(list(places.values()), contents, Area(loaded.geodata.districts))
    for number, reason in made.refused.items():
        row = numbers[number]
        result.faults.append(RowFault(sheet.place_of(row).number, rows[row].listed.name, reason))
    if made.stations:
        changed = with_placed(contents, made.stations.values())
        result.versions.append(store.publish(changed, parent=loaded.number, who=who, why=why).number)
        result.placed = len(made.stations)


def _position(sheet: Sheet, row: int, datum: Datum | None) -> tuple[float, float] | None:
    """Return (lat, lon) in WGS 84 from the cells that were filled in, ``None`` if they are empty."""
    headings = (own_heading(sheet, heading) for heading in _TO_FILL_IN)
    lat, lon, said = (sheet.columns[heading][row - 1] if heading else None for heading in headings)
    cells = [as_text(cell) for cell in (lat, lon) if not is_empty(cell)]
    if not cells:
        return None
    pair = _pair(cells)
    if pair is None:
        raise UsageError(
            "{value} is not a position. Write the latitude and the longitude in degrees, such as 39.9155 and "
            "116.4050.",
            value=f"“{' '.join(cells)[:60]}”",
        )
    check_position(*pair)
    if pair == (0, 0):
        raise UsageError(
            "the position 0, 0 stands for one that is not known. Leave it empty, or give the right one."
        )
    meant = _datum(said) or datum
    if meant is None:
        raise UsageError(
            "its datum is not said. Fill it in: wgs84 for GPS, gcj02 for Amap and Tencent, bd09 for Baidu."
        )
    return convert_point(*pair, meant, Datum.WGS84)


def _pair(cells: Sequence[str]) -> tuple[float, float] | None:
    """Read latitude and longitude from two cells, or both from one of them."""
    if len(cells) == 2 and all(re.fullmatch(r"-?[0-9]{1,3}", cell) for cell in cells):
        return float(cells[0]), float(cells[1])  # whole degrees, which a single text must not be
    return typed_position(", ".join(cells))


def _datum(cell: Any) -> Datum | None:
    if is_empty(cell):
        return None
    rest, datum = without_datum(as_text(cell))
    return datum if datum and not letters(rest) else parse_datum(as_text(cell))


def _mend(
    sheet: Sheet,
    source: str,
    rows: Mapping[int, PendingRow],
    store: Store,
    result: BroughtBack,
    *,
    who: str,
    why: str,
) -> None:
    """Import mended rows as a part of their list."""
    profile = load_profile(store.writable(), source)
    kind = profile.kind if profile else next(iter(KINDS))
    part = _part(sheet, list(rows), list(rows.values()))
    # As the whole list was understood: some of its cells tell too little.
    columns = {
        name: said for row in rows.values() for name, said in row.listed.fields.items() if said in part.columns
    }
    choices = Choices(kind, source, columns, is_part=True, add_again=True)
    proposal = propose_sheet(part, choices, store)
    if any(proposal.changes.values()):
        result.versions.append(publish(proposal, store, who=who, why=why).number)
    else:
        with keeping(proposal, store, who):
            pass
    _forget_mended(proposal, rows.values(), store)
    result.mended += len(proposal.stations)
    result.waiting += len(proposal.waiting)
    result.faults += [
        RowFault(proposal.sheet.place_of(one.row).number, proposal.draft.columns["name"][one.row - 1], one.reason)
        for one in proposal.refused
    ]


def _part(sheet: Sheet, rows: Sequence[int], kept: Sequence[PendingRow]) -> Sheet:
    """Return some rows of a table under the headings of their list."""
    own = {localize(heading, lang) for heading in (NUMBER, _LIST, _ROW, _REASON) for lang in languages()}
    headings = dict.fromkeys(heading for row in kept for heading in row.listed.cells)
    # The reader numbers a heading of the list that is one of ours too.
    columns = {heading: sheet.columns.get(f"{heading} (2)" if heading in own else heading) for heading in headings}
    return replace(
        sheet,
        columns={
            heading: [cells[row - 1] for row in rows] for heading, cells in columns.items() if cells is not None
        },
        row_numbers=tuple(sheet.place_of(row).number for row in rows),
        row_worksheets=None,
        marks={},
        left_out=(),
    )


def _forget_mended(proposal: Proposal, rows: Iterable[PendingRow], store: Store) -> None:
    """Forget the rows under the keys that they had before they were mended."""
    verdicts = proposal.waiting, proposal.refused
    still = {row.key for row in pending_of(proposal.sheet, proposal.match, proposal.draft, *verdicts)}
    source = proposal.choices.source
    PendingRows(store.writable()).settle(source, {row.listed.key for row in rows} - still, by_hand=True)
