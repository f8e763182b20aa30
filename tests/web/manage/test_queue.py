"""What workers said waits for a steward, who sees it as text and answers it with one tap."""

from __future__ import annotations

import re
from typing import Any

from locator.feedback.senders import Sender

SOMEBODY = Sender("device", "network")
NOTE = "<script>alert(1)</script> ${1} 门锁着"


def waiting(desk: Any) -> tuple[int, int]:
    """Count the reports and the requests on the page."""
    page = desk.get("/manage/queue").text
    found = [len(set(re.findall(rf"/manage/queue/{sort}/(\d+)/accept", page))) for sort in ("reports", "requests")]
    return found[0], found[1]


def test_an_empty_queue_says_where_reports_come_from(reading: Any) -> None:
    """And the first page that nothing waits."""
    page = reading.get("/manage/queue").text
    assert "None waits. Reports come from" in page
    assert "None waits. Requests come from" in page
    assert (
        "Nothing: no reports, no requests, no station in doubt, no row to be placed."
        in reading.get("/manage").text
    )


def test_what_people_said_is_shown_as_text_and_newest_first(signed_in: Any) -> None:
    """Notes, names and ids are never markup; a station that is gone since is named by its id."""
    reports, requests = signed_in.feedback.reports, signed_in.feedback.requests
    first = reports.add("tw-5", "locked", NOTE, SOMEBODY)
    last = reports.add("old-1", "gone", None, SOMEBODY)
    requests.add(39.9, 116.4, ["heating", "toilet"], "night", NOTE, SOMEBODY)
    page = signed_in.get("/manage/queue").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert "Heating, Toilet" in page
    assert "At night" in page
    assert "a station that is no longer there" in page
    assert page.index(f"reports/{last.id}/") < page.index(f"reports/{first.id}/")
    overview = signed_in.get("/manage").text
    assert "Reports on stations: 2" in overview
    assert "Requests for stations: 1" in overview


def test_each_is_accepted_or_rejected(signed_in: Any) -> None:
    """It leaves the queue, its state is kept, and the log has who did it."""
    reports, requests = signed_in.feedback.reports, signed_in.feedback.requests
    good, bad = reports.add("tw-1", "no_water", "empty", SOMEBODY), reports.add("tw-2", "moved", None, SOMEBODY)
    asked = requests.add(39.9, 116.4, [], "any", None, SOMEBODY)
    assert waiting(signed_in) == (2, 1)
    for path in (f"reports/{good.id}/accept", f"reports/{bad.id}/reject", f"requests/{asked.id}/accept"):
        response = signed_in.post(f"/manage/queue/{path}", seen="/manage/queue")
        assert (response.status_code, response.location) == (303, "/manage/queue")
    assert waiting(signed_in) == (0, 0)
    assert [report.note for report in reports.of_station("tw-1")] == ["empty"]
    done = [(entry.who, entry.what) for entry in signed_in.feedback.audit.latest(3)]
    assert done == [("Lin", "request accepted"), ("Lin", "report rejected"), ("Lin", "report accepted")]
    log = signed_in.get("/manage/audit").text
    assert "accepted a report" in log
    assert "rejected a report" in log


def test_a_report_that_is_not_there_is_told(signed_in: Any) -> None:
    """And nothing but the two verdicts is understood."""
    assert signed_in.post("/manage/queue/reports/99/accept", seen="/manage").status_code == 422
    assert signed_in.post("/manage/queue/reports/99/delete", seen="/manage").status_code == 404
    assert signed_in.client.get("/manage/queue/reports/99/accept").status_code == 405


def test_looking_at_a_station_from_the_queue_leads_back_to_it(signed_in: Any) -> None:
    """The doubt that an accepted report made is gone."""
    report = signed_in.feedback.reports.add("tw-4", "locked", None, SOMEBODY)
    accepted = signed_in.post(f"/manage/queue/reports/{report.id}/accept", seen="/manage/queue")
    assert accepted.status_code == 303
    signed_in.feedback.reports.add("tw-4", "gone", None, SOMEBODY)  # the button stands beside what waits
    signed_in.app.extensions["locator.live"].look()
    assert "Stations in doubt: 1" in signed_in.get("/manage").text
    response = signed_in.post("/manage/stations/tw-4/looked", seen="/manage/queue", **{"from": "queue"})
    assert response.location == "/manage/queue"
    assert signed_in.store.numbers() == []  # nothing in the files was doubtful
    assert "Stations in doubt" not in signed_in.get("/manage").text
