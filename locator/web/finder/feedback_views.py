"""The routes for reports about a station and for requests for a new one.

Scripts and plain forms share a route. There is none under /api: other programs have nothing to report, and pages
of other sites must not report in a reader's name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Blueprint, Response, abort, current_app, request, url_for

from locator.errors import BusyError, GeodataError, UsageError
from locator.feedback.notes import plain_note
from locator.feedback.reports import REPORT_KINDS
from locator.feedback.requests import PARTS_OF_DAY
from locator.feedback.senders import Sender
from locator.language.messages import message, texts_in
from locator.stations import position_fields, request_fields
from locator.stations.hours import current_day
from locator.stations.schema import AMENITIES
from locator.web.finder import finder_pages
from locator.web.shared.context import current_catalog, current_feedback, current_settings
from locator.web.shared.documents import no_store
from locator.web.shared.error_answers import answer_error, is_for_script
from locator.web.shared.metrics import count_written
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.rate_limits import WRITES, limited
from locator.web.shared.service_address import is_same_origin
from locator.web.shared.view_costs import WRITES as WRITES_LANE
from locator.web.shared.view_costs import dear

blueprint = Blueprint("feedback", __name__)

MAX_BYTES: Final = 4000
NOTES: Final = 5
NOTES_AGE: Final = timedelta(days=90)
TRAP: Final = "website"
"""A hidden field (honeypot): only programs fill it in, or a browser without its reader's knowledge."""
REPORT_FIELDS: Final = ("what", "note", "was", TRAP)
REQUEST_FIELDS: Final = ("lat", "lon", "datum", "need", "when", "note", *finder_pages.FILTERS, "plain", TRAP)


@dataclass(frozen=True, slots=True)
class Reporting:
    """What a station's page shows of reports."""

    choices: Mapping[str, str]
    """What can be reported, with labels."""
    what: str
    """What this reader reported just now; empty: nothing."""
    confirmation: str
    """The text that confirms it."""
    is_noted: bool
    """Whether a note came with it."""
    notes: Sequence[tuple[str, str, str]]
    """Day, report and text of the accepted notes."""


@blueprint.before_request
def _guard() -> None:
    """Refuse what does not come from our pages, or is larger than their forms can be."""
    if current_settings().store is None:
        abort(404)
    if _is_foreign():
        abort(
            403,
            localized(
                message("This was sent from a page of somebody else. Open the map itself and send it from there.")
            ),
        )
    if "Transfer-Encoding" in request.headers:
        abort(411)  # browsers send forms with a Content-Length
    size = request.content_length or 0
    if size > MAX_BYTES:
        raise UsageError(
            "The form has {size} bytes, and {most} is the most. Write less.", size=size, most=MAX_BYTES
        )


@blueprint.errorhandler(GeodataError)
def _tell_worker(error: GeodataError) -> Response:
    """Tell a worker in plain words that nothing was stored; the details for the operator go to the log."""
    current_app.logger.error("%s", error)
    return answer_error(
        BusyError(
            "This cannot be stored at the moment, and nothing was kept. Try again later. Stations can be looked up"
            " as always."
        )
    )


@blueprint.post("/stations/<station_id>/reports")
@dear(WRITES_LANE)
@limited(*WRITES)
def report(station_id: str) -> Response:
    """Store a report about a station; it replaces an earlier one of the same device."""
    form = _form(REPORT_FIELDS)
    catalog = current_catalog()
    station_id = catalog.fact(catalog.find(station_id), "station_id")
    what, note = _word(form, "what", REPORT_KINDS), plain_note(form.get("note"))
    was = _word(form, "was", REPORT_KINDS) if form.get("was") else ""
    current_feedback().reports.add(station_id, what, note, _sender())
    count_written("report")
    if is_for_script():
        return _json(report_text(what, was, is_noted=bool(note)), what=what)
    marks: dict[str, Any] = {"thanks": what, "noted": 1 if note else None}
    if was not in ("", what):
        marks["was"] = was
    page = url_for("finder.station", station_id=station_id, **marks, _anchor="reports")
    return no_store(Response(status=HTTPStatus.SEE_OTHER, headers={"Location": page}))


