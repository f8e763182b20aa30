"""The results of an import as plain values: for a program, a page and a spreadsheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from locator.files.writing import csv_bytes
from locator.importing.deciding.merging import Diff
from locator.importing.intake import Proposal
from locator.language.catalogue import SOURCE
from locator.language.messages import joined, localize, message
from locator.stations.differences import StationDifference
from locator.stations.schema import Station

POINTS: Final = 3000
"""The most points that a map draws; refused and doubtful rows go first."""
EXTRA: Final = (message("row"), message("verdict"), message("reason"), "station_id")
"""Headings of the report, before those of the file."""
_VERDICTS: Final = {
    "doubtful": message("doubtful"),
    "waiting": message("to be placed"),
    "refused": message("refused"),
}


def record(proposal: Proposal, lang: str = SOURCE) -> dict[str, Any]:
    """Return the results of an import as JSON values; rows are counted from 1."""
    sheet, match, judgement = proposal.sheet, proposal.match, proposal.positions.judgement
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
    """Return the rows that are refused or doubtful, and the cells that were not understood."""
    draft = proposal.draft
    return {
        "refused": [
            {
                "row": refusal.row,
                "reason": localize(refusal.reason, lang),
                "repair": refusal.repair and localize(refusal.repair, lang),
            }
            for refusal in proposal.refused
        ],
        "waiting": [
            {"row": one.row, "name": one.name, "reason": localize(one.reason, lang)} for one in proposal.waiting
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
            if (texts := [text for text, meaning in words.items() if meaning is None])
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


def _change(change: StationDifference) -> dict[str, Any]:
    return {
        "station_id": change.after.station_id,
        "fields": list(change.fields),
        "moved_m": round(change.moved_m, 1),
    }


def report_csv(proposal: Proposal, lang: str = SOURCE) -> bytes:
    """Return the rows that are refused, doubtful or to be placed as they are in the file, with the reasons.

    The file is UTF-8 with a byte order mark and can be corrected in a spreadsheet and imported; texts that a
    spreadsheet would take for a formula are escaped.
    """
    columns = proposal.sheet.columns
    rows = (
        [
            row,
            localize(_VERDICTS[verdict], lang),
            reason,
            station_id,
            *(values[row - 1] for values in columns.values()),
        ]
        for row, (verdict, reason, station_id) in sorted(_verdicts(proposal, lang).items())
    )
    return csv_bytes([*(localize(name, lang) for name in EXTRA), *columns], rows)


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
            yield _point(lat, lon, verdict, proposal.draft.columns["name"][row - 1], row, reason)


def _plain(proposal: Proposal, verdicts: dict[int, tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    verbs = {station.station_id: "added" for station in (*proposal.diff.added, *proposal.diff.reopened)}
    moves = {change.after.station_id: change.before for change in proposal.diff.moved}
    verbs |= dict.fromkeys((change.after.station_id for change in proposal.diff.changed), "changed")
    for row, station in proposal.stations.items():
        if row in verdicts:
            continue
        before: Station | None = moves.get(station.station_id)
        what = "moved" if before else verbs.get(station.station_id, "unchanged")
        point = _point(station.lat, station.lon, what, station.name, row)
        yield point | ({"was": [before.lat, before.lon]} if before else {})


def _point(
    lat: float, lon: float, what: str, name: str | None, row: int | None = None, reason: str = ""
) -> dict[str, Any]:
    return {"lat": round(lat, 6), "lon": round(lon, 6), "what": what, "name": name, "row": row, "reason": reason}
