"""Importing a list on the stewards' pages: upload, results, corrections, and publishing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final

from flask import Response, abort, flash, render_template, request, send_file

from locator.errors import ConflictError, UsageError
from locator.files.limits import MAX_BYTES
from locator.geo.datum import parse_datum
from locator.handouts.import_report import REPORT_WORDS, drawn_map, import_words
from locator.importing.deciding.profiles import known_sources
from locator.importing.intake import Choices, agree, name_of_list, parse_day
from locator.language.messages import message
from locator.stations.schema import KINDS
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.outline_files import OutlineFiles
from locator.web.manage.publishing import current_store, serve_at_once
from locator.web.manage.uploads import Uploads
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import script_words
from locator.web.shared.view_costs import takes

FORM_BYTES: Final = 1_000_000
"""The largest form beside the file."""
PASTED_CHARACTERS: Final = 150_000
"""The longest table that can be pasted; Flask reads forms of 500,000 bytes, and a character takes up to three."""
MAX_DIGITS: Final = 7
REFRESH_S: Final = 1


@blueprint.get("/import")
def import_page() -> str:
    """Ask for a list and the choices for it."""
    return _first_page()


@blueprint.post("/import")
@takes(MAX_BYTES + FORM_BYTES)
def send_list() -> Response | tuple[str, int]:
    """Store a list and begin to work on it."""
    try:
        stream, name = _sent()
        choices = _choices(Choices(kind="", source=""), name_of_list(name, current_store()))
        token = _uploads().keep(stream, name, choices)
    except UsageError as error:
        return _first_page(localized(error.message)), 422
    current_feedback().audit.log(steward_name(), "list sent", choices.source)
    return _work_out(token)


@blueprint.get("/import/<token>")
def list_page(token: str) -> Response:
    """Show the progress of a list, and then the results."""
    uploads = _uploads()
    state, choices = uploads.state(token), uploads.choices(token)
    if state.stage == "published":
        uploads.discard(token)
        serve_at_once()
        flash(localized(message("Published as version {n}.", n=state.words)))
        if state.waiting:
            flash(localized(message("{n} rows wait for a position. They stand here.", n=state.waiting)))
            return see_other("manage.to_place")
        return see_other("manage.versions")
    results = state.found
    page = render_template(
        "manage/import_list.html",
        **_form_words(),
        listed=token,
        state=state,
        read=state.read,
        found=results,
        choices=choices,
        map=drawn_map(results["points"], current_catalog(), map_sources("manage/import.js"))
        if results and results["points"]
        else None,
    )
    response = Response(page)
    if state.stage == "working":
        response.headers["Refresh"] = str(REFRESH_S)
    return response


@blueprint.post("/import/<token>")
def choose(token: str) -> Response:
    """Work a list out again with other choices."""
    before = _uploads().choices(token)
    try:
        return _work_out(token, _choices(before, before.source))
    except UsageError as error:
        flash(localized(error.message))
        return see_other("manage.list_page", token=token)


@blueprint.post("/import/<token>/again")
def start_again(token: str) -> Response:
    """Work a list out again after an interruption, with the same choices."""
    return _work_out(token)


@blueprint.post("/import/<token>/publish")
def publish_list(token: str) -> Response:
    """Publish a list as it was shown."""
    uploads = _uploads()
    results, who, why = uploads.state(token).found, steward_name(), request.form.get("why", "").strip()[:200]
    if results is None:
        abort(409)
    agreed = [stop["code"] for stop in results["stops"] if stop["code"] in request.form.getlist("agreed")]
    if len(agreed) < len(results["stops"]):
        flash(localized(message("Tick first that you have checked what stands above the button.")))
        return see_other("manage.list_page", token=token)
    choices = agree(uploads.choices(token), agreed)
    source, store, audit = results["source"], current_store(), current_feedback().audit
    # Before the redirect, so that the page shows the progress and not the old results.
    job = uploads.begin(token, choices)

    def work() -> None:
        ended = uploads.publish(token, store, job, parent=results["parent"], who=who, why=why or source)
        if ended.stage == "published":
            audit.log(who, "publish", f"{ended.words}: {why or source}")

    _begin(work)
    return see_other("manage.list_page", token=token)


@blueprint.post("/import/<token>/discard")
def discard_list(token: str) -> Response:
    """Delete a list."""
    _uploads().discard(token)
    flash(localized(message("The list was thrown away. Nothing was changed.")))
    return see_other("manage.import_page")


@blueprint.get("/import/<token>/report.csv")
def report_csv(token: str) -> Response:
    """Send the refused and doubtful rows, to be corrected in a spreadsheet."""
    path = _uploads().report(token)
    if not path.is_file():
        abort(404)
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name="rows-to-look-at.csv")


def _first_page(trouble: str = "") -> str:
    """Return the first page, with what was filled in before where something is wrong with it."""
    given = {name: request.form.get(name, "") for name in ("kind", "source", "datum", "pasted")}
    return render_template(
        "manage/import.html", **_form_words(), trouble=trouble, given=given, most_pasted=PASTED_CHARACTERS
    )


def _sent() -> tuple[IO[bytes], str]:
    """Return the file that was sent, or the pasted table as a text file, with its name."""
    sent, pasted = request.files.get("list"), request.form.get("pasted", "")
    if sent is not None and sent.filename:
        return sent.stream, sent.filename
    if not pasted.strip():
        raise UsageError("Choose a file first, or paste a table with its headings.")
    if len(pasted) > PASTED_CHARACTERS:
        raise UsageError(
            "A table of more than {most} characters cannot be pasted. Send it as a file.",
            most=f"{PASTED_CHARACTERS:,}",
        )
    if not request.form.get("source", "").strip():
        raise UsageError("Give the pasted table a name: the name of the list.")
    return BytesIO(pasted.encode()), localized(message("pasted table")) + ".txt"


def _uploads() -> Uploads:
    return Uploads(current_store().writable(), current_language())


def _work_out(token: str, choices: Choices | None = None) -> Response:
    """Begin to work a list out, with new choices if there are any, and redirect to its page."""
    uploads, store = _uploads(), current_store()
    try:
        job = uploads.begin(token, choices)
        _begin(lambda: uploads.work_out(token, store, job))
    except ConflictError as error:
        flash(localized(error.message))
    return see_other("manage.list_page", token=token)


def _begin(work: Callable[[], None]) -> None:
    """Work in a thread; the page reloads every second until it is done."""
    Thread(target=work, daemon=True).start()


def _choices(before: Choices, source: str) -> Choices:
    """Read the choices in the form; those that it does not have stay."""
    form = request.form
    if "forget" in form:  # what is remembered stands in the fields of the page, so these are left out too
        return replace(before, columns={}, datum=None, crs=None, encoding=None, forget=True)
    if "day" in form:
        return replace(before, listed_on=parse_day(form["day"]))
    datum = form.get("datum", "")
    given = replace(
        before,
        kind=form.get("kind") or before.kind,
        source=form.get("source", "").strip() or before.source or source,
        datum=parse_datum(datum) if datum else None,
        crs=form.get("crs", "").strip() or None,
        encoding=form.get("encoding", "").strip() or None,
        anywhere="anywhere" in form,
        swap="swap" in form,
        districts=_districts(before),
        **_shape(before),
    )
    given = agree(given, ())  # what was agreed to holds for what was shown
    # Other worksheets, or another row of headings, have other columns.
    is_same = (given.worksheets, given.heading_row) == (before.worksheets, before.heading_row)
    return replace(given, columns=_columns(before.columns) if is_same else {})


def _shape(before: Choices) -> dict[str, Any]:
    """Read which worksheets, which row of headings and which day are chosen, where the form asks for them."""
    form = request.form
    asked = form.getlist("asked")
    chosen = dict[str, Any]()
    if "worksheets" in asked:
        ticked = tuple(form.getlist("worksheet"))
        chosen["worksheets"] = before.worksheets if ticked == tuple(form.getlist("read_worksheet")) else ticked
    if "heading_row" in asked:
        row = form.get("heading_row", "")
        chosen["heading_row"] = int(row) if row.isdecimal() and len(row) <= MAX_DIGITS else None
    if "listed_on" in asked:
        day = form.get("listed_on", "")
        chosen["listed_on"] = parse_day(day) if day else None
    return chosen


def _districts(before: Choices) -> Path | None:
    """Read which of the outlines that wait are published with the list, where the form asks for them."""
    if "districts" not in request.form:
        return before.districts
    token = request.form["districts"]
    return OutlineFiles(current_store().writable()).find(token).path if token else None


def _columns(before: Mapping[str, str]) -> Mapping[str, str]:
    """Read the field of each heading; fields that were matched and have no heading now are left out."""
    pairs = zip(request.form.getlist("heading"), request.form.getlist("field"), strict=False)
    chosen = {name: heading for heading, name in pairs if name}
    if "heading" not in request.form:
        return before
    return {**before, **dict.fromkeys(request.form.getlist("found"), ""), **chosen}


def _form_words() -> dict[str, Any]:
    """Return the options of the forms."""
    return {
        "kinds": list(KINDS),
        "sources": known_sources(current_store().writable()),
        "words": script_words(REPORT_WORDS) | import_words(current_language()),
        "most_mb": MAX_BYTES // 1_000_000,
        "outlines": OutlineFiles(current_store().writable()).waiting(),
    }
