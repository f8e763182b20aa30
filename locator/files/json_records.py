"""Records in JSON, one object per row, as columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from locator.errors import GeodataError
from locator.files.limits import refuse_columns, refuse_rows
from locator.files.reference import titles_of
from locator.files.tables import Columns, Content, clean_value, unique_headings
from locator.files.vector_layers import georeference, is_geometry, points_of, read_collection
from locator.language.messages import message

_DEPTH: Final = 3  # levels in which lists are looked for, and objects flattened


def read_json(text: str, file: str, encoding: str) -> Content:
    """Read a list of objects, an object that holds one, objects in lines, or GeoJSON.

    Members of objects within a record become columns with dots in their names; a pair of numbers becomes a
    text with a comma, in the file's order. A GeoJSON geometry in a record is its position.

    Raises
    ------
    GeodataError
        If it is not JSON or has no list of objects, or is too large.
    """
    data, in_lines = _load(text, file)
    if isinstance(data, dict) and data.get("type") == "FeatureCollection":
        return read_collection(data, file, encoding)
    where, records = ("", data) if isinstance(data, list) else _find_list(data, "", _DEPTH)
    _check(records, file)
    if all(record.get("type") == "Feature" and "geometry" in record for record in records):
        return read_collection({"features": records}, file, encoding)
    notes: tuple[str, ...] = (message('The rows are the list "{where}" of the file.', where=where),) * bool(where)
    kind = "ndjson" if in_lines else "json"
    placed = georeference(points_of([_geometry(record) for record in records]), None, _columns(records, file))
    titles = titles_of(data) if isinstance(data, dict) else ()
    notes = (*notes, *placed.notes)
    return Content(kind, encoding, placed.columns, placed.lonlat, placed.crs, notes, titles=titles)


def _load(text: str, file: str) -> tuple[Any, bool]:
    """Parse a document, or else its lines one by one; also return whether it was the lines."""
    try:
        return orjson.loads(text), False
    except ValueError as fault:
        whole = fault
    lines = [line for line in text.splitlines() if line.strip(" \t\x1e")]
    records = list[Any]()
    for number, line in enumerate(lines, 1):
        try:
            records.append(orjson.loads(line.strip(" \t\x1e")))
        except ValueError as fault:
            is_record = records and isinstance(records[0], dict)
            reason = message("record {number}: {fault}", number=number, fault=str(fault)) if is_record else whole
            raise GeodataError(
                "{file} is not JSON: {fault}. It is damaged, cut off or nested too deeply. Export it again.",
                file=file,
                fault=reason,
            ) from None
    return records, True


def _find_list(data: Any, name: str, depth: int) -> tuple[str, list[Any]]:
    """Find the longest list of objects among the members of an object, and of those in it."""
    best: tuple[str, list[Any]] = ("", [])
    if not isinstance(data, dict) or not depth:
        return best
    for key, value in data.items():
        inner = f"{name}.{key}" if name else key
        candidate = (inner, value) if _is_records(value) else _find_list(value, inner, depth - 1)
        best = candidate if len(candidate[1]) > len(best[1]) else best
    return best


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _check(records: list[Any], file: str) -> None:
    refuse_rows(len(records), file)
    if not records:
        raise GeodataError(
            "{file} has no list of objects, at most {depth} levels deep. Export the list as one.",
            file=file,
            depth=_DEPTH,
        )
    odd = next((n for n, record in enumerate(records, 1) if not isinstance(record, dict)), None)
    if odd is not None:
        raise GeodataError(
            "{file}, row {row} is {value!r:.40}, where every row must be an object. Take it out, or export again.",
            file=file,
            row=odd,
            value=records[odd - 1],
        )


def _columns(records: list[Any], file: str) -> Columns:
    """Flatten records into columns, in the order in which their names first appear."""
    columns: Columns = {}
    for number, record in enumerate(records):
        for name, value in _spread(record, "", _DEPTH):
            column = columns.get(name)
            if column is None:
                column = columns[name] = [None] * len(records)
                refuse_columns(len(columns), file, len(records))
            column[number] = clean_value(value, number + 1, file)
    return dict(zip(unique_headings(columns), columns.values(), strict=True))


def _spread(record: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        name = f"{prefix}.{key}" if prefix else key
        if is_geometry(value):
            continue
        if isinstance(value, dict) and value and depth:
            yield from _spread(value, name, depth - 1)
        else:
            yield name, _pair(value)


def _pair(value: Any) -> Any:
    """Write a pair of numbers as a text, as positions are written in a cell."""
    is_pair = isinstance(value, list) and len(value) == 2 and all(type(part) in (int, float) for part in value)
    return ",".join(map(str, value)) if is_pair else value


def _geometry(record: dict[str, Any]) -> Any:
    """Return the first geometry in a record, or in an object of it."""
    inner = [value for value in record.values() if isinstance(value, dict)]
    nested = (part for value in inner for part in value.values())
    return next((value for value in (*inner, *nested) if is_geometry(value)), None)
