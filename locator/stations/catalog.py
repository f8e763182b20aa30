"""The catalogue of loaded stations: nearest-station queries, facts, open states and search by name."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import chain, islice
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import orjson
import shapely

from locator.errors import StationNotFoundError
from locator.geo.geodesy import FloatArray
from locator.geo.index import Keep, PointIndex
from locator.language.characters import plain
from locator.language.pinyin import initials, pinyin
from locator.stations.geodata import VERSION_DIGITS, Geodata, names_of_districts
from locator.stations.hours import STATION_TIMEZONE, UNKNOWN_STATUS, OpenState, Schedule, Status, say
from locator.stations.hours_text import read_hours
from locator.stations.phones import phone_numbers
from locator.stations.reading import COLUMNS, StationTable, with_dates
from locator.stations.schema import AMENITIES, CLOSED, KINDS, NO, OPEN, UNKNOWN, YES, Station
from locator.stations.service_status import OUT_OF_SERVICE, RANKS, say_status
from locator.stations.walking import walk_minutes

T = TypeVar("T")

LOCKED: Final = "locked"
"""The doubt of stations that people reported as locked."""

_BIT: Final = {word: 1 << position for position, word in enumerate(AMENITIES)}


@dataclass(frozen=True, slots=True)
class Query:
    """A query for the stations near a position."""

    lat: float
    """Degrees, WGS 84."""
    lon: float
    radius_m: float
    limit: int
    kinds: frozenset[str] = frozenset()
    """Only these kinds; empty: all."""
    amenities: frozenset[str] = frozenset()
    """Only stations known to have all of these."""
    open_at: datetime | None = None
    """Only stations known to be open at this instant."""


class Hit(NamedTuple):
    """A station near a position."""

    number: int
    """The station's index in the catalogue."""
    distance_m: float
    bearing_deg: float
    """Initial bearing, clockwise from north, 0 ≤ b < 360."""

    @property
    def walk_min(self) -> int:
        """An estimate of the minutes on foot, from the straight line."""
        return walk_minutes(self.distance_m)


@dataclass(frozen=True, slots=True)
class NearestAnswer:
    """The stations within the radius, nearest first, and the nearest one outside it."""

    query: Query
    as_of: datetime
    """The instant of the open states, in the stations' time zone."""
    hits: tuple[Hit, ...]
    beyond: Hit | None
    """The nearest matching station outside the radius; ``None`` if there is none."""


@dataclass(frozen=True, slots=True)
class NamedSpot:
    """A station, or an area that the data of the stations know, as it is found by name."""

    name: str
    what: str
    """``station``, ``sub_district`` or ``district``."""
    lat: float
    lon: float
    district: str | None = None
    """The district named in the file, in Chinese."""
    within: str | None = None
    """The district in whose outline it lies, in Chinese."""
    station_id: str | None = None
    """``None`` unless it is a station."""
    accuracy_m: float | None = None
    """How wrong the position may be; ``None``: not known."""
    is_exact: bool = False
    """Whether its whole name, in any spelling, or its address is what was searched for."""


