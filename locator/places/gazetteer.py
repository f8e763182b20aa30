"""The shipped gazetteer: metro stations, sub-districts and landmarks of Beijing, each with position and ±."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from locator.config import bundled
from locator.errors import GeodataError
from locator.language.messages import message
from locator.language.pinyin import pinyin

METRO_STATION: Final = "metro_station"
SUB_DISTRICT: Final = "sub_district"
KINDS: Final = {
    METRO_STATION: message("metro station"),
    "railway_station": message("railway station"),
    "landmark": message("landmark"),
    "hospital": message("hospital"),
    "university": message("university"),
    "shop": message("shop"),
    "road": message("road"),
    SUB_DISTRICT: message("sub-district"),
}
"""What a place of the files can be; of places with the same name those of an earlier kind come first."""
FILES: Final = {
    "metro_stations.csv": ("OpenStreetMap contributors", "ODbL-1.0"),
    "sub_districts.csv": ("OpenStreetMap contributors", "ODbL-1.0"),
    "landmarks.csv": ("public knowledge", "CC0-1.0"),
}
"""The files of the gazetteer, each with its source and its licence."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a name, and where it is."""

    place_id: str
    name: str
    aliases: tuple[str, ...]
    """Other names."""
    kind: str
    """A word of `KINDS`; from the stations' own data also ``station``, ``district`` and ``position``."""
    lat: float
    """Degrees, WGS 84, of its middle."""
    lon: float
    accuracy_m: float | None
    """How far from that position somebody may be who says to be there; ``None``: not known."""
    district: str | None
    """Chinese name of the district."""
    source: str = ""
    licence: str = ""
    pinyin: str = ""
    """Syllables of the name as `locator.language.pinyin.pinyin` gives them."""


def id_of(kind: str, district: str | None, name: str) -> str:
    """Return the id of a place that has none of its own: no two of a kind share name and district."""
    return f"{kind} {district or ''} {name}"


@cache
def shipped_places() -> tuple[Place, ...]:
    """Return all places of the files that come with the program."""
    folder = bundled("geodata")
    return tuple(place for name in FILES for place in read_places(folder / name))


def read_places(path: Path) -> tuple[Place, ...]:
    """Read one of `FILES`; raise `GeodataError` naming the row that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(_place(path, row, cells) for row, cells in enumerate(csv.DictReader(file), 1))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise GeodataError(
            "{file} cannot be read as CSV in UTF-8: {fault}. Copy it from the shipped geodata.",
            file=path,
            fault=fault,
        ) from None


def _place(path: Path, row: int, cells: Mapping[str, str | None]) -> Place:
    try:
        name, kind, district = (cells[column] or "" for column in ("name", "kind", "district"))
        aliases = tuple(filter(None, (cells["aliases"] or "").split(";")))
        lat, lon, accuracy_m = (float(cells[column] or "") for column in ("lat", "lon", "accuracy_m"))
        is_somewhere = abs(lat) <= 90 and abs(lon) <= 180 and 0 < accuracy_m < math.inf
        if not (name and kind in KINDS and is_somewhere):
            raise ValueError(cells)
    except (KeyError, ValueError) as fault:
        raise GeodataError(
            "{file}, row {row}: not a place with name, aliases, kind, lat, lon, accuracy_m and district"
            " ({fault!r}).",
            file=path.name,
            row=row,
            fault=fault,
        ) from None
    place_id, (source, licence) = id_of(kind, district, name), FILES[path.name]
    return Place(
        place_id, name, aliases, kind, lat, lon, accuracy_m, district or None, source, licence, pinyin(name)
    )
