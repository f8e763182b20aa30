"""The results of an import as plain values: for a program, a page and a spreadsheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from locator.files.sheets import Sheet
from locator.files.writing import csv_bytes
from locator.geo.datum import Datum
from locator.importing.deciding.merging import Diff
from locator.importing.field_words import heading_text
from locator.importing.intake import Proposal, Reading, Remembered
from locator.importing.understanding.datums import LABELS
from locator.language.catalogue import SOURCE
from locator.language.messages import Message, joined, localize, message
from locator.stations.difference_words import fact_changes
from locator.stations.differences import StationDifference
from locator.stations.schema import Station

POINTS: Final = 3000
"""The most points that a map draws; refused and doubtful rows go first."""
EXTRA: Final = (message("row"), message("verdict"), message("reason"), "station_id")
"""Headings of the report, before those of the file."""
_POSITIONS: Final = {"lat", "position", "x", "lat:degrees"}
_VERDICTS: Final = {
    "doubtful": message("doubtful"),
    "waiting": message("to be placed"),
    "refused": message("refused"),
}


def read_record(reading: Reading, lang: str = SOURCE) -> dict[str, Any]:
    """Return what a file says by itself as JSON values: its worksheets, headings and columns.

    Returns
    -------
    dict
        ``rows``; ``sheets``, ``heading_rows`` and ``left_out`` as in `record`; ``first_rows``; ``columns``: of
        each heading its text for people, the samples, the field that it holds or ``None``, and whether that was
        guessed; ``has_position``; ``encoding``; ``listed_on``, an ISO date.
    """
    sheet, match = reading.sheet, reading.match
    holds = {heading: name for name, heading in reversed(match.fields.items())}
    return {
        "rows": len(sheet),
        **_shape(sheet, lang),
        "first_rows": [{"row": number, "cells": list(cells)} for number, cells in sheet.first_rows],
        "columns": [
            {
                "heading": heading,
                "label": localize(heading_text(heading), lang),
                "samples": list(samples),
                "field": holds.get(heading),
                "is_guessed": holds.get(heading) in match.guessed,
            }
            for heading, samples in match.samples.items()
        ],
        "has_position": sheet.lonlat is not None or not _POSITIONS.isdisjoint(match.fields),
        "encoding": sheet.encoding,
        "listed_on": sheet.listed_on and sheet.listed_on.isoformat(),
    }


def _shape(sheet: Sheet, lang: str) -> dict[str, Any]:
    """Return how the table was found in its file, and what is no part of it."""
    return {
        "sheets": [
            {
                "name": one.name,
                "rows": one.rows,
                "is_read": one.is_read,
                "heading_rows": list(one.heading_rows),
                "reason": one.reason and localize(one.reason, lang),
            }
            for one in sheet.worksheets
        ],
        "heading_rows": list(sheet.heading_rows),
        "left_out": [
            {"row": one.row, "reason": localize(one.reason, lang)}
            | _worksheet(one.worksheet if one.row is None or len(sheet.worksheets) > 1 else None)
            for one in sheet.left_out
        ],
    }


def row_members(sheet: Sheet, row: int) -> dict[str, Any]:
    """Return ``row``, its number as a spreadsheet shows it, and ``sheet`` where rows come from several."""
    worksheet, number = sheet.place_of(row)
    return {"row": number} | _worksheet(worksheet)


def _worksheet(name: str | None) -> dict[str, str]:
    return {} if name is None else {"sheet": name}


def record(proposal: Proposal, lang: str = SOURCE) -> dict[str, Any]:
    """Return the results of an import as JSON values; rows have the numbers that a spreadsheet shows."""
    sheet, match, judgement = proposal.sheet, proposal.match, proposal.positions.judgement
    return {
        "file": proposal.sheet.name,
        "kind": proposal.choices.kind,
        "source": proposal.choices.source,
        "rows": len(sheet),
        "accepted": len(proposal.stations),
        "doubtful": len({doubt.row for doubt in proposal.doubts}),
        **_findings(proposal, lang),
        "datum": {
            "value": judgement.datum,
            "is_given": judgement.is_given,
            "origin": proposal.datum_origin,
            "sentence": localize(datum_sentence(proposal), lang),
            "evidence": [localize(evidence, lang) for evidence in judgement.evidence],
        },
        "encoding": sheet.encoding,
        **_shape(sheet, lang),
        "columns": match.fields,
        "guessed": sorted(match.guessed),
        "unused": list(match.unused),
        "diff": _differences(proposal.diff, lang),
        "gone_names": {station.station_id: station.name for station in proposal.diff.gone},
        "remembered": remembered_record(proposal.remembered),
        "has_changes": proposal.has_changes,
        "stops": [{"code": stop.code, "message": localize(stop.message, lang)} for stop in proposal.stops],
        "notes": [localize(note, lang) for note in (*sheet.notes, *proposal.notes)],
        "parent": proposal.parent,
    }


def remembered_record(remembered: Remembered | None) -> dict[str, Any] | None:
    """Return what was taken from the last list of the source: its day, and the names of the choices."""
    if remembered is None:
        return None
    return {"on": remembered.on and remembered.on.isoformat(), "names": sorted(remembered.names)}


def datum_sentence(proposal: Proposal) -> Message:
    """Say which datum the positions are in, and how that is known."""
    if not np.isfinite(proposal.positions.lonlat).any() and not proposal.positions.judgement.evidence:
        return message("No row has a position to be judged.")
    datum, remembered = LABELS[proposal.positions.judgement.datum or Datum.WGS84], proposal.remembered
    if proposal.datum_origin == "export":
        return message(
            "The positions are {datum}: the file is an export of this service and says so.", datum=datum
        )
    if proposal.datum_origin == "given":
        return message("The positions are taken as {datum}, as was said.", datum=datum)
    if proposal.datum_origin == "judged" and not proposal.positions.judgement.evidence:
        return message("No row has a position to be judged.")
    if proposal.datum_origin == "judged" or remembered is None:
        return message("The positions are judged to be {datum}.", datum=datum)
    day = remembered.on.isoformat() if remembered.on else message("another day")
    return message("The positions are taken as {datum}, as for this list on {day}.", datum=datum, day=day)


def _findings(proposal: Proposal, lang: str) -> dict[str, Any]:
    """Return the rows that are refused or doubtful, and the cells that were not understood."""
    draft, sheet = proposal.draft, proposal.sheet

    def place(row: int) -> dict[str, Any]:
        return row_members(sheet, row) | {"name": draft.columns["name"][row - 1]}

    return {
        "refused": [
            place(refusal.row)
            | {
                "reason": localize(refusal.reason, lang),
                "repair": refusal.repair and localize(refusal.repair, lang),
            }
            for refusal in proposal.refused
        ],
        "waiting": [place(one.row) | {"reason": localize(one.reason, lang)} for one in proposal.waiting],
        "closed": [
            place(row) | {"reason": localize(words, lang)} for row, words in sorted(proposal.closed.items())
        ],
        "doubts": [
            place(doubt.row)
            | {
                "station_id": doubt.station_id,
                "code": doubt.code,
                "reason": localize(doubt.reason, lang),
            }
            for doubt in proposal.doubts
        ],
        "unread": [
            row_members(sheet, cell.row)
            | {"field": cell.field, "value": cell.value, "reason": localize(cell.reason, lang)}
            for cell in draft.unread
            if not cell.is_fault
        ],
        "unmapped": {
            name: texts
            for name, words in draft.words.items()
            if (texts := [text for text, meaning in words.items() if meaning is None])
        },
    }


def _differences(diff: Diff, lang: str) -> dict[str, Any]:
    return {
        "added": [station.station_id for station in diff.added],
        "changed": [_change(change, lang) for change in diff.changed],
        "moved": [_change(change, lang) for change in diff.moved],
        "gone": [station.station_id for station in diff.gone],
        "reopened": [station.station_id for station in diff.reopened],
        "unchanged": diff.unchanged,
        "kept_open": [station.station_id for station in diff.kept_open],
        "kept_closed": [station.station_id for station in diff.kept_closed],
    }


def _change(change: StationDifference, lang: str) -> dict[str, Any]:
    return {
        "station_id": change.after.station_id,
        "name": change.after.name,
        "fields": list(change.fields),
        "changes": [
            {
                "fact": one.fact,
                "name": localize(one.name, lang),
                "before": localize(one.before, lang),
                "after": localize(one.after, lang),
            }
            for one in fact_changes(change.before, change.after)
        ],
        "moved_m": round(change.moved_m, 1),
    }


def report_csv(proposal: Proposal, lang: str = SOURCE) -> bytes:
    """Return the rows that are refused, doubtful or to be placed as they are in the file, with the reasons.

    The file is UTF-8 with a byte order mark and can be corrected in a spreadsheet and imported; texts that a
    spreadsheet would take for a formula are escaped. Rows have the numbers that a spreadsheet shows.
    """
    sheet = proposal.sheet
    rows = (
        [
            row_text(sheet, row, lang),
            localize(_VERDICTS[verdict], lang),
            reason,
            station_id,
            *(values[row - 1] for values in sheet.columns.values()),
        ]
        for row, (verdict, reason, station_id) in sorted(_verdicts(proposal, lang).items())
    )
    return csv_bytes([*(localize(name, lang) for name in EXTRA), *sheet.columns], rows)


def row_text(sheet: Sheet, row: int, lang: str = SOURCE) -> str:
    """Return the number of a row as a spreadsheet shows it, after its worksheet where rows come from several."""
    worksheet, number = sheet.place_of(row)
    return str(number) if worksheet is None else message("{sheet}, {n}", sheet=worksheet, n=number).to(lang)


def _verdicts(proposal: Proposal, lang: str) -> dict[int, tuple[str, str, str]]:
    """Return verdict, reasons and id of every row that is refused, doubtful or to be placed."""
    verdicts: dict[int, tuple[str, str, str]] = {}
    reasons = defaultdict(list)
    for doubt in proposal.doubts:
        reasons[doubt.row].append(localize(doubt.reason, lang))
        verdicts[doubt.row] = ("doubtful", " ".join(reasons[doubt.row]), doubt.station_id)
    for verdict, rows in (("refused", proposal.refused), ("waiting", proposal.waiting)):
        for one in rows:
            verdicts[one.row] = (verdict, joined(filter(None, (one.reason, one.repair))).to(lang), "")
    return verdicts


def points(proposal: Proposal, lang: str = SOURCE) -> list[dict[str, Any]]:
    """Return the points that a map draws: at most `POINTS`, those to look at first."""
    verdicts = _verdicts(proposal, lang)
    gone = (_point(station.lat, station.lon, "gone", station.name) for station in proposal.diff.gone)
    return [*_marked(proposal, verdicts), *gone, *_plain(proposal, verdicts)][:POINTS]


def _marked(proposal: Proposal, verdicts: dict[int, tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    for row, (verdict, reason, _) in sorted(verdicts.items()):
        lon, lat = proposal.positions.lonlat[row - 1].tolist()
        if lat == lat:  # not NaN: rows without a position are only in the table
            name = proposal.draft.columns["name"][row - 1]
            yield _point(lat, lon, verdict, name, reason) | row_members(proposal.sheet, row)


def _plain(proposal: Proposal, verdicts: dict[int, tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    verbs = {station.station_id: "added" for station in (*proposal.diff.added, *proposal.diff.reopened)}
    moves = {change.after.station_id: change.before for change in proposal.diff.moved}
    verbs |= dict.fromkeys((change.after.station_id for change in proposal.diff.changed), "changed")
    for row, station in proposal.stations.items():
        if row in verdicts:
            continue
        before: Station | None = moves.get(station.station_id)
        what = "moved" if before else verbs.get(station.station_id, "unchanged")
        point = _point(station.lat, station.lon, what, station.name) | row_members(proposal.sheet, row)
        yield point | ({"was": [before.lat, before.lon]} if before else {})


def _point(lat: float, lon: float, what: str, name: str | None, reason: str = "") -> dict[str, Any]:
    return {"lat": round(lat, 6), "lon": round(lon, 6), "what": what, "name": name, "row": None, "reason": reason}
