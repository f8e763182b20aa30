"""Pages that everybody loads are made once, sent to all who ask for the same, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import template_rendered

from locator import create_app
from locator.config import Settings
from locator.stations import hours
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.store import Store
from locator.web.embed import frame
from locator.web.finder import finder_pages

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PATHS = ["/", "/map", "/about", "/embed", "/stations/tw-1", "/embed?district=东城区&theme=dark", "/?datum=gcj02"]
NOON = datetime(2026, 11, 24, 12, 0, 30, tzinfo=STATION_TIMEZONE)


@pytest.fixture
def written(app: Flask) -> Iterator[list[str]]:
    """The names of the templates of pages that were written, in order."""
    names: list[str] = []

    def note(_: Flask, template: Any, **__: Any) -> None:
        names.append(template.name)

    with template_rendered.connected_to(note, app):
        yield names


class Clock(datetime):
    """A clock that stands still until it is set."""

    instant = NOON

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        """Return the time that it was set to."""
        return cls.instant.astimezone(tz)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    """The clock of all that makes pages; it stands at noon."""
    for module in (hours, finder_pages, frame):
        monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(Clock, "instant", NOON)
    return Clock


def body(response: TestResponse) -> bytes:
    """Return a page that was sent."""
    assert response.status_code == 200
    return response.data


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_written_once_and_then_not_sent_to_who_has_it(
    client: FlaskClient, written: list[str], path: str
) -> None:
    """The same bytes for everybody, a tag for them, and 304 with the same policy for who names the tag."""
    first = client.get(path)
    again = client.get(path, headers={"X-Forwarded-For": "203.0.113.9", "Cookie": "a=b", "Referer": "http://x/"})
    assert body(first) == body(again)
    assert len(written) == 1
    tag = first.headers["ETag"]
    assert again.headers["ETag"] == tag
    kept = client.get(path, headers={"If-None-Match": tag})
    assert (kept.status_code, kept.data) == (304, b"")
    for response in (first, kept):
        assert response.headers["Cache-Control"] == "no-cache"
        assert {"Accept-Language", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))
        assert response.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    packed = client.get(path, headers={"Accept-Encoding": "br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(first.data) / 2
    assert client.head(path).data == b""
    assert len(written) == 1


@pytest.mark.parametrize("path", ["/", "/map", "/about", "/embed", "/stations/tw-1"])
def test_every_language_and_choice_of_one_has_its_page(client: FlaskClient, path: str) -> None:
    """A language that was chosen stays in the links to our pages, one that the browser asks for does not."""
    link = {"/embed": "/?lang={}", "/about": "/map?lang={}"}.get(path, "/about?lang={}")
    for _ in range(2):
        for asked, chosen, lang in (
            ("zh", "", "zh-CN"),
            ("en", "", "en"),
            ("zh", "en", "en"),
            ("en", "zh", "zh-CN"),
        ):
            query = f"?lang={chosen}" if chosen else ""
            page = client.get(path + query, headers={"Accept-Language": asked}).text
            assert f'<html lang="{lang}">' in page
            links = [f'href="{link.format(lang)}"' in page for lang in ("zh", "en")]
            assert links == [chosen == "zh", chosen == "en"]


@pytest.mark.parametrize("path", ["/", "/map", "/about"])
@pytest.mark.parametrize(
    "query",
    ["lang=xx", "utm_source=x", 'x="><script>alert(1)</script>', "lat=39.9155&lon=116.4", "place=39.9155, 116.4"],
)
def test_what_no_page_depends_on_comes_into_none(
    client: FlaskClient, written: list[str], path: str, query: str
) -> None:
    """The next reader gets nothing of what the first one wrote into the address, nor is a page made for it."""
    assert body(client.get(f"{path}?{query}")) == body(client.get(path))
    assert len(written) == 1


def test_the_address_that_a_reader_uses_is_the_one_in_the_page(client: FlaskClient) -> None:
    """Host, scheme and the path to the site are told apart: no reader is sent links to another one's."""
    here = {
        "http://one.example/": "http://one.example/oembed?",
        "https://two.example/": "https://two.example/oembed?",
        "https://two.example/stations": "https://two.example/stations/oembed?",
    }
    for _ in range(2):
        for base, oembed in here.items():
            page = client.get("/", base_url=base).text
            assert f'href="{oembed}' in page
            assert [other in page for other in here.values()].count(True) == 1
    assert 'href="/stations/about' in client.get("/", base_url="https://two.example/stations").text


