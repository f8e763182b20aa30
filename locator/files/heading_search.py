"""Matching the headings of columns to fields, by words in Chinese, English and Korean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from locator.errors import UsageError
from locator.language.characters import plain

COORDINATES: Final[Mapping[str, str]] = {
    "lat": "lat 纬度 latitude 위도 北纬 维度",
    "lon": "lon 经度 lng long longitude 경도 东经",
    "x": "x x坐标 坐标x 东坐标 横坐标 xcoord xcoordinate coordx pointx easting x좌표",
    "y": "y y坐标 坐标y 北坐标 纵坐标 ycoord ycoordinate coordy pointy northing y좌표",
    "position": (
        "position 坐标 座标 经纬度 经纬度坐标 位置坐标 地理坐标 坐标位置 坐标点 gps gps坐标 "
        "location latlng latlon latlong lnglat lonlat coordinates coordinate coords geopoint "
        "좌표 위치좌표 위경도"
    ),
}
"""The words for coordinates, which are the same in every list."""

Rank = tuple[int, int]
"""How far a heading is from the plain word, and how good that word is for the field; lower is better."""
More = Callable[[str, str], Iterable[tuple[str, int]]]
"""Takes the key of a heading, its letters and digits only, and the plain heading; gives further fields."""

_FRAMES: Final = "gcj02 gcj wgs84 wgs bd09 bd 高德 百度 腾讯"
_PLACES: Final = "地图 天地图 中心 中心点 坐标 gps geo location position coordinates coordinate coord"
_NOTES: Final = "信息 说明 情况 内容 列表 明细 描述 必填 选填"
_UNITS: Final = (
    *("", "°", "度", "deg", "degree", "degrees", "十进制", "m", "米", "m2", "平方米", "平米", "sqm", "人", "个"),
    *("座", "席", "명", "개", "必填", "选填", "中文", "zh", "可选", "2"),
)  # what in brackets behind a heading says nothing else about it
_BRACKETS: Final = re.compile(r"[(\[{【〔]([^()\[\]{}【】〔〕]*)[)\]}】〕]")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_OTHER_COLUMN: Final = re.compile(r"英|旧|曾用|备用|备选|^en|^eng|old|previous|영문|구\b")
_OWN: Final[Rank] = (-1, 0)


class Vocabulary:
    """The fields of a kind of list, and the words for each.

    Parameters
    ----------
    table
        Field to its words with blanks between them, in plain form, the better word first.
    prefixes
        Words that may stand before a known heading.
    exact_only
        Fields that a heading must name exactly, with no affixes: a 设施代码 may be anything.
    unbracketed
        Fields whose headings must have no brackets: 开放时间(工作日) are not the hours of every day.
    named
        Fields whose headings may end in 名称: 管理单位名称 is no name of a station.
    form
        A pattern with a known word as its group, and what may surround it.
    more, more_fields
        A function for further meanings, ranked below all in the table, and the fields it may give.
    """

    def __init__(
        self,
        table: Mapping[str, str],
        *,
        prefixes: str = "",
        exact_only: Iterable[str] = (),
        unbracketed: Iterable[str] = (),
        named: Iterable[str] = (),
        form: str | None = None,
        more: More | None = None,
        more_fields: Iterable[str] = (),
    ) -> None:
        self.fields = (*table, *more_fields)
        """All fields that a heading can be matched to or chosen for."""
        self._exact_only, self._unbracketed, self._named = map(frozenset, (exact_only, unbracketed, named))
        self._form, self._more = form and re.compile(form), more
        self._before = _affixes(f"{_FRAMES} {_PLACES}", prefixes)
        self._behind = _affixes(f"{_FRAMES} 坐标 值", _NOTES)
        self._meanings: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for field, words in table.items():
            for order, word in enumerate(words.split()):
                self._meanings[_NO_LETTERS.sub("", plain(word))].append((field, order))

    def add_matches(
        self,
        headings: Sequence[str],
        fields: dict[str, str],
        is_empty: Callable[[str, str], bool | None] = lambda field, heading: False,  # noqa: ARG005
    ) -> None:
        """Give every field that is still free the best heading that is still free.

        Parameters
        ----------
        headings
            In the order of the file.
        fields
            Field to heading; matches are added to it.
        is_empty
            Tells of a field and a heading whether the column is empty, which ranks last; ``None`` if its values
            do not suit the field.
        """
        used = set(fields.values())
        candidates = [
            (empty, rank, number, field, heading)
            for number, heading in enumerate(headings)
            if heading not in used
            for field, rank in self._ranks(heading).items()
            if (empty := is_empty(field, heading)) is not None
        ]
        for _, _, _, field, heading in sorted(candidates):
            if field not in fields and heading not in used:
                fields[field] = heading
                used.add(heading)

    def _ranks(self, heading: str) -> dict[str, Rank]:
        """Return the fields that a heading may mean, each with its best rank."""
        if heading in self.fields:  # one of our own exports
            return {heading: _OWN}
        ranks: dict[str, Rank] = {}
        for field, rank in self._fields_of(plain(heading)):
            ranks[field] = min(rank, ranks.get(field, rank))
        return ranks

    def _fields_of(self, heading: str) -> Iterator[tuple[str, Rank]]:
        for key, strange in _keys(heading):
            for field, order in self._meanings.get(key, ()):
                if not (strange and field in self._unbracketed):
                    yield field, (strange, order)
            for field, order in self._affixed(key):
                yield field, (strange + 1, order)
            if self._form and (match := self._form.fullmatch(key)) and match[1] != key:
                for field, order in self._meanings.get(match[1], ()):
                    yield field, (strange + 1, order)
            if self._more:
                for field, order in self._more(key, heading):
                    yield field, (strange, order)

    def _affixed(self, key: str) -> Iterator[tuple[str, int]]:
        """Give the fields of a key without the affixes that a known heading may have."""
        for before, of_coordinates in self._before.items():
            if key.startswith(before):
                yield from self._allowed(key[len(before) :], of_coordinates)
        for behind, of_coordinates in self._behind.items():
            if key.endswith(behind):
                yield from self._allowed(key[: -len(behind)], of_coordinates)
        if key.endswith("名称"):
            yield from (meaning for meaning in self._meanings.get(key[:-2], ()) if meaning[0] in self._named)

    def _allowed(self, key: str, of_coordinates: bool) -> Iterator[tuple[str, int]]:
        for field, order in self._meanings.get(key, ()):
            if field not in self._exact_only and (not of_coordinates or field in COORDINATES):
                yield field, order


def _affixes(of_coordinates: str, of_all: str) -> dict[str, bool]:
    """Return the affixes that a heading may have, each with whether only coordinates have it."""
    return dict.fromkeys(of_coordinates.split(), True) | dict.fromkeys(of_all.split(), False)


def _keys(heading: str) -> list[tuple[str, int]]:
    """Return the keys to look up, the whole heading and that outside brackets, each with a penalty."""
    inside = [part.strip() for part in _BRACKETS.findall(heading)]
    whole = _NO_LETTERS.sub("", heading)
    bare = _NO_LETTERS.sub("", _BRACKETS.sub("", heading))
    if not inside or not bare or any(_OTHER_COLUMN.search(part) for part in inside):
        return [(whole, 0)]
    strange = 0 if all(_NO_LETTERS.sub("", part) in _UNITS for part in inside) else 2
    return [(whole, 0), (bare, strange)]


# Choices


def read_choices(texts: Iterable[str]) -> dict[str, str]:
    """Read choices such as ``name=站点名称``; an empty heading, ``phone=``, leaves a field out.

    Raises
    ------
    UsageError
        If a text has no ``=`` or no field, or a field is chosen twice.
    """
    choices: dict[str, str] = {}
    for text in texts:
        field, sign, heading = text.partition("=")
        if not sign or not field.strip():
            raise UsageError(
                ("{text} is not a choice of a column. Write field=heading, name=站点名称."), text=text
            )
        if field.strip() in choices:
            raise UsageError(
                ("The field {field} is chosen twice. Choose one heading for it."), field=field.strip()
            )
        choices[field.strip()] = heading.strip()
    return choices


def known_field(field: str, known: Sequence[str]) -> str:
    """Return a known field, or refuse it."""
    if field not in known:
        raise UsageError(
            "There is no field {field}. The fields are: {known}.", field=field, known=", ".join(known)
        )
    return field


def known_heading(heading: str, known: Iterable[str], file: str) -> str:
    """Return the heading of a file that matches but for blanks, widths and case; ``""`` stays ``""``."""
    headings = list(known)
    if not heading or heading in headings:
        return heading
    alike = [one for one in headings if plain(one) == plain(heading)]
    if len(alike) == 1:
        return alike[0]
    raise UsageError(
        "{file} has no heading {heading}. Its headings are: {known}.",
        file=file,
        heading=heading,
        known=", ".join(islice(headings, 50)),
    )
