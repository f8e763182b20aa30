"""Taking a list in: sent, looked at with everything that was found in it, corrected, published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Thread
from typing import Any, Final

from flask import Response, abort, flash, render_template, request, send_file

from locator.errors import ConflictError, UsageError
from locator.files.limits import MAX_BYTES
from locator.geo.datum import Datum, parse_datum
from locator.handouts.import_report import REPORT_WORDS, drawn_map, import_words
from locator.importing.deciding.profiles import known_sources
from locator.importing.intake import Choices, source_of
from locator.language.messages import message
from locator.stations.schema import KINDS
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.publishing import current_store, serve_at_once
from locator.web.manage.uploads import Uploads
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import script_words
from locator.web.shared.view_costs import takes

FORM_BYTES: Final = 1_000_000
"""What a form may say beside the file."""
REFRESH_S: Final = 1


@blueprint.get("/import")
def import_page() -> str:
    """Ask for a list and what is known of it."""
    return render_template("manage/import.html", **_form_words(), trouble="")


@blueprint.post("/import")
@takes(MAX_BYTES + FORM_BYTES)
def send_list() -> Response | tuple[str, int]:
    """Take a list in and begin to work on it."""
    sent = request.files.get("list")
    try:
        if sent is None or not sent.filename:
            raise UsageError("Choose a file first: a list of stations such as stations.xlsx.")
        choices = _said(Choices(kind="", source=""), source_of(sent.filename))
        token = _uploads().keep(sent.stream, sent.filename, choices)
    except UsageError as error:
        return render_template("manage/import.html", **_form_words(), trouble=localized(error.message)), 422
    current_feedback().audit.log(steward_name(), "list sent", choices.source)
    return _work_out(token)


@blueprint.get("/import/<token>")
def list_page(token: str) -> Response:
    """Show how far the work on a list is, and then what was found."""
    uploads = _uploads()
    state, choices = uploads.state(token), uploads.choices(token)
    if state.stage == "published":
        uploads.discard(token)
        serve_at_once()
        flash(localized(message("Published as version {n}.", n=state.words)))
        return see_other("manage.versions")
    found = state.found
    page = render_template(
        "manage/import_list.html",
        **_form_words(),
        listed=token,
        state=state,
        found=found,
        choices=choices,
        map=drawn_map(found["points"], current_catalog(), map_sources("manage/import.js")) if found else None,
    )
    response = Response(page)
    if state.stage == "working":
        response.headers["Refresh"] = str(REFRESH_S)
    return response


@blueprint.post("/import/<token>")
def choose(token: str) -> Response:
    """Take what a steward says of a list, and work it out again."""
    before = _uploads().choices(token)
    try:
        return _work_out(token, _said(before, before.source))
    except UsageError as error:
        flash(localized(error.message))
        return see_other("manage.list_page", token=token)


@blueprint.post("/import/<token>/again")
def start_again(token: str) -> Response:
    """Work a list out again where that was interrupted, with all that was said of it."""
    return _work_out(token)


@blueprint.post("/import/<token>/publish")
def publish_list(token: str) -> Response:
    """Publish a list as it was shown."""
    uploads = _uploads()
    found, who, why = uploads.state(token).found, steward_name(), request.form.get("why", "").strip()[:200]
    if found is None:
        abort(409)
    source, store, audit = found["source"], current_store(), current_feedback().audit
    job = uploads.begin(token)  # before anybody looks: what was found before is no longer the news

    def work() -> None:
        ended = uploads.publish(token, store, job, parent=found["parent"], who=who, why=why or source)
        if ended.stage == "published":
            audit.log(who, "publish", f"{ended.words}: {why or source}")

    _begin(work)
    return see_other("manage.list_page", token=token)


@blueprint.post("/import/<token>/discard")
def discard_list(token: str) -> Response:
    """Throw a list away."""
    _uploads().discard(token)
    flash(localized(message("The list was thrown away. Nothing was changed.")))
    return see_other("manage.import_page")


@blueprint.get("/import/<token>/report.csv")
def report_csv(token: str) -> Response:
    """Send the rows that somebody has to look at, to be mended in a spreadsheet."""
    path = _uploads().report(token)
    if not path.is_file():
        abort(404)
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name="rows-to-look-at.csv")


def _uploads() -> Uploads:
    return Uploads(current_store().writable(), current_language())


def _work_out(token: str, choices: Choices | None = None) -> Response:
    """Begin to work a list out, with what is said of it now if it is anything new, and lead to its page."""
    uploads, store = _uploads(), current_store()
    try:
        job = uploads.begin(token, choices)
        _begin(lambda: uploads.work_out(token, store, job))
    except ConflictError as error:
        flash(localized(error.message))
    return see_other("manage.list_page", token=token)


def _begin(work: Callable[[], None]) -> None:
    """Work beside the requests: a page that waits for it asks again every second."""
    Thread(target=work, daemon=True).start()


def _said(before: Choices, source: str) -> Choices:
    """Read what the form says; what it does not name stays as it was."""
    form = request.form
    datum = form.get("datum", "")
    return replace(
        before,
        kind=form.get("kind") or before.kind,
        source=form.get("source", "").strip() or before.source or source,
        datum=parse_datum(datum) if datum else None,
        crs=form.get("crs", "").strip() or None,
        encoding=form.get("encoding", "").strip() or None,
        anywhere="anywhere" in form,
        swap="swap" in form,
        columns=_columns(before.columns),
    )


def _columns(before: Mapping[str, str]) -> Mapping[str, str]:
    """Read which column holds what: one choice for every heading, and a field that none has is left out."""
    pairs = zip(request.form.getlist("heading"), request.form.getlist("field"), strict=False)
    chosen = {name: heading for heading, name in pairs if name}
    if "heading" not in request.form:
        return before
    return dict.fromkeys(request.form.getlist("found"), "") | chosen


def _form_words() -> dict[str, Any]:
    """Gather what the forms offer to choose from."""
    return {
        "kinds": list(KINDS),
        "datums": list(Datum),
        "sources": known_sources(current_store().writable()),
        "words": script_words(REPORT_WORDS) | import_words(current_language()),
        "most_mb": MAX_BYTES // 1_000_000,
    }
