"""Searching for a station and editing it: the form, a preview of the changes, and publishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

import numpy as np
from flask import Response, flash, render_template, request

from locator.errors import ConflictError, GeodataError, StationNotFoundError, UsageError
from locator.geo.geodesy import inverse
from locator.language.characters import plain
from locator.language.messages import message, texts_in
from locator.stations.by_hand import edit_by_hand
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.hours_text import read_hours
from locator.stations.schema import DOUBTS, Station
from locator.stations.store import Contents, Manifest
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.editing import HOURS, Edited, form_of, read_form
from locator.web.manage.form_words import lines
from locator.web.manage.picking import picker
from locator.web.manage.publishing import MAX_REASON, current_store, publish, serve_at_once
from locator.web.manage.versions import reason
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.page_language import current_language, localized

MOST_LISTED: Final = 50
"""The most stations that a search lists."""
SEARCHED: Final = ("station_id", "name", "name_en", "pinyin", "address")
FAR_M: Final = 300
"""The preview warns of a move farther than this."""
EDIT, PREVIEW, PUBLISH = "edit", "preview", "publish"
"""The steps of the form, each a button."""


@blueprint.get("/stations")
def stations() -> str:
    """Find stations by a part of their name, id or address; without a query, list those in doubt."""
    text = " ".join(request.args.get("q", "").split())
    catalog = current_catalog()
    numbers = _matching(text) if text else _doubtful()
    listed = [catalog.station(number) for number in numbers[:MOST_LISTED]]
    return render_template(
        "manage/stations.html",
        q=text,
        found=listed,
        count=len(numbers),
        most=MOST_LISTED,
        doubts=_doubt_words(),
        kept_query={"q": text},
    )


@blueprint.get("/stations/<station_id>")
def station(station_id: str) -> str:
    """Show the form with the facts of a station."""
    number, current = _published(station_id)
    return _form(current, form_of(current), number)


@blueprint.post("/stations/<station_id>")
def edit(station_id: str) -> Response:
    """Show a preview of the changes, or the form again, or publish, depending on the button."""
    number, current = _published(station_id)
    if not _is_as_seen(current, number):
        page = _form(current, form_of(current), number, trouble=localized(_conflict().message))
        return Response(page, HTTPStatus.CONFLICT)
    edited, step = read_form(request.form, current), request.form.get("step")
    given = {name: request.form.get(name, value) for name, value in form_of(current).items()}
    if edited.faults:
        return Response(_form(current, given, number, edited), HTTPStatus.UNPROCESSABLE_ENTITY)
    if step == EDIT or edited.station == current:
        trouble = "" if step == EDIT else localized(message("Nothing is changed yet."))
        return Response(_form(current, given, number, edited, trouble=trouble))
    if step != PUBLISH:
        return Response(_preview(current, edited, given, number))
    try:
        made = _publish(current, lambda _: edited.station)
    except UsageError as error:
        page = _preview(current, edited, given, number, localized(error.message))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("Published as version {n}.", n=made.number)))
    return see_other("manage.station", station_id=station_id)


@blueprint.post("/stations/<station_id>/retire")
def retire(station_id: str) -> Response:
    """Take a station off the map; it is kept among the retired ones."""
    number, current = _published(station_id)
    try:
        made = _publish(current, lambda _: None)
    except UsageError as error:
        page = _form(current, form_of(current), number, retire_trouble=localized(error.message))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("{name} was retired: version {n}.", name=current.name, n=made.number)))
    return see_other("manage.stations")


@blueprint.post("/stations/<station_id>/looked")
def looked(station_id: str) -> Response:
    """Clear the doubts about a station that a steward has inspected."""
    _, current = _published(station_id)
    current_feedback().reports.mark_inspected(station_id, steward_name())
    serve_at_once()
    if current.doubts:
        publish(_with(current, lambda station: replace(station, doubts=())), f"{station_id}: looked at")
    flash(localized(message("The doubts about {name} are cleared.", name=current.name)))
    if request.form.get("from") == "queue":
        return see_other("manage.queue")
    return see_other("manage.station", station_id=station_id)


# Pages


def _form(
    current: Station,
    given: dict[str, str],
    number: int,
    edited: Edited | None = None,
    *,
    trouble: str = "",
    retire_trouble: str = "",
) -> str:
    return render_template(
        "manage/station.html",
        station=current,
        given=given,
        faults=edited.faults if edited else {},
        picker=picker(),
        understood=read_hours(given[HOURS]) if given[HOURS] else None,
        version=number,
        trouble=trouble,
        retire_trouble=retire_trouble,
        why=request.form.get("why", "")[:MAX_REASON],
        most=MAX_REASON,
        doubts=[_doubt_words()[code] for code in _doubts_of(current)],
        districts=[district.name for district in current_catalog().districts],
    )


def _preview(current: Station, edited: Edited, given: dict[str, str], number: int, trouble: str = "") -> str:
    after = edited.station
    return render_template(
        "manage/preview.html",
        station=current,
        lines=lines(current, after),
        given=given,
        version=number,
        moved_m=_moved_m(current, after),
        far_m=FAR_M,
        is_unread=bool(after.hours_text and not after.hours),
        trouble=trouble,
        why=request.form.get("why", "")[:MAX_REASON],
        most=MAX_REASON,
    )


def _doubt_words() -> dict[str, str]:
    return texts_in(DOUBTS, current_language())


def _doubts_of(current: Station) -> tuple[str, ...]:
    """Return the doubts as they are served: those in the file and those from reports."""
    catalog = current_catalog()
    return catalog.station(catalog.find(current.station_id)).doubts


def _moved_m(before: Station, after: Station) -> float:
    return float(inverse(before.lat, before.lon, np.array([[after.lon, after.lat]]))[0][0])


# Looking up


def _matching(text: str) -> list[int]:
    wanted = plain(text)
    columns = zip(*(current_catalog().column(name) for name in SEARCHED), strict=True)
    return [number for number, row in enumerate(columns) if any(value and wanted in plain(value) for value in row)]


def _doubtful() -> list[int]:
    return [number for number, doubts in enumerate(current_catalog().column("doubts")) if doubts]


def _published(station_id: str) -> tuple[int, Station]:
    """Return the newest version's number and a station as its files have it."""
    store = current_store()
    number = store.current().number
    return number, _of(store.contents(number), station_id)


