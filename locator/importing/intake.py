"""An import from end to end: read a list, compare it with the published stations, and publish it."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from locator.errors import ColumnsUnknownError, GeodataError, UsageError
from locator.files.resaved_cells import as_number
from locator.files.sheets import Sheet, read_sheet
from locator.geo.datum import Datum
from locator.importing.deciding.comparing import Comparison, Origin, compare_list
from locator.importing.deciding.own_exports import compare_export, exported_version, is_own_export
from locator.importing.deciding.pending_listing import NUMBER, own_heading, pending_of
from locator.importing.deciding.pending_rows import Brief, Known, ListedRow, PendingRows
from locator.importing.deciding.places import placed_ids
from locator.importing.deciding.profiles import Profile, known_sources, load_profile, save_profile
from locator.importing.deciding.stops import Stop
from locator.importing.field_words import heading_text
from locator.importing.list_names import SOURCE_LETTERS, source_of
from locator.importing.understanding.datums import Surroundings
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.heading_words import STATION_HEADINGS
from locator.importing.understanding.headings import Match, match_headings
from locator.importing.understanding.positions import RowPositions, locate
from locator.importing.understanding.values import Draft, read_values
from locator.language.messages import joined, message
from locator.places.landmarks import shipped_landmarks
from locator.stations.geodata import read_districts
from locator.stations.hours import STATION_TIMEZONE, current_day
from locator.stations.reading import collector_paused
from locator.stations.schema import BY_HAND, KINDS, District, Station
from locator.stations.store import BASE, Contents, Manifest, Store

Tell = Callable[[float, str], None]
"""Called with the share that is done, 0-1, and the next step in words."""

_NAMED_COLUMNS: Final = 50


@dataclass(frozen=True, slots=True)
class Choices:
    """A steward's choices for a list; what is left out is detected, taken from last time or refused."""

    kind: str
    """The kind of rows that do not name theirs."""
    source: str
    """The name of the list: stations that came from it and are missing from it now are retired."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field to heading; an empty heading leaves the field out."""
    datum: Datum | None = None
    crs: str | None = None
    encoding: str | None = None
    anywhere: bool = False
    """Whether stations may lie outside the districts."""
    swap: bool = False
    """Whether to exchange latitude and longitude where that makes a likely position."""
    districts: Path | None = None
    """A file of district outlines, published with the list in place of the current ones."""
    worksheets: tuple[str, ...] = ()
    """The worksheets to read; empty: those that have a table of stations."""
    heading_row: int | None = None
    """The row of the headings, as a spreadsheet numbers it."""
    listed_on: date | None = None
    """The day of the list: ``checked_on`` of the rows that have none."""
    forget: bool = False
    """Whether to leave out what was chosen for the last list of the source."""
    retire_many: bool = False
    """Whether the list may retire more than a tenth of the stations of its source."""
    add_again: bool = False
    """Whether the list may add stations that are published from another list."""
    move_all: bool = False
    """Whether the list may move its stations by one common vector."""
    is_part: bool = False
    """Whether the list has only some of the rows of its source, so that nothing is known of the others."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was taken from the choices for the last list of the source."""

    on: date | None
    """The day of that list."""
    names: frozenset[str]
    """Of the members of `Choices`: ``columns``, ``datum``, ``crs``, ``encoding``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says by itself, before it is compared with anything."""

    choices: Choices
    """With those that were saved for the source."""
    sheet: Sheet
    match: Match
    around: Surroundings
    """What positions are compared with."""
    is_export: bool
    """Whether it is an export of this service, which says its datum."""


