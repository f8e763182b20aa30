"""Readers of scenario files: tables and JSON of stations added, removed or changed."""

from __future__ import annotations

from itertools import starmap
from pathlib import Path
from typing import Any

import orjson

from locator.errors import GeodataError
from locator.files.limits import refuse_large
from locator.files.open_tables import OpenTable
from locator.files.row_blocks import open_rows
from locator.files.row_faults import Faults
from locator.importing.understanding.amenity_words import read_amenities
from locator.importing.understanding.station_words import read_word
from locator.language.characters import plain
from locator.planning.inputs.planning_words import ACTIONS, SCENARIO, UNUSED
from locator.planning.inputs.station_changes import StationChange, amenities_fault, parse_changes


def read_scenario(path: Path, notes: list[str] | None = None) -> tuple[StationChange, ...]:
    """Read a scenario file.

    Parameters
    ----------
    path
        A table (CSV in any encoding, XLSX, XLS, ODS) whose headings are `FIELDS` or words for them, or JSON:
        a list of objects with such members. `parse_changes` says which fields a change may have and how they are
        written; in a table actions, kinds, tiers and amenities may be in words.
    notes
        Takes what was left out of the file.

    Raises
    ------
    GeodataError
        If the file cannot be read as what it is.
    UsageError
        If a change is wrong; the message names every fault with its row, counted from 1 after the heading.
    """
    try:
        refuse_large(path)
        if path.suffix.lower() == ".json":
            return parse_changes(_read_json(path))
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. Is the path right?", file=path, fault=fault.strerror
        ) from None
    table = open_rows(path, SCENARIO, is_ragged=True)
    if table is None:
        raise GeodataError(
            "{file} must end in .csv, .xlsx, .xls, .ods or .json. Save the scenario as one of these.", file=path
        )
    return parse_changes(_read_table(table, [] if notes is None else notes))


def _read_json(path: Path) -> list[Any]:
    try:
        rows = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as fault:
        raise GeodataError("{file} is damaged: {fault}. Save it again as JSON.", file=path, fault=fault) from None
    if not isinstance(rows, list):
        raise GeodataError('{file} is not a list. Write [{{"action": ...}}, ...].', file=path)
    return rows


def _read_table(table: OpenTable, notes: list[str]) -> list[dict[str, str]]:
    """Read the rows; unknown headings are left for `parse_changes` to refuse."""
    table.require()
    known = {heading: field for field, heading in table.fields.items()}
    fields = {
        known.get(heading, heading): heading
        for heading in table.headings
        if UNUSED not in SCENARIO.matches([heading])
    }
    faults, rows = Faults(table.name), list[dict[str, str]]()
    for block in table.read(fields, faults):
        cells = zip(*block.columns.values(), strict=True)
        rows += [{name: _word(name, text) for name, text in zip(fields, row, strict=True)} for row in cells]
    faults.refuse()
    notes += table.notes
    return rows


def _word(name: str, text: str) -> str:
    """Translate a cell into a word of the vocabulary; other texts are returned unchanged."""
    if name == "action":
        return ACTIONS.get(plain(text), text)
    if name in ("kind", "tier"):
        return (text and read_word(name, text)) or text
    if name == "amenities" and text and amenities_fault(text):
        amenities, pieces = read_amenities(text)
        return ";".join(starmap("{}={}".format, amenities.items())) if all(pieces.values()) else text
    return text
