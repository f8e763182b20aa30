"""Opening hours in columns for parts of the day (上午/下午), the year (夏季/冬季) or the week (工作日/周末)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from locator.files.cells import as_text, is_empty
from locator.language.characters import plain
from locator.stations.hours_text import read_hours

_DAY: Final = ("hours:morning", "hours:afternoon")
_YEAR: Final = ("hours:summer", "hours:winter")
_WEEK: Final = ("hours:workdays", "hours:weekend", "hours:holidays")
PARTS: Final = (*_DAY, *_YEAR, *_WEEK)
"""The fields, in the order in which their cells are put together."""
_NAMES: Final = {
    **dict(zip(_DAY, ("上午", "下午"), strict=True)),
    **dict(zip(_YEAR, ("夏季", "冬季"), strict=True)),
    **dict(zip(_WEEK, ("工作日", "周末", "节假日"), strict=True)),
}
_OWN_NAMES: Final[Mapping[str, str]] = {
    "hours:workdays": "周一[至到]周[五六]|周1-5",
    "hours:weekend": "周六(?:、|和|及)?(?:周)?日|双休日",
    "hours:holidays": "法定节?假日|(?:周末|双休日)(?:、|和|及)?节假日",
}
"""Days that a heading names itself, which say more than the field."""
_CLOSED: Final = frozenset({"休息", "不开放", "闭馆", "关闭", "无", "不营业", "休", "closed", "휴무", "休馆"})
_HAS_PART: Final = re.compile(r"[上下]午|[ap]\.?m|오전|오후|早|晚", re.IGNORECASE)
_SPAN: Final = re.compile(r"(\d\d):\d\d-(\d\d):\d\d")
_DATE: Final = r"\d{1,2}月(?:\d{1,2}[日号]|份)?"
_DATES: Final = re.compile(rf"(?P<first>{_DATE})[-—–~～至到]+(?:次年|翌年|第二年)?(?P<last>{_DATE})")


@dataclass(frozen=True, slots=True)
class PartHours:
    """Hours that were put together."""

    text: str
    """In words."""
    hours: str | None
    """In OSM syntax, where they are clear."""


def read_parts(cells: Mapping[str, Any], names: Mapping[str, str]) -> PartHours | None:
    """Put the hours of one row together.

    Parameters
    ----------
    cells
        The cells of the fields `PARTS` that the list has columns for, ``None`` where a cell is empty.
    names
        From `part_names`: field to its name, where the list has one of its own.

    Returns
    -------
    PartHours or None
        ``None`` where all cells are empty. An empty cell beside a filled one leaves its part unknown, and with it
        the hours of the day or the year.
    """
    said = {field: as_text(cells[field]) for field in PARTS if not is_empty(cells.get(field))}
    if not said:
        return None
    groups = [group for group in (_DAY, _YEAR, _WEEK) if any(field in said for field in group)]
    told = [_named(field, value, names) for field, value in said.items()]
    if len(groups) != 1:
        return PartHours("，".join(told), None)
    (group,) = groups
    missing = [field for field in group if field not in said and (field in cells or group != _WEEK)]
    hours = {_DAY: _of_day, _YEAR: _of_year, _WEEK: _of_week}[group](said, missing, names)
    if not hours:
        # Otherwise the words could be read as the hours of the whole day.
        told += [f"{names.get(field, _NAMES[field])}不详" for field in missing]
    return PartHours("，".join(told), hours)


def _named(field: str, value: str, names: Mapping[str, str]) -> str:
    if _is_closed(value):
        return f"{names.get(field, _NAMES[field])}不开放"
    if field in _DAY and _HAS_PART.search(value):
        return value
    return f"{names.get(field, _NAMES[field])}{value}"


def _is_closed(value: str) -> bool:
    return plain(value) in _CLOSED


def _of_day(said: Mapping[str, str], missing: Sequence[str], names: Mapping[str, str]) -> str | None:
    """Read morning and afternoon; hours of a whole day may stand under one of them."""
    if missing:
        (value,) = said.values()
        hours = read_hours(value)
        span = _SPAN.fullmatch(hours or "")
        return hours if hours == "24/7" or (span and span[1] < "12" and span[2] > "13") else None
    return read_hours(
        "，".join(_named(field, value, names) for field, value in said.items() if not _is_closed(value))
    )


def _of_year(said: Mapping[str, str], missing: Sequence[str], names: Mapping[str, str]) -> str | None:
    """Read summer and winter, of which one begins where the other ends; the same hours hold all year."""
    if missing:
        return None
    if len({read_hours(value) or value for value in said.values()}) == 1:
        return read_hours(said["hours:summer"])
    return read_hours("，".join(f"{names.get(field, _NAMES[field])}{value}" for field, value in said.items()))


def _of_week(said: Mapping[str, str], missing: Sequence[str], names: Mapping[str, str]) -> str | None:
    """Read workdays, weekend and holidays; days whose cell is empty are unknown."""
    if not missing:
        return read_hours("，".join(_named(field, value, names) for field, value in said.items()))
    if list(said) != ["hours:workdays"]:
        return None
    workdays = read_hours(f"周一至周五{said['hours:workdays']}")
    return workdays and f"{workdays}; Sa-Su,PH unknown"


# What headings and titles say


def part_names(headings: Mapping[str, str], titles: Iterable[str]) -> dict[str, str]:
    """Return the names of parts that say more than their fields: 周一至周五, and seasons with their dates.

    Parameters
    ----------
    headings
        Field to heading.
    titles
        Texts above the table, which may say when summer begins.
    """
    names = {}
    for field, pattern in _OWN_NAMES.items():
        if match := re.search(pattern, unicodedata.normalize("NFKC", headings.get(field, ""))):
            names[field] = match[0]
    texts = [*(headings.get(field, "") for field in _YEAR), *titles]
    dates = {field: _dates_of(name, texts) for field, name in zip(_YEAR, "夏冬", strict=True)}
    for field, other in (_YEAR, _YEAR[::-1]):
        said = dates[field] or _rest_of_year(dates[other])
        if said:
            names[field] = f"{_NAMES[field]}（{said}）"
    return names


def _dates_of(season: str, texts: Iterable[str]) -> str | None:
    """Return the dates that are said behind the name of a season, as 5月1日-9月30日."""
    other = "冬" if season == "夏" else "夏"
    for text in texts:
        match = re.search(rf"{season}[^{other}]{{0,12}}?({_DATES.pattern})", unicodedata.normalize("NFKC", text))
        if match:
            return f"{match['first']}-{match['last']}"
    return None


def _rest_of_year(dates: str | None) -> str | None:
    """Return the dates outside some dates, ``None`` where these are not clear."""
    match = _DATES.fullmatch(dates or "")
    if match is None:
        return None
    (month, day), (last_month, last_day) = (
        map(int, re.findall(r"\d+", f"{text} 0")[:2]) for text in (match["first"], match["last"])
    )
    if not day and not last_day:
        return f"{last_month % 12 + 1}月-{(month - 2) % 12 + 1}月"
    try:  # in a leap year, so that February has all its days
        first, last = (
            date(2028, month, day) - timedelta(days=1),
            date(2028, last_month, last_day) + timedelta(days=1),
        )
    except ValueError:
        return None
    return f"{last.month}月{last.day}日-{first.month}月{first.day}日"