Look = Callable[[Reading], None]
"""Called once the columns are known, before anything that a choice may be missing for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(Comparison):
    """What publishing a list would do; nothing is written yet."""

    choices: Choices
    sheet: Sheet
    match: Match
    parent: int
    """The version that the list was compared with."""
    has_changes: bool
    """Whether publishing would change anything: stations, what is remembered of edits by hand, or kept rows."""
    is_export: bool
    """Whether the file is an export of this service, which says its datum."""
    remembered: Remembered | None
    """What was taken from the choices for the last list; ``None``: nothing."""

    @property
    def open_stops(self) -> tuple[Stop, ...]:
        """Return the stops that the choices do not agree to."""
        return tuple(stop for stop in self.stops if not getattr(self.choices, stop.code))

    @property
    def datum_origin(self) -> str:
        """Return where the datum comes from: ``export``, ``remembered``, ``given`` or ``judged``."""
        if self.is_export:
            return "export"
        if self.remembered and "datum" in self.remembered.names:
            return "remembered"
        return "given" if self.positions.judgement.is_given else "judged"


AGREEMENTS: Final = ("retire_many", "add_again", "move_all")
"""The choices that agree to a stop."""


def agree(choices: Choices, codes: Collection[str]) -> Choices:
    """Agree to the stops with these codes, and to no others."""
    retire_many, add_again, move_all = (code in codes for code in AGREEMENTS)
    return replace(choices, retire_many=retire_many, add_again=add_again, move_all=move_all)


def parse_day(text: str) -> date:
    """Read a day such as ``2026-11-05``; raise `UsageError` if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("{value} is not a day. Write it like 2026-11-05.", value=repr(text)) from None


def name_of_list(file: str, store: Store) -> str:
    """Name a list after its file, as a list of the store where it is one of an earlier month."""
    return source_of(file, known_sources(store.folder) if store.folder else ())


@collector_paused()
def propose(
    path: Path,
    choices: Choices,
    store: Store,
    tell: Tell = lambda *_: None,
    look: Look = lambda _: None,
) -> Proposal:
    """Work out what publishing a list would do.

    Parameters
    ----------
    path
        The file; its suffix and its first bytes tell the format.
    choices
        The steward's choices. Those left out are filled in from the last list of the same source.
    store
        The published versions; nothing in it changes.
    tell
        Called as the work goes on.
    look
        Called with what the file says by itself, also where a choice is missing.

    Raises
    ------
    UsageError
        If a choice cannot be used.
    GeodataError
        If the file cannot be read, or the datum of its positions cannot be told.
    """
    _check(choices)

    def read(filled: Choices, districts: Sequence[str]) -> Sheet:
        return _read_list(path, replace(filled, encoding=_encoding(path, choices, filled)), districts)

    return _propose(read, choices, store, tell, look)


@collector_paused()
def propose_sheet(sheet: Sheet, choices: Choices, store: Store) -> Proposal:
    """Work out what publishing the rows of a list would do; for parameters and errors see `propose`."""
    return _propose(lambda *_: sheet, choices, store)


def _propose(
    read: Callable[[Choices, Sequence[str]], Sheet],
    choices: Choices,
    store: Store,
    tell: Tell = lambda *_: None,
    look: Look = lambda _: None,
) -> Proposal:
    """Read a list, with the names of the districts, and work out what publishing it would do."""
    parent, districts, before = _published(store, choices.districts)
    filled, remembered = _with_profile(choices, store)
    names = [district.name for district in districts]
    tell(0.0, message("reading the file"))
    sheet = read(filled, names)
    tell(0.2, message("understanding the cells"))
    is_export, given = is_own_export(sheet), choices.columns
    choices, remembered = (_of_export(choices), None) if is_export else (filled, remembered)
    match = match_headings(sheet, given, choices.columns, districts=names)
    around = Surroundings(Area(districts), before.stations, shipped_landmarks())
    reading = Reading(choices, sheet, match, around, is_export)
    look(reading)
    _check_columns(sheet, match, is_export=is_export)
    draft = read_values(sheet, match, choices.kind, districts=names, listed_on=choices.listed_on)
    tell(0.4, message("placing the rows"))
    positions = locate(
        sheet,
        match,
        draft,
        around,
        datum=choices.datum,
        crs=choices.crs,
        swap=choices.swap,
        anywhere=choices.anywhere,
    )
    tell(0.55, message("checking every row"))
    found = _compared(reading, draft, positions, store, parent, before)
    tell(1.0, message("done"))
    proposal = Proposal(
        **{part.name: getattr(found, part.name) for part in fields(found)},
        choices=choices,
        sheet=sheet,
        match=match,
        parent=parent,
        has_changes=any(found.changes.values()) or found.contents.edits != before.edits,
        is_export=is_export,
        remembered=remembered,
    )
    return proposal if proposal.has_changes else replace(proposal, has_changes=_has_pending_news(proposal, store))


