"""Reading the cells of a list into the vocabulary: names, kinds, amenities, hours, numbers, days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Final

from locator.files.cells import (
    Reading,
    as_text,
    is_empty,
    read_day,
    read_link,
    read_name,
    read_number,
    read_text,
    shortened,
)
from locator.files.sheets import RowPlace, Sheet
from locator.importing.understanding.amenity_words import Answers, read_amenities, read_answer
from locator.importing.understanding.contacts import read_contact
from locator.importing.understanding.headings import Match
from locator.importing.understanding.hours_columns import PARTS, part_names
from locator.importing.understanding.opening_columns import Opening, TwoHours, limited, read_opening
from locator.importing.understanding.state_columns import (
    MARK,
    STATE_FIELDS,
    RowState,
    hours_in_remark,
    in_lines,
    read_row_state,
    split_state,
)
from locator.importing.understanding.station_words import read_word
from locator.importing.understanding.status_words import Days, read_state, split_mark
from locator.language.messages import Message, message
from locator.language.pinyin import pinyin
from locator.stations.hours import current_day
from locator.stations.reading import COLUMNS
from locator.stations.schema import NO, YES

_TEXTS: Final = ("station_id", "name_en", "parent", "operator", "address", "sub_district")
FACTS: Final = tuple(name for name in COLUMNS if name not in ("station_id", "source", "doubts"))
"""The columns of a station that a row says itself."""
HOURS_FIELDS: Final = ("hours", "hours_text", *PARTS, "open_days", "opens", "closes")
"""The fields that the hours of a station are made from."""
_LONGEST_WORDS, _LONGEST_CELL, _LONGEST_PINYIN = 80, 80, 500
_DEEPEST: Final = 4
_MOST: Final = 1_000_000
"""More seats, square metres or metres of error than any station has."""
_UNITS: Final[dict[str, dict[str, int]]] = {
    "seats": dict.fromkeys(("人", "个", "座", "席", "位", "张", "명", "석", "people", "seats", "persons"), 1),
    "area_m2": dict.fromkeys(("m2", "m²", "平米", "平方米", "平方", "平", "sqm", "sq m"), 1),
    "position_accuracy_m": {"m": 1, "米": 1, "metres": 1, "meters": 1, "km": 1000, "公里": 1000, "千米": 1000},
}
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_RUN: Final = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")
_DISTRICT_ENDS: Final = re.compile(r"(?:[\u4e00-\u9fff]{1,4}族)?(?:自治)?(?:新区|区|县|市)")
_UNMAPPED: Final = message("no word of the vocabulary is meant for certain.")


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that was not understood."""

    row: int
    """Counted from 1."""
    field: str
    value: str
    """As the file has it, shortened to 80 characters."""
    is_fault: bool
    """Whether the row is refused for it (an unreadable number); otherwise the fact is left unknown."""
    reason: str


@dataclass(frozen=True, slots=True)
class CellDoubt:
    """A doubt about what the cells of a row say."""

    row: int
    """Counted from 1."""
    code: str
    """One of `locator.stations.schema.DOUBTS`."""
    reason: Message


