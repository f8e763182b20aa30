"""Matching the headings of columns to fields, by words in Chinese, English, Korean and Japanese."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from locator.errors import UsageError
from locator.language.characters import letters, plain

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

_FRAMES: Final = (
    "gcj02 gcj wgs84 wgs bd09ll bd09 bd 高德地图 百度地图 腾讯地图 谷歌地图 天地图 高德 百度 腾讯 谷歌 火星 "
    "国测局 amap gaode baidu tencent google tianditu gd tx cgcs2000 cgcs 国家2000 2000 jgd2011 jgd2000 twd97"
)
_PLACES: Final = (
    "地图 地点 点位 中心点 中心 坐标系 坐标 座标 地理 位置 定位 gps geo location position "
    "coordinates coordinate coord"
)
_NOTES: Final = "信息 说明 情况 内容 列表 明细 描述 必填 选填"
# What in brackets behind a heading says nothing else about it.
_UNITS: Final = frozenset(
    "° 度 deg degree degrees 十进制 十进制度 小数 m 米 m2 ㎡ 平方米 平米 sqm 人 个 座 席 명 개 台 张 把 套 "
    "必填 选填 可选 中文 zh 2".split()
) | {""}
_BRACKETS: Final = re.compile(r"[(\[{【〔]([^()\[\]{}【】〔〕]*)[)\]}】〕]")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_OTHER_COLUMN: Final = re.compile(r"英|旧|曾用|备用|备选|^en|^eng|old|previous|영문|구\b|カナ|かな|简称")
_OWN: Final[Rank] = (-1, 0)
_SOMEBODY: Final = re.compile(
    r".*(?:[者人主员員局方商]|法人|机关|机构|团体|会社|公司|单位|部门|기관|업체|업자|부서|owner|manager|applicant|contact|operator|agency"
    r"|organi[sz]ation|company|parent|user|person)"
)
"""Persons and bodies, whose names and addresses are not those of a station."""
_LONGEST_KEY: Final = 40
_KOREAN_NAME: Final = "명"
"""Name, at the end of a heading."""
_MOST_LEVELS: Final = 4
"""A heading with more slashes is no heading on levels."""
_FAR: Final = 2
"""The distance from the plain word of a heading with something unknown in brackets, or under another heading."""


def any_of(words: str) -> str:
    """Return a pattern of the keys of words, the longest first; of nothing where there are none."""
    keys = set(map(letters, words.split()))
    return "|".join(map(re.escape, sorted(keys, key=lambda key: (-len(key), key)))) or "(?!)"


_BEFORE_COORDINATES: Final = re.compile(f"^(?:{any_of(f'{_FRAMES} {_PLACES}')})+")
_BEHIND_COORDINATES: Final = re.compile(f"(?:{any_of(f'{_FRAMES} 坐标系 坐标 值')})+$")
_NOTES_BEHIND: Final = re.compile(f"(?:{any_of(_NOTES)})$")
_FRAME: Final = re.compile(f"(?:{any_of(f'{_FRAMES} 坐标系 坐标 地图')})+")


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
    others
        Words and endings of headings that certainly mean something else, as a pattern for the whole key: such
        headings match no field, whatever stands in their columns.
    below
        For headings joined from two levels, 坐标/经度: a field of the upper heading to a pattern of the fields
        that the lower one may then mean. An upper heading that is no field allows all of them. Without it only the
        whole heading is looked up.
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
        others: str | None = None,
        below: Mapping[str, str] | None = None,
    ) -> None:
        self.fields = (*table, *more_fields)
        """All fields that a heading can be matched to or chosen for."""
        self._exact_only, self._unbracketed, self._named = map(frozenset, (exact_only, unbracketed, named))
        self._form, self._more = form and re.compile(form), more
        self._others = re.compile(others) if others else None
        self._below = {field: re.compile(pattern) for field, pattern in below.items()} if below else None
        self._before = re.compile(f"^(?:{any_of(prefixes)})")
        self._meanings: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for field, words in table.items():
            for order, word in enumerate(words.split()):
                self._meanings[letters(word)].append((field, order))

    def matches(self, headings: Iterable[str | None]) -> dict[str, str]:
        """Return field to heading, as `add_matches` gives them; ``None`` stands for a column without a heading."""
        fields: dict[str, str] = {}
        self.add_matches([heading for heading in headings if heading], fields)
        return fields

    def add_matches(
        self,
        headings: Sequence[str],
        fields: dict[str, str],
        is_empty: Callable[[str, str], bool | None] = lambda field, heading: False,  # noqa: ARG005
    ) -> None:
        """Give every field that is still free the best heading that is still free.

        Of several headings that are equally far from a field's plain word, with something unknown in brackets,
        none is taken: 设施(运动) and 设施(文化) are parts.

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
        thing = self._common_thing(headings)
        candidates = [
            (empty, rank, field, heading)
            for heading in headings
            if heading not in used
            for field, rank in (self._ranks(heading) or self._ranks_of(thing, heading)).items()
            if (empty := is_empty(field, heading)) is not None
        ]
        counts = Counter((empty, rank, field) for empty, rank, field, _ in candidates)
        # Equal ones go by their text, so that the order of the columns does not matter.
        for empty, rank, field, heading in sorted(candidates):
            is_unclear = rank[0] >= _FAR and counts[empty, rank, field] > 1
            if field not in fields and heading not in used and not is_unclear:
                fields[field] = heading
                used.add(heading)

    def _common_thing(self, headings: Sequence[str]) -> str | None:
        """Return the thing before two known words of different fields or more: 学校 of 学校名称 and 学校地址.

        Of several it is the one with an identifier: 卡口编号, 卡口名称 beside 道路类型, 道路名称. ``None`` where
        there is none, where that does not decide, where no name is among the words, or where another
        heading is a name by itself: then the thing may be something beside the station.
        """
        unknown = [heading for heading in headings if not self.knows(heading)] if self._below else []
        if not unknown or any("name" in self._ranks(heading) for heading in headings):
            return None
        fields: dict[str, set[str]] = defaultdict(set)
        for heading in unknown:
            key = _keys(plain(heading))[-1][0][:_LONGEST_KEY]
            for end in range(2, len(key)):
                if end < len(key) - 1 or key[end:] == _KOREAN_NAME:
                    fields[key[:end]].update(field for field, _ in self._meanings.get(key[end:], ()))
        things = [
            thing
            for thing, names in fields.items()
            if "name" in names and len(names) > 1 and not _SOMEBODY.fullmatch(thing)
        ]
        things = things if len(things) < 2 else [thing for thing in things if "station_id" in fields[thing]]
        return things[0] if len(things) == 1 else None

    def _ranks_of(self, thing: str | None, heading: str) -> dict[str, Rank]:
        """Return the fields of a heading without the thing that it is about."""
        key = _keys(plain(heading))[-1][0]
        if thing is None or not key.startswith(thing) or self._is_other(heading):
            return {}
        meanings = self._meanings.get(key[len(thing) :], ())
        return {field: (_FAR, order) for field, order in meanings}

    def knows(self, heading: str) -> bool:
        """Tell whether the words of a heading say what it means, also where that is none of the fields."""
        text = plain(heading)
        unbracketed = _BRACKETS.sub("", text)
        return bool(self._ranks(heading) or self._ranks(unbracketed)) or self._is_other(text)

    def may_mean(self, heading: str, field: str) -> bool:
        """Tell whether a heading may mean a field."""
        return field in self._ranks(heading)

    def _is_other(self, heading: str) -> bool:
        return self._others is not None and any(self._others.fullmatch(key) for key, _ in _keys(heading))

    def _ranks(self, heading: str) -> dict[str, Rank]:
        """Return the fields that a heading may mean, each with its best rank."""
        if heading in self.fields:  # one of our own exports
            return {heading: _OWN}
        ranks: dict[str, Rank] = {}
        for field, rank in self._fields_of(plain(heading)):
            ranks[field] = min(rank, ranks.get(field, rank))
        return ranks

    def _fields_of(self, heading: str) -> Iterator[tuple[str, Rank]]:
        whole = list(self._fields_of_words(heading))
        if self._is_other(heading):
            whole = [(field, rank) for field, rank in whole if not rank[0]]
        else:
            whole = whole or list(self._fields_of_levels(heading))
        yield from whole

    def _fields_of_levels(self, heading: str) -> Iterator[tuple[str, Rank]]:
        """Give the fields of the lowest level that suit the levels above it."""
        upper, slash, lower = heading.rpartition("/")
        if self._below is None or not slash or heading.count("/") > _MOST_LEVELS or self._is_other(upper):
            return
        above = {field for field, _ in self._fields_of(upper)}
        for field, (distance, order) in self._fields_of(lower):
            allowed = [self._below[name] for name in above if name in self._below]
            if not above or any(pattern.fullmatch(field) for pattern in allowed):
                yield field, (distance + (0 if above else 1), order)

    def _fields_of_words(self, heading: str) -> Iterator[tuple[str, Rank]]:
        for key, strange in _keys(heading):
            near = [(field, (strange, order)) for field, order in self._meanings.get(key, ())]
            near += [(field, (strange + 1, order)) for field, order in self._affixed(key)]
            yield from ((field, rank) for field, rank in near if strange < _FAR or field not in self._unbracketed)
            if self._form and (match := self._form.fullmatch(key)) and match[1] != key:
                for field, order in self._meanings.get(match[1], ()):
                    yield field, (strange + 1, order)
            if self._more:
                for field, order in self._more(key, heading):
                    yield field, (strange, order)

    def _affixed(self, key: str) -> Iterator[tuple[str, int]]:
        """Give the fields of a key without the affixes that a known heading may have."""
        if key.endswith("1"):  # the first of several: 电话1, 电话2
            yield from self._meanings.get(key[:-1], ())
        behind = _BEHIND_COORDINATES.sub("", key)
        for bare in {behind, _BEFORE_COORDINATES.sub("", key), _BEFORE_COORDINATES.sub("", behind)} - {key}:
            yield from self._allowed(bare, of_coordinates=True)
        for pattern in (self._before, _NOTES_BEHIND):
            if (bare := pattern.sub("", key)) != key:
                yield from self._allowed(bare, of_coordinates=False)
        if key.endswith("名称"):
            yield from (meaning for meaning in self._meanings.get(key[:-2], ()) if meaning[0] in self._named)

    def _allowed(self, key: str, *, of_coordinates: bool) -> Iterator[tuple[str, int]]:
        for field, order in self._meanings.get(key, ()):
            if field not in self._exact_only and (not of_coordinates or field.partition(":")[0] in COORDINATES):
                yield field, order


def _keys(heading: str) -> list[tuple[str, int]]:
    """Return the keys to look up, the whole heading and that outside brackets, each with a penalty."""
    inside = [part.strip() for part in _BRACKETS.findall(heading)]
    whole, bare = _bare(heading), _bare(_BRACKETS.sub("", heading))
    if not inside or not bare or any(_OTHER_COLUMN.search(part) for part in inside):
        return [(whole, 0)]
    parts = [part for part in map(_bare, inside) if part not in _UNITS]
    strange = 0 if not parts else 1 if all(map(_FRAME.fullmatch, parts)) else _FAR
    return [(whole, 0), (bare, strange)]


def _bare(text: str) -> str:
    """Return the letters and digits of a text."""
    return _NO_LETTERS.sub("", text)


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
