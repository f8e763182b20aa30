"""The map as one file, opened from a disk: no server, no network, and everything works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect

from locator.handouts.map_export import map_export
from locator.stations.catalog import Catalog
from locator.stations.geodata import LAYERS, load_geodata
from locator.stations.reading import write_stations
from tests.conftest import FOUR_STATES

from .conftest import PHONE

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
STATIONS = 7


@pytest.fixture(scope="module")
def file(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seven stations as a file, written by the command as people run it."""
    out = tmp_path_factory.mktemp("usb stick") / "驿站.html"
    command = [sys.executable, "-m", "locator", "export-html", "--all", "--out", str(out)]
    subprocess.run(command, check=True, env=os.environ | {"LOCATOR_GEODATA": str(donghuamen)}, capture_output=True)
    return out


@pytest.fixture
def opened(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The file in a browser without a network; at the end it asked nobody for anything, and nothing went wrong."""
    options: dict[str, Any] = getattr(request, "param", PHONE)
    context = browser.new_context(offline=True, locale="zh-CN", **options)
    page = context.new_page()
    faults: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda asked: None if asked.url == file.as_uri() else faults.append(asked.url[:100]))
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", note_dialog)
    page.goto(file.as_uri())
    yield page
    context.close()
    assert [fault for fault in faults if not fault.startswith("data:")] == []


@pytest.mark.parametrize("opened", [PHONE, DESKTOP], indirect=True)
def test_list_and_map_are_there(opened: Page) -> None:
    """Seven stations in the list, all of them on the map, in the outlines of their districts."""
    expect(opened.locator(".export-list > li:visible")).to_have_count(STATIONS)
    expect(opened.locator("#shown")).to_have_text("显示 7 个，共 7 个驿站")
    expect(opened.locator("path.district")).to_have_count(2)
    on_the_map = opened.evaluate(
        """() => [
          ...document.querySelectorAll('.leaflet-marker-pane .cluster > span > span:first-child, .pin-box'),
        ].reduce((sum, pin) => sum + (Number(pin.textContent) || 1), 0)"""
    )
    assert on_the_map == STATIONS
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_cluster_counts_stations_in_service(browser: Browser, four_states: Path, tmp_path: Path) -> None:
    """What is closed for now or planned is not in its number, and without any other it looks otherwise."""
    folder = shutil.copytree(four_states, tmp_path / "geodata")
    others = [replace(station, kind="worker_home") for station in FOUR_STATES if station.status != "open"]
    write_stations(folder / LAYERS["worker_home"], others, {})
    write_stations(folder / LAYERS["warm_station"], [FOUR_STATES[-1]], {})
    text = map_export(Catalog(load_geodata(folder)), "zh", 1000, date(2026, 12, 1), is_part=False)
    file = tmp_path / "map.html"
    file.write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    expect(page.locator(".cluster")).to_have_text("1 个驿站")
    page.locator("input[value=warm_station]").uncheck()
    expect(page.locator(".cluster-out")).to_have_text("2 个驿站暂停开放或计划中")
    page.close()


def test_kinds_thin_out_list_and_map(opened: Page) -> None:
    """A kind that is not ticked is in neither."""
    opened.locator("input[value=warm_station]").uncheck()
    expect(opened.locator(".export-list > li:visible")).to_have_count(2)
    expect(opened.locator("#shown")).to_have_text("显示 2 个，共 7 个驿站")
    expect(opened.locator(".leaflet-marker-pane .pin-box")).to_have_count(2)


def test_a_pin_leads_to_its_station_in_the_list(opened: Page) -> None:
    """Its name in the popup is a link within the file."""
    opened.locator("input[value=warm_station]").uncheck()
    opened.locator(".leaflet-marker-pane .pin-worker_home").click()
    opened.locator(".leaflet-popup h3 a").press("Enter")  # a click may miss it: the map moves under its popup
    expect(opened.locator("#station-wh-1:target")).to_be_in_viewport()


@pytest.mark.parametrize("opened", [{**PHONE, "java_script_enabled": False}], indirect=True)
def test_without_a_script_there_is_the_list(opened: Page) -> None:
    """As previewers show files: all stations, and no box that does nothing."""
    expect(opened.locator(".export-list > li:visible")).to_have_count(STATIONS)
    expect(opened.locator(".map-frame")).to_be_hidden()
    expect(opened.locator("#filters")).to_be_hidden()


@pytest.mark.parametrize(
    "opened",
    [{**size, "color_scheme": scheme} for size in (PHONE, DESKTOP) for scheme in ("light", "dark")],
    indirect=True,
)
def test_axe_finds_nothing(opened: Page) -> None:
    """Zero violations of any rule, with a popup open too."""
    opened.locator("input[value=warm_station]").uncheck()
    opened.locator(".leaflet-marker-pane .pin-worker_home").click()
    expect(opened.locator(".leaflet-popup")).to_have_css("opacity", "1")
    found = Axe().run(opened).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []
