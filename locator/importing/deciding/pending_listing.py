"""Making pending rows of the rows of a list that wait or are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from locator.files.cells import as_text, is_empty
from locator.files.sheets import Sheet
from locator.importing.deciding.pending_rows import REFUSED, TO_PLACE, ListedRow
from locator.importing.deciding.verdicts import Refusal, WaitingRow
from locator.importing.understanding.headings import Match
from locator.importing.understanding.values import FACTS, Draft
from locator.language.catalogue import languages
from locator.language.messages import joined, localize, message

NUMBER: Final = message("To-do number")
"""The heading by which a table of pending rows is recognised; its cells are `PendingRow.number`."""
POSITION_FIELDS: Final = ("position", "lat", "lon", "x", "y")
_LONGEST_POSITION: Final = 200


def pending_of(
    sheet: Sheet, match: Match, draft: Draft, waiting: Sequence[WaitingRow], refused: Sequence[Refusal]
) -> Iterator[ListedRow]:
    """Give the rows of a list that are to be kept, by row and each key once.

    A row that only repeats another is not among them.
    """
    told: dict[int, WaitingRow | Refusal] = {one.row: one for one in waiting}
    told |= {one.row: one for one in refused if not one.is_repeat}
    keys = {one.station_id for one in waiting}
    for row, verdict in sorted(told.items()):
        is_waiting = isinstance(verdict, WaitingRow)
        cells = {heading: values[row - 1] for heading, values in sheet.columns.items()}
        key = verdict.station_id
        if not is_waiting and (not draft.columns["name"][row - 1] or key in keys):
            key = _digest(cells, keys)
        keys.add(key)
        place = sheet.place_of(row)
        facts = {name: draft.columns[name][row - 1] for name in FACTS}
        yield ListedRow(
            key,
            TO_PLACE if is_waiting else REFUSED,
            verdict.station_id,
            place.worksheet,
            place.number,
            facts["name"],
            facts["address"],
            verdict.district if isinstance(verdict, WaitingRow) else facts["district"],
            {name: value for name, value in facts.items() if value is not None},
            cells,
            written_position(match, cells),
            joined(filter(None, (verdict.reason, verdict.repair))),
            match.fields,
        )


def written_position(match: Match, cells: Mapping[str, Any]) -> str | None:
    """Return the position of a row as the list has it, with its headings; ``None`` if it has none."""
    headings = dict.fromkeys(
        heading for field, heading in match.fields.items() if field.partition(":")[0] in POSITION_FIELDS
    )
    parts = [f"{heading}: {as_text(cells[heading])}" for heading in headings if not is_empty(cells.get(heading))]
    return ", ".join(parts)[:_LONGEST_POSITION] or None


def own_heading(sheet: Sheet, heading: str) -> str | None:
    """Return how a heading of our own stands in a table, in whatever language; ``None`` if it does not."""
    texts = (localize(heading, lang) for lang in languages())
    return next((text for text in texts if text in sheet.columns), None)


def _digest(cells: Mapping[str, Any], taken: Collection[str]) -> str:
    """Return a key made of the cells of a row; rows that are alike get different ones."""
    content = orjson.dumps([[heading, str(cell)] for heading, cell in cells.items()])
    while (key := f"cells-{hashlib.sha256(content).hexdigest()[:20]}") in taken:
        content += b" "
    return key