def in_order(row: int) -> RowPlace:
    """Return the place of a row that is in no file: its number."""
    return RowPlace(None, row)


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows in the vocabulary, before they have a position and an id."""

    columns: dict[str, list[Any]]
    """Every name in `locator.stations.reading.COLUMNS` to one value per row, ``None`` where not known.

    ``station_id`` is the text in the file without outer blanks; ``checked_on`` is an ISO date; ``amenities`` is a
    dict of ``yes``/``no``; ``hours`` is OSM syntax where the text could be read; ``status`` is ``None`` where the
    row says nothing of it, and ``status_until`` an ISO date."""
    unread: list[Unread]
    """By row. Amenities that were not understood are only in `words`."""
    words: dict[str, dict[str, str | None]]
    """Field (``kind``, ``amenities``, ``hours``, ``venue``, …) to each distinct text and its meaning, ``None`` for
    texts that were not understood."""
    doubts: list[CellDoubt] = dataclass_field(default_factory=list)
    """By row."""
    two_hours: dict[int, TwoHours] = dataclass_field(default_factory=dict)
    """Row, counted from 1, to the hours that two of its columns say, where they differ."""
    place_of: Callable[[int], RowPlace] = in_order
    """Where a row, counted from 1, stands in the file."""


def read_values(
    sheet: Sheet,
    match: Match,
    kind: str,
    *,
    districts: Sequence[str] = (),
    today: date | None = None,
    listed_on: date | None = None,
) -> Draft:
    """Read every row.

    Each distinct value of a column is read once. A venue (便利店) in the column of kinds is read as the venue. An
    empty cell, or a sign for nothing such as ``-``, is not known.

    Parameters
    ----------
    sheet, match
        The rows, and which heading holds which field. Positions are not read here.
    kind
        The kind of rows that do not name theirs.
    districts
        Names of districts: 东城 becomes 东城区 where only one of them fits.
    today
        The last day that ``checked_on`` may be; by default today in the stations' time zone.
    listed_on
        The day of the list: that of rows without a day of their own, and the start for days without a year, for
        which a day in the titles of the sheet is enough.
    """
    today = today or current_day()
    reader = _ColumnReader(sheet, match)
    reader.read_texts(districts)
    reader.read_words(kind)
    reader.read_facts(today, listed_on)
    reader.read_amenities()
    reader.read_hours()
    reader.read_states(Days(listed_on or sheet.listed_on, today))
    by_row = attrgetter("row")
    unread, doubts = sorted(reader.unread, key=by_row), sorted(reader.doubts, key=by_row)
    return Draft(reader.columns, unread, reader.words, doubts, reader.two_hours, sheet.place_of)


class _ColumnReader:
    """Reads the columns of a sheet, and collects what was not understood."""

    def __init__(self, sheet: Sheet, match: Match) -> None:
        self._cells = {field: list(sheet.columns[heading]) for field, heading in match.fields.items()}
        self._headings = match.fields
        self._titles = sheet.titles
        self._marks: list[tuple[str, ...]] = [()] * len(sheet)
        """The words about each row's state that were taken off its name and its hours."""
        self.columns: dict[str, list[Any]] = {name: [None] * len(sheet) for name in COLUMNS}
        self.unread: list[Unread] = []
        self.doubts: list[CellDoubt] = []
        self.two_hours: dict[int, TwoHours] = {}
        self.words: dict[str, dict[str, str | None]] = {}

    def read_texts(self, districts: Sequence[str]) -> None:
        """Read names and other texts, and add the pinyin of the names."""
        for field in _TEXTS:
            self._read(field, read_text)
        self._read("name", read_name)
        self._split_marks()
        self._read("district", lambda value: _district(value, districts))
        self.columns["pinyin"] = _each(self.columns["name"], _pinyin)

    def _split_marks(self) -> None:
        """Take marks such as （已撤销） off the names."""
        for row, name in enumerate(self.columns["name"]):
            bare, mark = split_mark(name) if name else (name, None)
            if mark:
                self.columns["name"][row] = bare
                self._marks[row] = (mark,)

    def read_words(self, kind: str) -> None:
        """Read the columns that have a vocabulary."""
        for field in ("sub_kind", "tier", "venue", "entry"):
            self._read(field, partial(_word, field))
            self._list_words(field)
        self._read("kind", _kind)
        self._list_words("kind")
        for field in ("venue", "sub_kind"):
            # The column of kinds may name these too; their own columns take precedence.
            others = _each(self._cells.get("kind", [None] * len(self.columns[field])), partial(_word, field))
            pairs = zip(self.columns[field], others, strict=True)
            self.columns[field] = [other.value if own is None else own for own, other in pairs]
        self._list_venues_of_kinds()
        self.columns["kind"] = [own or kind for own in self.columns["kind"]]

    def _list_venues_of_kinds(self) -> None:
        """Move texts in the column of kinds that name a venue to the words for venues."""
        words = self.words.get("kind", {})
        for text in [text for text, word in words.items() if word is None]:
            if venue := read_word("venue", text):
                del words[text]
                self.words.setdefault("venue", {})[text] = venue

    def read_facts(self, today: date, listed_on: date | None) -> None:
        """Read numbers, days and addresses."""
        for field, units in _UNITS.items():
            self._read(field, partial(read_number, units=units, most=_MOST, is_whole=field == "seats"))
        self._read("checked_on", lambda value: read_day(value, today))
        if listed_on and listed_on <= today:
            self.columns["checked_on"] = [day or listed_on.isoformat() for day in self.columns["checked_on"]]
        self._read("phone", read_contact)
        self._read("photo_url", read_link)

    def read_amenities(self) -> None:
        """Combine the list of amenities with the columns of single ones, which take precedence."""
        parts: list[list[Answers]] = []
        if "amenities" in self._cells:
            words = self.words.setdefault("amenities", {})
            parts.append(_each(self._cells["amenities"], lambda value: _listed(value, words)))
        for field in (field for field in self._cells if field.startswith("amenity:")):
            words = self.words.setdefault(field, {})
            word = field.partition(":")[2]
            parts.append(_each(self._cells[field], partial(_single, word, words)))
        if parts:
            rows = zip(*parts, strict=True)
            self.columns["amenities"] = [{k: v for part in row for k, v in part.items()} or None for row in rows]

    def read_hours(self) -> None:
        """Read the hours from whichever columns there are, without words such as 暂停开放 about the state."""
        for field in ("hours", "hours_text"):
            for row, (hours, mark) in enumerate(_each(self._cells.get(field, []), _without_state)):
                if mark:
                    self._cells[field][row] = hours
                    self._marks[row] += (mark,)
        fields = [field for field in HOURS_FIELDS if field in self._cells]
        if not fields:
            return
        names = part_names(self._headings, self._titles)
        rows = list(zip(*(self._cells[field] for field in fields), strict=True))
        openings: list[Opening] = _each(rows, lambda row: read_opening(dict(zip(fields, row, strict=True)), names))
        for row, words in enumerate(_each(self._cells.get("remarks", []), hours_in_remark)):
            if words and openings[row].hours and not openings[row].two:
                openings[row] = limited(openings[row], words)
        self.columns["hours"] = [opening.hours for opening in openings]
        self.columns["hours_text"] = [opening.text for opening in openings]
        self.words["hours"] = {opening.read_from: opening.hours for opening in openings if opening.read_from}
        cells = [opening.read_from or row for opening, row in zip(openings, rows, strict=True)]
        self._list_unread("hours", cells, openings)
        self.two_hours = {row: opening.two for row, opening in enumerate(openings, 1) if opening.two}
        for row, two in self.two_hours.items():
            if two.read:
                self.doubts.append(CellDoubt(row, "hours_conflict", _two_hours(two)))

    def read_states(self, days: Days) -> None:
        """Read the state of each row from all the columns that say something of it."""
        fields = [field for field in STATE_FIELDS if field in self._cells]
        if not fields and not any(self._marks):
            return
        heading = self._headings.get("status", "")
        rows = list(zip(self._marks, *(self._cells[field] for field in fields), strict=True))
        names = (MARK, *fields)
        states: list[RowState] = _each(
            rows, lambda row: read_row_state(dict(zip(names, row, strict=True)), heading, days)
        )
        self.columns["status"] = [state.status for state in states]
        self.columns["status_until"] = [state.until and state.until.isoformat() for state in states]
        self.columns["status_note"] = [state.note for state in states]
        for row, state in enumerate(states, 1):
            if state.doubt:
                self.doubts.append(CellDoubt(row, "status_unclear", state.doubt))
        if "status" in fields:
            cells = self._cells["status"]
            readings = _each(cells, partial(_state, heading=heading, days=days))
            self._list_unread("status", cells, readings)
            self._list_meanings("status", [reading.value for reading in readings])

    def _read(self, field: str, read: Callable[[Any], Reading]) -> None:
        if field in self._cells:
            readings = _each(self._cells[field], read)
            self.columns[field] = [reading.value for reading in readings]
            self._list_unread(field, self._cells[field], readings)

    def _list_unread(self, field: str, cells: Iterable[Any], readings: Iterable[Reading | Opening]) -> None:
        for row, (cell, reading) in enumerate(zip(cells, readings, strict=True), 1):
            if reading.reason:
                value = shortened(cell, _LONGEST_CELL)
                self.unread.append(Unread(row, field, value, reading.is_fault, reading.reason))

    def _list_words(self, field: str) -> None:
        """List each distinct text of a column with its value."""
        self._list_meanings(field, self.columns[field])

    def _list_meanings(self, field: str, meanings: Iterable[str | None]) -> None:
        """List each distinct text of a column with its meaning."""
        if field in self._cells:
            texts = _each(self._cells[field], as_text)
            words = dict(zip(texts, meanings, strict=True))
            kept = {shortened(text, _LONGEST_WORDS): word for text, word in words.items() if not is_empty(text)}
            self.words.setdefault(field, {}).update(kept)


