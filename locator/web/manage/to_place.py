"""Rows of lists that wait for a position: finding them, placing one on a map, dropping one, tables of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from flask import Response, abort, flash, render_template, request

from locator.errors import ConflictError, LocatorError, UsageError
from locator.files.limits import MAX_BYTES
from locator.geo.datum import parse_datum
from locator.importing.deciding.pending_rows import REFUSED, TO_PLACE, Brief, PendingRow, PendingRows
from locator.importing.deciding.places import PASTED_M, TAPPED_LEAST_M, Place, place_rows, with_placed
from locator.importing.pending_files import BroughtBack, bring_back, pending_table, read_pending_table
from locator.importing.understanding.district_areas import Area
from locator.language.characters import plain
from locator.language.messages import joined, message
from locator.stations.difference_words import FIELD_WORDS, fact_name, fact_text
from locator.stations.geodata import read_districts
from locator.stations.reading import COLUMNS
from locator.stations.schema import AMENITIES, YES
from locator.stations.store import Contents
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.picking import DATUM, POSITION, picker, read_picked
from locator.web.manage.publishing import MAX_REASON, current_store, publish, serve_at_once
from locator.web.manage.sent_files import safe_name, sent_file
from locator.web.manage.versions import reason, reason_typed
from locator.web.shared.context import current, current_catalog, current_feedback
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.view_costs import takes

PAGE_ROWS: Final = 50
NOWHERE: Final = "-"
"""Stands for the rows that name no district."""
ACCURACY: Final = "position_accuracy_m"
"""The field that the map fills in when it is tapped: the metres that a finger covers."""
MOST_ACCURACY_M: Final = 5000.0
ROUGH_M: Final = 300.0
"""A tap that covers more is asked about: a worker would not find the door."""
FORM_BYTES: Final = 100_000
"""The largest form beside a table."""
ASKED: Final = ("other_district", "duplicate")
"""The doubts that a person who places a row is asked about; once that is done, the station is not marked."""
_SHOWN_FACTS: Final = tuple(
    name
    for name in FIELD_WORDS
    if name in COLUMNS and name not in ("station_id", "name", "address", "pinyin", "source", "synthetic")
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows a page lists."""

    district: str
    """Empty: of all districts."""
    text: str
    show: str
    """``waiting``, ``unlisted`` or ``dropped``."""

    @property
    def query(self) -> dict[str, str]:
        """Return it as the query of an address."""
        fields = {"district": self.district, "q": self.text, "show": self.show if self.show != "waiting" else ""}
        return {name: value for name, value in fields.items() if value}


@blueprint.get("/to-place")
def to_place() -> str:
    """List the rows that wait for a position, with their number in each district."""
    return _list_page()


@blueprint.get("/to-place/<int:number>")
def row_to_place(number: int) -> Response | str:
    """Show what is known of a row, and a map to place it on."""
    return _row_page(_found(number))