def _compared(
    reading: Reading, draft: Draft, positions: RowPositions, store: Store, served: int, before: Contents
) -> Comparison:
    """Compare the rows of a file with the version that is served."""
    choices, sheet, area = reading.choices, reading.sheet, reading.around.area
    pending, elsewhere = _waiting_rows(store, choices.source, before)
    origin = Origin(choices.source, choices.kind, choices.anywhere, choices.is_part, pending, elsewhere)
    today = current_day()
    if reading.is_export:
        then = _as_exported(sheet, store, served)
        return compare_export(draft, positions, sheet, origin, area, before, then, today)
    return compare_list(sheet, reading.match, draft, positions, origin, area, before, today)


def _waiting_rows(store: Store, source: str, before: Contents) -> tuple[Sequence[Known], Sequence[Brief]]:
    """Return the kept rows of a list, and those of others that wait to be placed."""
    if store.folder is None:
        return (), ()
    rows = PendingRows(store.folder)
    return rows.known(source), [row for row in rows.briefs(placed_ids(before)) if row.source != source]


def _has_pending_news(proposal: Proposal, store: Store) -> bool:
    """Tell whether other rows wait or are refused than before; a list without a good row is probably misread."""
    if store.folder is None or not (proposal.stations or proposal.waiting):
        return False
    source, is_part = proposal.choices.source, proposal.choices.is_part
    return PendingRows(store.folder).has_news(
        source, _pending(proposal), listed=_listed(proposal), is_part=is_part
    )


def _pending(proposal: Proposal) -> Iterator[ListedRow]:
    return pending_of(proposal.sheet, proposal.match, proposal.draft, proposal.waiting, proposal.refused)


def _listed(proposal: Proposal) -> set[str]:
    return {station.station_id for station in proposal.stations.values()}


def _of_export(choices: Choices) -> Choices:
    """Return the choices for an export of this service: it says its datum, and has nothing to do with a list."""
    return replace(choices, datum=Datum.WGS84, crs=None, swap=False, is_part=True)


def _as_exported(sheet: Sheet, store: Store, served: int) -> dict[str, Station]:
    """Return the stations as they were when they were exported, by id; none if that version is no longer there."""
    wanted = exported_version(sheet)
    if wanted is None:
        return {}
    for number in (*store.numbers(), BASE):
        with suppress(GeodataError):
            loaded = None if number else store.load(BASE)
            version = loaded.geodata.version if loaded else store.manifest(number).version
            if as_number(version) == as_number(wanted):
                stations = () if number == served else store.contents(number, loaded).stations
                return {station.station_id: station for station in stations}
    return {}


def _read_list(path: Path, choices: Choices, districts: Sequence[str]) -> Sheet:
    sheet = read_sheet(
        path,
        encoding=choices.encoding,
        worksheets=choices.worksheets,
        heading_row=choices.heading_row,
        vocabulary=STATION_HEADINGS,
        districts=districts,
    )
    if own_heading(sheet, NUMBER):
        raise UsageError(
            "{file} is a table of rows to be placed or mended. Bring it back on the page “To be placed”, or with"
            " locator to-place --in.",
            file=sheet.name,
        )
    return sheet


def _check_columns(sheet: Sheet, match: Match, *, is_export: bool) -> None:
    if not len(sheet):
        raise GeodataError("{file} has no rows. Is the list on the first sheet?", file=sheet.name)
    if "name" not in match.fields and not is_export:
        raise ColumnsUnknownError(
            "It is not known which column of {file} has the names of the stations. Say it with "
            "--map name=HEADING. The columns are: {known}.",
            file=sheet.name,
            known=joined(map(heading_text, islice(sheet.columns, _NAMED_COLUMNS)), message(", ")),
        )


