"""The published versions: listing them, comparing two, and going back to one."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from flask import Response, abort, flash, render_template, request

from locator.errors import UsageError
from locator.language.messages import message
from locator.stations.differences import Differences, differences
from locator.stations.store import BASE
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.publishing import MAX_REASON, current_store, record_publication
from locator.web.shared.context import current
from locator.web.shared.page_language import localized

SHOWN: Final = 200
"""The most stations of each kind of change that a comparison lists."""


@blueprint.get("/versions")
def versions() -> str:
    """List what was published, the newest first."""
    store = current_store()
    return render_template(
        "manage/versions.html",
        versions=store.versions(),
        numbers=[*store.numbers(), BASE],
        base=BASE,
        served=current().number,
    )


@blueprint.get("/versions/diff")
def diff() -> str:
    """Show what differs between two versions."""
    before, after = _number("a"), _number("b")
    return render_template(
        "manage/diff.html",
        a=before,
        b=after,
        diff=_compare(before, after),
        shown=SHOWN,
        kept_query={"a": before, "b": after},
    )


@blueprint.get("/versions/<int:number>/back")
def back(number: int) -> str:
    """Show what going back would change, and ask for the reason."""
    return _back_page(_known(number))


@blueprint.post("/versions/<int:number>/back")
def go_back(number: int) -> Response:
    """Publish an old version's content again, under a new number."""
    try:
        why = reason()
    except UsageError as error:
        return Response(_back_page(_known(number), localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    made = record_publication(current_store().rollback(_known(number), who=steward_name(), why=why))
    flash(localized(message("Published as version {n}.", n=made.number)))
    return see_other("manage.versions")


def reason() -> str:
    """Return the reason that a steward gave; raise `UsageError` where there is none."""
    why = " ".join(request.form.get("why", "").split())
    if not 1 <= len(why) <= MAX_REASON:
        raise UsageError("Say why, in at most {most} characters: others will read it.", most=MAX_REASON)
    return why


def reason_typed() -> dict[str, Any]:
    """Return what the field for the reason shows: what was typed, and how long it may be."""
    return {"why": request.form.get("why", "")[:MAX_REASON], "most": MAX_REASON}


def _back_page(number: int, trouble: str = "") -> str:
    now = current_store().current().number
    return render_template(
        "manage/back.html",
        number=number,
        now=now,
        diff=_compare(now, number),
        shown=SHOWN,
        trouble=trouble,
        **reason_typed(),
    )


def _compare(before: int, after: int) -> Differences:
    store = current_store()
    return differences(store.contents(before).stations, store.contents(after).stations)


def _number(field: str) -> int:
    given = request.args.get(field, "")
    return _known(int(given) if re.fullmatch("[0-9]{1,9}", given) else -1)


def _known(number: int) -> int:
    if number not in (*current_store().numbers(), BASE):
        abort(HTTPStatus.NOT_FOUND)
    return number
