"""A station is closed for good, found among the closed ones, and reopened under its id."""

from __future__ import annotations

import re
from typing import Any

from tests.web.manage.test_stations import published

PAGE = "/manage/stations/tw-3"


def close(desk: Any, station_id: str = "tw-3") -> None:
    """Close a station with a reason."""
    page = f"/manage/stations/{station_id}"
    assert desk.post(f"{page}/retire", seen=f"{page}/retire", why="house torn down").status_code == 303


def test_a_closed_station_is_found_and_reopened(signed_in: Any) -> None:
    """It comes back as it was, with a reason; the page of the map has it again."""
    before = published(signed_in)
    close(signed_in)
    listed = signed_in.get("/manage/closed").text
    assert re.findall(r'href="/manage/stations/(tw-[^"]+)"', listed) == ["tw-3"]
    for text, found in (("tw-3", 1), (before["tw-3"].name[:2], 1), ("nobody", 0)):
        page = signed_in.client.get("/manage/closed", query_string={"q": text}).text
        assert page.count('href="/manage/stations/tw-3"') == found
    page = signed_in.get(PAGE).text
    assert "Closed for good since" in page
    assert before["tw-3"].name in page
    assert signed_in.post(f"{PAGE}/reopen", seen=PAGE, why=" ").status_code == 422
    assert signed_in.post(f"{PAGE}/reopen", seen=PAGE, why="open again").status_code == 303
    assert published(signed_in) == before
    assert signed_in.store.contents(2).retired == ()
    assert signed_in.store.manifest(2).change["reopened"] == 1
    assert signed_in.client.get("/api/stations/tw-3").status_code == 200


def test_what_is_open_is_not_reopened_and_what_is_closed_not_edited(signed_in: Any) -> None:
    """Two stewards, or an old page in another tab."""
    response = signed_in.post(f"{PAGE}/reopen", seen=PAGE, why="open again")
    assert (response.status_code, response.location) == (303, PAGE)
    assert signed_in.store.numbers() == []
    close(signed_in)
    late = signed_in.post(PAGE, seen=PAGE, step="publish", why="x", version="0", name="New")
    assert late.status_code == 409
    assert "Closed for good since" in late.text
    assert signed_in.post("/manage/stations/nobody/reopen", seen=PAGE, why="x").status_code == 404
    assert signed_in.store.numbers() == [1]
