"""What the pages for a new station, for one that is published and for one that is closed have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import g, request

from locator.errors import ConflictError, StationNotFoundError
from locator.language.messages import message
from locator.stations.by_hand import edit_by_hand
from locator.stations.hours import current_day
from locator.stations.schema import CLOSED, STATUSES, Station
from locator.stations.store import Contents
from locator.web.manage.editing import HOURS, Edited
from locator.web.manage.hours_preview import show_hours
from locator.web.manage.picking import picker
from locator.web.manage.publishing import current_store
from locator.web.manage.questions import Question
from locator.web.manage.versions import reason_typed
from locator.web.shared.context import current_catalog

EDIT, PREVIEW, PUBLISH = "edit", "preview", "publish"
"""The steps of the form, each a button."""
FORM_STATUSES: Final = tuple(status for status in STATUSES if status != CLOSED)
"""What the form offers; a station that is closed for good is retired."""


def newest() -> tuple[int, Contents]:
    """Return the newest version's number and its contents."""
    store = current_store()
    loaded = store.current()
    return loaded.number, store.contents(loaded.number, loaded)


def find_station(contents: Contents, station_id: str) -> Station | None:
    """Return a station as its files have it; ``None`` if it is not among those that are open."""
    return next((station for station in contents.stations if station.station_id == station_id), None)


def published_station(station_id: str) -> Station:
    """Return a station of the newest version; raise `StationNotFoundError` if there is none."""
    found = find_station(newest()[1], station_id)
    if found is None:
        raise no_station(station_id)
    return found


def change_of(station_id: str, before: Station | None, after: Station | None) -> Callable[[Contents], Contents]:
    """Change one station, ``None`` where it is not published; raise `ConflictError` if it is not as before."""

    def changed(contents: Contents) -> Contents:
        if find_station(contents, station_id) != before:
            raise ConflictError("Somebody else changed this station meanwhile. Open its page again.")
        return edit_by_hand(contents, station_id, after, current_day())

    return changed


def no_station(station_id: str) -> StationNotFoundError:
    """Return the error that no station has an id."""
    return StationNotFoundError(
        "No station has the id {value}. It may have been closed; look for it on the map.", value=repr(station_id)
    )


def step_of_form() -> str:
    """Return the step that the button of the form asks for; after a lost session only the form is shown again."""
    return EDIT if g.get("is_resumed") else request.form.get("step", PREVIEW)


def resumed_words() -> str:
    """Say that a form could not be trusted and was kept; empty if nothing happened."""
    if not g.get("is_resumed"):
        return ""
    return message("You were signed out meanwhile. What you typed is kept: send it again.")


def form_words(given: dict[str, str], edited: Edited | None, trouble: str) -> dict[str, Any]:
    """Return what the template of the form needs for every station."""
    return {
        "given": given,
        "faults": edited.faults if edited else {},
        "trouble": trouble,
        "picker": picker(),
        "hours_shown": show_hours(given[HOURS]),
        "statuses": FORM_STATUSES,
        "districts": [district.name for district in current_catalog().districts],
    }


def preview_words(
    given: dict[str, str], after: Station, asked: Sequence[Question], trouble: str
) -> dict[str, Any]:
    """Return what the template of the preview needs for every station."""
    return {
        "given": given,
        "hours_shown": show_hours(given[HOURS]) if given[HOURS] else None,
        "asked": asked,
        "trouble": trouble,
        "after": after,
        **reason_typed(),
    }
