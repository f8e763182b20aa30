"""Outlines of another city's districts, from any file of polygons, made ready to be served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from locator.errors import GeodataError
from locator.files.reference import stated_datum
from locator.geo.datum import in_mainland
from locator.geo.geodesy import GEOD
from locator.language.messages import joined, message
from locator.planning.inputs.planner_files import read_areas
from locator.stations.schema import District

MOST_DISTRICTS: Final = 1000
MOST_CORNERS: Final = 30_000
"""Of all outlines: every map loads them, about 0.6 MB of text, a third of it when packed."""
_TOLERANCES_DEG: Final = (0.00005, 0.0001, 0.0002, 0.0005, 0.001)
"""Tried one after the other where there are more corners: some 5 m to 100 m."""
_METRES_PER_DEG: Final = 111_320
_OVERLAP_SHARE: Final = 0.01
"""Districts that share more than this part of the smaller one's area are said to overlap."""
_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Outlines:
    """Districts as they would be served."""

    districts: tuple[District, ...]
    notes: tuple[str, ...]
    """What was left out or changed, and what is doubtful."""

    def area_km2(self) -> float:
        """Return the area of all districts together, on the ellipsoid."""
        outlines = shapely.orient_polygons([district.outline for district in self.districts])
        return float(sum(GEOD.geometry_area_perimeter(outline)[0] for outline in outlines) / 1e6)


def read_outlines(path: Path, *, crs: str | None = None, datum: str | None = None) -> Outlines:
    """Read the districts of a file.

    Parameters
    ----------
    path
        Polygons in any format that is read, each with a name.
    crs, datum
        What the coordinates refer to, where the file does not say so or is wrong; not both.

    Returns
    -------
    Outlines
        In the order of the file. Outlines with very many corners are simplified together, so that neighbours still
        meet.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, has no areas or has faults; if there are too many, or two share a name.
    UsageError
        If `crs` or `datum` makes no sense.
    """
    notes: list[str] = []
    districts = read_areas(path, notes, crs=crs, datum=datum)
    if len(districts) > MOST_DISTRICTS:
        raise GeodataError(
            "{file} has {count} outlines; at most {most} are served. Give districts, not smaller areas.",
            file=path.name,
            count=len(districts),
            most=MOST_DISTRICTS,
        )
    _refuse_same_names(path.name, districts)
    if datum is None and crs is None and _may_be_shifted(path, districts):
        notes.append(
            message(
                "{file} does not say its datum and is taken as WGS 84. Outlines of Amap or DataV are GCJ-02:"
                " taken as they are, they lie 500 m off.",
                file=path.name,
            )
        )
    districts, simplified = _simplified(path.name, districts)
    if uncounted := [district.name for district in districts if not district.is_counted]:
        names = _listed(uncounted)
        notes.append(message("Residents are not known, so the planner counts nobody there: {names}", names=names))
    return Outlines(districts, (*notes, *simplified, *_overlaps(districts)))


def _may_be_shifted(path: Path, districts: Sequence[District]) -> bool:
    """Tell whether outlines lie where GCJ-02 is in force, in a format that is often in it and does not say so."""
    if path.suffix.lower() not in (".geojson", ".json", ".kml") or stated_datum(path) is not None:
        return False
    middles = np.array([[lon, lat] for lat, lon in (district.centre for district in districts)])
    return bool(in_mainland(middles).any())


def _refuse_same_names(file: str, districts: Sequence[District]) -> None:
    counts = Counter(district.name for district in districts)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise GeodataError(
            "{file} has more than one outline with these names: {names}. Join the parts of a district into one, or"
            " give different districts different names.",
            file=file,
            names=_listed(twice),
        )


def _simplified(file: str, districts: tuple[District, ...]) -> tuple[tuple[District, ...], tuple[str, ...]]:
    """Take corners out of outlines that have more of them than maps can load."""
    outlines = np.array([district.outline for district in districts], dtype=object)
    before = int(shapely.get_num_coordinates(outlines).sum())
    if before <= MOST_CORNERS:
        return districts, ()
    for tolerance_deg in _TOLERANCES_DEG:
        fewer = shapely.make_valid(shapely.coverage_simplify(outlines, tolerance_deg))
        after = int(shapely.get_num_coordinates(fewer).sum())
        if after <= MOST_CORNERS and _are_whole(fewer):
            note = message(
                "The outlines had {before:,} corners and are simplified to {after:,}, by {metres} m or less.",
                before=before,
                after=after,
                metres=round(tolerance_deg * _METRES_PER_DEG),
            )
            return tuple(replace(one, outline=outline) for one, outline in zip(districts, fewer, strict=True)), (
                note,
            )
    raise GeodataError(
        "{file} has outlines of {count:,} corners; maps on phones take {most:,}. Simplify them to 20 m or so.",
        file=file,
        count=before,
        most=MOST_CORNERS,
    )


def _are_whole(outlines: np.ndarray[tuple[int], np.dtype[np.object_]]) -> bool:
    kinds = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    return bool(np.isin(shapely.get_type_id(outlines), kinds).all() and not shapely.is_empty(outlines).any())


def _overlaps(districts: Sequence[District]) -> tuple[str, ...]:
    outlines = [district.outline for district in districts]
    pairs = shapely.STRtree(outlines).query(outlines, predicate="intersects").T.tolist()
    over = [
        f"{districts[one].name} / {districts[other].name}"
        for one, other in pairs
        if one < other and _share(outlines[one], outlines[other]) > _OVERLAP_SHARE
    ]
    return (message("These overlap: {names}", names=_listed(over)),) * bool(over)


def _share(one: BaseGeometry, other: BaseGeometry) -> float:
    return float(shapely.intersection(one, other).area / min(one.area, other.area))


def _listed(names: Sequence[str]) -> str:
    rest = (message("and {n} more", n=len(names) - _NAMED),) * (len(names) > _NAMED)
    return joined((*(name[:60] for name in names[:_NAMED]), *rest), message(", "))
