"""Rows without a sound position whose station is published: they keep the position that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from locator.files.sheets import Sheet
from locator.importing.deciding.pending_listing import written_position
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.headings import Match
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import Draft, Unread
from locator.language.messages import joined, message
from locator.stations.schema import Station


def keep_positions(
    sheet: Sheet,
    match: Match,
    draft: Draft,
    positions: RowPositions,
    ids: Sequence[str],
    area: Area,
    known: Mapping[str, Station],
    *,
    anywhere: bool = False,
) -> tuple[Draft, RowPositions]:
    """Give the rows of known stations the position that was published, where their own cannot be used.

    So a list without coordinates, or with 0, 0 in them, does not undo what was placed before.

    Parameters
    ----------
    sheet, match, draft, positions, ids
        The rows, and the ids of their stations.
    area
        The districts that are served; a position far outside them cannot be used.
    known
        The published and the retired stations by their ids.
    anywhere
        Whether to accept positions outside the districts.

    Returns
    -------
    tuple
        The draft, in which a position that is written and not used is a cell that was not understood; and the
        positions.
    """
    reasons = dict(positions.faults)
    if not anywhere:
        located = np.flatnonzero(~np.isnan(positions.lonlat[:, 0]))
        outside = located[~area.serves(positions.lonlat[located])] + 1
        reasons |= dict.fromkeys(outside.tolist(), message("it lies far outside every district that is served."))
    rows = [row for row in sorted(reasons) if ids[row - 1] in known]
    if not rows:
        return draft, positions
    lonlat, accuracy = positions.lonlat.copy(), list(draft.columns["position_accuracy_m"])
    unread = list(draft.unread)
    for row in rows:
        station = known[ids[row - 1]]
        lonlat[row - 1], accuracy[row - 1] = (station.lon, station.lat), station.position_accuracy_m
        written = written_position(match, {heading: cells[row - 1] for heading, cells in sheet.columns.items()})
        if written:
            kept = message("The published position is kept.")
            unread.append(Unread(row, "position", written[:80], False, joined((reasons[row], kept))))
    unread.sort(key=lambda cell: cell.row)
    columns = draft.columns | {"position_accuracy_m": accuracy}
    faults = {row: reason for row, reason in positions.faults.items() if row not in set(rows)}
    return replace(draft, columns=columns, unread=unread), replace(positions, lonlat=lonlat, faults=faults)
