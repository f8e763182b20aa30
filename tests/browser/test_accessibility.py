"""Every page and state is without faults that axe-core can find, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DONGHUAMEN, Visit


def as_opened(page: Page) -> None:
    """Do nothing."""


def located(page: Page) -> None:
    """Find what is near."""
    page.locator("#locate").click()
    expect(page.locator("#stations .card")).to_have_count(5)


def on_the_map(page: Page) -> None:
    """Show the map instead of the list."""
    located(page)
    page.locator("#view-map").click()
    page.wait_for_timeout(300)


def sheet(page: Page) -> None:
    """Open the ways to the nearest station."""
    located(page)
    page.locator("#stations [data-part=walk]").first.click()


def hidden_by_choices(page: Page) -> None:
    """Choose what no station has."""
    located(page)
    page.locator("#more-filters summary").click()
    page.locator("#filters").get_by_label("打气筒").check()
    expect(page.locator("#clear")).to_be_visible()


def denied(page: Page) -> None:
    """Refuse to give the position."""
    page.context.clear_permissions()
    page.locator("#locate").click()
    expect(page.get_by_role("alert")).to_be_visible()


def typing(page: Page) -> None:
    """Type two letters of a place."""
    page.locator("#place").press_sequentially("dh")
    expect(page.locator("#places")).to_be_visible()


def nothing_of_that_name(page: Page) -> None:
    """Type what no place is called."""
    page.locator("#place").press_sequentially("qqq")
    expect(page.locator("#places-found")).to_contain_text("没有找到“qqq”")


def in_a_district(page: Page) -> None:
    """List a district's stations that have what was chosen."""
    page.locator("#filters").get_by_label("饮水").check()
    page.locator("#district").select_option("东城区")
    page.locator("#ask-form > button").click()
    expect(page.locator(".plain-list li")).to_have_count(2)


def several_places(page: Page) -> None:
    """Send a name that two places have."""
    page.locator("#place").fill("东华门")
    page.locator("#ask-form > button").click()
    expect(page.locator(".choice")).to_have_count(2)


STATES: list[tuple[str, Callable[[Page], None]]] = [
    ("/", as_opened),
    ("/", located),
    ("/", on_the_map),
    ("/", sheet),
    ("/", hidden_by_choices),
    ("/", denied),
    ("/", typing),
    ("/", nothing_of_that_name),
    ("/", in_a_district),
    ("/", several_places),
    ("/map", as_opened),
    ("/about", as_opened),
    ("/stations/tw-1", as_opened),
    ("/api/docs", as_opened),
    ("/offline", as_opened),
    ("/offline/form", as_opened),
]


@pytest.mark.parametrize(("path", "reach"), STATES)
def test_axe_finds_nothing(visit: Visit, path: str, reach: Callable[[Page], None]) -> None:
    """Zero violations of any rule, best practices among them, in light and then in dark."""
    page = visit(path, here=DONGHUAMEN, color_scheme="light")
    reach(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []
