"""Finding a station, and changing it: a form, what would change, and only then the publishing."""

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
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.hours_text import read_hours
from locator.stations.schema import DOUBTS, Station
from locator.stations.store import Contents, Manifest, Retired
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.editing import HOURS, Edited, form_of, read_form
from locator.web.manage.form_words import lines
from locator.web.manage.publishing import MAX_REASON, current_store, publish, serve_at_once
from locator.web.manage.versions import reason
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.page_language import current_language, localized

FOUND: Final = 50
"""So many stations a search lists."""
SEARCHED: Final = ("station_id", "name", "name_en", "pinyin", "address")
FAR_M: Final = 300
"""A station that moves so far is asked about twice."""
EDIT, PREVIEW, PUBLISH = "edit", "preview", "publish"
"""The steps of the form, each a button."""


@blueprint.get("/stations")
def stations() -> str:
    """Find stations by a part of their name, id or address; those in doubt where nothing is asked."""
    text = " ".join(request.args.get("q", "").split())
    catalog = current_catalog()
    numbers = _matching(text) if text else _doubtful()
    found = [catalog.station(number) for number in numbers[:FOUND]]
    return render_template(
        "manage/stations.html",
        q=text,
        found=found,
        count=len(numbers),
        most=FOUND,
        doubts=_doubt_words(),
        kept_query={"q": text},
    )


@blueprint.get("/stations/<station_id>")
def station(station_id: str) -> str:
    """Show the form with the facts of a station."""
    number, found = _published(station_id)
    return _form(found, form_of(found), number)


@blueprint.post("/stations/<station_id>")
def edit(station_id: str) -> Response:
    """Show what the form would change, or the form again, or publish it, as the button says."""
    number, found = _published(station_id)
    if not _is_as_seen(found, number):
        return Response(_form(found, form_of(found), number, trouble=_changed_meanwhile()), HTTPStatus.CONFLICT)
    edited, step = read_form(request.form, found), request.form.get("step")
    given = {name: request.form.get(name, value) for name, value in form_of(found).items()}
    if edited.faults:
        return Response(_form(found, given, number, edited), HTTPStatus.UNPROCESSABLE_ENTITY)
    if step == EDIT or edited.station == found:
        trouble = "" if step == EDIT else localized(message("Nothing is changed yet."))
        return Response(_form(found, given, number, edited, trouble=trouble))
    if step != PUBLISH:
        return Response(_preview(found, edited, given, number))
    try:
        made = _publish(found, lambda _: edited.station)
    except UsageError as error:
        page = _preview(found, edited, given, number, localized(error.message))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("Published as version {n}.", n=made.number)))
    return see_other("manage.station", station_id=station_id)


@blueprint.post("/stations/<station_id>/retire")
def retire(station_id: str) -> Response:
    """Take a station off the map; it is kept among the retired ones."""
    number, found = _published(station_id)
    try:
        made = _publish(found, lambda _: None)
    except UsageError as error:
        page = _form(found, form_of(found), number, retire_trouble=localized(error.message))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("{name} was retired: version {n}.", name=found.name, n=made.number)))
    return see_other("manage.stations")


@blueprint.post("/stations/<station_id>/looked")
def looked(station_id: str) -> Response:
    """Clear the doubts about a station: a steward has looked at it."""
    _, found = _published(station_id)
    current_feedback().reports.mark_inspected(station_id, steward_name())
    serve_at_once()
    if found.doubts:
        publish(_with(found, lambda now: replace(now, doubts=())), f"{station_id}: looked at")
    flash(localized(message("The doubts about {name} are cleared.", name=found.name)))
    if request.form.get("from") == "queue":
        return see_other("manage.queue")
    return see_other("manage.station", station_id=station_id)


# Pages


def _form(
    found: Station,
    given: dict[str, str],
    number: int,
    edited: Edited | None = None,
    *,
    trouble: str = "",
    retire_trouble: str = "",
) -> str:
    return render_template(
        "manage/station.html",
        station=found,
        given=given,
        faults=edited.faults if edited else {},
        understood=read_hours(given[HOURS]) if given[HOURS] else None,
        version=number,
        trouble=trouble,
        retire_trouble=retire_trouble,
        why=request.form.get("why", "")[:MAX_REASON],
        most=MAX_REASON,
        doubts=[_doubt_words()[code] for code in _doubts_of(found)],
        districts=[place.name for place in current_catalog().districts],
    )


def _preview(found: Station, edited: Edited, given: dict[str, str], number: int, trouble: str = "") -> str:
    after = edited.station
    return render_template(
        "manage/preview.html",
        station=found,
        lines=lines(found, after),
        given=given,
        version=number,
        moved_m=_moved_m(found, after),
        far_m=FAR_M,
        is_unread=bool(after.hours_text and not after.hours),
        trouble=trouble,
        why=request.form.get("why", "")[:MAX_REASON],
        most=MAX_REASON,
    )


def _doubt_words() -> dict[str, str]:
    return texts_in(DOUBTS, current_language())


def _doubts_of(found: Station) -> tuple[str, ...]:
    """Return the doubts as they are served: those of the file and those that reports made."""
    catalog = current_catalog()
    return catalog.station(catalog.find(found.station_id)).doubts


def _moved_m(before: Station, after: Station) -> float:
    return float(inverse(before.lat, before.lon, np.array([[after.lon, after.lat]]))[0][0])


# Looking up


def _matching(text: str) -> list[int]:
    wanted = plain(text)
    columns = zip(*(current_catalog().column(name) for name in SEARCHED), strict=True)
    return [
        number for number, said in enumerate(columns) if any(value and wanted in plain(value) for value in said)
    ]


def _doubtful() -> list[int]:
    return [number for number, doubts in enumerate(current_catalog().column("doubts")) if doubts]


def _published(station_id: str) -> tuple[int, Station]:
    """Return the newest version's number and a station as its files have it."""
    store = current_store()
    number = store.current().number
    return number, _of(store.contents(number), station_id)


def _of(contents: Contents, station_id: str) -> Station:
    for found in contents.stations:
        if found.station_id == station_id:
            return found
    raise StationNotFoundError(
        "No station has the id {value}. It may have been closed; look for it on the map.", value=repr(station_id)
    )


def _is_as_seen(found: Station, number: int) -> bool:
    """Tell whether the station is still as it was in the version that the form was made from."""
    version = request.form.get("version", "")
    if version == str(number):
        return True
    try:
        return _of(current_store().contents(int(version)), found.station_id) == found
    except (GeodataError, StationNotFoundError, ValueError):
        return False


def _changed_meanwhile() -> str:
    return localized(_conflict().message)


def _conflict() -> ConflictError:
    return ConflictError("Somebody else changed this station meanwhile. You see it as it is now: edit it again.")


# Publishing


def _publish(found: Station, change: Callable[[Station], Station | None]) -> Manifest:
    """Publish a change to one station, with the reason that the form gives; ``None``: retire it."""
    return publish(_with(found, change), f"{found.station_id}: {reason()}")


def _with(found: Station, change: Callable[[Station], Station | None]) -> Callable[[Contents], Contents]:
    """Make the change to one station and nothing else; raise `ConflictError` where it is not the same any more."""

    def changed(contents: Contents) -> Contents:
        if _of(contents, found.station_id) != found:
            raise _conflict()
        after = change(found)
        if after is None:
            today = datetime.now(STATION_TIMEZONE).date()
            kept = tuple(one for one in contents.stations if one != found)
            return replace(contents, stations=kept, retired=(*contents.retired, Retired(found, today)))
        return replace(contents, stations=tuple(after if one == found else one for one in contents.stations))

    return changed
