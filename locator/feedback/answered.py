"""Requests answered by stations that were published after them."""

from __future__ import annotations

from collections.abc import Iterator

from locator.feedback.requests import PublishedStation, Requests
from locator.stations.differences import differences
from locator.stations.schema import OPEN, YES, Station
from locator.stations.store import Store, Version


def answer_requests(requests: Requests, store: Store) -> int:
    """Mark the requests that stations of new versions answer.

    Called regularly by every process. Without a new version it reads one number and lists one folder. A request
    that two processes answer at once is counted once.

    Parameters
    ----------
    requests
        What people asked for.
    store
        The published versions. Damaged ones are skipped; the next sound version is compared with the last sound
        one.

    Returns
    -------
    int
        How many requests are answered now and were not before.
    """
    newest, last = store.newest(), requests.answered_version()
    if newest <= last:
        return 0
    answered = requests.answer(_published_since(store, last)) if requests.has_waiting() else 0
    requests.set_answered_version(newest)
    return answered


def _published_since(store: Store, number: int) -> Iterator[PublishedStation]:
    """Yield the stations in service that versions above a number added, changed, moved or reopened, in order."""
    sound = [version for version in reversed(store.versions()) if version.damage is None]
    before = store.contents(max((version.number for version in sound if version.number <= number), default=0))
    for version in sound:
        if version.number > number:
            after = store.contents(version.number)
            diff = differences(before.stations, after.stations)
            new = (*diff.added, *(change.after for change in (*diff.changed, *diff.moved)))
            yield from (_published(station, version) for station in new if station.status == OPEN)
            before = after


def _published(station: Station, version: Version) -> PublishedStation:
    assert version.manifest  # noqa: S101 - a version without damage has one
    has = frozenset(word for word, answer in station.amenities.items() if answer == YES)
    return PublishedStation(station.station_id, station.lat, station.lon, has, version.manifest.at)