def test_where_the_operator_names_the_address_one_page_does_and_no_other_host_gets_it(donghuamen: Path) -> None:
    """Whatever a request says of scheme and host; one for another host is refused, and its refusal is not kept."""
    app = create_app(Settings(geodata=donghuamen, public_url="https://stations.example/s"))
    client, served = app.test_client(), app.extensions["locator.live"].served
    for base in ("http://stations.example", "https://stations.example", "http://STATIONS.example"):
        page = client.get("/", base_url=base)
        assert page.status_code == 200
        assert 'href="https://stations.example/s/oembed?' in page.text
        assert client.get("/", base_url="http://evil.example").status_code >= 400
        assert "evil" not in client.get("/", base_url=base).text
    assert len(served.pages) == 1


@pytest.mark.parametrize(("path", "closing"), [("/embed?district=东城区", 2), ("/stations/tw-1", 1)])
def test_a_state_is_that_of_the_minute(
    client: FlaskClient, written: list[str], clock: type[Clock], path: str, closing: int
) -> None:
    """Two stations of the district close at 20:00, tw-1 is one of them; within a minute one page does."""
    clock.instant = NOON.replace(hour=19, minute=59, second=1)
    for second in (1, 59):
        clock.instant = clock.instant.replace(second=second)
        before = client.get(path).text
    assert len(written) == 1
    clock.instant += timedelta(seconds=1)
    after = client.get(path).text
    assert len(written) == 2
    assert before.count("state-open") == after.count("state-open") + closing
    served = client.application.extensions["locator.live"].served
    assert len(served.stations) + len(served.frames) == 1


def test_the_first_page_is_that_of_the_day(client: FlaskClient, written: list[str], clock: type[Clock]) -> None:
    """In June coolness stands first, in November warmth; one page does for a day."""
    for hour in (0, 23):
        clock.instant = NOON.replace(hour=hour)
        client.get("/")
    assert written == ["finder/home.html"]
    winter = client.get("/").text
    clock.instant = NOON.replace(month=6)
    summer = client.get("/").text
    heat, cold = 'value="air_conditioning"', 'value="heating"'
    assert winter.index(cold) < winter.index(heat)
    assert summer.index(heat) < summer.index(cold)


def test_options_that_anybody_makes_up_do_not_push_out_the_first_page(
    client: FlaskClient, written: list[str]
) -> None:
    """Five hundred frames, of which only so many are kept; the first page is not written again."""
    client.get("/")
    served = client.application.extensions["locator.live"].served
    for number in range(500):
        client.get(f"/embed?center=39.9{number:03d},116.4&layout=list")
    assert written.count("finder/home.html") == 1
    client.get("/")
    assert written.count("finder/home.html") == 1
    assert (len(served.pages), len(served.frames)) == (1, 64)


def test_hosts_that_anybody_makes_up_do_not_fill_the_memory(client: FlaskClient) -> None:
    """A page says under which address it was read, so each has its own; the last sixty-four are kept."""
    for number in range(80):
        assert f"http://h{number}.example/oembed" in client.get("/", base_url=f"http://h{number}.example").text
    served = client.application.extensions["locator.live"].served
    assert len(served.pages) == 64
    assert served.pages.size <= 8_000_000


def test_threads_that_ask_at_once_wait_for_one_page(app: Flask, written: list[str]) -> None:
    """Six at once, one page."""
    start, bodies = Barrier(6), set()

    def ask() -> None:
        start.wait()
        bodies.add(app.test_client().get("/").data)

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 1
    assert written == ["finder/home.html"]


def test_what_is_published_and_what_people_say_is_seen_at_once(donghuamen: Path, tmp_path: Path) -> None:
    """A newer version, a note that a steward accepted and a request that was counted are on the next page."""
    store = Store(tmp_path / "store", donghuamen)
    app = create_app(Settings(geodata=donghuamen, store=tmp_path / "store"))
    app.testing = True
    client = app.test_client()
    assert "东城区" in client.get("/map").text
    before = {path: client.get(path).data for path in ("/map", "/about", "/stations/tw-1")}
    client.post("/stations/tw-1/reports", data={"what": "open", "note": "门在后院"})
    feedback = app.extensions["locator.feedback"]
    assert "门在后院" not in client.get("/stations/tw-1").text
    (report,) = feedback.reports.queue(10)
    feedback.reports.resolve(report.id, "accepted", "Lin")
    assert "门在后院" in client.get("/stations/tw-1").text
    client.post("/requests", data={"lat": "39.9", "lon": "116.5", "when": "day"})
    assert client.get("/about").data != before["/about"]
    parent = store.current().number
    contents = store.contents(parent)
    store.publish(replace(contents, stations=contents.stations[1:]), parent=parent, who="Lin", why="one less")
    app.extensions["locator.live"].look()
    assert client.get("/map").data != before["/map"]
