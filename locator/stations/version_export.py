"""Export of stations to files for other programs, which can also be imported again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from locator.errors import UsageError
from locator.files.writing import SHEET_ROWS, csv_bytes, xlsx_bytes
from locator.stations.reading import COLUMNS, DAYS, to_collection, to_feature
from locator.stations.schema import AMENITIES, Station

LAYER: Final = "stations"
_PLAIN: Final = tuple(name for name in COLUMNS if name not in ("amenities", "doubts"))
HEADINGS: Final = (
    *_PLAIN[: _PLAIN.index("kind") + 1],
    "lat",
    "lon",
    "datum",
    *_PLAIN[_PLAIN.index("kind") + 1 :],
    *(f"amenity:{word}" for word in AMENITIES),
    "doubts",
    "data_version",
)
"""The columns of a table: those of the schema, and one per amenity with ``yes``, ``no`` or nothing.

``datum`` and ``data_version`` are the same in every row: by them the table is known again when it is imported."""
DATUM: Final = "WGS84"
"""What the column ``datum`` holds."""


def render(form: str, stations: Sequence[Station], members: Mapping[str, Any]) -> bytes:
    """Return stations as the bytes of a file.

    Parameters
    ----------
    form
        ``geojson``: one FeatureCollection of all kinds, WGS 84.
        ``csv``: UTF-8 with a byte order mark, which Excel needs for Chinese, with the columns `HEADINGS`; texts
        that a spreadsheet would take for formulas start with ``'``.
        ``xlsx``: the same as a worksheet.
        ``gpkg``: the same as a layer of points, EPSG:4326.
    stations
        In the order of the file.
    members
        Members of the GeoJSON collection; of these, ``data_version`` is in every row of all forms.

    Raises
    ------
    UsageError
        If the form is not known, or there are more stations than rows in a spreadsheet.
    """
    renderer = FORMS.get(form)
    if renderer is None:
        raise UsageError(
            "There is no format {value}. Use one of: {known}.", value=repr(form), known=", ".join(FORMS)
        )
    return renderer(stations, members)


def exported(station: Station) -> dict[str, Any]:
    """Return a station's values by the headings of a table, without those that are the same in every row."""
    known = {name: getattr(station, name) for name in (*_PLAIN, "lat", "lon")}
    known |= {name: known[name] and known[name].isoformat() for name in DAYS}
    known |= {f"amenity:{word}": has for word, has in station.amenities.items()}
    return known | {"doubts": " ".join(station.doubts) or None}


def _row(station: Station, members: Mapping[str, Any]) -> list[Any]:
    """Return a station's values in the order of `HEADINGS`."""
    known = exported(station) | {"datum": DATUM, "data_version": members.get("data_version")}
    return [known.get(heading) for heading in HEADINGS]


def _to_geojson(stations: Sequence[Station], members: Mapping[str, Any]) -> bytes:
    told = {"datum": DATUM} | {name: members[name] for name in ("data_version",) if name in members}
    features = ({**feature, "properties": feature["properties"] | told} for feature in map(to_feature, stations))
    return to_collection(features, {"datum": DATUM, **members})


def _to_csv(stations: Sequence[Station], members: Mapping[str, Any]) -> bytes:
    return csv_bytes(HEADINGS, (_row(station, members) for station in stations))


def _to_xlsx(stations: Sequence[Station], members: Mapping[str, Any]) -> bytes:
    if len(stations) > SHEET_ROWS:
        raise UsageError(
            "A spreadsheet has room for {most:,} stations, not for {count:,}. Choose csv or gpkg.",
            most=SHEET_ROWS,
            count=len(stations),
        )
    return xlsx_bytes(LAYER, HEADINGS, (_row(station, members) for station in stations))


def _to_gpkg(stations: Sequence[Station], members: Mapping[str, Any]) -> bytes:
    # Imported late: this takes longer than most exports.
    import pandas
    import pyogrio
    import shapely
    from geopandas import GeoDataFrame

    rows = [_row(station, members) for station in stations]
    columns = {heading: [row[index] for row in rows] for index, heading in enumerate(HEADINGS)}
    points = shapely.points(columns.pop("lon"), columns.pop("lat"))
    # pandas.array keeps integers as integers if some are missing.
    frame = pandas.DataFrame({heading: pandas.array(values) for heading, values in columns.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stations.gpkg")
        placed = GeoDataFrame(frame, geometry=points, crs=4326)
        pyogrio.write_dataframe(placed, path, layer=LAYER, driver="GPKG", geometry_type="Point")
        return path.read_bytes()


FORMS: Final[Mapping[str, Callable[[Sequence[Station], Mapping[str, Any]], bytes]]] = {
    "geojson": _to_geojson,
    "csv": _to_csv,
    "xlsx": _to_xlsx,
    "gpkg": _to_gpkg,
}
"""Form, which is also the suffix of its files, to its writer."""