def _each(values: Sequence[Any], read: Callable[[Any], Any]) -> list[Any]:
    """Read every value, each distinct one once."""
    known: dict[Any, Any] = {}
    results = []
    for value in values:
        key = value if type(value) is str else _key(value)
        if key not in known:
            known[key] = read(value)
        results.append(known[key])
    return results


def _key(value: Any, depth: int = 0) -> Any:
    """Return a hashable key of a value, which differs for 1, 1.0 and true."""
    if depth > _DEEPEST:
        return id(value)
    if isinstance(value, list | tuple):
        return (type(value), *(_key(item, depth + 1) for item in value))
    if isinstance(value, dict):
        return (dict, *((name, _key(member, depth + 1)) for name, member in value.items()))
    return type(value), value


def _pinyin(name: str | None) -> str | None:
    if name is None or not _CHINESE.search(name):
        return None
    # Run by run, because lists repeat the runs between digits and the cache then helps: 科学大道12号工会驿站.
    runs = _RUN.findall(unicodedata.normalize("NFKC", name))
    syllables = (run.lower() if run.isascii() and run.isalnum() else _cached_pinyin(run) for run in runs)
    text = " ".join(filter(None, syllables))
    return text if 0 < len(text) <= _LONGEST_PINYIN else None


_cached_pinyin: Final = lru_cache(maxsize=65536)(pinyin)


