"""Searching for a station and editing it: the form, a preview of the changes, and publishing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import Response, flash, render_template, request, url_for

from locator.errors import ConflictError, GeodataError, UsageError
from locator.language.characters import plain
from locator.language.messages import message, texts_in
from locator.stations.difference_words import FactChange
from locator.stations.schema import DOUBTS, Station
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.closing import closed_page
from locator.web.manage.editing import Edited, form_of, read_form, rebased
from locator.web.manage.form_words import lines
from locator.web.manage.publishing import current_store, publish, serve_at_once
from locator.web.manage.questions import Question, questions, require_sure
from locator.web.manage.station_pages import (
    EDIT,
    PUBLISH,
    change_of,
    find_station,
    form_words,
    newest,
    preview_words,
    published_station,
    resumed_words,
    step_of_form,
)
from locator.web.manage.versions import reason
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.view_costs import mark

MOST_LISTED: Final = 50
"""The most stations that a search lists."""
SEARCHED: Final = ("station_id", "name", "name_en", "pinyin", "address")


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
    """Show the form with the facts of a station, or what is kept of one that is closed for good."""
    number, contents = newest()
    current = find_station(contents, station_id)
    return closed_page(contents, station_id) if current is None else _form(current, form_of(current), number)


@blueprint.post("/stations/<station_id>")
@mark(keeps_typed=True)
def edit(station_id: str) -> Response:
    """Show a preview of the changes, or the form again, or publish, depending on the button."""
    number, contents = newest()
    current = find_station(contents, station_id)
    if current is None:
        return Response(closed_page(contents, station_id), HTTPStatus.CONFLICT)
    seen = _seen(current, number)
    if seen != current:
        return _conflict(current, number, seen)
    edited, step = read_form(request.form, current), step_of_form()
    given = {name: request.form.get(name, value) for name, value in form_of(current).items()}
    if edited.faults:
        return Response(_form(current, given, number, edited), HTTPStatus.UNPROCESSABLE_ENTITY)
    if step == EDIT or edited.station == current:
        trouble = resumed_words() if step == EDIT else message("Nothing is changed yet.")
        return Response(_form(current, given, number, edited, trouble=localized(trouble)))
    asked = questions(edited.station, current, contents)
    if step != PUBLISH:
        return Response(_preview(current, edited, given, number, asked))
    try:
        require_sure(asked)
        made = publish(change_of(station_id, current, edited.station), f"{current.name}: {reason()}")
    except UsageError as error:
        page = _preview(current, edited, given, number, asked, localized(error.message))
        return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
    except ConflictError:
        if find_station(newest()[1], station_id) == current:
            raise
        return edit(station_id)  # which now finds the station changed
    flash(localized(message("Published as version {n}.", n=made.number)))
    return see_other("manage.station", station_id=station_id)


@blueprint.post("/stations/<station_id>/looked")
def looked(station_id: str) -> Response:
    """Clear the doubts about a station that a steward has inspected."""
    current = published_station(station_id)
    current_feedback().reports.mark_inspected(station_id, steward_name())
    serve_at_once()
    if current.doubts:
        publish(
            change_of(station_id, current, replace(current, doubts=())),
            f"{current.name}: {localized(message('looked at'))}",
        )
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
    theirs: Sequence[FactChange] = (),
) -> str:
    return render_template(
        "manage/station.html",
        **form_words(given, edited, trouble),
        station=current,
        version=number,
        theirs=theirs,
        doubts=[_doubt_words()[code] for code in _doubts_of(current)],
    )


def _preview(
    current: Station, edited: Edited, given: dict[str, str], number: int, asked: list[Question], trouble: str = ""
) -> str:
    return render_template(
        "manage/preview.html",
        **preview_words(given, edited.station, asked, trouble),
        title=current.name,
        action=url_for("manage.edit", station_id=current.station_id),
        lines=lines(current, edited.station),
        kept={"version": number},
    )


def _conflict(current: Station, number: int, seen: Station | None) -> Response:
    """Show what somebody else changed, and keep what was typed."""
    if seen is None:
        given, theirs = {name: request.form.get(name, value) for name, value in form_of(current).items()}, []
    else:
        given, theirs = rebased(request.form, seen, current), lines(seen, current)
    trouble = message("Somebody else changed this station meanwhile. What you typed is kept: look at both.")
    page = _form(current, given, number, trouble=localized(trouble), theirs=theirs)
    return Response(page, HTTPStatus.CONFLICT)


def _doubt_words() -> dict[str, str]:
    return texts_in(DOUBTS, current_language())


def _doubts_of(current: Station) -> tuple[str, ...]:
    """Return the doubts as they are served: those in the file and those from reports."""
    catalog = current_catalog()
    return catalog.station(catalog.find(current.station_id)).doubts


# Looking up


def _matching(text: str) -> list[int]:
    wanted = plain(text)
    columns = zip(*(current_catalog().column(name) for name in SEARCHED), strict=True)
    return [number for number, row in enumerate(columns) if any(value and wanted in plain(value) for value in row)]


def _doubtful() -> list[int]:
    return [number for number, doubts in enumerate(current_catalog().column("doubts")) if doubts]


def _seen(current: Station, number: int) -> Station | None:
    """Return the station as it was in the version that the form was made from; ``None`` if that is not known."""
    version = request.form.get("version", "")
    if version == str(number):
        return current
    try:
        return find_station(current_store().contents(int(version)), current.station_id)
    except (GeodataError, ValueError):
        return None