def _published(store: Store, outlines: Path | None) -> tuple[int, Sequence[District], Contents]:
    """Read the served version, with other outlines if there are any; its loaded form is freed on return."""
    loaded = store.current()
    contents = store.contents(loaded.number, loaded)
    if outlines is None:
        return loaded.number, loaded.geodata.districts, contents
    return loaded.number, read_districts(outlines), replace(contents, districts_file=outlines)


@collector_paused()
def publish(proposal: Proposal, store: Store, *, who: str, why: str) -> Manifest:
    """Publish a proposal, and remember its choices for the next list of the source.

    Raises
    ------
    UsageError
        If the list changes nothing, or has a stop that was not agreed to.
    ConflictError
        If something was published since the list was compared.
    GeodataError
        If the version cannot be written; then nothing is changed.
    """
    if not proposal.has_changes:
        raise UsageError("The list changes nothing: every station in it is published as it stands there.")
    if proposal.open_stops:
        raise UsageError(
            "{reasons} Nothing is published before somebody agrees to it: {options}.",
            reasons=joined(stop.message for stop in proposal.open_stops),
            options=" ".join(f"--{stop.code.replace('_', '-')}" for stop in proposal.open_stops),
        )
    with keeping(proposal, store, who):
        made = store.publish(proposal.contents, parent=proposal.parent, who=who, why=why, change=proposal.changes)
    if proposal.is_export:
        return made
    choices, now = proposal.choices, datetime.now(STATION_TIMEZONE).isoformat(timespec="seconds")
    columns = dict(choices.columns)
    profile = Profile(choices.source, choices.kind, columns, choices.datum, choices.crs, choices.encoding, now)
    save_profile(store.writable(), profile)
    return made


def keeping(proposal: Proposal, store: Store, who: str) -> AbstractContextManager[None]:
    """Keep the rows of a list that are not published, before the block publishes the others.

    Killed in between, none is lost. If the block fails, nothing is kept.
    """
    return PendingRows(store.writable()).taking(
        proposal.choices.source,
        proposal.sheet.name,
        _pending(proposal),
        listed=_listed(proposal),
        who=who,
        is_part=proposal.choices.is_part,
    )


def _check(choices: Choices) -> None:
    if choices.kind not in KINDS:
        raise UsageError(
            "The kind {value} is not known. Use one of: {known}.", value=repr(choices.kind), known=", ".join(KINDS)
        )
    if not 0 < len(choices.source.strip()) <= SOURCE_LETTERS:
        raise UsageError("The name of a list has 1 to {most} characters.", most=SOURCE_LETTERS)
    if choices.source.strip() == BY_HAND:
        raise UsageError(
            "{value} is the name under which stations entered by hand are kept: the list would retire them."
            " Give the list a name of its own.",
            value=f"“{BY_HAND}”",
        )


def _encoding(path: Path, given: Choices, filled: Choices) -> str | None:
    """Return the encoding to read a file in; one that marks itself as UTF-8 is not read in a remembered one."""
    if filled.encoding and not given.encoding:
        with suppress(OSError), path.open("rb") as file:
            if file.read(len(BOM_UTF8)) == BOM_UTF8:
                return None
    return filled.encoding


def _with_profile(choices: Choices, store: Store) -> tuple[Choices, Remembered | None]:
    """Fill in the choices that were saved for the source, and tell which."""
    profile = load_profile(store.folder, choices.source) if store.folder and not choices.forget else None
    if profile is None:
        return choices, None
    saved: dict[str, Any] = {
        "columns": {**profile.choices, **choices.columns},
        "datum": choices.datum or (Datum(profile.datum) if profile.datum else None),
        "crs": choices.crs or profile.crs,
        "encoding": choices.encoding or profile.encoding,
    }
    names = frozenset(name for name, value in saved.items() if value != getattr(choices, name))
    on = datetime.fromisoformat(profile.at).date() if profile.at else None
    return replace(choices, **saved), Remembered(on, names) if names else None
