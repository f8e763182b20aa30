"""An import from end to end: a file read, understood, placed, judged and compared, and then published."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from locator.config import bundled
from locator.errors import GeodataError, UsageError
from locator.files.sheets import Sheet, read_sheet
from locator.geo.datum import Datum
from locator.importing.deciding.merging import Diff, apply, known_fields, merge, with_ids
from locator.importing.deciding.profiles import Profile, load_profile, save_profile
from locator.importing.deciding.verdicts import Doubt, Refusal, find_verdicts
from locator.importing.understanding.datums import LANDMARKS, Surroundings, cannot_tell, read_landmarks
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.headings import Match, match_headings
from locator.importing.understanding.positions import Placed, place
from locator.importing.understanding.values import Draft, read_values
from locator.language.messages import message
from locator.stations.geodata import read_districts
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import COLUMNS, collector_paused
from locator.stations.schema import DOUBTS, KINDS, District, Station
from locator.stations.store import Contents, Manifest, Store

Tell = Callable[[float, str], None]
"""Called with how much is done, 0-1, and what comes next."""

SOURCE_LETTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Choices:
    """What a steward says of a list; what is left out is found, remembered or refused, never assumed."""

    kind: str
    """What a row is that does not say itself."""
    source: str
    """The name of the list: stations that it had and has no longer are gone."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field to heading; an empty heading leaves the field out."""
    datum: Datum | None = None
    crs: str | None = None
    encoding: str | None = None
    anywhere: bool = False
    """Whether stations may lie outside the districts."""
    swap: bool = False
    """Whether latitude and longitude stand in each other's place."""
    districts: Path | None = None
    """A file of outlines that is published with the list in place of the ones before."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What publishing a list would do; nothing is written yet."""

    file: str
    choices: Choices
    sheet: Sheet
    match: Match
    draft: Draft
    placed: Placed
    refused: list[Refusal]
    doubts: list[Doubt]
    stations: dict[int, Station]
    """Row, from 1, to the station it becomes."""
    diff: Diff
    contents: Contents
    parent: int
    """The version that the list was compared with."""

    @property
    def changes(self) -> dict[str, int]:
        """Return how many stations are added, changed, moved, gone and back."""
        diff = self.diff
        found = (diff.added, diff.changed, diff.moved, diff.gone, diff.reopened)
        return dict(zip(("added", "changed", "moved", "gone", "reopened"), map(len, found), strict=True))


def source_of(name: str) -> str:
    """Name a list after its file, without what changes from month to month: dates, numbers of copies."""
    stem = Path(name).name.split(".")[0]
    plain = re.sub(r"\d+\s*[年月日号]|[(（\[]\s*\d+\s*[)）\]]|\d{4}[-_.]?\d{2}([-_.]?\d{2})?|副本|copy", "", stem)
    return re.sub(r"[\s_\-.]+$", "", plain).strip()[:SOURCE_LETTERS] or stem[:SOURCE_LETTERS]


def propose(path: Path, choices: Choices, store: Store, tell: Tell = lambda *_: None) -> Proposal:
    """Work out what publishing a list would do.

    Parameters
    ----------
    path
        The file; its suffix and its first bytes say what it is.
    choices
        What the steward says of it. What was said of the same source before is remembered and filled in.
    store
        What is published; nothing in it changes.
    tell
        Hears how far the work is.

    Raises
    ------
    UsageError
        If a choice cannot be used.
    GeodataError
        If the file cannot be read, or nobody can tell what its positions mean.
    """
    with collector_paused():
        return _propose(path, choices, store, tell)


def _propose(path: Path, choices: Choices, store: Store, tell: Tell) -> Proposal:
    _check(choices)
    parent, published, before = _published(store)
    said = _with_profile(choices, store)
    tell(0.0, message("reading the file"))
    sheet = read_sheet(path, encoding=said.encoding)
    if not len(sheet):
        raise GeodataError("{file} has no rows. Is the list on the first sheet?", file=path.name)
    tell(0.2, message("understanding the cells"))
    districts = read_districts(said.districts) if said.districts else published
    match = match_headings(sheet, choices.columns, said.columns)
    draft = read_values(sheet, match, said.kind, districts=[district.name for district in districts])
    tell(0.4, message("placing the rows"))
    landmarks = read_landmarks(bundled("geodata") / LANDMARKS)
    around = Surroundings(Area(districts), before.stations, landmarks)
    placed = place(
        sheet, match, draft, around, datum=said.datum, crs=said.crs, swap=said.swap, anywhere=said.anywhere
    )
    if placed.judgement.datum is None:
        raise cannot_tell(path.name, placed.judgement)
    rows = _Rows(path.name, said, sheet, match, draft, placed)
    return _compared(rows, around.area, before, parent, tell)