@blueprint.post("/requests")
@dear(WRITES_LANE)
@limited(*WRITES)
def request_station() -> Response:
    """Store a request for a station; its position is in no address, neither of the request nor of the answer."""
    form = _form(REQUEST_FIELDS)
    lat, lon = position_fields.read_position(form)
    needs = request_fields.read_words(form, "need", AMENITIES)
    when = _word(form, "when", PARTS_OF_DAY)
    note = plain_note(form.get("note"))
    current_feedback().requests.add(lat, lon, needs, when, note, _sender())
    count_written("request")
    thanks = localized(
        message(
            "Thank you, it is stored. A steward looks at it. When a station with what you need opens within"
            " 1 km, it counts as answered."
        )
    )
    if is_for_script():
        return _json(thanks)
    filters = {name: form[name] for name in finder_pages.FILTERS if form.get(name)}
    return finder_pages.answer_page({"lat": lat, "lon": lon, **filters}, thanks)


def report_text(what: str, was: str, *, is_noted: bool) -> str:
    """Return the confirmation of a report in the reader's language."""
    if is_noted:
        stored = message("Thank you, the note is stored too. It is shown only after a steward has read it.")
    elif was and was != what:
        stored = message("Changed to “{what}”. Thank you; a steward looks at it.", what=REPORT_KINDS[what])
    else:
        stored = message("Stored: “{what}”. Thank you; a steward looks at it.", what=REPORT_KINDS[what])
    return localized(stored)


# What templates get


@blueprint.app_template_global("reporting")
def reporting(station_id: str) -> Reporting | None:
    """Gather what a station's page shows of reports; ``None`` where nothing can be reported."""
    if current_settings().store is None:
        return None
    lang = current_language()
    what, was, is_noted = (request.args.get(name, "") for name in ("thanks", "was", "noted"))
    what, was = (word if word in REPORT_KINDS else "" for word in (what, was))
    return Reporting(
        choices=texts_in(REPORT_KINDS, lang),
        what=what,
        confirmation=report_text(what, was, is_noted=bool(is_noted)) if what else "",
        is_noted=bool(is_noted),
        notes=_notes(station_id, lang),
    )


@blueprint.app_template_global("request_times")
def request_times() -> Mapping[str, str]:
    """Return the times of day at which a station may be needed; none where nothing can be asked for."""
    return texts_in(PARTS_OF_DAY, current_language()) if current_settings().store else {}


def _notes(station_id: str, lang: str) -> list[tuple[str, str, str]]:
    """Return the last accepted notes; none where they cannot be read, so that the page still works."""
    try:
        accepted = current_feedback().reports.of_station(station_id)
    except (BusyError, GeodataError):
        return []
    since = current_day() - NOTES_AGE
    return [
        (report.day.isoformat(), REPORT_KINDS[report.what].to(lang), report.note)
        for report in accepted
        if report.note and report.day >= since
    ][:NOTES]


# Reading a form


def _form(known: Collection[str]) -> dict[str, str]:
    form = request_fields.join_pairs(request.form.items(multi=True))
    request_fields.refuse_unknown(form, known)
    if form.get(TRAP):
        raise UsageError(
            "Nothing was stored: a hidden field of the form was filled in, which only programs do. If you filled"
            " in the form yourself, your browser did it: switch off its automatic filling, load the page again and"
            " send once more."
        )
    return form


def _word(form: Mapping[str, str], name: str, known: Collection[str]) -> str:
    """Return a field that has to be one of the known words."""
    word = form.get(name, "")
    if word not in known:
        raise UsageError(
            "The {name} {value} is not known. Use one of: {known}.",
            name=name,
            value=repr(word)[:40],
            known=", ".join(known),
        )
    return word


def _is_foreign() -> bool:
    """Tell whether a page of another origin sent this; programs other than browsers send no such header."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and not is_same_origin(origin)


def _sender() -> Sender:
    return current_feedback().sender(request.remote_addr or "", request.user_agent.string)


def _json(text: str, **more: str) -> Response:
    return no_store(Response(orjson.dumps({"said": text, **more}), mimetype="application/json"))
