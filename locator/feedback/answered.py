"""Lighting up: which requests the stations answer that were published after them."""

from __future__ import annotations

from collections.abc import Iterator

from locator.feedback.requests import Opened, Requests
from locator.stations.differences import differences
from locator.stations.schema import YES, Station
from locator.stations.store import Store, Version


def light_up(requests: Requests, store: Store) -> int:
    """Answer requests with what versions brought that were published since this was last done.

    Made for a loop, in several processes at once: without a newer version a call reads one number and looks at
    one folder, and a request that two of them answer is answered once.

    Parameters
    ----------
    requests
        What people asked for.
    store
        What is published. A damaged version is passed over; what the next sound one has and the last sound one
        had not, it brought.

    Returns
    -------
    int
        How many requests were not answered before and now are.
    """
    newest, last = store.newest(), requests.lit_up_to()
    if newest <= last:
        return 0
    answered = requests.light(_opened_since(store, last)) if requests.has_waiting() else 0
    requests.set_lit_up_to(newest)
    return answered


def _opened_since(store: Store, number: int) -> Iterator[Opened]:
    """Give the stations that versions above a number added, changed, moved or reopened, version by version."""
    sound = [version for version in reversed(store.versions()) if version.damage is None]
    before = store.contents(max((version.number for version in sound if version.number <= number), default=0))
    for version in sound:
        if version.number > number:
            after = store.contents(version.number)
            found = differences(before.stations, after.stations)
            new = (*found.added, *(change.after for change in (*found.changed, *found.moved)))
            yield from (_opened(station, version) for station in new)
            before = after


def _opened(station: Station, version: Version) -> Opened:
    assert version.manifest  # noqa: S101 - a version without damage has one
    has = frozenset(word for word, said in station.amenities.items() if said == YES)
    return Opened(station.station_id, station.lat, station.lon, has, version.manifest.at)
