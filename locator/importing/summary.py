"""What an import found, as plain values for a program, a page and a spreadsheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from locator.files.writing import csv_bytes
from locator.importing.deciding.merging import Diff, StationChange
from locator.importing.intake import Proposal
from locator.language.catalogue import SOURCE
from locator.language.messages import joined, localize, message
from locator.stations.schema import Station

POINTS: Final = 3000
"""So many rows are drawn on a map at most, those that somebody has to look at first."""
EXTRA: Final = (message("row"), message("verdict"), message("reason"), "station_id")
"""Headings that the report puts before those of the file."""
_VERDICTS: Final = {"doubtful": message("doubtful"), "refused": message("refused")}


def record(proposal: Proposal, lang: str = SOURCE) -> dict[str, Any]:
    """Return what an import found as JSON values; rows are counted from 1."""
    sheet, match, judgement = proposal.sheet, proposal.match, proposal.placed.judgement
    return {
        "file": proposal.file,
        "kind": proposal.choices.kind,
        "source": proposal.choices.source,
        "rows": len(sheet),
        "accepted": len(proposal.stations),
        **_findings(proposal, lang),
        "datum": {
            "value": judgement.datum,
            "is_given": judgement.is_given,
            "evidence": [localize(evidence, lang) for evidence in judgement.evidence],
        },
        "encoding": sheet.encoding,
        "columns": match.fields,
        "unused": list(match.unused),
        "diff": _differences(proposal.diff),
        "notes": [localize(note, lang) for note in sheet.notes],
        "parent": proposal.parent,
    }


def _findings(proposal: Proposal, lang: str) -> dict[str, Any]:
    """Return what is wrong, doubtful, and not understood."""
    draft = proposal.draft
    return {
        "refused": [
            {"row": no.row, "reason": localize(no.reason, lang), "repair": no.repair and localize(no.repair, lang)}
            for no in proposal.refused
        ],
        "doubts": [
            {
                "row": doubt.row,
                "station_id": doubt.station_id,
                "code": doubt.code,
                "reason": localize(doubt.reason, lang),
            }
            for doubt in proposal.doubts
        ],
        "unread": [
            {"row": cell.row, "field": cell.field, "value": cell.value, "reason": localize(cell.reason, lang)}
            for cell in draft.unread
            if not cell.is_fault
        ],
        "unmapped": {
            name: texts
            for name, words in draft.words.items()
            if (texts := [text for text, taken in words.items() if taken is None])
        },
    }


def _differences(diff: Diff) -> dict[str, Any]:
    return {
        "added": [station.station_id for station in diff.added],
        "changed": [_change(change) for change in diff.changed],
        "moved": [_change(change) for change in diff.moved],
        "gone": [station.station_id for station in diff.gone],
        "reopened": [station.station_id for station in diff.reopened],
        "unchanged": diff.unchanged,
    }


def _change(change: StationChange) -> dict[str, Any]:
    return {
        "station_id": change.after.station_id,
        "fields": list(change.fields),
        "moved_m": round(change.moved_m, 1),
    }


def report_csv(proposal: Proposal, lang: str = SOURCE) -> bytes:
    """Return the rows that were refused or are in doubt as they stand in the file, each with the reasons.

    UTF-8 with a byte order mark; a text that a spreadsheet would take for a formula is one no longer. It can be
    repaired there and imported.
    """
    columns = proposal.sheet.columns
    rows = (
        [
            row,
            localize(_VERDICTS[what], lang),
            reason,
            station_id,
            *(values[row - 1] for values in columns.values()),
        ]
        for row, (what, reason, station_id) in sorted(_verdicts(proposal, lang).items())
    )
    return csv_bytes([*(localize(name, lang) for name in EXTRA), *columns], rows)


def _verdicts(proposal: Proposal, lang: str) -> dict[int, tuple[str, str, str]]:
    """Return verdict, reasons and id of every row that somebody has to look at."""
    found: dict[int, tuple[str, str, str]] = {}
    reasons = defaultdict(list)
    for doubt in proposal.doubts:
        reasons[doubt.row].append(localize(doubt.reason, lang))
        found[doubt.row] = ("doubtful", " ".join(reasons[doubt.row]), doubt.station_id)
    for no in proposal.refused:
        found[no.row] = ("refused", joined(filter(None, (no.reason, no.repair))).to(lang), "")
    return found


def points(proposal: Proposal, lang: str = SOURCE) -> list[dict[str, Any]]:
    """Return what a map draws: at most `POINTS` places, those that somebody has to look at first."""
    verdicts = _verdicts(proposal, lang)
    found = [*_marked(proposal, verdicts), *_gone(proposal), *_plain(proposal, verdicts)]
    return found[:POINTS]


def _marked(proposal: Proposal, verdicts: dict[int, tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    for row, (what, reason, _) in sorted(verdicts.items()):
        lon, lat = proposal.placed.lonlat[row - 1].tolist()
        if lat == lat:  # a row without a position is in the table alone
            yield _point(lat, lon, what, proposal.draft.columns["name"][row - 1], row, reason)


def _gone(proposal: Proposal) -> Iterator[dict[str, Any]]:
    for station in proposal.diff.gone:
        yield _point(station.lat, station.lon, "gone", station.name)


def _plain(proposal: Proposal, verdicts: dict[int, tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    whats = {station.station_id: "added" for station in (*proposal.diff.added, *proposal.diff.reopened)}
    moves = {change.after.station_id: change.before for change in proposal.diff.moved}
    whats |= dict.fromkeys((change.after.station_id for change in proposal.diff.changed), "changed")
    for row, station in proposal.stations.items():
        if row in verdicts:
            continue
        before: Station | None = moves.get(station.station_id)
        what = "moved" if before else whats.get(station.station_id, "unchanged")
        point = _point(station.lat, station.lon, what, station.name, row)
        yield point | ({"was": [before.lat, before.lon]} if before else {})


def _point(
    lat: float, lon: float, what: str, name: str | None, row: int | None = None, reason: str = ""
) -> dict[str, Any]:
    return {"lat": round(lat, 6), "lon": round(lon, 6), "what": what, "name": name, "row": row, "reason": reason}
