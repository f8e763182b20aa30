"""Rows whose hours in words and in OSM syntax differ: what is published tells which of them was edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from locator.importing.understanding.opening_columns import TwoHours
from locator.importing.understanding.values import Draft
from locator.stations.schema import Station


def settle_hours(draft: Draft, ids: Sequence[str], published: Sequence[Station]) -> Draft:
    """Return the rows with the hours that somebody edited, where the other column is as published.

    Words that were edited go before syntax that was not, also where the words are not understood; edited
    syntax goes before words, which are then left out. Where neither is as published, the hours stay unknown, with
    the doubt of the draft.

    Parameters
    ----------
    draft, ids
        The rows, and the id of each row's station.
    published
        The stations of every source.
    """
    if not draft.two_hours:
        return draft
    stations = {station.station_id: station for station in published}
    columns = {name: list(draft.columns[name]) for name in ("hours", "hours_text")}
    for row, two in draft.two_hours.items():
        if station := stations.get(ids[row - 1]):
            edited = _edited(two, station)
            if edited is not None:
                columns["hours"][row - 1], columns["hours_text"][row - 1] = edited
    return replace(draft, columns={**draft.columns, **columns})


def _edited(two: TwoHours, station: Station) -> tuple[str | None, str | None] | None:
    """Return the hours and the words that hold, ``None`` where it cannot be told."""
    is_syntax_published, are_words_published = station.hours == two.written, station.hours_text == two.words
    if is_syntax_published:
        return (two.written if are_words_published else two.read), two.words
    return (two.written, None) if are_words_published else None
