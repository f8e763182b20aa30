"""Which map app was chosen last, in a real browser; tests/js/test_handoff.py holds the links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from locator.stations.catalog import Catalog
from locator.web.finder import handoff

STATIC = Path(__file__).resolve().parents[2] / "static"
# No such host: every request is answered by the test.
SITE = "http://locator.test/"
PAGE = (
    '<!doctype html><script src="/static/shared/map.js"></script><script src="/static/finder/handoff.js"></script>'
)

ANDROID = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Page on an Android phone with the two scripts and a storage of its own."""
    with opened(browser, ANDROID) as page:
        yield page


@contextmanager
def opened(browser: Browser, agent: str) -> Iterator[Page]:
    """Open the page in a window of its own that sends a User-Agent."""
    context = browser.new_context(user_agent=agent)
    page = context.new_page()
    page.route(f"{SITE}**", answer)
    page.goto(SITE)
    yield page
    context.close()


def answer(route: Route) -> None:
    """Give the page, or a script of static/."""
    if route.request.url.startswith(f"{SITE}static/"):
        route.fulfill(path=STATIC / route.request.url.partition("/static/")[2], content_type="text/javascript")
    else:
        route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")


def keys(page: Page, table: object) -> list[str]:
    """Return the apps in the order in which the script offers them on Android."""
    return page.evaluate(
        """table => locator.handoff.links(table, {lat: 39.9, lon: 116.4, name: "T"}, {platform: "android"})
            .map(link => link.key)""",
        table,
    )


def test_the_app_chosen_last_comes_first_and_after_reload_too(page: Page, catalog: Catalog) -> None:
    """The others keep their order; a choice that is not offered here changes nothing."""
    table = handoff.table(catalog, "zh")
    assert page.evaluate("locator.handoff.preferred()") is None
    assert keys(page, table) == ["amap", "baidu", "tencent", "google", "geo"]
    page.evaluate("locator.handoff.remember('tencent')")
    assert keys(page, table) == ["tencent", "amap", "baidu", "google", "geo"]
    page.reload()
    assert page.evaluate("locator.handoff.preferred()") == "tencent"
    assert keys(page, table) == ["tencent", "amap", "baidu", "google", "geo"]
    page.evaluate("locator.handoff.remember('apple')")
    assert keys(page, table) == ["amap", "baidu", "tencent", "google", "geo"]


def test_where_storage_is_blocked_the_choice_lasts_as_long_as_the_page(page: Page, catalog: Catalog) -> None:
    """In a sandboxed frame storage throws; links and choice work all the same."""
    page.set_content(f'<iframe sandbox="allow-scripts" src="{SITE}frame"></iframe>')
    frame = page.wait_for_selector("iframe").content_frame()
    assert frame is not None
    frame.wait_for_function("window.locator && locator.handoff")
    assert frame.evaluate("() => { try { return String(localStorage) } catch (error) { return error.name } }") == (
        "SecurityError"
    )
    assert frame.evaluate("locator.handoff.preferred()") is None
    frame.evaluate("locator.handoff.remember('baidu')")
    assert frame.evaluate("locator.handoff.preferred()") == "baidu"
    table = handoff.table(catalog, "zh")
    found = frame.evaluate(
        "table => locator.handoff.links(table, {lat: 39.9, lon: 116.4, name: 'T'}, {platform: 'ios'})[0].key",
        table,
    )
    assert found == "baidu"
