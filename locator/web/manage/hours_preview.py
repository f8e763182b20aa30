"""Hours as they would be read, with the week they make, before anything is published."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from flask import Response, jsonify, request

from locator.language.messages import message
from locator.stations.hours import WEEKDAYS, current_day
from locator.stations.hours_text import read_hours
from locator.stations.week import Week, day_text, weeks_of
from locator.web.manage.access import blueprint
from locator.web.shared.page_language import localized
from locator.web.shared.page_words import hours_text

MAX_HOURS: Final = 500
"""The longest text of hours, as in `locator.stations.checking`."""


@dataclass(frozen=True, slots=True)
class WeekShown:
    """A week in words."""

    title: str
    days: tuple[tuple[str, str], ...]
    """Each weekday, and public holidays, with its hours."""


@dataclass(frozen=True, slots=True)
class HoursShown:
    """What is read in a text of hours."""

    said: str
    is_read: bool
    """False where there is a text that is not understood."""
    weeks: tuple[WeekShown, ...]


def show_hours(text: str) -> HoursShown:
    """Read hours, in words or OSM syntax, and lay out the weeks they make; what is not certain is not known."""
    text = " ".join(text.split())
    if not text:
        return HoursShown(
            localized(message("Nothing written: the page says that the hours are not known.")), True, ()
        )
    understood = read_hours(text) if len(text) <= MAX_HOURS else None
    if understood is None:
        said = message("These hours are not understood: nobody is told whether it is open.")
        return HoursShown(localized(said), False, ())
    today = current_day()
    weeks = tuple(_week(week, today) for week in weeks_of(understood, today))
    said = message("Understood as: {hours}", hours=hours_text(understood))
    return HoursShown(localized(said), True, weeks)


def _week(week: Week, today: date) -> WeekShown:
    title = (
        message("An ordinary week")
        if week.since == today
        else message("An ordinary week from {day} on", day=week.since.isoformat())
    )
    days = [(localized(name), localized(day_text(day))) for name, day in zip(WEEKDAYS, week.days, strict=True)]
    holiday = message("not said; they may differ") if week.holiday is None else day_text(week.holiday)
    days.append((localized(message("public holidays")), localized(holiday)))
    return WeekShown(localized(title), tuple(days))


@blueprint.post("/hours")
def read_words() -> Response:
    """Read hours for the script of the form."""
    return jsonify(asdict(show_hours(request.form.get("hours_text", ""))))
