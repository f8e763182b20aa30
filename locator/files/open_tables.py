"""A file opened as a table: its headings, its CRS and datum, and its rows in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pyproj
from numpy.typing import NDArray

from locator.errors import GeodataError
from locator.files.row_faults import Faults
from locator.geo.circles import Geometries
from locator.geo.index import IntArray

WKT: Final = "wkt"
"""The field that holds the geometry of a table of cells, as well-known text."""


NOWHERE: Final[Geometries] = np.empty(0, dtype=object)


class Block(NamedTuple):
    """Some rows of a table."""

    rows: IntArray
    """Their numbers in the file, from 1."""
    columns: Mapping[str, Sequence[Any] | NDArray[Any]]
    """Field to one value per row: stripped texts from a table of cells, values of any type from a layer."""
    geometries: Geometries = NOWHERE
    """One per row where the table has them."""
    is_extra: NDArray[np.bool_] | None = None
    """Which rows are totals, or notes below the list."""


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table of which only the headings have been read."""

    name: str
    """The file's name, for messages."""
    headings: tuple[str, ...]
    fields: Mapping[str, str]
    """Field to its heading, for the fields that have one."""
    read: Callable[[Mapping[str, str], Faults], Iterator[Block]]
    """Reads the rows with some of the fields."""
    is_layer: bool = False
    """Whether every row is a feature with a geometry."""
    crs: pyproj.CRS | None = None
    datum: str | None = None
    """The datum that a GeoJSON file states."""
    notes: tuple[str, ...] = ()

    @property
    def has_geometry(self) -> bool:
        """Whether rows have a geometry, as features or in a column."""
        return self.is_layer or WKT in self.fields

    @property
    def is_placed(self) -> bool:
        """Whether rows have a geometry, or a latitude or longitude."""
        return self.has_geometry or bool({"lat", "lon"} & self.fields.keys())

    def blocks(self, fields: Iterable[str], faults: Faults) -> Iterator[Block]:
        """Read the rows with those of the given fields that the table has."""
        return self.read({field: self.fields[field] for field in fields if field in self.fields}, faults)

    def require(self, *needed: str, called: str | None = None) -> None:
        """Refuse a file that lacks a field, or has the heading of one twice.

        Parameters
        ----------
        needed
            The fields.
        called
            Names for the column that a layer must have, for messages.
        """
        missing = [field for field in needed if field not in self.fields]
        if self.is_layer and missing:
            raise GeodataError(
                "{file} must have a column {wanted}; it has: {fields}.",
                file=self.name,
                wanted=called or " and ".join(missing),
                fields=", ".join(self.headings) or "none",
            )
        if missing or any(f"{heading} (2)" in self.headings for heading in self.fields.values()):
            raise GeodataError(
                "{file} must have the columns {needed} once each; its first row has: {header}.",
                file=self.name,
                needed=", ".join(needed),
                header=", ".join(self.headings) or "nothing",
            )
