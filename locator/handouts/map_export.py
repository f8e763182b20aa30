"""The map and list of stations as one HTML file that opens offline and shows its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Final

from locator import maps
from locator.errors import UsageError
from locator.handouts import single_file
from locator.handouts.map_words import CITY_WORDS, labels_in, map_words
from locator.language.catalogue import local_name
from locator.language.characters import plain
from locator.language.messages import message
from locator.stations.answer_json import districts_collection
from locator.stations.catalog import Catalog
from locator.stations.compact_columns import compact_columns
from locator.stations.geodata import Geodata, names_of_districts
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import StationTable

MAX_BYTES: Final = 3_000_000
"""A larger file takes an old phone too long to open."""
STYLES: Final = (
    ("leaflet", "leaflet.css"),
    ("markercluster", "MarkerCluster.css"),
    "shared/app.css",
    "embed/export.css",
)
SCRIPTS: Final = (
    ("leaflet", "leaflet.js"),
    ("markercluster", "leaflet.markercluster.js"),
    "shared/map.js",
    "embed/export.js",
)


def part_of(geodata: Geodata, district: str) -> Geodata:
    """Keep of the geodata what lies in one district, by its Chinese or English name.

    Raises
    ------
    UsageError
        If there is no such district, in the outlines or on any station; the message lists those there are.
    """
    names = (name for table in geodata.tables for name in table.columns["district"])
    known = names_of_districts(geodata.districts, names)
    name = known.get(plain(district))
    if name is None:
        raise UsageError(
            "The district {value} is not known. Use one of: {known}.",
            value=repr(district[:40]),
            known=", ".join(sorted(set(known.values()))),
        )
    return replace(
        geodata,
        tables=tuple(_rows_of(table, name) for table in geodata.tables),
        districts=tuple(area for area in geodata.districts if area.name == name),
    )


def _rows_of(table: StationTable, district: str) -> StationTable:
    rows = [row for row, name in enumerate(table.columns["district"]) if name == district]
    columns = {name: [values[row] for row in rows] for name, values in table.columns.items()}
    return replace(table, columns=columns, positions=[table.positions[row] for row in rows])


def map_export(catalog: Catalog, lang: str, radius_m: float, today: date, *, is_part: bool) -> str:
    """Write the file for all stations of a catalogue; `is_part` says that they are those of one district.

    Raises
    ------
    UsageError
        If the file would be larger than `MAX_BYTES`.
    """
    drawn = _map_of(catalog, lang)
    # Without a server, a station's address is its entry in the list.
    addresses = {"station_url": "#station-STATION", "api_station_url": "data:,"}
    words = map_words(lang, radius_m, today, CITY_WORDS) | addresses
    made = single_file.render(
        "handouts/map_export.html",
        lang,
        styles=STYLES,
        scripts=SCRIPTS,
        script=drawn.script,
        inside={"words": words},
        words=words,
        labels=labels_in(lang),
        map_html=drawn.html,
        place=_place(catalog, lang, is_part=is_part),
        stations=_records(catalog, lang, today),
        count=catalog.n_in_service,
        others=len(catalog) - catalog.n_in_service,
        version=catalog.version,
        today=today,
        synthetic=catalog.synthetic,
    )
    if (size := len(made.encode())) > MAX_BYTES:
        raise UsageError(
            "{n} stations make a file of {size:.1f} MB, and {most:.0f} MB is the most."
            " Write one district at a time.",
            n=len(catalog),
            size=size / 1e6,
            most=MAX_BYTES / 1e6,
        )
    return made


def _place(catalog: Catalog, lang: str, *, is_part: bool) -> str:
    """Return the name of the district or ``Whole city``."""
    if not is_part:
        return message("Whole city").to(lang)
    if catalog.districts:
        (district,) = catalog.districts
        return local_name(district.name, district.name_en, lang)
    return str(catalog.column("district")[0])


def _records(catalog: Catalog, lang: str, today: date) -> list[dict[str, Any]]:
    """Return the stations' facts as the API gives them, by district, sub-district and name.

    Those that are not in service come last, and have the words for it.
    """
    at = datetime.combine(today, time(), STATION_TIMEZONE)
    usable = [catalog.facts(number) for number in range(catalog.n_in_service)]
    others = [
        catalog.facts(number) | {"open": catalog.open_facts(number, at, lang)}
        for number in range(catalog.n_in_service, len(catalog))
    ]

    def place(station: dict[str, Any]) -> list[str]:
        return [station[name] or "" for name in ("district", "sub_district", "name")]

    return sorted(usable, key=place) + sorted(others, key=place)


def _map_of(catalog: Catalog, lang: str) -> maps.MapParts:
    """Draw the city's map from data URLs."""
    sources = maps.Sources(
        tiles="none",
        scripts=(),
        styles=(),
        districts_url=single_file.data_url(districts_collection(catalog.districts)),
        stations_url=single_file.data_url(compact_columns(catalog, lang)),
    )
    return maps.city_map(catalog, sources)
