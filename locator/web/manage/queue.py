"""The queue of workers' feedback: reports on stations, and requests for new ones."""

from __future__ import annotations

from typing import Final

from flask import Response, flash, render_template

from locator.feedback.reports import REPORT_KINDS, State
from locator.feedback.requests import PARTS_OF_DAY, Request
from locator.language.messages import joined, message, texts_in
from locator.stations.schema import AMENITIES
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.page_language import current_language, localized

SHOWN: Final = 100
VERDICTS: Final[dict[str, State]] = {"accept": "accepted", "reject": "rejected"}


@blueprint.get("/queue")
def queue() -> str:
    """Show the open reports and requests, newest first."""
    feedback, lang = current_feedback(), current_language()
    requests = sorted(feedback.requests.queue(SHOWN), key=lambda asked: asked.id, reverse=True)
    return render_template(
        "manage/queue.html",
        reports=sorted(feedback.reports.queue(SHOWN), key=lambda report: report.id, reverse=True),
        requests=requests,
        wanted_words={asked.id: _wanted(asked) for asked in requests},
        names=dict(zip(current_catalog().column("station_id"), current_catalog().column("name"), strict=True)),
        what=texts_in(REPORT_KINDS, lang),
        when=texts_in(PARTS_OF_DAY, lang),
        most=SHOWN,
    )


@blueprint.post("/queue/<any(reports, requests):sort>/<int:number>/<any(accept, reject):verdict>")
def resolve(sort: str, number: int, verdict: str) -> Response:
    """Accept or reject one report or request."""
    feedback = current_feedback()
    entries = feedback.reports if sort == "reports" else feedback.requests
    entries.resolve(number, VERDICTS[verdict], steward_name())
    flash(localized(message("Accepted.") if verdict == "accept" else message("Rejected.")))
    return see_other("manage.queue")


def _wanted(asked: Request) -> str:
    wanted = joined((AMENITIES[word] for word in asked.amenities), message(", "))
    return localized(wanted or message("any station"))
