"""What titles and names of worksheets say of the rows below them: the district, the state, the day of the list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from locator.files.cell_grids import Row
from locator.files.heading_search import Vocabulary
from locator.files.table_shape import Part
from locator.language.characters import plain
from locator.language.messages import Message, listed, message

_NO_LIST: Final = re.compile(
    r"模板|样[表例本]|示例|作废|废[止弃]|备份|旧[表版]|副本|說明|说明|template|example|backup", re.IGNORECASE
)
_STATE: Final = re.compile(r"撤[销并]|停[用业止]|暂停|关[闭停]|拆除|规划|拟建|在建|筹建|未[开启]")
_SUB_DISTRICT: Final = re.compile(
    r"^\W*(?:[一二三四五六七八九十\d]{1,3}(?:[、.．)）]|\s))?\s*([\u4e00-\u9fff]{2,10}?(?:街道|镇|乡|地区))(?:办事处)?"
    r"(?:[（(:：\s共\d].*|(?:暖心|工会|爱心)?(?:驿站|站点).*)?$"
)
_UPPER: Final = re.compile(r"^.*[市区县](?=..)")  # the city and the district before a sub-district
_ENDS: Final = re.compile(r"(?:自治)?(?:新区|区|县|旗|市)$|[구군시]$")
_SHORT: Final = 14  # characters of a title in which a district may stand without its last character: 东城

# A heading for each field, as lists have it.
_HEADINGS: Final = {"district": "所属区", "sub_district": "所属街道", "status": "状态"}


def is_no_list(name: str) -> bool:
    """Tell whether the name of a worksheet says that it is a form, an example or out of force."""
    return _NO_LIST.search(name) is not None


# The district and the state of the rows below a title


def place_groups(
    headings: list[str | None],
    rows: list[Row],
    parts: Sequence[Part],
    vocabulary: Vocabulary | None,
    districts: Sequence[str],
) -> tuple[list[str | None], list[Row], list[Message]]:
    """Add the district, the sub-district and the state that titles give, in a column of their own.

    Rows in whose column something stands keep it, and so do all rows under the same title.

    Parameters
    ----------
    headings, rows
        Of the whole table.
    parts
        The tables that it was put together from, in its order.
    vocabulary
        The words for headings: only fields that it has are added.
    districts
        Names of districts.

    Returns
    -------
    tuple
        Headings, rows, and notes on what was added.
    """
    notes = list[Message]()
    if vocabulary is None:
        return headings, rows, notes
    fields = vocabulary.matches(headings)
    for field, heading in _HEADINGS.items():
        if field not in vocabulary.fields:
            continue
        runs = [run for run in _runs(parts, field, districts) if run[2] is not None]
        column = headings.index(fields[field]) if field in fields else len(headings)
        runs = [run for run in runs if not any(column < len(row) and row[column] for row in rows[run[0] : run[1]])]
        if not runs or (field == "status" and field in fields):
            continue
        if field not in fields:
            headings = [*headings, heading]
        rows = _with_values(rows, column, runs)
        values = dict.fromkeys(str(value) for _, _, value in runs)
        notes.append(
            message(
                "Titles or worksheets gave the rows below them their {heading}: {values}.",
                heading=heading,
                values=listed(list(values), 20),
            )
        )
    return headings, rows, notes


Run = tuple[int, int, str | None]
"""First row, the row after the last, counted from 0, and the value that a title gives them."""


def _runs(parts: Sequence[Part], field: str, districts: Sequence[str]) -> Iterator[Run]:
    """Give the runs of rows below each title."""
    start, value = 0, None
    for shaped, table in parts:
        above = [text for text in (shaped.grid.name, *_texts(shaped.title_rows), *shaped.grid.titles) if text]
        goes_on = not table.heading_rows  # of the table before, on the next page
        value = next(
            (found for text in above if (found := _value(field, text, districts))), value if goes_on else None
        )
        borders = [*table.groups, (len(table.rows), "")]
        at = 0
        for count, text in borders:
            if count > at:
                yield start + at, start + count, value
                at = count
            value = _value(field, text, districts) or value
        start += len(table.rows)


def _texts(rows: Sequence[Row]) -> list[str]:
    return [cell for row in rows for cell in row if isinstance(cell, str)]


def _value(field: str, text: str, districts: Sequence[str]) -> str | None:
    """Return the one district, sub-district or state that a text names."""
    if field == "district":
        return district_in(text, districts)
    if field == "status":
        return text[:40] if _STATE.search(text) and len(text) <= _SHORT else None
    match = _SUB_DISTRICT.match(text)
    return _UPPER.sub("", match[1]) if match else None


def district_in(text: str, districts: Sequence[str]) -> str | None:
    """Return the one district that a text names."""
    whole = plain(text)
    named = [name for name in districts if plain(name) in whole]
    if not named and len(text) <= _SHORT:
        shorts = {name: _ENDS.sub("", name) for name in districts}
        named = [name for name, short in shorts.items() if len(short) > 1 and plain(short) in whole]
    return named[0] if len(named) == 1 else None


def _with_values(rows: Sequence[Row], column: int, runs: Sequence[Run]) -> list[Row]:
    placed = list(rows)
    for start, end, value in runs:
        for n in range(start, end):
            row = rows[n]
            cells = [*row, *[None] * (column + 1 - len(row))]
            cells[column] = value
            placed[n] = cells
    return placed


# The day of a list

_DAY: Final = re.compile(r"((?:19|20)\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})(?!\d)\s*日?")
_MONTH_END: Final = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*[底末]")
_LABEL: Final = re.compile(r"日期|截[至止]|时间|更新|기준일|작성일|date|as of|updated", re.IGNORECASE)


def day_of(title_rows: Sequence[Row], texts: Sequence[str]) -> date | None:
    """Return the day that titles give a list: behind a word such as 填报日期, else the only day in them."""
    labelled = [day for row in title_rows for day in _labelled(row)]
    labelled += [day for text in texts if _LABEL.search(text) for day in _days(text)]
    alone = {day for text in texts for day in _days(text)}
    days = set(labelled) or alone
    return max(days) if labelled or len(days) == 1 else None


def _labelled(row: Row) -> Iterator[date]:
    """Give the days in cells behind one that says what they are."""
    is_labelled = False
    for cell in row:
        if isinstance(cell, str):
            is_day = is_labelled and not _LABEL.search(cell)
            yield from _days(cell) if is_day else ()
            is_labelled = _LABEL.search(cell) is not None
        elif isinstance(cell, date) and is_labelled:
            yield cell.date() if isinstance(cell, datetime) else cell


def _days(text: str) -> Iterator[date]:
    for match in _DAY.finditer(text):
        try:
            yield date(*map(int, match.groups()))
        except ValueError:
            continue
    for match in _MONTH_END.finditer(text):
        year, month = map(int, match.groups())
        if 1 <= month <= 12:
            yield date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