def _word(field: str, value: Any) -> Reading:
    if is_empty(value):
        return Reading()
    word = read_word(field, as_text(value)[:_LONGEST_PINYIN])
    return Reading(word, None if word else _UNMAPPED)


def _two_hours(two: TwoHours) -> Message:
    return message(
        "one column has the hours {hours!r:.80}, another {words!r:.80}. Until they agree, nobody is told whether "
        "it is open.",
        hours=two.written,
        words=two.words,
    )


def _without_state(value: Any) -> tuple[Any, str | None]:
    return split_state(as_text(value)) if isinstance(value, str) else (value, None)


def _state(value: Any, heading: str, days: Days) -> Reading:
    if is_empty(value):
        return Reading()
    statement = read_state(in_lines(value), heading, days)
    return Reading(statement.status, None if statement.is_understood else _UNMAPPED)


def _kind(value: Any) -> Reading:
    """Read a kind; a venue instead is understood, but is no kind."""
    reading = _word("kind", value)
    is_venue = reading.reason and _word("venue", value).value is not None
    return Reading() if is_venue else reading


def _district(value: Any, districts: Sequence[str]) -> Reading:
    """Read a district; complete its name where only one of the districts fits."""
    reading = read_text(value)
    if reading.value is None or reading.value in districts:
        return reading
    text = reading.value.replace(" ", "")
    fitting = [
        name
        for name in districts
        if text.endswith(name) or (name.startswith(text) and _DISTRICT_ENDS.fullmatch(name[len(text) :]))
    ]
    return Reading(fitting[0]) if len(fitting) == 1 else reading


def _listed(value: Any, words: dict[str, str | None]) -> Answers:
    answers, meanings = read_amenities(value)
    words.update(meanings)
    return answers


def _single(word: str, words: dict[str, str | None], value: Any) -> Answers:
    """Read a cell of the column of one amenity."""
    answer = read_answer(value)
    if answer is None and is_empty(value):
        return {}
    words[shortened(value, _LONGEST_WORDS)] = answer
    return {word: answer} if answer in (YES, NO) else {}
