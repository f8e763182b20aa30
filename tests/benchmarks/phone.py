"""What a phone without a network works out by itself: a page's engine in a browser, at this machine's speed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import orjson
from figures import Figure
from playwright.sync_api import sync_playwright

from locator.cli.finding import write_sample
from locator.config import bundled
from locator.stations.catalog import Catalog
from locator.stations.compact_columns import compact_columns, hours_outlook
from locator.stations.geodata import load_geodata
from locator.stations.hours import STATION_TIMEZONE

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
EVENING = datetime(2026, 11, 21, 19, 45, tzinfo=STATION_TIMEZONE)
TIME = """([compact, hours, at]) => {
  const documents = [JSON.parse(compact), JSON.parse(hours)];
  const times = (run) => Array.from({ length: 21 }, (_, round) => {
    const start = performance.now();
    run(round);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const engine = locator.engine.open(...documents);
  const ask = (round) => engine.nearest({ lat: 39.9 + round / 1e3, lon: 116.4, radius_m: 20000, limit: 100, at });
  const both = [times(() => locator.engine.open(...documents)), times(ask)];
  return [10, 0].map((place) => both[0][place] + both[1][place]);
}"""


def figures() -> Iterator[Figure]:
    """Open the documents and ask the heaviest question: every station within 20 km."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        print(f"Not measured: none of {', '.join(BROWSERS)} is installed.")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_sample("beijing", 1, Path(folder))
        catalog = Catalog(load_geodata(Path(folder)))
    made = compact_columns(catalog, "zh"), hours_outlook(catalog, date(2026, 11, 21), "zh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=bundled("static") / "finder/engine.js")
        texts = [orjson.dumps(document).decode() for document in made]
        milliseconds = page.evaluate(TIME, [*texts, EVENING.timestamp() * 1000])
        browser.close()
    yield Figure("documents opened and the heaviest question answered: ms", tuple(milliseconds), 300, form=".0f")
