"""Guessing what a column means from its cells, where no word knows its heading."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from locator.files.cells import as_text
from locator.geo import angles
from locator.language.characters import plain
from locator.stations.hours_text import read_hours

Test = Callable[[str], bool]
"""Tells whether the text of a cell fits a field."""

MAJORITY: Final = 0.8
"""A column is guessed if at least this share of its checked cells fit."""
LEAST_CELLS: Final = 2
"""A column with fewer cells is not guessed."""
MOST_COLUMNS: Final = 200
"""Of a sheet with more unknown columns nothing is guessed: it is no list of stations."""
_LONGEST: Final = 80
"""Characters of a cell that are looked at."""

_CHINA: Final = {"lat": (18.0, 54.0), "lon": (73.0, 135.0)}
"""Degrees between which China, Korea and most of Japan lie; no number is in both."""
_DECIMALS: Final = re.compile(r"\d\.\d\d|[°度]")
_EXACT: Final = re.compile(r"\d\.\d\d\d|[°度]")
"""How exact a pair and, because it is less clear, a single number must be."""
_PHONE: Final = re.compile(
    r"(?:(?P<mobile>1[3-9]\d-?\d{4}-?\d{4})|\(?0\d{1,3}\)?[- ]?\d{3,4}-?\d{4}|[48]00-?\d{3}-?\d{4})(?:-\d{1,5})?",
    re.ASCII,
)
_BETWEEN: Final = re.compile(r" *[,;/、\n] *| {1,}")
_ADDRESS: Final = re.compile(
    r"(?:路|街|巷|胡同|大道|弄|里|村|小区|广场|大厦|园)[^,]{0,12}?(?:\d|[甲乙丙东西南北])+[^,]{0,6}?(?:号|楼|层|室|座|栋)"
    r"|[区县市镇乡][^,]{1,20}?(?:路|街|巷|胡同|大道|号|大厦|广场|小区|社区)"
    r"|(?:로|길)\d* ?\d+|[가-힣]+[동리] \d+|\d(?:丁目|番)|[市区町村].*\d-\d"
    r"|\d+[a-z]? .*\b(?:street|st|road|rd|avenue|ave|boulevard|blvd|drive|dr|lane|ln|way)\b"
)
_NAME: Final = re.compile(
    r".*(?:驿站|之家|小家|服务站|服务点|站点|港湾|服务中心|活动中心|公厕|卫生间|休息点|休息站|便利店|支行|分店|门店|"
    r"쉼터|센터|경로당|station|shelter|center|centre|library)(?: ?\(.*\)| ?\d+号?)?"
)
_NAMING: Final = re.compile(r".*(?:名称|名字|全称|名|name)|.*[가-힣]명|(?:name|title).*")
_SUB_DISTRICT: Final = re.compile(r"[\u4e00-\u9fff]{1,8}(?:街道|地区|镇|乡)(?:办事处)?|[가-힣]{1,6}\d?[동읍면]")
_DISTRICT: Final = re.compile(r"[\u4e00-\u9fff]{1,7}[区县旗]|[가-힣]{1,4}[구군]")
_ENDS: Final = re.compile(r"(?<=..)(?:自治县|新区|[区县市旗])$")
_CLOCK: Final = re.compile(r"\d ?[:点时時]|24 ?(?:小时|h)|全天|24시간", re.ASCII)


def guess_columns(
    cells: Mapping[str, Sequence[Any]], missing: Collection[str], districts: Collection[str] = ()
) -> dict[str, str]:
    """Guess the columns of the fields that have none.

    A column is guessed if a clear majority of its cells fits one field, and no other column fits that field too:
    ``position`` (both numbers in a cell), ``lat`` and ``lon`` (only both together), ``phone``, ``hours_text``,
    ``district``, ``sub_district``, ``address`` and ``name``. A name must also differ from row to row. A column of
    nothing but mobile numbers is no telephone of a station: they may be private.

    Parameters
    ----------
    cells
        Heading to the cells that have a value, only of headings that no word knows.
    missing
        The fields that have no column.
    districts
        Names of the districts that are served; without any, texts that end like districts fit.

    Returns
    -------
    dict
        Field to heading; empty where nothing is clear. The order of the columns makes no difference.
    """
    if len(cells) > MOST_COLUMNS:
        return {}
    free = {
        heading: [plain(as_text(value)[:_LONGEST]) for value in values]
        for heading, values in cells.items()
        if len(values) >= LEAST_CELLS
    }
    tests = _TESTS | {"district": _district_test(districts)}
    guesses: dict[str, str] = {}
    for fields in (*_ORDER, ("name",)):
        if (
            not missing
            or not all(field in missing for field in fields)
            or ("lat" in fields and "position" in guesses)
        ):
            continue
        columns = [_names(free) if field == "name" else _fitting(tests[field], free) for field in fields]
        if all(len(headings) == 1 for headings in columns):
            found = {field: headings[0] for field, headings in zip(fields, columns, strict=True)}
            guesses |= found
            free = {heading: texts for heading, texts in free.items() if heading not in found.values()}
    return guesses


_ORDER: Final = (
    *(("position",), ("lat", "lon"), ("phone",), ("hours_text",), ("district",), ("sub_district",), ("address",)),
)


def _fitting(fits: Test, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """List the headings of the columns whose cells mostly fit."""
    return [heading for heading, texts in columns.items() if _mostly(fits, texts)]


def _mostly(fits: Test, texts: Sequence[str]) -> bool:
    misses, most = 0, (1 - MAJORITY) * len(texts)
    for text in texts:
        misses += not fits(text)
        if misses > most:
            return False
    return fits is not _is_phone or any(not _is_mobile(text) for text in texts)


def _names(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """List the columns whose cells end like names of stations, or else those whose heading ends in "name"."""
    distinct = {heading: texts for heading, texts in columns.items() if len(set(texts)) >= MAJORITY * len(texts)}
    naming = {heading: texts for heading, texts in distinct.items() if _NAMING.fullmatch(plain(heading))}
    both = _fitting(_is_name, naming)
    return both or _fitting(_is_name, distinct) or _fitting(_is_wording, naming)


def _is_pair(text: str) -> bool:
    pair = angles.read(angles.plain(text)) if _DECIMALS.search(text) else None
    return pair is not None and len(pair) == 2 and max(abs(angle.degrees) for angle in pair) <= 180


def _is_degrees(axis: str, text: str) -> bool:
    one = angles.read(angles.plain(text)) if _EXACT.search(text) else None
    least, most = _CHINA[axis]
    return one is not None and len(one) == 1 and one[0].axis in (None, axis) and least <= one[0].degrees <= most


def _is_phone(text: str) -> bool:
    return all(map(_PHONE.fullmatch, _BETWEEN.split(text)))


def _is_mobile(text: str) -> bool:
    return all((number := _PHONE.fullmatch(part)) and number["mobile"] for part in _BETWEEN.split(text))


def _is_hours(text: str) -> bool:
    return _CLOCK.search(text) is not None and read_hours(text) is not None


def _is_address(text: str) -> bool:
    return _ADDRESS.search(text) is not None and not _NAME.fullmatch(text)


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _is_wording(text: str) -> bool:
    return re.search(r"[^\W\d_]{2}", text) is not None and not _CLOCK.search(text)


def _district_test(districts: Collection[str]) -> Test:
    names = {plain(name) for name in districts}
    names |= {_ENDS.sub("", name) for name in names}
    if not names:
        return lambda text: _DISTRICT.fullmatch(text) is not None
    return lambda text: text in names or any(text.endswith(name) and len(name) > 2 for name in names)


_TESTS: Final[dict[str, Test]] = {
    "position": _is_pair,
    "lat": partial(_is_degrees, "lat"),
    "lon": partial(_is_degrees, "lon"),
    "phone": _is_phone,
    "hours_text": _is_hours,
    "sub_district": lambda text: _SUB_DISTRICT.fullmatch(text) is not None,
    "address": _is_address,
}
