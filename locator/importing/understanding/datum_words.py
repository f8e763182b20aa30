"""Words for the datum of coordinates: in headings, in titles, and in cells of a column for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from locator.files.cells import as_text, is_empty
from locator.geo.datum import Datum
from locator.language.characters import letters, plain

# CGCS2000 and the system of Japan differ from WGS 84 by less than a metre or two. "GPS" is not among the words,
# because people say it for coordinates of any kind: beside another word it means nothing.
_WORDS: Final = (
    (Datum.GCJ02, r"gcj ?[-_]?0?2|gcj|高德|腾讯|火星(?=坐标|[ :：)）])|国测局|amap|gaode|autonavi|tencent"),
    (Datum.BD09, r"bd ?[-_]?09(?!mc)|百度|baidu"),
    (
        Datum.WGS84,
        (
            r"wgs ?[-_]?(?:19)?84|天地图|tianditu|cgcs ?[-_]?2000|国家(?:大地坐标系)?2000|2000(?:国家|坐标系)"
            r"|大地2000|84坐标|epsg:+4490|jgd ?20(?:00|11)"
        ),
    ),
)
_GPS: Final = re.compile(r"(?<![a-z])gps(?![a-z])")
_PATTERNS: Final = tuple((datum, re.compile(words)) for datum, words in _WORDS)
_BESIDE: Final = tuple(
    (datum, re.compile(rf"[(（\[]?\s*(?:{words})(?:ll)?(?:坐标系?|地图)?\s*[)）\]]?\s*[:：]?", re.IGNORECASE))
    for datum, words in (*_WORDS, (Datum.WGS84, _GPS.pattern))
)
"""Names of datums with what stands around them beside a position."""
_OF_COORDINATES: Final = re.compile(
    r"坐标|经纬|地图|拾取|定位|取点|位置|datum|coordinate|crs|epsg|gcj|bd ?-?09|wgs|cgcs"
)
_NOT: Final = re.compile(r"不|非|勿|转")
_COLUMN: Final = re.compile(
    r"坐标系统?|坐标类型|坐标基准|地图类型|坐标来源|datum|crs|coordinatesystem|coordsys|coordtype"
)
_POSITIONS: Final = re.compile(r"position|x|y|(?:lat|lon)(?::\w+)?")
_ANY_DATUM: Final = ("EPSG:4326", "EPSG:3857")
_NEAR: Final = 10
"""A map whose name stands within so many characters of a word for coordinates is where they come from: a title
that names the square 高德广场 says nothing about them."""


@dataclass(frozen=True, slots=True)
class NamedDatum:
    """A datum that the file itself names."""

    datum: Datum
    text: str
    """Where it names it: a heading, a title, or a cell, as it stands there."""


def named_datum(text: str) -> Datum | None:
    """Return the datum that a text about coordinates names; ``None`` where it names none, or several.

    Google's maps are none: they draw roads in GCJ-02 and pictures in WGS 84.
    """
    words = plain(text)
    named = {datum for datum, pattern in _PATTERNS if pattern.search(words)}
    if not named and _GPS.search(words):
        named = {Datum.WGS84}
    return named.pop() if len(named) == 1 else None


def without_datum(text: str) -> tuple[str, Datum | None]:
    """Take the name of a datum or of a map out of a text, such as ``GCJ-02: 116.4112, 39.9169``."""
    for datum, pattern in _BESIDE:
        bare, count = pattern.subn(" ", text)
        if count:
            return " ".join(bare.split()), datum
    return text, None


def datums_in(
    columns: Mapping[str, Sequence[object]],
    fields: Mapping[str, str],
    titles: Iterable[str] = (),
    crs: str | None = None,
) -> tuple[NamedDatum, ...]:
    """List the datums that a file names.

    Parameters
    ----------
    columns
        Heading to cells. A column for the datum, such as 坐标系, counts if all its cells name the same one.
    fields
        Field to heading: those of the positions are looked at.
    titles
        Texts above the headings, names of worksheets, members of a GeoJSON collection.
    crs
        The CRS that the file gives its geometry in. EPSG:4326 and EPSG:3857 say nothing: programs write them for
        positions of any datum.

    Returns
    -------
    tuple
        In that order, each datum of each text once; empty where nothing names one.
    """
    headings = [heading for field, heading in fields.items() if _POSITIONS.fullmatch(field)]
    named = [(heading, named_datum(heading)) for heading in headings]
    for heading, values in columns.items():
        if _COLUMN.fullmatch(letters(heading)):
            texts = {as_text(value) for value in values if not is_empty(value)}
            datums = {named_datum(text) for text in texts}
            named += [(f"{heading}: {min(texts)}", datums.pop())] if len(datums) == 1 else []
    named += [(title, _datum_of_title(title)) for title in titles]
    named += [(crs, Datum.WGS84)] if crs and crs not in _ANY_DATUM else []
    found = {(text, datum): None for text, datum in named if datum is not None}
    return tuple(NamedDatum(datum, text) for text, datum in found)


def _datum_of_title(title: str) -> Datum | None:
    """Return the datum that a title names, only where it is about coordinates."""
    words = plain(title)
    near = (
        words[max(0, match.start() - _NEAR) : match.end() + _NEAR]
        for pattern in (*(pattern for _, pattern in _PATTERNS), _GPS)
        for match in pattern.finditer(words)
    )
    is_meant = any(_OF_COORDINATES.search(part) for part in near) and not _NOT.search(words)
    return named_datum(title) if is_meant else None
