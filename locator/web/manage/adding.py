"""Adding one station by a form: no list is needed, and no list retires it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from flask import Response, flash, render_template, request, url_for

from locator.errors import UsageError
from locator.importing.deciding.merging import id_for
from locator.importing.deciding.places import placed_ids
from locator.language.messages import message
from locator.stations.by_hand import edit_by_hand
from locator.stations.hours import current_day
from locator.stations.schema import Station
from locator.stations.store import Contents
from locator.web.manage.access import blueprint, see_other
from locator.web.manage.editing import NEW, Edited, blank_form, read_form
from locator.web.manage.form_words import known_facts
from locator.web.manage.publishing import publish
from locator.web.manage.questions import Question, questions, require_sure, with_district
from locator.web.manage.station_pages import (
    EDIT,
    PUBLISH,
    form_words,
    newest,
    preview_words,
    resumed_words,
    step_of_form,
)
from locator.web.manage.versions import reason
from locator.web.shared.page_language import localized
from locator.web.shared.view_costs import mark


@blueprint.get("/stations/new")
def new_station() -> str:
    """Show the empty form."""
    return _form(blank_form())


@blueprint.post("/stations/new")
@mark(keeps_typed=True)
def add_station() -> Response:
    """Show the new station before it is published, or the form again, or publish it, depending on the button."""
    edited, step = read_form(request.form, NEW), step_of_form()
    given = {name: request.form.get(name, value) for name, value in blank_form().items()}
    if step == EDIT:
        return Response(_form(given, trouble=localized(resumed_words())))
    if edited.faults:
        return Response(_form(given, edited), HTTPStatus.UNPROCESSABLE_ENTITY)
    _, contents = newest()
    made = with_district(edited.station)
    if (known := _already(made, contents)) is not None:
        flash(localized(message("{name} is published already, just as you typed it.", name=known.name)))
        return see_other("manage.station", station_id=known.station_id)
    asked = questions(made, None, contents)
    if step != PUBLISH:
        return Response(_preview(given, made, asked))
    try:
        require_sure(asked)
        new, why = replace(made, station_id=id_for(made, placed_ids(contents))), reason()
        published = publish(_with(new), f"{new.name}: {why}")
    except UsageError as error:
        return Response(_preview(given, made, asked, localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("{name} is on the map: version {n}.", name=new.name, n=published.number)))
    return see_other("manage.station", station_id=new.station_id)


def _with(new: Station) -> Callable[[Contents], Contents]:
    def changed(contents: Contents) -> Contents:
        # Another steward may have added one of the same name and address meanwhile.
        station_id = (
            id_for(new, placed_ids(contents)) if new.station_id in placed_ids(contents) else new.station_id
        )
        return edit_by_hand(contents, station_id, replace(new, station_id=station_id), current_day())

    return changed


def _already(made: Station, contents: Contents) -> Station | None:
    """Return the station that this form made before, as after going back in the browser and sending it again."""
    same = (station for station in contents.stations if replace(station, station_id="", doubts=()) == made)
    return next(same, None)


def _form(given: dict[str, str], edited: Edited | None = None, *, trouble: str = "") -> str:
    return render_template("manage/station_new.html", **form_words(given, edited, trouble))


def _preview(given: dict[str, str], made: Station, asked: list[Question], trouble: str = "") -> str:
    return render_template(
        "manage/preview.html",
        **preview_words(given, made, asked, trouble),
        title=made.name,
        action=url_for("manage.add_station"),
        lines=known_facts(made),
        is_new=True,
        kept={},
    )
