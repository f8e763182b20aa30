"""Comma-separated files: demand points, candidate sites and the distances between them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from locator.errors import GeodataError, UsageError
from locator.geo.geodesy import FloatArray, check_position
from locator.geo.index import IntArray
from locator.planning.inputs.file_faults import Faults, refuse_too_many, unreadable
from locator.planning.inputs.points import Points, amount_faults, number, numbers
from locator.planning.inputs.reference import WGS84, ToLonlat, settle

MAX_LINE: Final = 1 << 20
"""Bytes; a line that is longer is none, and would be kept whole in the memory."""

_BLOCK: Final = 2_048  # more rows at once only give the garbage collector more to walk through


class Pairs(NamedTuple):
    """Some rows of a table of distances; -1 for an id that is not known."""

    rows: IntArray
    points: IntArray
    sites: IntArray
    distance_m: FloatArray


class _Rows(NamedTuple):
    """Some rows as columns of texts without the space round them."""

    rows: IntArray
    columns: dict[str, tuple[str, ...]]


def csv_demand(
    path: Path, crs: str | None, datum: str | None, positions: bool, faults: Faults
) -> Iterator[Points]:
    """Read demand points, some rows at once; without `positions` they may have none."""
    to_lonlat = settle(path, crs, datum, WGS84, degrees=True)
    required, optional = _needed(("demand_id", "weight"), positions)
    for rows, columns in _read_rows(path, required, optional, faults):
        weight = numbers(columns["weight"])
        faults.add(amount_faults(rows, "weight", weight, columns["weight"]))
        lonlat = _positions(rows, columns, to_lonlat, positions, faults)
        yield Points(rows, lonlat, columns["demand_id"], weight)


def csv_candidates(
    path: Path, crs: str | None, datum: str | None, positions: bool, faults: Faults
) -> Iterator[Points]:
    """Read candidate sites, some rows at once; without `positions` they may have none."""
    to_lonlat = settle(path, crs, datum, WGS84, degrees=True)
    required, optional = _needed(("candidate_id",), positions)
    for rows, columns in _read_rows(path, required, (*optional, "hours"), faults):
        lonlat = _positions(rows, columns, to_lonlat, positions, faults)
        hours = [text or None for text in columns.get("hours", ("",) * len(rows))]
        yield Points(rows, lonlat, columns["candidate_id"], hours=hours)


def csv_pairs(path: Path, demand: Sequence[str], candidates: Sequence[str], faults: Faults) -> Iterator[Pairs]:
    """Read distances between demand points and candidate sites, given the ids of both, some rows at once."""
    point_of, site_of = _places(demand), _places(candidates)
    for rows, columns in _read_rows(path, ("demand_id", "candidate_id", "distance_m"), (), faults):
        distance_m = numbers(columns["distance_m"])
        faults.add(amount_faults(rows, "distance_m", distance_m, columns["distance_m"]))
        points = _look_up("demand_id", rows, columns, point_of, faults)
        sites = _look_up("candidate_id", rows, columns, site_of, faults)
        yield Pairs(rows, points, sites, distance_m)


# Rows and columns


def _read_rows(path: Path, required: Sequence[str], optional: Sequence[str], faults: Faults) -> Iterator[_Rows]:
    """Read a file in blocks; rows with nothing in them are passed over, but count."""
    try:
        _refuse_long_lines(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            places = _find_columns(path.name, header, required, optional)
            first = 2
            while block := list(islice(reader, _BLOCK)):
                yield _as_columns(block, first, len(header), places, faults)
                first += len(block)
                refuse_too_many(first - 2, path.name)
    except OSError as fault:
        raise unreadable(path, fault) from None
    except (UnicodeDecodeError, csv.Error) as fault:
        raise GeodataError(
            "{file} is not CSV in UTF-8: {fault}. Save it as that.", file=path.name, fault=fault
        ) from None


def _refuse_long_lines(path: Path) -> None:
    """Refuse a file with a piece of `MAX_LINE` bytes in which no line ends."""
    with path.open("rb") as file:
        while len(piece := file.read(MAX_LINE)) == MAX_LINE:
            if b"\n" not in piece and b"\r" not in piece:
                raise GeodataError(
                    "{file} has a line of more than {most:,} bytes. Save it as CSV, a row in each line.",
                    file=path.name,
                    most=MAX_LINE,
                )


def _find_columns(
    file: str, header: list[str], required: Sequence[str], optional: Sequence[str]
) -> dict[str, int]:
    """Find where the columns are."""
    missing = any(name not in header for name in required)
    if missing or any(header.count(name) > 1 for name in (*required, *optional)):
        raise GeodataError(
            "{file} must have the columns {needed} once each; its first row has: {header}.",
            file=file,
            needed=", ".join(required),
            header=", ".join(header) or "nothing",
        )
    return {name: header.index(name) for name in (*required, *optional) if name in header}


def _as_columns(
    block: list[list[str]], first: int, width: int, places: Mapping[str, int], faults: Faults
) -> _Rows:
    """Turn rows of cells into columns."""
    rows = np.arange(first, first + len(block))
    if set(map(len, block)) != {width} or not all(map(any, block)):
        filled = [n for n, cells in enumerate(block) if any(cells)]
        faults.add(
            (first + n, f"it has {len(block[n])} cells, the first row {width}. Is a comma wrong?")
            for n in filled
            if len(block[n]) != width
        )
        whole = [n for n in filled if len(block[n]) == width]
        rows, block = rows[whole], [block[n] for n in whole]
    columns = list(zip(*block, strict=True)) or [()] * width
    return _Rows(rows, {name: tuple(map(str.strip, columns[place])) for name, place in places.items()})


# Positions and ids


def _needed(names: tuple[str, ...], positions: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell which columns are required and which are welcome."""
    return ((*names, "lat", "lon"), ()) if positions else (names, ("lat", "lon"))


def _positions(
    rows: IntArray, columns: Mapping[str, Sequence[str]], to_lonlat: ToLonlat, required: bool, faults: Faults
) -> FloatArray:
    nothing = ("",) * len(rows)
    lat, lon = columns.get("lat", nothing), columns.get("lon", nothing)
    lonlat = to_lonlat(np.column_stack((numbers(lon), numbers(lat))))
    wrong = np.flatnonzero(np.isnan(lonlat[:, 0])).tolist()
    faults.add((int(rows[n]), _position_fault(lat[n], lon[n])) for n in wrong if required or lat[n] or lon[n])
    return lonlat


def _position_fault(lat: str, lon: str) -> str:
    for name, text in (("lat", lat), ("lon", lon)):
        if math.isnan(number(text)):
            return f"the {name} {text!r:.80} is not a number. Give degrees, such as 39.9155."
    try:
        check_position(number(lat), number(lon))
    except UsageError as fault:
        return str(fault)
    return f"there is no place at lat {lat}, lon {lon} in this CRS."


def _places(ids: Sequence[str]) -> dict[str, int]:
    return {found: n for n, found in enumerate(ids)}


def _look_up(
    name: str, rows: IntArray, columns: Mapping[str, Sequence[str]], places: Mapping[str, int], faults: Faults
) -> IntArray:
    """Find the numbers of the ids in a column; -1 for those that are not known."""
    ids = columns[name]
    found = np.fromiter((places.get(text, -1) for text in ids), np.intp, len(ids))
    unknown = np.flatnonzero(found < 0).tolist()
    faults.add((int(rows[n]), f"the {name} {ids[n]!r:.80} is not in the other file.") for n in unknown)
    return found
