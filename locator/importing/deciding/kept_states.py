"""Rows whose words about the state are not understood: their stations stay as they are published."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from locator.importing.understanding.values import Draft
from locator.language.messages import Message, message
from locator.stations.schema import OPEN, STATUSES, Station


def keep_states(
    listed: Draft, draft: Draft, ids: Sequence[str], published: Mapping[str, Station], retired: Collection[str]
) -> tuple[Draft, dict[int, Message]]:
    """Leave a station out of service where the list has words for its state that nobody understands.

    Parameters
    ----------
    listed, draft
        The rows as the list has them, and with what stewards edited in them.
    ids
        The ids of their stations.
    published
        The published stations by their ids.
    retired
        The ids of the stations that are closed for good, but for those that a steward closed.

    Returns
    -------
    tuple
        The draft, with the published states and the words of the list as their notes; and the rows, from 1, whose
        station stays closed for good, with the reason.
    """
    columns = {name: list(draft.columns[name]) for name in ("status", "status_until", "status_note")}
    doubts, closed = list(draft.doubts), dict[int, Message]()
    for number, doubt in enumerate(doubts):
        row = doubt.row - 1
        if doubt.code != "status_unclear" or listed.columns["status"][row] != OPEN:
            continue
        words, station = listed.columns["status_note"][row], published.get(ids[row])
        if station is None and ids[row] in retired:
            closed[doubt.row] = message(
                "the words {value!r:.80} do not say for certain that it is open again. It stays closed for good.",
                value=words,
            )
        elif station is not None and station.status != OPEN:
            reason = message(
                "the words {value!r:.80} do not say for certain whether it is closed. It stays as it was:"
                " {status}.",
                value=words,
                status=STATUSES[station.status],
            )
            doubts[number] = replace(doubt, reason=reason)
            if columns["status"][row] == OPEN:  # else a steward has said it
                columns["status"][row] = station.status
                columns["status_until"][row] = station.status_until and station.status_until.isoformat()
    return replace(draft, columns={**draft.columns, **columns}, doubts=doubts), closed
