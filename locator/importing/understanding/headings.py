"""Which column means what: found by its heading in Chinese, English or Korean, or chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from locator.errors import UsageError
from locator.files.cells import as_text, is_empty, read_clock, shortened
from locator.files.sheets import Sheet
from locator.importing.understanding.amenity_words import amenities_in, read_answer
from locator.importing.understanding.heading_words import (
    COORDINATES,
    EXACT_ONLY,
    FIELDS,
    HOURS,
    NAMED_BODIES,
    PREFIXES,
    SUFFIXES,
    UNITS,
    meanings,
)
from locator.language.characters import plain

_SAMPLES, _SAMPLE_LENGTH = 3, 40
_LAST: Final = 1000
"""The order of a word that is worse than any of the table."""
_LOOKED_AT = 200
"""So many cells that are not empty tell what a column holds."""
_BRACKETS: Final = re.compile(r"[(\[{【〔]([^()\[\]{}【】〔〕]*)[)\]}】〕]")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_OTHER_COLUMN: Final = re.compile(r"英|旧|曾用|备用|备选|^en|^eng|old|previous|영문|구\b")
_PAIR: Final = re.compile(r"-?\d{1,3}\.\d\d+ ?[,; ] ?-?\d{1,3}\.\d\d+", re.ASCII)
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_AMENITY_FORM: Final = re.compile(
    r"^(?:有无|是否有|是否配备|是否提供|有|has)?(.+?)(?:数量|台数|数|보유대수|보유현황|여부)?$"
)


@dataclass(frozen=True, slots=True)
class Match:
    """Which heading holds which field.

    Fields are the columns of a station (``name``, ``address``, ``hours``, ``hours_text``, ``phone``, …) and
    besides them ``lat``, ``lon``, ``x``, ``y``, ``position`` (both in one cell), ``opens``, ``closes``,
    ``open_days``, ``amenities`` (a list in words) and ``amenity:WORD`` (a column that says yes or no).
    """

    fields: dict[str, str]
    """Field to heading."""
    unused: tuple[str, ...]
    """Headings that no field was found for, in the file's order."""
    samples: dict[str, tuple[str, ...]]
    """Every heading to its first three different values as text, shortened to 40 characters."""


def match_headings(sheet: Sheet, chosen: Mapping[str, str], remembered: Mapping[str, str] | None = None) -> Match:
    """Find the fields of a sheet.

    A heading is known from a table; of several for one field the one with values goes before an empty one, then
    the plain word before a longer form, then the better word. A column that does not hold what its heading says
    (a latitude without digits) is not taken. Without any other position, a column of nothing but pairs such as
    116.40,39.91 is one. Everything else stays unused.

    Parameters
    ----------
    sheet
        The rows.
    chosen
        Field to heading, an empty heading: leave the field out. It goes before what is found. One heading may be
        chosen for several fields.
    remembered
        Such choices from another time; those that do not fit this sheet, or what is chosen now, are passed over.

    Raises
    ------
    UsageError
        If a chosen field or heading is not known.
    """
    fields = {_known_field(field): _known_heading(sheet, heading) for field, heading in chosen.items()}
    for field, heading in (remembered or {}).items():
        is_here = not heading or (heading in sheet.columns and heading not in fields.values())
        if field in FIELDS and field not in fields and is_here:
            fields[field] = heading
    _add_found(sheet, fields)
    kept = {field: fields[field] for field in FIELDS if fields.get(field)}
    used = set(kept.values())
    unused = tuple(heading for heading in sheet.columns if heading not in used)
    return Match(kept, unused, {heading: _samples(values) for heading, values in sheet.columns.items()})


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


def _known_field(field: str) -> str:
    if field not in FIELDS:
        raise UsageError(
            "There is no field {field}. The fields are: {known}.", field=field, known=", ".join(FIELDS)
        )
    return field


def _known_heading(sheet: Sheet, heading: str) -> str:
    """Return a heading of the sheet, which may be written with other blanks, widths or capitals."""
    if not heading or heading in sheet.columns:
        return heading
    alike = [known for known in sheet.columns if plain(known) == plain(heading)]
    if len(alike) == 1:
        return alike[0]
    raise UsageError(
        "{file} has no heading {heading}. Its headings are: {known}.",
        file=sheet.name,
        heading=heading,
        known=", ".join(islice(sheet.columns, 50)),
    )


def _add_found(sheet: Sheet, fields: dict[str, str]) -> None:
    """Give every field that is still free the best heading that is still free."""
    used = set(fields.values())
    found = []
    for place, (heading, values) in enumerate(sheet.columns.items()):
        ranks = _ranks(heading) if heading not in used else {}
        cells = [*islice((value for value in values if not is_empty(value)), _LOOKED_AT)] if ranks else []
        found += [
            (not cells, rank, place, field, heading)
            for field, rank in ranks.items()
            if _fits(field, cells, values)
        ]
    for _, _, _, field, heading in sorted(found):
        if field not in fields and heading not in used:
            fields[field] = heading
            used.add(heading)
    has_position = any({*pair} <= fields.keys() for pair in (("lat", "lon"), ("x", "y"), ("position",)))
    if not has_position and sheet.lonlat is None:
        pairs = [
            heading for heading, values in sheet.columns.items() if heading not in used and _all_pairs(values)
        ]
        fields.update({"position": pairs[0]} if len(pairs) == 1 else {})