@blueprint.post("/to-place/<int:number>")
def place_row(number: int) -> Response:
    """Publish a row at the position that was chosen, and go on to the next."""
    row, wanted = _found(number), _wanted()
    agreed = ASKED if "agreed" in request.form else ()
    try:
        if row.dropped:
            raise ConflictError("Somebody has dropped this row meanwhile. Take it back first.")
        lat, lon = read_picked(request.form)
        place = Place(row, lat, lon, _accuracy_m(request.form.get(ACCURACY, "")))
        why = message("placed by hand: {name}", name=row.listed.name)
        made = publish(lambda contents: _placed(contents, place, agreed), localized(why)[:MAX_REASON])
    except DoubtfulPlaceError as doubt:
        return Response(_row_page(row, doubt=localized(doubt.message)))
    except ConflictError as error:
        return Response(_row_page(row, conflict=localized(error.message)), HTTPStatus.CONFLICT)
    except UsageError as error:
        return Response(_row_page(row, trouble=localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(localized(message("{name} is placed: version {n}.", name=row.listed.name, n=made.number)))
    return _go_on(row, wanted)


@blueprint.post("/to-place/<int:number>/drop")
def drop_row(number: int) -> Response:
    """Drop a row for a reason, or take it back."""
    row, wanted = _found(number), _wanted()
    is_back = "back" in request.form
    try:
        PendingRows(current_store().writable()).drop(number, None if is_back else reason())
    except UsageError as error:
        return Response(_row_page(row, drop_trouble=localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    except ConflictError as error:
        return Response(_row_page(row, conflict=localized(error.message)), HTTPStatus.CONFLICT)
    what, detail = ("row taken back", "") if is_back else ("row dropped", f": {reason()}")
    current_feedback().audit.log(steward_name(), what, f"{row.listed.name}{detail}")
    if is_back:
        flash(localized(message("{name} waits for a position again.", name=row.listed.name)))
        return see_other("manage.row_to_place", number=number)
    flash(localized(message("{name} was dropped.", name=row.listed.name)))
    return _go_on(row, wanted)


@blueprint.get("/to-place/<any('to-place', refused):what>.xlsx")
def pending_xlsx(what: str) -> Response:
    """Send the rows that wait, or those that were refused, as a table to fill in or to mend."""
    pending = PendingRows(current_store().writable())
    if what == "refused":
        rows = pending.rows(REFUSED)
    else:
        numbers = {row.number for row in _matching(_wanted())}
        rows = [row for row in pending.rows(TO_PLACE) if row.number in numbers]
    made = pending_table(rows, "xlsx", current_language())
    answer = Response(made, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{what}.xlsx")
    return answer


@blueprint.post("/import/filled-in")  # where proxies let large files pass
@takes(MAX_BYTES + FORM_BYTES)
def bring_table_back() -> Response:
    """Take a table back that was filled in or mended, and publish what can be."""
    try:
        none = UsageError("Choose the file first: the table that you took out here, filled in or mended.")
        sent, sent_name = sent_file("table", none)
        datum, name = request.form.get("datum", ""), safe_name(sent_name, "table.xlsx")
        with TemporaryDirectory() as folder:
            path = Path(folder, name)
            sent.save(path)
            found = bring_back(
                read_pending_table(path),
                current_store(),
                datum=parse_datum(datum) if datum else None,
                who=steward_name(),
                why=name[:MAX_REASON],
            )
    except LocatorError as error:
        return Response(_list_page(trouble=localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    for version in found.versions:
        current_feedback().audit.log(steward_name(), "publish", f"{version}: {name}")
    serve_at_once()
    return Response(_list_page(back=found))


# Pages


def _list_page(trouble: str = "", back: BroughtBack | None = None) -> str:
    wanted, pending = _wanted(), PendingRows(current_store().writable())
    rows = _matching(wanted)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(_page_number(), pages)
    counts = pending.counts(_placed_ids())
    return render_template(
        "manage/to_place.html",
        rows=[pending.find(row.number) for row in rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]],
        count=len(rows),
        page=page,
        pages=pages,
        counts={name or NOWHERE: n for name, n in counts.items()},
        total=sum(counts.values()),
        refused=pending.refused_count(),
        nowhere=NOWHERE,
        wanted=wanted,
        kept_query=wanted.query,
        trouble=trouble,
        back=back,
    )


def _row_page(
    row: PendingRow, *, trouble: str = "", doubt: str = "", conflict: str = "", drop_trouble: str = ""
) -> str:
    wanted = _wanted()
    is_placed = row.listed.what == TO_PLACE and row.listed.station_id in _placed_ids()
    following = _following(row, wanted)
    return render_template(
        "manage/to_place_row.html",
        row=row,
        facts=_facts(row),
        picker=picker(row.listed.district),
        position=request.form.get(POSITION, "")[:120],
        datum=request.form.get(DATUM, ""),
        accuracy=request.form.get(ACCURACY, "")[:20],
        pasted_m=round(PASTED_M),
        tapped_m=round(TAPPED_LEAST_M),
        is_placed=is_placed,
        following=following[0] if following else None,
        left=len(following),
        wanted=wanted,
        trouble=trouble,
        doubt=doubt,
        conflict=conflict,
        drop_trouble=drop_trouble,
        **reason_typed(),
    )


def _facts(row: PendingRow) -> list[tuple[str, str]]:
    """Return what is known of a row, as labels and texts."""
    known = row.listed.facts
    facts = [(localized(fact_name(name)), fact_text(name, known[name])) for name in _SHOWN_FACTS if name in known]
    there = [AMENITIES[word] for word in AMENITIES if (known.get("amenities") or {}).get(word) == YES]
    facts.append((localized(fact_name("amenities")), joined(there, message(", "))))
    return [(label, localized(text)) for label, text in facts if text]


# The rows


def _found(number: int) -> PendingRow:
    try:
        row = PendingRows(current_store().writable()).find(number)
    except UsageError:
        abort(HTTPStatus.NOT_FOUND)
    if row.listed.what != TO_PLACE:
        abort(HTTPStatus.NOT_FOUND)
    return row


def _placed_ids() -> set[str]:
    """Return the ids of the stations that are served or retired: their rows wait no more."""
    retired = current_store().retired(current().number)
    return {*current_catalog().column("station_id"), *(gone.station.station_id for gone in retired)}


def _wanted() -> Wanted:
    given = {name: " ".join(request.values.get(name, "").split())[:80] for name in ("district", "q", "show")}
    show = given["show"] if given["show"] in ("unlisted", "dropped") else "waiting"
    return Wanted(given["district"], given["q"], show)


def _matching(wanted: Wanted) -> list[Brief]:
    """List the rows that a page is about, by list, worksheet and row."""
    pending = PendingRows(current_store().writable())
    text = plain(wanted.text)
    return [
        row
        for row in pending.briefs(_placed_ids(), is_dropped=wanted.show == "dropped")
        if (not wanted.district or (row.district or NOWHERE) == wanted.district)
        and (wanted.show != "unlisted" or not row.is_listed)
        and (not text or any(text in plain(value) for value in _searched(row)))
    ]


def _searched(row: Brief) -> list[str]:
    return [value for value in (row.name, row.address, row.station_id, row.source) if value]


def _following(row: PendingRow, wanted: Wanted) -> list[Brief]:
    """Return the other rows that a page is about, those that come after the row first."""
    rows = [other for other in _matching(wanted) if other.number != row.number]
    here = (row.source, row.listed.row, row.number)
    later = [other for other in rows if (other.source, other.row, other.number) > here]
    return [*later, *rows[: len(rows) - len(later)]]


def _go_on(row: PendingRow, wanted: Wanted) -> Response:
    """Redirect to the next row, or to the list where that was the last."""
    following = _following(row, wanted)
    if following:
        return see_other("manage.row_to_place", number=following[0].number, **wanted.query)
    return see_other("manage.to_place", **wanted.query)


def _page_number() -> int:
    given = request.args.get("page", "")
    return max(1, int(given)) if re.fullmatch("[0-9]{1,6}", given) else 1


# Placing


class DoubtfulPlaceError(UsageError):
    """A position that a person has to be asked about before the row is published there."""


def _placed(contents: Contents, place: Place, agreed: Sequence[str]) -> Contents:
    """Add a row as a station.

    Raises
    ------
    ConflictError
        If somebody else was faster.
    DoubtfulPlaceError
        If the position has doubts that nobody has agreed to.
    UsageError
        If the row cannot be there.
    """
    made = place_rows([place], contents, Area(read_districts(contents.districts_file)), settled=agreed)
    for why in made.refused.values():
        raise UsageError("It cannot be there: {reason}", reason=why)
    changed = with_placed(contents, made.stations.values())
    doubts = [doubt.reason for doubt in made.doubts if doubt.code in ASKED]
    if place.accuracy_m > ROUGH_M:
        rough = message(
            "the map shows so much that a tap covers {m:,.0f} m: zoom in and tap again.", m=place.accuracy_m
        )
        doubts.insert(0, rough)
    if doubts and not agreed:
        raise DoubtfulPlaceError("{reasons}", reasons=joined(doubts))
    return changed


def _accuracy_m(tapped: str) -> float:
    """Return what is claimed for a position: by the map where it was tapped, else as for one from a map app."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", tapped):
        return PASTED_M
    return min(max(TAPPED_LEAST_M, float(tapped)), MOST_ACCURACY_M)


def waiting_counts() -> dict[str, Any]:
    """Return how many rows wait for a position, and how many were refused."""
    pending = PendingRows(current_store().writable())
    return {"to_place": sum(pending.counts(_placed_ids()).values()), "refused_rows": pending.refused_count()}
