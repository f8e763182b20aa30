"""Positions of the rows of a list: reading coordinates, applying CRS and datum, detecting swapped ones."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyproj

from locator.errors import GeodataError
from locator.files.sheets import Sheet
from locator.geo import angles
from locator.geo.angles import Angle
from locator.geo.datum import Datum, convert
from locator.geo.geodesy import FloatArray
from locator.importing.understanding.datum_words import NamedDatum, datums_in
from locator.importing.understanding.datums import LABELS, Judgement, Surroundings, cannot_tell, judge
from locator.importing.understanding.district_areas import Area, Flags
from locator.importing.understanding.headings import Match
from locator.importing.understanding.survey_grids import (
    MOSTLY,
    Serves,
    Unprojected,
    choose_crs,
    error_m,
    names_datum,
    parse_crs,
    read_metres,
    unproject,
)
from locator.importing.understanding.values import Draft
from locator.language.messages import Message, message

_NO_POSITION: Final = message("it has no position. Give its latitude and longitude.")
_NO_COLUMN: Final = message("no column of the list is known to hold positions.")
_ORIGIN: Final = message("the position 0, 0 stands for one that is not known. Give its latitude and longitude.")


@dataclass(frozen=True, slots=True)
class RowPositions:
    """The positions of the rows of a list."""

    lonlat: FloatArray
    """(n, 2), longitude first, WGS 84; NaN where a row has no usable position."""
    judgement: Judgement
    faults: dict[int, str]
    """Row, from 1, to why it has no position."""
    repairs: dict[int, str]
    """Row, from 1, to how to correct it, where latitude and longitude are swapped."""


@dataclass(slots=True)
class _Raw:
    """Positions as they are in the file."""

    lonlat: FloatArray
    """(n, 2) degrees, longitude first, of any datum; NaN where there are none."""
    faults: dict[int, str]
    crossed: Flags
    """Where letters such as N and E show that latitude and longitude are swapped."""
    headings: tuple[str, str] | None = None
    """Of latitude and longitude, where each has a column."""
    survey: pyproj.CRS | None = None
    """The CRS they were in, where it says their datum; they are WGS 84 already."""
    about: tuple[Message, ...] = ()
    """How they were read, in sentences."""


def locate(
    sheet: Sheet,
    match: Match,
    draft: Draft,
    around: Surroundings,
    *,
    datum: Datum | None = None,
    crs: str | None = None,
    swap: bool = False,
    anywhere: bool = False,
) -> RowPositions:
    """Find the positions of the rows of a list.

    The first of these that the file has is used: geometry, ``lat`` and ``lon``, ``position``, ``lat:degrees`` and
    ``lon:degrees`` with minutes and seconds, ``x`` and ``y``.

    Parameters
    ----------
    sheet, match, draft
        The file, its columns and its cells in the vocabulary.
    around
        The districts, the published stations and the landmarks, as evidence for datum and swapped positions.
    datum
        The datum of the positions; ``None``: judge it.
    crs
        The CRS of the columns ``x`` and ``y``, such as ``EPSG:5186``, which also says their datum.
    swap
        Whether to exchange swapped positions; otherwise they are faults with that repair.
    anywhere
        Whether to accept positions outside the districts.

    Returns
    -------
    RowPositions
        Without the rows that have faults, which are NaN.

    Raises
    ------
    GeodataError
        If ``x`` and ``y`` have no CRS, if it is not certain which of two numbers in a cell is the latitude, or if
        the datum cannot be told.
    """
    serves = _service(around, anywhere)
    raw, surveyed = _read(sheet, match, crs, around.area, serves)
    swapped = _swapped(raw, serves)
    lonlat = np.where(swapped[:, None], raw.lonlat[:, ::-1], raw.lonlat)
    faults = raw.faults | _position_faults(lonlat, raw.faults)
    lonlat[[row - 1 for row in faults]] = np.nan
    headings = match.fields if sheet.lonlat is None else {}
    named = datums_in(sheet.columns, headings, sheet.titles, sheet.crs)
    judgement = _judge(raw, lonlat, draft, around, named, datum, surveyed)
    repairs: dict[int, str] = {}
    for row in np.flatnonzero(swapped & ~np.isnan(lonlat[:, 0])).tolist():
        lon, lat = lonlat[row].tolist()
        repairs[row + 1] = message("Read as lat {lat:.10g}, lon {lon:.10g}.", lat=lat, lon=lon)
        if not swap:
            faults[row + 1] = message(
                "latitude {lat:.10g} and longitude {lon:.10g} stand in each other's place.", lat=lon, lon=lat
            )
    if not swap:
        lonlat[[row - 1 for row in repairs]] = np.nan
    judgement = _with_swap(judgement, raw, len(repairs), swap=swap)
    if judgement.datum is None:
        raise cannot_tell(sheet.name, judgement, lonlat)
    return RowPositions(_in_wgs84(lonlat, judgement.datum), judgement, dict(sorted(faults.items())), repairs)


def _in_wgs84(lonlat: FloatArray, datum: Datum) -> FloatArray:
    result = np.full_like(lonlat, np.nan)
    rows = ~np.isnan(lonlat[:, 0])
    result[rows] = convert(lonlat[rows], datum, Datum.WGS84)
    return result


def _judge(
    raw: _Raw,
    lonlat: FloatArray,
    draft: Draft,
    around: Surroundings,
    named: Sequence[NamedDatum],
    given: Datum | None,
    surveyed: FloatArray | None,
) -> Judgement:
    """Judge the datum; positions in the CRS of a survey are WGS 84 whatever else is said of the list."""
    if raw.survey is None:
        judgement = judge(lonlat, draft.columns, around, given=given, surveyed=surveyed, named=named)
        return replace(judgement, evidence=(*judgement.evidence, *raw.about))
    judgement = judge(lonlat, draft.columns, around, given=Datum.WGS84, named=named)
    authority = raw.survey.to_authority()
    name, metres = ":".join(authority) if authority else raw.survey.name, error_m(raw.survey)
    sentence = (
        message(
            "{crs} says the datum: positions in it are WGS 84, to about {metres:.0f} m.", crs=name, metres=metres
        )
        if metres
        else message("{crs} says the datum: positions in it are WGS 84.", crs=name)
    )
    if given in (None, Datum.WGS84):
        return replace(judgement, evidence=(sentence, *raw.about, *judgement.evidence))
    contradiction = message(
        "it was read as WGS 84 because {crs} was given, but {datum} was given too.", crs=name, datum=LABELS[given]
    )
    return replace(judgement, evidence=(sentence, *raw.about, *judgement.evidence), contradiction=contradiction)


def _service(around: Surroundings, anywhere: bool) -> Serves:
    """Return the test for a likely position: in the service area, or only a valid one."""
    if anywhere or not around.area.districts:
        return lambda lonlat: np.asarray((np.abs(lonlat) <= (180, 90)).all(axis=1))
    return around.area.serves


# Sources


def _read(
    sheet: Sheet, match: Match, crs: str | None, area: Area, serves: Serves
) -> tuple[_Raw, FloatArray | None]:
    """Read the best source of positions, and the survey grid beside it if there is one."""
    fields = {name: sheet.columns[heading] for name, heading in match.fields.items() if heading in sheet.columns}
    has_grid = "x" in fields and "y" in fields
    if sheet.lonlat is not None:
        return _Raw(np.array(sheet.lonlat), {}, np.zeros(len(sheet), dtype=bool)), None
    if "lat" in fields and "lon" in fields:
        raw = _from_columns(fields["lat"], fields["lon"])
        raw.headings = match.fields["lat"], match.fields["lon"]
        return raw, _survey(fields, crs, serves) if has_grid and crs else None
    if "position" in fields:
        return _from_pairs(fields["position"], match.fields["position"], serves), None
    if "lat:degrees" in fields and "lon:degrees" in fields:
        return _from_parts(fields), None
    if has_grid:
        return _from_grid(sheet.name, match, fields, crs, area, serves), None
    nothing = np.full((len(sheet), 2), np.nan)
    return _Raw(
        nothing, dict.fromkeys(range(1, len(sheet) + 1), _NO_COLUMN), np.zeros(len(sheet), dtype=bool)
    ), None


def _from_columns(lats: Sequence[Any], lons: Sequence[Any]) -> _Raw:
    faults: dict[int, str] = {}
    lat, lat_axes = _degrees(lats, message("latitude"), faults)
    lon, lon_axes = _degrees(lons, message("longitude"), faults)
    crossed = np.zeros(len(lats), dtype=bool)
    for row in {*lat_axes, *lon_axes}:
        crossed[row] = lat_axes.get(row) != "lat" and lon_axes.get(row) != "lon"
    return _Raw(np.column_stack((lon, lat)), faults, crossed)


def _from_pairs(cells: Sequence[Any], heading: str, serves: Serves) -> _Raw:
    """Read a column with both numbers in each cell."""
    pairs = np.full((len(cells), 2), np.nan)
    faults: dict[int, str] = {}
    axes: dict[int, str | None] = {}
    for row, cell in enumerate(cells):
        if angles.is_blank(cell):
            continue
        pair = _angles(cell, 2)
        if pair is None:
            faults[row + 1] = message(
                "the position {cell!r:.80} cannot be read. Write latitude and longitude in two columns.", cell=cell
            )
            continue
        pairs[row] = [angle.degrees for angle in pair]
        axes[row] = pair[0].axis or {"lat": "lon", "lon": "lat"}.get(pair[1].axis or "")
    unlettered = [row for row, axis in axes.items() if axis is None]
    first = _first_axis(pairs[unlettered], heading, serves) if unlettered else "lon"
    lat_first = [row for row, axis in axes.items() if (axis or first) == "lat"]
    pairs[lat_first] = pairs[lat_first, ::-1]
    return _Raw(pairs, faults, np.zeros(len(cells), dtype=bool))


def _first_axis(pairs: FloatArray, heading: str, serves: Serves) -> str:
    """Tell whether the first numbers of a whole column are ``lat`` or ``lon``."""
    too_large = np.abs(pairs) > 90
    votes = np.array([(too_large[:, 0] & ~too_large[:, 1]).sum(), (too_large[:, 1] & ~too_large[:, 0]).sum()])
    if not votes.any():
        votes = np.array([serves(pairs).sum(), serves(pairs[:, ::-1]).sum()])
    if votes.max() < MOSTLY * votes.sum() or votes[0] == votes[1]:
        raise GeodataError(
            "It is not certain which number of the column {heading} is the latitude. Put them into two columns, "
            "or write them like 39.9155N 116.4040E.",
            heading=heading,
        )
    return "lon" if votes[0] > votes[1] else "lat"


def _from_parts(fields: Mapping[str, Sequence[Any]]) -> _Raw:
    """Read degrees, minutes and seconds that have a column each."""
    faults: dict[int, str] = {}
    count = len(fields["lat:degrees"])
    axes = [
        _sums(
            [fields.get(f"{axis}:{part}", [None] * count) for part in ("degrees", "minutes", "seconds")],
            what,
            faults,
        )
        for axis, what in (("lon", message("longitude")), ("lat", message("latitude")))
    ]
    return _Raw(np.column_stack(axes), faults, np.zeros(count, dtype=bool))


def _sums(parts: Sequence[Sequence[Any]], what: str, faults: dict[int, str]) -> FloatArray:
    """Add degrees, minutes and seconds; minutes and seconds that are left out are 0."""
    sums = np.full(len(parts[0]), np.nan)
    for row, cells in enumerate(zip(*parts, strict=True)):
        if angles.is_blank(cells[0]):
            continue
        texts = [re.sub("[°度'′分\"″秒]+$", "", angles.cell_text(cell)) or "0" for cell in cells]
        degrees, minutes, seconds = (
            0.0 if angles.is_blank(cell) else angles.plain_number(text)
            for cell, text in zip(cells, texts, strict=True)
        )
        if degrees is None or minutes is None or seconds is None or not (0 <= minutes < 60 and 0 <= seconds < 60):
            fault = message(
                "the {what} {value} is no angle: minutes and seconds go from 0 to below 60.",
                what=what,
                value=" ".join(str(cell) for cell in cells if cell is not None)[:80],
            )
            faults.setdefault(row + 1, fault)
        else:
            sums[row] = math.copysign(abs(degrees) + minutes / 60 + seconds / 3600, degrees)
    return sums


def _from_grid(
    file: str, match: Match, cells: Mapping[str, Sequence[Any]], crs: str | None, area: Area, serves: Serves
) -> _Raw:
    """Read columns of x and y: in the given CRS, or as degrees where none is given."""
    faults: dict[int, str] = {}
    grid = np.column_stack([read_metres(cells[axis], axis, faults) for axis in "xy"])
    known = np.isfinite(grid).all(axis=1)
    none = np.zeros(len(grid), dtype=bool)
    headings = match.fields["x"], match.fields["y"]
    if crs is None:
        if not (np.abs(grid[known]) <= 180).all():
            raise choose_crs(file, headings, grid, area)
        # X points north in Chinese surveys, so that it may hold the latitudes.
        turned = int(serves(grid[known, ::-1]).sum()), int(serves(grid[known]).sum())
        if turned[0] > turned[1] and turned[0] >= MOSTLY * known.sum():
            return _Raw(grid[:, ::-1], faults, none, headings)
        return _Raw(grid, faults, none, headings[::-1])
    system = parse_crs(crs)
    found = unproject(grid, system, serves)
    _check_grid(file, headings, grid, found, crs, faults)
    about = []
    if found.is_turned:
        about.append(
            message("{x} points north and {y} east, as in Chinese surveys.", x=headings[0], y=headings[1])
        )
    return _Raw(found.lonlat, faults, none, survey=system if names_datum(system) else None, about=tuple(about))


def _check_grid(
    file: str, headings: tuple[str, str], grid: FloatArray, found: Unprojected, crs: str, faults: dict[int, str]
) -> None:
    """Add the rows that lie far from where the CRS is used to the faults; refuse the file if all do."""
    known = np.isfinite(grid).all(axis=1)
    x, y = headings
    if known.any() and found.far[known].all():
        raise GeodataError(
            "No row of {file} lies where {crs} is used. Say another --crs, or are x and y swapped? Then say "
            "--map x={y} --map y={x}.",
            file=file,
            crs=crs,
            x=x,
            y=y,
        )
    for row in np.flatnonzero(found.far & known):
        faults[int(row) + 1] = message(
            "x {x:.10g}, y {y:.10g} is far from where {crs} is used. Check both.",
            x=float(grid[row, 0]),
            y=float(grid[row, 1]),
            crs=crs,
        )


def _survey(fields: Mapping[str, Sequence[Any]], crs: str, serves: Serves) -> FloatArray | None:
    """Return the positions of the survey grid beside the degrees; ``None`` if the CRS is no such grid."""
    system = parse_crs(crs)
    if not system.is_projected or not names_datum(system):
        return None
    grid = np.column_stack([read_metres(fields[axis], axis, {}) for axis in "xy"])
    found = unproject(grid, system, serves)
    lonlat = found.lonlat.copy()
    lonlat[found.far] = np.nan
    return lonlat


# Numbers


def _degrees(values: Sequence[Any], what: str, faults: dict[int, str]) -> tuple[FloatArray, dict[int, str]]:
    """Read a column of angles; return degrees, and the axis of the rows whose letters name it."""
    degrees = np.full(len(values), np.nan)
    axes: dict[int, str] = {}
    for row, value in enumerate(values):
        if angles.is_blank(value):
            continue
        if one := _angles(value, 1):
            degrees[row] = one[0].degrees
            if axis := one[0].axis:
                axes[row] = axis
            continue
        fault = message(
            "the {what} {value!r:.80} cannot be read as degrees. Write it like 39.9155 or 39°54'56\".",
            what=what,
            value=value,
        )
        faults.setdefault(row + 1, fault)
    return degrees, axes


def _angles(value: Any, count: int) -> list[Angle] | None:
    """Read this many angles; ``None`` where that is not certain."""
    text = angles.cell_text(value)
    if count == 1 and (number := angles.plain_number(text)) is not None:
        return [Angle(number, None)]
    result = angles.read(text)
    if result is None or len(result) != count:
        # The comma may be a decimal comma: 39,9155.
        result = angles.read(re.sub(r"(?<=\d),(?=\d)", ".", text))
    if result is None or len(result) != count:
        return None
    return None if count == 2 and result[0].axis == result[1].axis is not None else result


# Faults


def _swapped(raw: _Raw, serves: Serves) -> Flags:
    """Tell which rows are a likely position only with latitude and longitude exchanged."""
    known = np.isfinite(raw.lonlat).all(axis=1)
    swapped = raw.crossed & known
    known &= ~raw.crossed
    swapped[known] = ~serves(raw.lonlat[known]) & serves(raw.lonlat[known, ::-1])
    return swapped


def _position_faults(lonlat: FloatArray, known: Mapping[int, str]) -> dict[int, str]:
    """Return the faults of rows that are no valid position."""
    lon, lat = lonlat.T
    origin = (lon == 0) & (lat == 0)
    # Negated, so that NaN is wrong too.
    wrong = np.flatnonzero(~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)) | origin)
    return {
        int(row) + 1: _position_fault(float(lon[row]), float(lat[row])) for row in wrong if row + 1 not in known
    }


def _position_fault(lon: float, lat: float) -> Message:
    if math.isnan(lon) or math.isnan(lat):
        return _NO_POSITION
    if lon == lat == 0:
        return _ORIGIN
    return message(
        "latitude {lat:.10g}, longitude {lon:.10g} is not a position: latitudes go from -90 to 90, "
        "longitudes from -180 to 180. Check both.",
        lat=lat,
        lon=lon,
    )


def _with_swap(judgement: Judgement, raw: _Raw, count: int, *, swap: bool) -> Judgement:
    """Add a sentence to the evidence where most of the list is swapped."""
    total = int(np.isfinite(raw.lonlat).all(axis=1).sum())
    if not count or count < MOSTLY * total:
        return judgement
    sentence = message(
        "In {count:,} of {total:,} rows latitude and longitude stand in each other's place",
        count=count,
        total=total,
    )
    if swap:
        sentence = message("{said}; they were read as they are meant.", said=sentence)
    elif raw.headings:
        lat, lon = raw.headings
        sentence = message(
            "{said}: say --map lat={lon} --map lon={lat}, or --swap.", said=sentence, lat=lat, lon=lon
        )
    else:
        sentence = message("{said}: say --swap.", said=sentence)
    return replace(judgement, evidence=(*judgement.evidence, sentence))
