"""Loading of a geodata folder: three layers of stations, the districts and the holidays."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson
import shapely

from locator.errors import GeodataError
from locator.files.reference import datum_of
from locator.files.writing import replace_file
from locator.geo.datum import Datum, convert
from locator.language.characters import plain
from locator.language.messages import joined, message
from locator.stations.checking import StationFault, find_faults
from locator.stations.holidays import HolidayCalendar
from locator.stations.reading import Read, StationTable, read_bytes, read_collection, read_stations
from locator.stations.schema import District

LAYERS: Final = {
    "warm_station": "warm_stations.geojson",
    "worker_home": "worker_homes.geojson",
    "community_station": "community_stations.geojson",
}
"""Kind to the file of its stations."""
DISTRICTS: Final = "districts.geojson"
HOLIDAYS: Final = "holidays.csv"
FILES: Final = (*LAYERS.values(), DISTRICTS, HOLIDAYS)
"""All files of a version, in the order in which its hash takes them."""
FAULTS_SHOWN: Final = 20
VERSION_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Geodata:
    """The validated content of a geodata folder."""

    tables: tuple[StationTable, ...]
    districts: tuple[District, ...]
    calendar: HolidayCalendar
    version: str
    """The first `VERSION_DIGITS` hex digits of the SHA-256 over the bytes of `FILES`."""


def load_geodata(folder: Path) -> Geodata:
    """Load a geodata folder with all of `FILES`.

    Raises
    ------
    GeodataError
        If a file is missing, damaged or has faults; the message lists the first twenty with file and row.
    """
    digest = hashlib.sha256()

    def read(path: Path) -> bytes:
        content = read_bytes(path)
        digest.update(content)
        return content

    tables, districts, calendar = read_parts(folder, read)
    return Geodata(tables, districts, calendar, digest.hexdigest()[:VERSION_DIGITS])


def read_parts(folder: Path, read: Read) -> tuple[tuple[StationTable, ...], tuple[District, ...], HolidayCalendar]:
    """Read and validate the files of a geodata folder, each once and in the order of `FILES`.

    Parameters
    ----------
    folder
        Holds all of `FILES`.
    read
        Returns the bytes of a file, or raises.

    Raises
    ------
    GeodataError
        As `load_geodata`.
    """
    tables = tuple(read_stations(folder / name, read) for name in LAYERS.values())
    districts = read_districts(folder / DISTRICTS, read)
    calendar = HolidayCalendar(read_holidays(folder / HOLIDAYS, read))
    refuse_faults(find_faults(tables))
    return tables, districts, calendar


def refuse_faults(faults: list[StationFault]) -> None:
    """Raise `GeodataError` with the number of faults and the first of them, if there are any."""
    if not faults:
        return
    more = len(faults) - FAULTS_SHOWN
    lines = [fault.message for fault in faults[:FAULTS_SHOWN]]
    lines += [message("and {more} more: run `locator check` to see all", more=more)] * (more > 0)
    raise GeodataError(
        "The geodata has {count} faults, nothing is served:\n{lines}",
        count=len(faults),
        lines=joined(lines, "\n"),
    )


def read_districts(path: Path, read: Read = read_bytes) -> tuple[District, ...]:
    """Read district outlines from GeoJSON in any datum; raise `GeodataError` for the first invalid row."""
    collection = read_collection(path, read)
    datum = datum_of(collection, path)
    return tuple(_district(path, row, feature, datum) for row, feature in enumerate(collection["features"], 1))


def write_districts(path: Path, districts: Iterable[District]) -> None:
    """Write district outlines as `read_districts` reads them, in WGS 84 to 1e-6 degrees (0.1 m)."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "district_id": district.district_id,
                "name": district.name,
                "name_en": district.name_en,
                "population_2020": district.population,
            },
            "geometry": orjson.loads(shapely.to_geojson(shapely.set_precision(district.outline, 1e-6))),
        }
        for district in districts
    ]
    replace_file(path, orjson.dumps({"type": "FeatureCollection", "datum": "WGS84", "features": features}))


def names_of_districts(districts: Iterable[District], station_districts: Iterable[str | None]) -> dict[str, str]:
    """Map the Chinese and English names of districts, in normal form, to the Chinese names.

    Parameters
    ----------
    districts
        Districts with outlines, which have an English name too.
    station_districts
        The districts that stations name, perhaps without an outline.
    """
    outlined = {plain(name): district.name for district in districts for name in (district.name_en, district.name)}
    return {plain(name): name for name in set(station_districts) if name} | outlined


def read_holidays(path: Path, read: Read = read_bytes) -> list[tuple[date, str, str]]:
    """Read the rows (day, kind, name) of a holiday file; raise `GeodataError` for the first invalid row."""
    content = read(path)
    try:
        with io.StringIO(content.decode("utf-8-sig"), newline="") as file:
            return [_holiday(path, row, fields) for row, fields in enumerate(csv.DictReader(file), 1)]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise GeodataError(
            "{file} is not CSV in UTF-8: {fault}. Save it as that.", file=path, fault=fault
        ) from None


def _district(path: Path, row: int, feature: Any, datum: Datum) -> District:
    try:
        facts = feature["properties"]
        geometry = shapely.from_geojson(orjson.dumps(feature["geometry"]))
        outline = shapely.transform(geometry, lambda lonlat: convert(lonlat, datum, Datum.WGS84))
        district = District(
            district_id=str(facts["district_id"]),
            name=_required(facts["name"]),
            name_en=str(facts.get("name_en") or facts["name"]),
            population=int(facts.get("population_2020") or 0),
            outline=outline,
        )
    except (KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as fault:
        raise GeodataError(
            "{file}, row {row}: not a district with district_id, name and outline ({fault!r}).",
            file=path.name,
            row=row,
            fault=fault,
        ) from None
    if outline.geom_type not in ("Polygon", "MultiPolygon") or outline.is_empty or not outline.is_valid:
        raise GeodataError(
            "{file}, row {row}: the outline of {name} is not a valid polygon. Repair it.",
            file=path.name,
            row=row,
            name=district.name,
        )
    return district


def _required(name: object) -> str:
    if not (isinstance(name, str) and name.strip()):
        raise ValueError(name)
    return name


def _holiday(path: Path, row: int, fields: dict[str, str | None]) -> tuple[date, str, str]:
    kind = fields.get("kind") or ""
    try:
        day = date.fromisoformat(fields.get("date") or "")
    except ValueError:
        day = None
    if day is None or kind not in ("holiday", "workday", "settled"):
        raise GeodataError(
            "{file}, row {row}: {date!r}, {kind!r} is not a date and one of holiday, workday, settled.",
            file=path.name,
            row=row,
            date=fields.get("date"),
            kind=kind,
        )
    return day, kind, fields.get("name") or ""
