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
    page.get_by_label("打气筒").check()
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


STATES: list[tuple[str, Callable[[Page], None]]] = [
    ("/", as_opened),
    ("/", located),
    ("/", on_the_map),
    ("/", sheet),
    ("/", hidden_by_choices),
    ("/", denied),
    ("/", typing),
    ("/map", as_opened),
    ("/about", as_opened),
    ("/stations/tw-1", as_opened),
    ("/api/docs", as_opened),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("path", "reach"), STATES)
def test_axe_finds_nothing(visit: Visit, path: str, reach: Callable[[Page], None], scheme: str) -> None:
    """Zero violations of any rule, best practices among them."""
    page = visit(path, here=DONGHUAMEN, color_scheme=scheme)
    reach(page)
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []
