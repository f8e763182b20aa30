"""Closing a station for good, and reopening it under the id it had."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import Response, flash, render_template, request

from locator.errors import UsageError
from locator.language.characters import plain
from locator.language.messages import message
from locator.stations.schema import CLOSED, OPEN, Station
from locator.stations.store import Contents, Retired
from locator.web.manage.access import blueprint, see_other
from locator.web.manage.form_words import known_facts
from locator.web.manage.publishing import publish
from locator.web.manage.station_pages import change_of, find_station, newest, no_station, published_station
from locator.web.manage.versions import reason, reason_typed
from locator.web.shared.page_language import localized

MOST_LISTED: Final = 50
SEARCHED: Final = ("station_id", "name", "name_en", "address")


@blueprint.get("/closed")
def closed_stations() -> str:
    """List the stations that are closed for good, the last closed first, or those with a text in their names."""
    text = " ".join(request.args.get("q", "").split())
    found = [gone for gone in newest()[1].retired if _has(gone.station, plain(text))]
    found.sort(key=lambda gone: gone.retired_on, reverse=True)
    return render_template(
        "manage/stations_closed.html",
        q=text,
        found=found[:MOST_LISTED],
        count=len(found),
        most=MOST_LISTED,
        kept_query={"q": text},
    )


def closed_page(contents: Contents, station_id: str, trouble: str = "") -> str:
    """Show what is kept of a station that is closed for good; raise `StationNotFoundError` if there is none."""
    gone = _closed(contents, station_id)
    return render_template(
        "manage/station_closed.html",
        station=gone.station,
        retired_on=gone.retired_on,
        lines=known_facts(gone.station),
        trouble=trouble,
        **reason_typed(),
    )


@blueprint.get("/stations/<station_id>/retire")
def ask_retire(station_id: str) -> str:
    """Ask for the reason before a station is closed for good."""
    return _ask(published_station(station_id))


@blueprint.post("/stations/<station_id>/retire")
def retire(station_id: str) -> Response:
    """Take a station off the map; it is kept among the closed ones."""
    current = published_station(station_id)
    try:
        made = publish(change_of(station_id, current, None), f"{current.name}: {reason()}")
    except UsageError as error:
        return Response(_ask(current, localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("{name} is closed for good: version {n}.", name=current.name, n=made.number)))
    return see_other("manage.station", station_id=station_id)


@blueprint.post("/stations/<station_id>/reopen")
def reopen(station_id: str) -> Response:
    """Put a closed station on the map again, under its id."""
    contents = newest()[1]
    if find_station(contents, station_id) is not None:
        flash(localized(message("It is on the map already.")))
        return see_other("manage.station", station_id=station_id)
    before = _closed(contents, station_id).station
    after = (
        replace(before, status=OPEN, status_until=None, status_note=None) if before.status == CLOSED else before
    )
    try:
        made = publish(change_of(station_id, None, after), f"{after.name}: {reason()}")
    except UsageError as error:
        page = closed_page(contents, station_id, localized(error.message))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("{name} is on the map: version {n}.", name=after.name, n=made.number)))
    return see_other("manage.station", station_id=station_id)


def _ask(current: Station, trouble: str = "") -> str:
    return render_template(
        "manage/retire.html",
        station=current,
        trouble=trouble,
        **reason_typed(),
    )


def _closed(contents: Contents, station_id: str) -> Retired:
    for gone in contents.retired:
        if gone.station.station_id == station_id:
            return gone
    raise no_station(station_id)


def _has(station: Station, wanted: str) -> bool:
    texts = (getattr(station, name) for name in SEARCHED)
    return any(text and wanted in plain(text) for text in texts)