def _published(store: Store) -> tuple[int, tuple[District, ...], Contents]:
    """Return what is published, and let go of the form in which it was read: it is as large again."""
    loaded = store.current()
    return loaded.number, loaded.geodata.districts, store.contents(loaded.number, loaded)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A list that is understood and placed."""

    file: str
    choices: Choices
    sheet: Sheet
    match: Match
    draft: Draft
    placed: Placed


def _compared(rows: _Rows, area: Area, before: Contents, parent: int, tell: Tell) -> Proposal:
    """Judge the rows and compare those that are kept with what is published."""
    said, draft, placed = rows.choices, rows.draft, rows.placed
    mine = {"source": said.source, "kind": said.kind}
    tell(0.55, message("checking every row"))
    ids = with_ids(draft, placed.lonlat, source=said.source, published=before.stations, retired=before.retired)
    refused, doubts = find_verdicts(draft, placed, ids, area, before.stations, **mine, anywhere=said.anywhere)
    tell(0.8, message("comparing with what is published"))
    no = {refusal.row for refusal in refused}
    stations = _stations(draft, placed, ids, said.source, doubts, no)
    diff = merge(
        list(stations.values()),
        before.stations,
        before.retired,
        **mine,
        known_fields=known_fields(rows.match),
        refused={ids[row - 1] for row in no},
    )
    kept, retired = apply(diff, before.stations, before.retired, datetime.now(STATION_TIMEZONE).date())
    tell(1.0, message("done"))
    contents = replace(
        before, stations=kept, retired=retired, districts_file=said.districts or before.districts_file
    )
    return Proposal(
        rows.file, said, rows.sheet, rows.match, draft, placed, refused, doubts, stations, diff, contents, parent
    )


def _stations(
    draft: Draft,
    placed: Placed,
    ids: Sequence[str],
    source: str,
    doubts: Iterable[Doubt],
    refused: Collection[int],
) -> dict[int, Station]:
    """Make a station of every row that is kept, marked with what is doubtful about it."""
    marks = defaultdict(set)
    for doubt in doubts:
        marks[doubt.row].add(doubt.code)
    names = [name for name in COLUMNS if name not in ("station_id", "source", "doubts")]
    columns = zip(*(draft.columns[name] for name in names), strict=True)
    found = {}
    for row, (values, (lon, lat)) in enumerate(zip(columns, placed.lonlat.tolist(), strict=True), 1):
        if row not in refused:
            facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            if "checked_on" in facts:
                facts["checked_on"] = date.fromisoformat(facts["checked_on"])
            codes = tuple(code for code in DOUBTS if code in marks[row])
            found[row] = Station(ids[row - 1], lat=lat, lon=lon, source=source, doubts=codes, **facts)
    return found


def publish(proposal: Proposal, store: Store, *, who: str, why: str) -> Manifest:
    """Publish a proposal and remember how its list was read.

    Raises
    ------
    UsageError
        If the list changes nothing.
    ConflictError
        If something was published since the list was compared.
    GeodataError
        If the version cannot be written; nothing is changed then.
    """
    if not any(proposal.changes.values()):
        raise UsageError("The list changes nothing: every station in it is published as it stands there.")
    with collector_paused():
        made = store.publish(proposal.contents, parent=proposal.parent, who=who, why=why, change=proposal.changes)
    save_profile(store.writable(), _profile(proposal))
    return made


def _check(choices: Choices) -> None:
    if choices.kind not in KINDS:
        raise UsageError(
            "The kind {value} is not known. Use one of: {known}.", value=repr(choices.kind), known=", ".join(KINDS)
        )
    if not 0 < len(choices.source.strip()) <= SOURCE_LETTERS:
        raise UsageError("The name of a list has 1 to {most} characters.", most=SOURCE_LETTERS)


def _with_profile(choices: Choices, store: Store) -> Choices:
    """Fill in what was said of the source before."""
    profile = load_profile(store.folder, choices.source) if store.folder else None
    if profile is None:
        return choices
    return replace(
        choices,
        columns={**profile.choices, **choices.columns},
        datum=choices.datum or (Datum(profile.datum) if profile.datum else None),
        crs=choices.crs or profile.crs,
        encoding=choices.encoding or profile.encoding,
    )


def _profile(proposal: Proposal) -> Profile:
    said = proposal.choices
    return Profile(
        source=said.source,
        kind=said.kind,
        choices=dict(said.columns),
        datum=said.datum,
        crs=said.crs,
        encoding=said.encoding,
        at=datetime.now(STATION_TIMEZONE).isoformat(timespec="seconds"),
    )