class Catalog:
    """All stations of one version of the geodata, immutable.

    A station's number is its index, from 0: first those in service, then those closed for now or planned, then
    those closed for good, each in the order of the files. Lists, maps and the search have the first two groups,
    which `len` counts; a station that is closed for good is found by its id alone.
    """

    def __init__(self, geodata: Geodata) -> None:
        self.version = geodata.version
        self.districts = geodata.districts
        self.calendar = geodata.calendar
        self._columns = {name: _joined(geodata.tables, name) for name in COLUMNS}
        self.lonlat = np.concatenate([table.lonlat() for table in geodata.tables])
        self.n_in_service, self._n_listed = self._sort_by_status()
        self.index = PointIndex(self.lonlat[: self.n_in_service])
        self._others = PointIndex(self.lonlat[self.n_in_service : self._n_listed])
        self.synthetic = any(self._columns["synthetic"])
        self._numbers = {station_id: number for number, station_id in enumerate(self._columns["station_id"])}
        self._yes, self._no = self._masks()
        self._schedules, self.schedule_ids = self._read_schedules()
        self._open_facts = (datetime.min, datetime.min, dict[tuple[int, str], Mapping[str, str | None]]())

    def __len__(self) -> int:
        return self._n_listed

    def revised(self, checked_on: Mapping[str, date], locked: Iterable[str]) -> Catalog:
        """Return a catalogue with what people reported from the stations; it shares all else with this one.

        Parameters
        ----------
        checked_on
            ``station_id`` to the day of its last confirmation; ignored unless later than the file's.
        locked
            The ids of stations that get the doubt ``locked``.

        Returns
        -------
        Catalog
            This catalogue if nothing changes, else one whose version is a hash of the changes. Unknown ids are
            ignored.
        """
        days = self._later(checked_on)
        doubts = {
            number: [*(self._columns["doubts"][number] or ()), LOCKED]
            for number in map(self._numbers.get, locked)
            if number is not None and LOCKED not in (self._columns["doubts"][number] or ())
        }
        if not (days or doubts):
            return self
        catalog = copy.copy(self)
        catalog._columns = self._columns | {
            "checked_on": _with(self._columns["checked_on"], days),
            "doubts": _with(self._columns["doubts"], doubts),
        }
        changes = orjson.dumps((self.version, sorted(days.items()), sorted(doubts)))
        catalog.version = hashlib.sha256(changes).hexdigest()[:VERSION_DIGITS]
        return catalog

    def _later(self, checked_on: Mapping[str, date]) -> dict[int, str]:
        """Return the days later than those of the files, by station number; ISO dates sort as texts."""
        known = self._columns["checked_on"]
        days = ((self._numbers.get(station_id), day.isoformat()) for station_id, day in checked_on.items())
        return {number: day for number, day in days if number is not None and day > (known[number] or "")}

    # Answers

    def nearest(self, query: Query, at: datetime) -> NearestAnswer:
        """Find the stations near a position.

        Parameters
        ----------
        at
            Now; open states are those at ``query.open_at`` if it is given.

        Returns
        -------
        NearestAnswer
            Hits in order of distance, ties in the order of the files; perhaps none. Stations that are not in
            service come after all others, in order of distance among themselves, and are never ``beyond``.

        Raises
        ------
        UsageError
            If the position, the radius or the limit is out of range.
        """
        keep = self._filter(query.kinds, query.amenities, query.open_at)
        nearest, beyond = self.index.nearest_and_beyond(
            query.lat, query.lon, k=query.limit, distance_m=query.radius_m, keep=keep
        )
        as_of = (query.open_at or at).astimezone(STATION_TIMEZONE)
        nearest += [] if beyond is None else [beyond]
        bearings = self.index.bearings_deg(query.lat, query.lon, nearest)
        hits = [
            Hit(number, distance_m, bearing_deg)
            for (distance_m, number), bearing_deg in zip(nearest, bearings, strict=True)
        ]
        last = None if beyond is None else hits.pop()
        if len(self._others) and len(hits) < query.limit and query.open_at is None:
            hits += self._out_of_service(query, query.limit - len(hits), keep)
        return NearestAnswer(query, as_of, tuple(hits), last)

    def _out_of_service(self, query: Query, k: int, keep: Keep | None) -> list[Hit]:
        """Find the k nearest stations within the radius that are not in service."""
        first = self.n_in_service

        def kept(numbers: Sequence[int]) -> Sequence[int]:
            everyone = [number + first for number in numbers]
            return [number - first for number in (keep(everyone) if keep else everyone)]

        nearest = self._others.nearest(query.lat, query.lon, k=k, max_distance_m=query.radius_m, keep=kept)
        bearings = self._others.bearings_deg(query.lat, query.lon, nearest)
        return [
            Hit(number + first, distance_m, bearing_deg)
            for (distance_m, number), bearing_deg in zip(nearest, bearings, strict=True)
        ]

    def is_in_service(self, number: int) -> bool:
        """Tell whether a station's status is ``open``, whatever its hours."""
        return number < self.n_in_service

    def status(self, number: int, at: datetime) -> Status:
        """Return whether a station is open at an instant (aware); one that is not in service never is."""
        if not self.is_in_service(number):
            return OUT_OF_SERVICE
        return self.schedule_status(self.schedule_ids[number], at)

    def schedule_status(self, schedule_id: int, at: datetime) -> Status:
        """Return the state of all stations that share one schedule at an instant (aware)."""
        schedule = self._schedules[schedule_id]
        return UNKNOWN_STATUS if schedule is None else schedule.status(at)

    def schedule_timeline(self, schedule_id: int, first: date, days: int) -> list[tuple[datetime, Status]]:
        """Return `Schedule.timeline` of all stations that share one schedule; empty if it is not known."""
        schedule = self._schedules[schedule_id]
        return [] if schedule is None else schedule.timeline(first, days)

    def find(self, station_id: str) -> int:
        """Return a station's number; raise `StationNotFoundError` if none has this id."""
        number = self.number_of(station_id)
        if number is None:
            raise StationNotFoundError(
                "No station has the id {value}. It may have been closed; look for it on the map.",
                value=repr(station_id[:80]),
            )
        return number

    def number_of(self, station_id: str) -> int | None:
        """Return a station's number; ``None`` if none has this id."""
        return self._numbers.get(station_id)

    def station(self, number: int) -> Station:
        """Return a station's facts."""
        facts = {name: value for name in COLUMNS if (value := self._columns[name][number]) is not None}
        facts["hours"] = self.hours(number)
        facts["amenities"] = {word: has for word, has in self._amenities(number).items() if has != UNKNOWN}
        facts["doubts"] = tuple(facts.get("doubts", ()))
        lon, lat = self.lonlat[number].tolist()
        return Station(lat=lat, lon=lon, **with_dates(facts))

    def hours(self, number: int) -> str | None:
        """Return a station's hours in OSM syntax, parsed from ``hours_text`` if the file has nothing else."""
        return self.schedule_texts[self.schedule_ids[number]]

    def column(self, name: str) -> Sequence[Any]:
        """Return a column of `COLUMNS` with one value per listed station, as in the files."""
        values = self._columns[name]
        return values if len(values) == len(self) else values[: len(self)]

    def fact(self, number: int, name: str) -> Any:
        """Return one fact of any station, as in the files."""
        return self._columns[name][number]

    def masks(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return bit masks per listed station, in schema order: amenities known to be there, and to be missing."""
        return self._yes[: len(self)], self._no[: len(self)]

    def within(self, west: float, south: float, east: float, north: float) -> list[int]:
        """List the stations in a box, edges included; west > east crosses the antimeridian."""
        lon, lat = self.lonlat[: len(self)].T
        across = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
        numbers: list[int] = np.flatnonzero(across & (lat >= south) & (lat <= north)).tolist()
        return numbers

    def in_district(self, name: str) -> Sequence[int]:
        """List the stations of a district, named as for `district_name`, in the order of `by_name`."""
        return self._by_district.get(self.district_name(name) or "", [])

    def district_name(self, text: str) -> str | None:
        """Return the Chinese name of a district from any of its names; ``None`` if there is no such district.

        Names may be Chinese or English, in traditional characters, any width and any case.
        """
        return self._district_names.get(plain(text))

    def districts_around(self, lonlat: FloatArray) -> list[str | None]:
        """Return the Chinese name of the district around each position, the first of several, or ``None``.

        The positions are (n, 2) degrees, longitude first, WGS 84.
        """
        names: list[str | None] = [None] * len(lonlat)
        for district in reversed(self.districts):
            for number in np.flatnonzero(shapely.contains_xy(district.outline, lonlat)).tolist():
                names[number] = district.name
        return names

    def fitting(
        self,
        numbers: Sequence[int],
        *,
        kinds: frozenset[str] = frozenset(),
        amenities: frozenset[str] = frozenset(),
        open_at: datetime | None = None,
    ) -> Sequence[int]:
        """Filter stations as a `Query` does, keeping their order."""
        if open_at is not None:
            numbers = list(filter(self.is_in_service, numbers))
        keep = self._filter(kinds, amenities, open_at)
        return numbers if keep is None else keep(numbers)

    def search(self, text: str, limit: int, within: str = "") -> list[NamedSpot]:
        """Find by name: districts, sub-districts and stations, in Chinese, English, pinyin or initials.

        Parameters
        ----------
        text
            What a person typed, in any case and width, in traditional or simplified characters.
        limit
            The most to return.
        within
            Chinese name of the district in whose outline they must lie; empty: anywhere.

        Returns
        -------
        list
            Districts first, then sub-districts, then stations in the order of the files; empty for blank text.
        """
        wanted = plain(text)
        if not wanted:
            return []
        areas = (
            replace(spot, is_exact=_is_whole(wanted, texts, pinyin(spot.name)))
            for spot, texts in self._area_texts
            if wanted in texts
        )
        spelt = self.column("pinyin")
        stations = (
            self._station_spot(number, _is_whole(wanted, texts, spelt[number] or ""))
            for number, texts in enumerate(self._station_texts)
            if wanted in texts
        )
        spots = chain(areas, stations)
        return list(islice((spot for spot in spots if not within or spot.within == within), limit))

    def _station_spot(self, number: int, is_exact: bool) -> NamedSpot:
        (lon, lat), columns = self.lonlat[number].tolist(), self._columns
        wanted = ("name", "district", "station_id", "position_accuracy_m")
        name, district, station_id, accuracy_m = (columns[column][number] for column in wanted)
        return NamedSpot(
            name, "station", lat, lon, district, self._around[number], station_id, accuracy_m, is_exact
        )

    def sub_districts(self) -> list[NamedSpot]:
        """List the sub-districts, each at the mean position of its stations; districts may share a name."""
        members: dict[tuple[str, str | None], list[int]] = {}
        districts = self._columns["district"]
        for number, name in enumerate(self.column("sub_district")):
            if name:
                members.setdefault((name, districts[number]), []).append(number)
        if not members:
            return []
        middles = np.array([self.lonlat[numbers].mean(axis=0) for numbers in members.values()])
        return [
            NamedSpot(name, "sub_district", lat, lon, district, within)
            for (name, district), (lon, lat), within in zip(
                members, middles.tolist(), self.districts_around(middles), strict=True
            )
        ]

    # Facts for pages and the API

    def facts(self, number: int) -> dict[str, Any]:
        """Return a station's facts under their names in the API; unknown ones are ``None``."""
        facts = {name: self._columns[name][number] for name in COLUMNS}
        lon, lat = self.lonlat[number].tolist()
        return facts | {
            "lat": round(lat, 7),
            "lon": round(lon, 7),
            "hours": self.hours(number),
            "amenities": self._amenities(number),
            "entry": facts["entry"] or UNKNOWN,
            "status": facts["status"] or OPEN,
            "synthetic": bool(facts["synthetic"]),
            "doubts": facts["doubts"] or [],
            "phones": phone_numbers(facts["phone"]),
        }

    def open_facts(self, number: int, at: datetime, lang: str) -> Mapping[str, str | None]:
        """Return ``state``, ``until`` (ISO 8601) and ``text`` of a station at a minute.

        Stations share few schedules, so the facts of each are computed once per minute and language.
        """
        if not self.is_in_service(number):
            return self._out_of_service_facts(number, at, lang)
        # Read the triple at once: another thread may replace it with that of another minute.
        last, minute, known = self._open_facts
        if at is not last:
            this = at.replace(second=0, microsecond=0)
            known = known if this == minute else {}
            minute = this
            self._open_facts = (at, minute, known)
        key = (self.schedule_ids[number], lang)
        if key not in known:
            status = self.schedule_status(key[0], minute)
            until = status.until.isoformat() if status.until else None
            known[key] = {"state": status.state.value, "until": until, "text": say(status, minute, lang)}
        return known[key]

    def _out_of_service_facts(self, number: int, at: datetime, lang: str) -> Mapping[str, str | None]:
        status, until, note = (self.fact(number, name) for name in ("status", "status_until", "status_note"))
        day, today = until and date.fromisoformat(until), at.astimezone(STATION_TIMEZONE).date()
        text = say_status(status, day, note, today, lang)
        return {"state": OUT_OF_SERVICE.state.value, "until": None, "text": text}

    def _amenities(self, number: int) -> dict[str, str]:
        yes, no = self._yes[number], self._no[number]
        return {word: YES if yes & bit else NO if no & bit else UNKNOWN for word, bit in _BIT.items()}

    # Construction

    def _sort_by_status(self) -> tuple[int, int]:
        """Bring the stations into the order of their numbers; return how many are in service, and are listed."""
        ranks = [RANKS[word or OPEN] for word in self._columns["status"]]
        if any(ranks):
            order = sorted(range(len(ranks)), key=ranks.__getitem__)
            self._columns = {name: [column[row] for row in order] for name, column in self._columns.items()}
            self.lonlat = self.lonlat[order]
        return ranks.count(0), len(ranks) - ranks.count(RANKS[CLOSED])

    def _masks(self) -> tuple[list[int], list[int]]:
        column = [amenities or {} for amenities in self._columns["amenities"]]

        def mask(value: str) -> list[int]:
            return [sum(_BIT[word] for word, has in amenities.items() if has == value) for amenities in column]

        return mask(YES), mask(NO)

    def _read_schedules(self) -> tuple[list[Schedule | None], list[int]]:
        """Parse each distinct text of hours once, ``hours_text`` where a file has no ``hours``."""
        pairs = list(zip(self._columns["hours"], self._columns["hours_text"], strict=True))
        texts = {pair: pair[0] or (read_hours(pair[1]) if pair[1] else None) for pair in set(pairs)}
        self.schedule_texts: list[str | None] = [None, *sorted({text for text in texts.values() if text})]
        ids = {text: schedule_id for schedule_id, text in enumerate(self.schedule_texts)}
        schedules = [Schedule(text, self.calendar) if text else None for text in self.schedule_texts]
        return schedules, [ids[texts[pair]] for pair in pairs]

    def _filter(
        self, kinds: frozenset[str], amenities: frozenset[str], open_at: datetime | None
    ) -> Callable[[Sequence[int]], Sequence[int]] | None:
        """Return a function that filters station numbers, or ``None`` if there is nothing to filter by."""
        if not (kinds or amenities or open_at):
            return None
        kinds = kinds or frozenset(KINDS)
        needed = sum(_BIT[word] for word in amenities)
        kind_of, yes, schedule_of = self._columns["kind"], self._yes, self.schedule_ids
        is_open = self._open_schedules(open_at)

        def keep(numbers: Sequence[int]) -> Sequence[int]:
            return [
                number
                for number in numbers
                if kind_of[number] in kinds and yes[number] & needed == needed and is_open[schedule_of[number]]
            ]

        return keep

    def _open_schedules(self, at: datetime | None) -> list[bool]:
        if at is None:
            return [True] * len(self._schedules)
        states = (self.schedule_status(schedule_id, at).state for schedule_id in range(len(self._schedules)))
        return [state is OpenState.OPEN for state in states]

    @cached_property
    def by_name(self) -> Sequence[int]:
        """The listed stations in order of their names, those that are not in service last."""
        names = self._columns["name"]
        return sorted(range(len(self)), key=lambda number: (not self.is_in_service(number), str(names[number])))

    @cached_property
    def _by_district(self) -> Mapping[str, Sequence[int]]:
        """The stations of each district named in the files, in the order of `by_name`."""
        districts, members = self._columns["district"], dict[str, list[int]]()
        for number in self.by_name:
            if districts[number]:
                members.setdefault(districts[number], []).append(number)
        return members

    # Computed at the first search: a search of 10,000 stations then takes a millisecond.

    @cached_property
    def _district_names(self) -> dict[str, str]:
        return names_of_districts(self.districts, self.column("district"))

    @cached_property
    def _around(self) -> Sequence[str | None]:
        """The district in whose outline each station lies."""
        return self.districts_around(self.lonlat)

    @cached_property
    def _area_texts(self) -> list[tuple[NamedSpot, str]]:
        """Districts, then sub-districts, each with its search text."""
        centres = np.array([district.centre[::-1] for district in self.districts]).reshape(-1, 2)
        areas = [
            (
                NamedSpot(district.name, "district", *district.centre, district.name, within),
                _search_text([district.name, district.name_en, district.name[:-1]], pinyin(district.name)),
            )
            for district, within in zip(self.districts, self.districts_around(centres), strict=True)
        ]
        return areas + [(place, _search_text([place.name], pinyin(place.name))) for place in self.sub_districts()]

    @cached_property
    def _station_texts(self) -> list[str]:
        """The search text of each listed station."""
        names = zip(*map(self.column, ("name", "name_en", "address")), strict=True)
        return [_search_text(texts, spelt) for texts, spelt in zip(names, self.column("pinyin"), strict=True)]


def _search_text(texts: Iterable[str | None], spelt: str | None) -> str:
    """Return what people may type for a place, in normal form, one text per line."""
    syllables = (spelt or "").casefold()
    typed = [*texts, syllables, syllables.replace(" ", ""), initials(syllables)]
    return "\n".join(plain(text) for text in typed if text)


def _is_whole(wanted: str, texts: str, spelt: str) -> bool:
    """Tell whether what was typed is one of the lines of a search text, and not the initials."""
    return wanted in texts.split("\n") and wanted != initials(spelt.casefold())


def _with(values: Sequence[T], changes: Mapping[int, T]) -> list[T]:
    """Copy a column with some values replaced."""
    return [changes.get(number, value) for number, value in enumerate(values)]


def _joined(tables: Sequence[StationTable], name: str) -> list[Any]:
    return [value for table in tables for value in table.columns[name]]
