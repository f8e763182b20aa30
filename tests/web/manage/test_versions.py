"""What was published can be seen, compared and taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def two(signed_in: Any) -> Any:
    """A desk with two published versions: a new name, then one station less."""
    signed_in.edit("tw-1", step="publish", why="<i>renamed</i>", name="Renamed")
    page = "/manage/stations/tw-3"
    signed_in.post(f"{page}/retire", seen=page, why="closed")
    return signed_in


def test_before_anything_is_published_the_pages_say_what_to_do(reading: Any) -> None:
    """Version 0 is what the service came with."""
    for path in ("/manage", "/manage/versions"):
        assert "Nothing was published yet. Change a station or import a list" in reading.get(path).text
    assert "0, the list the service came with" in reading.get("/manage").text


def test_the_first_page_says_what_is_served_and_why(two: Any) -> None:
    """Number, who, why, how many, and the last versions; reasons are text."""
    page = two.get("/manage").text
    for said in ("不知何时开的驿站: closed", "Lin", two.store.manifest(2).version, "Warm station 4"):
        assert said in page
    assert "东华门街道工会服务站: &lt;i&gt;renamed&lt;/i&gt;" in page
    assert "<i>renamed" not in page


def test_a_damaged_version_is_told(two: Any, make_desk: Callable[..., Any]) -> None:
    """The sound one below it is served, and both pages say so."""
    (two.store.folder / "versions" / "2" / "warm_stations.geojson").write_text("{}")
    again = make_desk()
    again.sign_in()
    assert "A published version is damaged and not served." in again.get("/manage").text
    page = again.get("/manage/versions").text
    assert "It is damaged and cannot be served." in page
    assert "/manage/versions/2/back" not in page
    assert again.client.get("/api/stations/tw-3").status_code == 200


def test_two_versions_are_compared(two: Any) -> None:
    """Station by station, fact by fact; the other way round what is gone is new."""
    page = two.get("/manage/versions/diff?a=0&b=2").text
    assert "Gone: 1" in page
    assert "Other facts: 1" in page
    assert re.search(r"东华门街道工会服务站</span></del>.*<ins><span class=\"said-fact\">Renamed", page)
    assert "New: 1" in two.get("/manage/versions/diff?a=2&b=0").text
    assert "Both have the same stations" in two.get("/manage/versions/diff?a=1&b=1").text


@pytest.mark.parametrize("query", ["", "?a=0", "?a=0&b=7", "?a=-1&b=0", "?a=x&b=0", "?a=0&b=99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(reading: Any, query: str) -> None:
    """404, whatever stands in the address."""
    assert reading.get(f"/manage/versions/diff{query}").status_code == 404


def test_going_back_is_asked_about_and_published_as_a_new_version(two: Any) -> None:
    """The page shows what would change; the old content is there again, byte by byte, and nothing is lost."""
    page = "/manage/versions/0/back"
    assert "New: 1" in two.get(page).text
    assert two.store.newest() == 2
    without = two.post(page, seen=page, why="")
    assert without.status_code == 422
    assert two.store.newest() == 2
    assert two.post(page, seen=page, why="wrong list").location == "/manage/versions"
    assert two.store.numbers() == [3, 2, 1]
    assert two.store.contents(3).stations == two.store.contents(0).stations
    manifest = two.store.manifest(3)
    assert (manifest.who, manifest.why) == ("Lin", "wrong list")
    assert two.client.get("/api/stations/tw-3").status_code == 200
    assert two.feedback.audit.latest(1)[0].what == "publish"
    assert "Published as version 3." in two.get("/manage/versions").text


def test_there_is_no_way_back_to_what_never_was(signed_in: Any) -> None:
    """404 on both."""
    assert signed_in.get("/manage/versions/5/back").status_code == 404
    assert signed_in.post("/manage/versions/5/back", seen="/manage", why="x").status_code == 404


def test_the_pages_speak_chinese(two: Any) -> None:
    """And keep a language that was chosen by hand."""
    for path in ("/manage", "/manage/versions", "/manage/queue", "/manage/audit", "/manage/stations/tw-1"):
        page = two.client.get(path, headers={"Accept-Language": "zh-CN"}).text
        assert "反馈与请求" in page
        assert "Overview" not in page
    chosen = two.client.get("/manage?lang=en", headers={"Accept-Language": "zh-CN"}).text
    assert 'href="/manage/versions?lang=en"' in chosen
