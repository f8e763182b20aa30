"""The stewards' first page, and the log of their actions."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from flask import render_template

from locator.errors import GeodataError
from locator.language.messages import message, texts_in
from locator.stations.store import Manifest, Store
from locator.web.manage.access import blueprint
from locator.web.manage.publishing import current_store
from locator.web.manage.sessions import IDLE, LONGEST
from locator.web.manage.to_place import waiting_counts
from locator.web.shared.context import current, current_catalog, current_feedback
from locator.web.shared.page_language import current_language

LAST: Final = 5
WAITING_SHOWN: Final = 500
LOG_SHOWN: Final = 200
REFUSALS_SHOWN: Final = 50
WHAT_WORDS: Final = {
    "sign-in": message("signed in"),
    "sign-out": message("signed out"),
    "sign-out everywhere": message("signed out everywhere"),
    "publish": message("published"),
    "list sent": message("sent a list"),
    "outlines sent": message("sent outlines"),
    "report accepted": message("accepted a report"),
    "report rejected": message("rejected a report"),
    "request accepted": message("accepted a request"),
    "request rejected": message("rejected a request"),
    "looked": message("looked at a station"),
    "row dropped": message("dropped a row to be placed"),
    "row taken back": message("took a dropped row back"),
    "log cleaned": message("took positions out of entries, and refused sign-ins out of the log; how many:"),
}
"""Action in the log to its label; others are shown as they are in the log."""


@blueprint.get("", strict_slashes=False)
def overview() -> str:
    """Show the served version, the open feedback, and the last versions."""
    feedback, store = current_feedback(), current_store()
    return render_template(
        "manage/overview.html",
        served=current(),
        manifest=_manifest(store, current().number),
        counts=_counts(),
        doubtful=sum(map(bool, current_catalog().column("doubts"))),
        reports=len(feedback.reports.queue(WAITING_SHOWN)),
        requests=len(feedback.requests.queue(WAITING_SHOWN)),
        **waiting_counts(),
        most=WAITING_SHOWN,
        idle=IDLE // timedelta(hours=1),
        longest=LONGEST // timedelta(hours=1),
        last=list(filter(None, (_manifest(store, number) for number in store.numbers()[:LAST]))),
    )


@blueprint.get("/audit")
def audit() -> str:
    """Show the log, newest first, and how often signing in was refused."""
    audit = current_feedback().audit
    return render_template(
        "manage/audit.html",
        entries=audit.latest(LOG_SHOWN),
        refusals=audit.refusals(REFUSALS_SHOWN),
        what=texts_in(WHAT_WORDS, current_language()),
        most=LOG_SHOWN,
    )


def _counts() -> dict[str, int]:
    kinds = list(current_catalog().column("kind"))
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _manifest(store: Store, number: int) -> Manifest | None:
    """Read a manifest without its files; damage is reported by the list of versions."""
    with suppress(GeodataError):
        return store.manifest(number) if number else None
    return None