Rank = tuple[int, int]
_OWN: Final[Rank] = (-1, 0)


def _ranks(heading: str) -> dict[str, Rank]:
    """Return the fields that a heading may mean, each with its best rank; lower is better."""
    if heading in FIELDS:  # one of our own exports
        return {heading: _OWN}
    ranks: dict[str, Rank] = {}
    for field, rank in _fields_of(plain(heading)):
        ranks[field] = min(rank, ranks.get(field, rank))
    return ranks


def _fields_of(said: str) -> Iterator[tuple[str, Rank]]:
    for key, strange in _keys(said):
        for field, order in meanings(key):
            if not (strange and field in HOURS):  # 开放时间(工作日) are not the hours of every day
                yield field, (strange, order)
        for field, order in _affixed(key):
            yield field, (strange + 1, order)
        form = _AMENITY_FORM.match(key)
        if form and (words := amenities_in(form[1]) or amenities_in(said)):
            yield f"amenity:{words[0]}", (strange, _LAST)  # a column "seats" more likely counts them


def _keys(said: str) -> list[tuple[str, int]]:
    """Return what to look for, all letters and those outside brackets, and how strange that is."""
    inside = [found.strip() for found in _BRACKETS.findall(said)]
    whole = _NO_LETTERS.sub("", said)
    bare = _NO_LETTERS.sub("", _BRACKETS.sub("", said))
    if not inside or not bare or any(_OTHER_COLUMN.search(part) for part in inside):
        return [(whole, 0)]
    strange = 0 if all(_NO_LETTERS.sub("", part) in UNITS for part in inside) else 2
    return [(whole, 0), (bare, strange)]


def _affixed(key: str) -> Iterator[tuple[str, int]]:
    """Give the fields of a key less what may stand before or behind a known heading."""
    for before, of_coordinates in PREFIXES.items():
        if key.startswith(before):
            yield from _allowed(key[len(before) :], of_coordinates)
    for behind, of_coordinates in SUFFIXES.items():
        if key.endswith(behind):
            yield from _allowed(key[: -len(behind)], of_coordinates)
    if key.endswith("名称"):
        yield from ((field, order) for field, order in meanings(key[:-2]) if field in NAMED_BODIES)


def _allowed(key: str, of_coordinates: bool) -> Iterator[tuple[str, int]]:
    for field, order in meanings(key):
        if field not in EXACT_ONLY and (not of_coordinates or field in COORDINATES):
            yield field, order


def _fits(field: str, cells: list[Any], values: list[Any]) -> bool:
    """Tell whether a column holds what its heading says; an empty one does."""
    if field == "station_id":
        return not _is_running_number(values)
    rule = _RULES.get(field.partition(":")[0])
    return rule is None or not cells or 2 * sum(map(rule, cells)) >= len(cells)


def _has_digit(value: Any) -> bool:
    return re.search(r"\d", plain(as_text(value)), re.ASCII) is not None


def _is_pair(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) >= 2
    return len(_NUMBERS.findall(plain(as_text(value)[:200]))) >= 2


_RULES: Final = {
    **dict.fromkeys(("lat", "lon", "x", "y", "seats", "area_m2", "position_accuracy_m"), _has_digit),
    "position": _is_pair,
    "address": lambda value: not _PAIR.fullmatch(plain(as_text(value)[:60])),
    "name": lambda value: re.search(r"[^\W\d_]", as_text(value)) is not None,
    "opens": lambda value: read_clock(value) is not None or not re.search(r"[-~至到]", plain(as_text(value))),
    "closes": lambda value: read_clock(value) is not None or not re.search(r"[-~至到]", plain(as_text(value))),
    "hours_text": lambda value: read_clock(value) is None,
    "hours": lambda value: read_clock(value) is None,
    "amenity": lambda value: read_answer(value) is not None,
}


def _is_running_number(values: list[Any]) -> bool:
    """Tell whether a column counts the rows, from 0 or from 1: it says where a row stands, not what it is."""
    if len(values) < 2 or as_text(values[0]) not in ("0", "1"):
        return False
    first = int(as_text(values[0]))
    return all(as_text(value) == str(row) for row, value in enumerate(values, first))


def _all_pairs(values: list[Any]) -> bool:
    cells = [value for value in values if value is not None and value != ""]
    return bool(cells) and all(isinstance(value, str) and _PAIR.fullmatch(plain(value[:60])) for value in cells)


def _samples(values: list[Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    before: Any = None
    for value in values:
        if value is not before and (text := shortened(value, _SAMPLE_LENGTH)):
            found[text] = None
        before = value
        if len(found) == _SAMPLES:
            break
    return tuple(found)
