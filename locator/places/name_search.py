"""Search of places by name, as people type it: in whole, in part, in pinyin or initials, with a district.

What was typed *places* somebody only where it is the name of a place. Anything else that looks like it is offered.
static/finder/gazetteer.js finds the same on the device.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from locator.geo.geodesy import inverse
from locator.language.characters import plain
from locator.language.pinyin import initials
from locator.places.gazetteer import KINDS, METRO_STATION, Place

FEWEST_CHARACTERS: Final = 2
"""A shorter text is no name."""
SAME_M: Final = 300.0
"""Places of one name as near to each other as this are one answer: a railway station and its metro station."""
CITY: Final = ("北京市", "北京")
"""What people write before a district or a name."""
_DIRECTION: Final = "[东西南北]{1,2}"
METRO: Final = re.compile(
    r"(?:地铁站?)?(?P<name>.+?)(?:地铁站?|站|(?:metro|subway)?station|metro|subway)?"
    rf"(?:(?:[a-z]\d?|{_DIRECTION})?(?:出入口|出口|口))?"
)
"""A metro station as people write it: 地铁国贸站, 国贸地铁站G口, 国贸站东南出口, Guomao Station."""
_HAN: Final = re.compile("[\u3400-\u9fff]")
_RANKS: Final = {kind: rank for rank, kind in enumerate(KINDS)}

Numbers = npt.NDArray[np.int64]


class Match(StrEnum):
    """How a place fits what was typed."""

    EXACT = "exact"
    """It is its name."""
    LIKE = "like"
    """It is part of its name, or its initials."""
    PART = "part"
    """Its name is the beginning of what was typed: 国贸 in 国贸旁边的早点铺."""


class Found(NamedTuple):
    """A place that was found."""

    place: Place
    match: Match


class _Reading(NamedTuple):
    """One way to understand what was typed."""

    name: str
    is_metro: bool = False
    district: str = ""


class NameSearch:
    """An index of places by name.

    Parameters
    ----------
    places
        Any number of them.
    districts
        Chinese names of districts that people may write before or after a name.
    """

    def __init__(self, places: Iterable[Place], districts: Iterable[str] = ()) -> None:
        self.places = sorted(places, key=lambda place: (_RANKS[place.kind], len(place.name)))
        self._districts = [(written, name) for name in districts for written in (name, short_of(name))]
        self._names: dict[str, list[int]] = {}
        self._spelt: dict[str, list[int]] = {}
        self._initials: dict[str, list[int]] = {}
        for number, place in enumerate(self.places):
            self._add(number, place)
        tables = (self._names, self._spelt, self._initials)
        keys = sorted((key, number) for table in tables for key, numbers in table.items() for number in numbers)
        self._keys = [key for key, _ in keys]
        self._key_numbers: Numbers = np.array([number for _, number in keys], dtype=np.int64)
        self._bigrams = _bigrams_of(self._names)

    def find(self, text: str, limit: int, district: str = "") -> list[Found]:
        """Find places by name: those that are meant, then those that may be.

        Parameters
        ----------
        text
            What a person typed, in any case and width, in traditional or simplified characters.
        limit
            The most places to return.
        district
            Chinese name of the district in which they must lie; empty: anywhere.
        """
        wanted = squeezed(text)
        if len(wanted) < FEWEST_CHARACTERS:
            return []
        exact = self._apart(self._exact(wanted, district)[:limit])[:limit]
        similar = (number for number in self._similar(wanted, limit + len(exact), district) if number not in exact)
        found = [Found(self.places[number], Match.EXACT) for number in exact]
        found += [Found(self.places[number], Match.LIKE) for number in similar]
        return found[:limit]

    def find_beginning(self, text: str, limit: int, district: str = "") -> list[Found]:
        """Find the places of the longest name that a text begins with, to be offered where nothing is named so."""
        # What stands after a district is told by the district: 天竺镇 in 顺义区天竺镇, and not 顺义.
        for reading in sorted(self._readings(squeezed(text)), key=lambda reading: not reading.district):
            for length in range(len(reading.name) - 1, FEWEST_CHARACTERS - 1, -1):
                beginning = _Reading(reading.name[:length], reading.is_metro, reading.district)
                if _HAN.match(beginning.name) and (numbers := self._named(beginning, district)):
                    return [Found(self.places[number], Match.PART) for number in numbers[:limit]]
        return []

    def _add(self, number: int, place: Place) -> None:
        for name in {squeezed(name) for name in (place.name, *place.aliases)}:
            self._names.setdefault(name, []).append(number)
        spelt = place.pinyin.casefold()
        if spelt:
            self._spelt.setdefault(spelt.replace(" ", ""), []).append(number)
            self._initials.setdefault(initials(spelt), []).append(number)

    def _exact(self, wanted: str, district: str) -> list[int]:
        return next(filter(None, (self._named(reading, district) for reading in self._readings(wanted))), [])

    def _named(self, reading: _Reading, district: str) -> list[int]:
        """List the places of a name, else those that are spelt so."""
        places = self.places
        for table in (self._names, self._spelt):
            numbers = [
                number
                for number in table.get(reading.name, ())
                if not (reading.is_metro and places[number].kind != METRO_STATION)
                and {reading.district, district} <= {"", places[number].district}
            ]
            if numbers:
                return numbers
        return []

    def _readings(self, wanted: str) -> Iterator[_Reading]:
        """Read a text as a name, as a metro station, without the city, and as a name with its district."""
        without_city = next((wanted.removeprefix(city) for city in CITY if wanted.startswith(city)), "")
        for text in filter(None, (wanted, without_city)):
            yield from _as_metro_too(text, "")
            for written, district in self._districts:
                for rest in (text.removeprefix(written), text.removesuffix(written)):
                    if rest and rest != text:
                        yield from _as_metro_too(rest, district)

    def _apart(self, numbers: Sequence[int]) -> list[int]:
        """Leave out what stands where another one does that comes before it."""
        apart: list[int] = []
        for number in numbers:
            place, others = self.places[number], [self.places[other] for other in apart]
            lonlat = np.array([(other.lon, other.lat) for other in others]).reshape(-1, 2)
            if not (inverse(place.lat, place.lon, lonlat)[0] <= SAME_M).any():
                apart.append(number)
        return apart

    def _similar(self, wanted: str, limit: int, district: str) -> list[int]:
        """List places whose initials were typed, whose name begins so, then those with it inside their name."""
        whole = self._initials.get(wanted, [])
        start, end = bisect_left(self._keys, wanted), bisect_left(self._keys, wanted + "\U0010ffff")
        beginning = np.unique(_first(self._key_numbers[start:end]))
        groups = (self._fitting(whole, limit, district), self._fitting(beginning, limit, district))
        found = list(dict.fromkeys(number for group in groups for number in group))
        if len(found) < limit and _HAN.search(wanted):
            found += [n for n in self._fitting(self._inside(wanted), limit, district, wanted) if n not in found]
        return found[:limit]

    def _inside(self, wanted: str) -> Numbers:
        """List the places with every pair of characters in their names."""
        lists = sorted((self._bigrams.get(pair, _NONE) for pair in _pairs(wanted)), key=len)
        found = lists[0]
        for numbers in lists[1:4]:
            found = np.intersect1d(found, numbers, assume_unique=True)
        return found

    def _fitting(self, numbers: Iterable[int], limit: int, district: str, inside: str = "") -> list[int]:
        found: list[int] = []
        for number in map(int, numbers):
            place = self.places[number]
            if district and place.district != district:
                continue
            if inside and not any(inside in squeezed(name) for name in (place.name, *place.aliases)):
                continue
            found.append(number)
            if len(found) == limit:
                break
        return found


_NONE: Final = np.zeros(0, dtype=np.int64)
_MOST: Final = 4096
"""So many of the places that a few letters may mean are looked at, the first by kind and length of name."""


def _first(numbers: Numbers) -> Numbers:
    return np.partition(numbers, _MOST)[:_MOST] if len(numbers) > _MOST else numbers


def squeezed(text: str) -> str:
    """Bring a text into the form in which names are compared: as `plain`, without spaces and dots."""
    return re.sub(r"[\s·・,，。、()（）\-]+", "", plain(text))


def short_of(district: str) -> str:
    """Return the name of a district as people say it: 朝阳 for 朝阳区."""
    return district[:-1] if len(district) > FEWEST_CHARACTERS and district[-1] in "区县市" else district


def _as_metro_too(text: str, district: str) -> Iterator[_Reading]:
    yield _Reading(text, False, district)
    named = METRO.fullmatch(text)
    if named and named["name"] != text:
        yield _Reading(named["name"], True, district)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _bigrams_of(names: Mapping[str, Sequence[int]]) -> dict[str, Numbers]:
    """Index names by their pairs of characters, so that names of two characters are found too."""
    found: dict[str, set[int]] = {}
    for name, numbers in names.items():
        if _HAN.search(name):
            for pair in _pairs(name):
                found.setdefault(pair, set()).update(numbers)
    return {pair: np.array(sorted(numbers), dtype=np.int64) for pair, numbers in found.items()}
