"""What cells say, in the vocabulary: names, kinds, amenities, hours, numbers, days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, Final

from locator.files.cells import (
    Reading,
    as_text,
    is_empty,
    read_day,
    read_link,
    read_name,
    read_number,
    read_phone,
    read_text,
    shortened,
)
from locator.files.sheets import Sheet
from locator.importing.understanding.amenity_words import Answers, read_amenities, read_answer
from locator.importing.understanding.headings import Match
from locator.importing.understanding.opening_columns import Opening, read_opening
from locator.importing.understanding.station_words import read_word
from locator.language.messages import message
from locator.language.pinyin import pinyin
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import COLUMNS
from locator.stations.schema import NO, YES

_TEXTS: Final = ("station_id", "name_en", "parent", "operator", "address", "sub_district")
_LONGEST_WORDS, _LONGEST_CELL, _LONGEST_PINYIN = 80, 80, 500
_DEEPEST: Final = 4
_MOST: Final = 1_000_000
"""No station has so many seats or square metres, nor so wrong a position."""
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
    """Whether the row cannot be kept for it (an unreadable number); else the fact is left unknown."""
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows in the vocabulary, before they have a position and an id."""

    columns: dict[str, list[Any]]
    """Every name in `locator.stations.reading.COLUMNS` to one value per row, ``None`` where not known.

    ``station_id`` is what the file gives, unchanged but for outer blanks, as text; ``checked_on`` is an ISO date;
    ``amenities`` is a dict of ``yes``/``no``; ``hours`` is OSM syntax where the text could be read."""
    unread: list[Unread]
    """In the order of the rows. Of amenities only `words` tells what was not understood."""
    words: dict[str, dict[str, str | None]]
    """Field (``kind``, ``amenities``, ``hours``, ``venue``, …) to each distinct text and what it was taken for,
    ``None`` where it could not be mapped."""


def read_values(
    sheet: Sheet, match: Match, kind: str, *, districts: Sequence[str] = (), today: date | None = None
) -> Draft:
    """Read every row.

    Each distinct value of a column is read once. A text in the column of kinds that names a venue (便利店) says
    the venue. An empty cell, or a sign for nothing such as ``-``, is not known.

    Parameters
    ----------
    sheet, match
        The rows, and which heading holds which field. Positions are not read here.
    kind
        What a row is that does not say itself.
    districts
        Names of districts: 东城 becomes 东城区 where one of them alone can be meant.
    today
        No day after it is read as one on which somebody looked; by default today in the stations' zone.
    """
    rows = _Rows(sheet, match)
    rows.read_texts(districts)
    rows.read_words(kind)
    rows.read_facts(today or datetime.now(STATION_TIMEZONE).date())
    rows.read_amenities()
    rows.read_hours()
    return Draft(rows.columns, sorted(rows.unread, key=lambda cell: cell.row), rows.words)


class _Rows:
    """The rows of a sheet while they are being read.

    Parameters
    ----------
    sheet, match
        The rows, and which heading holds which field.
    """

    def __init__(self, sheet: Sheet, match: Match) -> None:
        self._cells = {field: sheet.columns[heading] for field, heading in match.fields.items()}
        self._count = len(sheet)
        self.columns: dict[str, list[Any]] = {name: [None] * self._count for name in COLUMNS}
        self.unread: list[Unread] = []
        self.words: dict[str, dict[str, str | None]] = {}

    def read_texts(self, districts: Sequence[str]) -> None:
        """Read names and other texts, and spell the names."""
        for field in _TEXTS:
            self._read(field, read_text)
        self._read("name", read_name)
        self._read("district", lambda value: _district(value, districts))
        self.columns["pinyin"] = _each(self.columns["name"], _spelled)

    def read_words(self, kind: str) -> None:
        """Read the columns that have a vocabulary."""
        for field in ("sub_kind", "tier", "venue", "entry"):
            self._read(field, partial(_word, field))
            self._tell(field)
        self._read("kind", _kind)
        self._tell("kind")
        for field in ("venue", "sub_kind"):
            # What the column of kinds says besides; a column of its own goes before.
            spoken = _each(self._cells.get("kind", []), partial(_besides, field))
            pairs = zip(self.columns[field], spoken or self.columns[field], strict=True)
            self.columns[field] = [own if own is not None else besides for own, besides in pairs]
        self._tell_venues_of_kinds()
        self.columns["kind"] = [kind if found is None else found for found in self.columns["kind"]]

    def _tell_venues_of_kinds(self) -> None:
        """List a venue in the column of kinds as a venue: it was understood."""
        said = self.words.get("kind", {})
        venues = {text: read_word("venue", text) for text, found in said.items() if found is None}
        for text, venue in venues.items():
            if venue is not None:
                del said[text]
                self.words.setdefault("venue", {})[text] = venue

    def read_facts(self, today: date) -> None:
        """Read numbers, days and addresses."""
        for field, units in _UNITS.items():
            self._read(field, partial(read_number, units=units, most=_MOST, is_whole=field == "seats"))
        self._read("checked_on", lambda value: read_day(value, today))
        self._read("phone", read_phone)
        self._read("photo_url", read_link)

    def read_amenities(self) -> None:
        """Put together what the list of amenities and the columns of single ones say; single ones go before."""
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
            self.columns[("amenities")] = [{k: v for part in row for k, v in part.items()} or None for row in rows]

    def read_hours(self) -> None:
        """Read the hours from whichever columns there are."""
        fields = [
            field for field in ("hours", "hours_text", "open_days", "opens", "closes") if field in self._cells
        ]
        if not fields:
            return
        rows = list(zip(*(self._cells[field] for field in fields), strict=True))
        found = _each(rows, lambda row: read_opening(dict(zip(fields, row, strict=True))))
        self.columns["hours"] = [opening.hours for opening in found]
        self.columns["hours_text"] = [opening.text for opening in found]
        self.words["hours"] = {opening.said: opening.hours for opening in found if opening.said}
        self._note("hours", [opening.said or row for opening, row in zip(found, rows, strict=True)], found)

    def _read(self, field: str, read: Callable[[Any], Reading]) -> None:
        """Read a column into that of the same name."""
        if field in self._cells:
            found = _each(self._cells[field], read)
            self.columns[field] = [reading.value for reading in found]
            self._note(field, self._cells[field], found)

    def _note(self, field: str, cells: Iterable[Any], found: Iterable[Reading | Opening]) -> None:
        for row, (cell, reading) in enumerate(zip(cells, found, strict=True), 1):
            if reading.reason:
                value = shortened(cell, _LONGEST_CELL)
                self.unread.append(Unread(row, field, value, reading.is_fault, reading.reason))

    def _tell(self, field: str) -> None:
        """List what each distinct text of a column was taken for."""
        if field in self._cells:
            said = self.words.setdefault(field, {})
            for cell, value in dict(
                zip(_each(self._cells[field], as_text), self.columns[field], strict=True)
            ).items():
                if not is_empty(cell):
                    said[shortened(cell, _LONGEST_WORDS)] = value


def _each(values: Sequence[Any], read: Callable[[Any], Any]) -> list[Any]:
    """Read every value, each distinct one once."""
    known: dict[Any, Any] = {}
    found = []
    for value in values:
        key = value if type(value) is str else _key(value)
        if key not in known:
            known[key] = read(value)
        found.append(known[key])
    return found


def _key(value: Any, depth: int = 0) -> Any:
    """Return what is the same for the same values only: 1, 1.0 and true differ, a list is what is in it."""
    if depth > _DEEPEST:
        return id(value)
    if isinstance(value, list | tuple):
        return (type(value), *(_key(item, depth + 1) for item in value))
    if isinstance(value, dict):
        return (dict, *((name, _key(member, depth + 1)) for name, member in value.items()))
    return type(value), value


def _spelled(name: str | None) -> str | None:
    if name is None or not _CHINESE.search(name):
        return None
    runs = _RUN.findall(unicodedata.normalize("NFKC", name))
    spelled = " ".join(filter(None, (_spelled_word(run) or _spelled_run(run) for run in runs)))
    return spelled if 0 < len(spelled) <= _LONGEST_PINYIN else None


def _spelled_word(text: str) -> str | None:
    return text.lower() if text.isascii() and text.isalnum() else None


@lru_cache(maxsize=65536)
def _spelled_run(text: str) -> str:
    # What stands between digits and signs is spelled by itself, and lists repeat it: 科学大道12号工会驿站.
    return pinyin(text)


def _word(field: str, value: Any) -> Reading:
    if is_empty(value):
        return Reading()
    word = read_word(field, as_text(value)[:_LONGEST_PINYIN])
    return Reading(word, None if word else _UNMAPPED)


def _besides(field: str, value: Any) -> Any:
    return _word(field, value).value


def _kind(value: Any) -> Reading:
    """Read a kind; a venue in its place is no kind, but understood."""
    found = _word("kind", value)
    is_venue = found.value is None and not is_empty(value) and _word("venue", value).value is not None
    return Reading() if is_venue else found


def _district(value: Any, districts: Sequence[str]) -> Reading:
    """Read a district, in full where one name of the list alone can be meant."""
    found = read_text(value)
    if found.value is None or found.value in districts:
        return found
    said = found.value.replace(" ", "")
    alike = [
        name
        for name in districts
        if said.endswith(name) or (name.startswith(said) and _DISTRICT_ENDS.fullmatch(name[len(said) :]))
    ]
    return Reading(alike[0]) if len(alike) == 1 else found


def _listed(value: Any, words: dict[str, str | None]) -> Answers:
    answers, said = read_amenities(value)
    words.update(said)
    return answers


def _single(word: str, words: dict[str, str | None], value: Any) -> Answers:
    """Read a cell of the column of one amenity."""
    answer = read_answer(value)
    if answer is None and is_empty(value):
        return {}
    words[shortened(value, _LONGEST_WORDS)] = answer
    return {word: answer} if answer in (YES, NO) else {}
