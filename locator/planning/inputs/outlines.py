"""Areas read from polygons, and rows of a table joined to areas by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from locator.errors import GeodataError
from locator.files.cells import is_empty
from locator.files.open_tables import Block, OpenTable
from locator.files.reference import ToLonlat
from locator.files.row_faults import Faults
from locator.geo.geodesy import FloatArray
from locator.language.characters import plain
from locator.language.messages import message
from locator.planning.inputs.geometries import outlines_of
from locator.planning.inputs.planning_words import PERSONS
from locator.planning.inputs.points import amounts_of, reference_of, texts_of
from locator.stations.schema import District

FIELDS: Final = ("name", "district_id", "name_en", "population_2020")
_SHOWN: Final = 10
# Endings of names that one list has and another leaves out.
_ENDS: Final = re.compile(
    "(?:街道|地区|镇|乡|社区|村|区|县|市)?(?:办事处|人民政府|居委会|村委会)?$| (?:sub-?)?district$"
)


def areas_of(
    table: OpenTable, faults: Faults, crs: str | None = None, datum: str | None = None
) -> Iterator[District]:
    """Yield polygons as areas, faulty ones too, because the caller refuses the file then."""
    if not table.has_geometry:
        raise GeodataError(
            "{file} has no outlines. Give the areas as polygons, such as GPKG, GeoJSON or a zipped shapefile.",
            file=table.name,
        )
    table.require("name")
    to_lonlat = reference_of(table, crs, datum)
    for block in table.blocks((*FIELDS, "wkt"), faults):
        yield from _areas(table, block, to_lonlat, faults)


def _areas(table: OpenTable, block: Block, to_lonlat: ToLonlat, faults: Faults) -> Iterator[District]:
    names = texts_of(block, "name") or ()
    ids = texts_of(block, "district_id") or [str(row) for row in block.rows]
    others = texts_of(block, "name_en") or names
    people, written = np.zeros(len(names)), block.columns.get("population_2020")
    if written is not None:
        people = amounts_of(table, block, "population_2020", PERSONS, faults, _uncounted)
    faults.add(
        (int(row), message("it has no name.")) for row, name in zip(block.rows, names, strict=True) if not name
    )
    outlines = outlines_of(block, to_lonlat, faults)
    for n, (district_id, name, name_en) in enumerate(zip(ids, names, others, strict=True)):
        residents, known = np.nan_to_num(people[n], posinf=0), written is not None and not is_empty(written[n])
        yield District(district_id, name, name_en or name, round(residents), outlines[n], is_counted=known)


def _uncounted(file: str, heading: str, rows: str) -> str:
    return message(
        '{file}: rows in which "{heading}" is blank take the people that the census has there: {rows}.',
        file=file,
        heading=heading,
        rows=rows,
    )


def join_names(
    file: str, names: Sequence[str], weight: FloatArray, areas: Sequence[District]
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return (a,) the weights of rows added up by the area that each names, and notes on what has no match.

    Raises
    ------
    GeodataError
        If no row names an area, or one names several.
    """
    area_names = _AreaNames(areas)
    matches = [area_names.numbers(name) for name in names]
    for name, numbers in zip(names, matches, strict=True):
        if len(numbers) > 1:
            raise GeodataError(
                "{file} has people for {name}, and {count} areas have that name. Give the rows positions.",
                file=file,
                name=repr(name),
                count=len(numbers),
            )
    area_of = np.array([numbers[0] if numbers else -1 for numbers in matches], dtype=np.intp)
    if not (area_of >= 0).any():
        raise GeodataError(
            "{file} has no positions, and none of its names is that of an area: {names}; the areas are {areas}."
            " Add latitude and longitude, or name the outlines as --areas.",
            file=file,
            names=_listed(names),
            areas=_listed([area.name for area in areas]),
        )
    notes = []
    if unmatched := [name for name, number in zip(names, area_of.tolist(), strict=True) if number < 0]:
        notes.append(
            message("{file}: left out, for no area has the name: {names}.", file=file, names=_listed(unmatched))
        )
    joined = set(area_of.tolist())
    if bare := [area.name for number, area in enumerate(areas) if number not in joined]:
        notes.append(message("{file}: areas without a row count nobody: {names}.", file=file, names=_listed(bare)))
    inside = area_of >= 0
    sums: FloatArray = np.bincount(area_of[inside], weight[inside], minlength=len(areas)).astype(np.float64)
    return sums, tuple(notes)


class _AreaNames:
    """Areas by name, in full and without the endings that lists leave out."""

    def __init__(self, areas: Sequence[District]) -> None:
        self._full: dict[str, set[int]] = defaultdict(set)
        self._short: dict[str, set[int]] = defaultdict(set)
        for number, area in enumerate(areas):
            for key in (_key(area.name), _key(area.name_en)):
                self._full[key].add(number)
                self._short[_short(key)].add(number)

    def numbers(self, name: str) -> list[int]:
        """Return the areas that a name may mean."""
        key = _key(name)
        return sorted(self._full.get(key) or self._short.get(_short(key)) or ())


def _key(name: str) -> str:
    return plain(name) if name.isascii() else plain(name).replace(" ", "")


def _short(key: str) -> str:
    return _ENDS.sub("", key, count=1) or key


def _listed(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return ", ".join(name[:60] for name in unique[:_SHOWN]) + f", … ({len(unique):,})" * (len(unique) > _SHOWN)