def _of(contents: Contents, station_id: str) -> Station:
    for station in contents.stations:
        if station.station_id == station_id:
            return station
    raise StationNotFoundError(
        "No station has the id {value}. It may have been closed; look for it on the map.", value=repr(station_id)
    )


def _is_as_seen(current: Station, number: int) -> bool:
    """Tell whether the station is still as it was in the version that the form was made from."""
    version = request.form.get("version", "")
    if version == str(number):
        return True
    try:
        return _of(current_store().contents(int(version)), current.station_id) == current
    except (GeodataError, StationNotFoundError, ValueError):
        return False


def _conflict() -> ConflictError:
    return ConflictError("Somebody else changed this station meanwhile. You see it as it is now: edit it again.")


# Publishing


def _publish(current: Station, change: Callable[[Station], Station | None]) -> Manifest:
    """Publish a change to one station with the reason in the form; a change to ``None`` retires it."""
    return publish(_with(current, change), f"{current.station_id}: {reason()}")


def _with(current: Station, change: Callable[[Station], Station | None]) -> Callable[[Contents], Contents]:
    """Change one station only; raise `ConflictError` if it has been changed meanwhile."""

    def changed(contents: Contents) -> Contents:
        if _of(contents, current.station_id) != current:
            raise _conflict()
        today = datetime.now(STATION_TIMEZONE).date()
        return edit_by_hand(contents, current.station_id, change(current), today)

    return changed
