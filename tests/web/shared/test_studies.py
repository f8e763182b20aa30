"""What the planner keeps: whole questions, those looked at last, within so much memory.

A demand file that cannot be read stops it with a sentence, once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from locator import create_app
from locator.config import Settings
from locator.errors import UsageError
from locator.planning.measures.coverage import Question
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog
from locator.stations.hours import STATION_TIMEZONE
from locator.web.planner import planner_page as planner_page
from locator.web.shared import studies as kept
from locator.web.shared.studies import Studies

if TYPE_CHECKING:
    from flask import Flask

ASKED = "/api/coverage?lang=en"
AT = datetime(2026, 11, 18, 12, 30, 10, tzinfo=STATION_TIMEZONE)


@pytest.fixture
def studies(catalog: Catalog, donghuamen: Path, tmp_path: Path) -> Studies:
    """Return the studies of the seven stations and one person."""
    people = tmp_path / "people.csv"
    people.write_text(
        "demand_id,weight,lat,lon\na,600,39.9162,116.4042\nb,300,39.9555,116.405\n", encoding="utf-8"
    )
    return Studies(catalog, Settings(geodata=donghuamen, demand=people))


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often what takes long is done."""
    found: Counter[str] = Counter()

    def counting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **options: Any) -> Any:
            found[name] += 1
            return work(*arguments, **options)

        return count

    monkeypatch.setattr(Study, "measure", counting("measure", Study.measure))
    monkeypatch.setattr(Study, "plan", counting("plan", Study.plan))
    for name, place, work in (
        ("chart", planner_page.charts, "study_chart"),
        ("picture", planner_page.gap_map, "gap_map"),
        ("render_report", planner_page, "planning_report"),
        ("sheets", planner_page, "sheets_of"),
    ):
        monkeypatch.setattr(place, work, counting(name, getattr(place, work)))
    return found


def write_raster(path: Path, side: int, weight: int) -> None:
    """Write a raster of some hundred metres, or one of nothing at all that would be read for hours."""
    rasterio = pytest.importorskip("rasterio")
    place = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-4, 0, 116.4, 0, -1e-4, 39.92)}
    size = {"count": 1, "width": side, "height": side, "dtype": "uint8"}
    blocks = {"tiled": True, "blockxsize": 16_384, "blockysize": 16_384, "SPARSE_OK": True, "BIGTIFF": "YES"}
    with rasterio.open(path, "w", driver="GTiff", **place, **size, **(blocks if side > 10_000 else {})) as file:
        if weight:
            file.write(np.full((1, side, side), weight, "uint8"))


def test_a_demand_file_that_asks_for_too_much_is_told_and_read_once(
    tmp_path: Path, donghuamen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finder answers on; the same file is not read again, and a good one in its place is."""
    path = tmp_path / "people.tif"
    write_raster(path, 200_000, 0)
    client = create_app(Settings(geodata=donghuamen, demand=path)).test_client()
    first = client.get(ASKED)
    assert first.status_code == 503
    assert "people.tif has 40,000,000,000 cells; at most 1,000,000,000 can be read." in first.json["detail"]
    assert client.get("/api/nearest?lat=39.9155&lon=116.405").status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(kept, "read_demand", lambda _: pytest.fail("it is read again"))
        assert client.get(ASKED).json == first.json
        assert "40,000,000,000" in client.get("/planner?lang=zh").text
    write_raster(path, 20, 1)
    found = client.get(ASKED)
    assert found.status_code == 200
    assert found.json["total"]["demand"] == 400


def test_the_latest_answers_are_kept_and_older_ones_are_not(catalog: Catalog, donghuamen: Path) -> None:
    """However many are asked for; the latest is not worked out again, one that is long ago is."""
    made: list[int] = []
    studies = Studies(catalog, Settings(geodata=donghuamen))

    def ask(number: int) -> None:
        def make() -> str:
            made.append(number)
            return f"answer {number}"

        assert studies.once(("question", number), make) == f"answer {number}"

    count = 5 * kept.KEPT
    for number in range(count):
        ask(number)
    assert made == list(range(count))
    ask(count - 1)
    assert made == list(range(count))
    ask(0)
    assert made == [*range(count), 0]


def question(number: int) -> Question:
    """Return one of many questions."""
    return Question(radius_m=1000.0 + number)


def test_the_questions_that_were_looked_at_last_are_kept(studies: Studies, worked: Counter[str]) -> None:
    """A look counts as much as the making: of thirteen the second goes, for the first was looked at again."""
    first, second = studies.study(question(1)), studies.study(question(2))
    for number in range(3, kept.KEPT + 1):
        studies.study(question(number))
    assert studies.study(question(1)) is first
    studies.study(question(kept.KEPT + 1))
    assert studies.study(question(1)) is first
    assert worked["measure"] == kept.KEPT + 1
    assert studies.study(question(2)) is not second


def test_parts_stay_as_long_as_their_question(studies: Studies, worked: Counter[str]) -> None:
    """However many parts others have: a plan is not pushed out by charts, only its whole question goes."""
    study, goal = studies.study(question(1)), Goal(n=1)
    plan = studies.plan(study, goal, 2000)
    for number in range(2, kept.KEPT + 1):
        other = studies.study(question(number))
        for name in range(kept.PARTS_KEPT + 5):
            studies.part(other, name, object)
    assert studies.plan(studies.study(question(1)), goal, 2000) is plan
    assert worked["plan"] == 1


def test_parts_of_one_question_are_bounded_too(studies: Studies) -> None:
    """The one that was not looked at for longest goes."""
    study = studies.study(question(1))
    made = [studies.part(study, name, object) for name in range(kept.PARTS_KEPT)]
    assert studies.part(study, 0, object) is made[0]
    studies.part(study, "one more", object)
    assert studies.part(study, 0, object) is made[0]
    assert studies.part(study, 1, object) is not made[1]


def test_memory_is_bounded(studies: Studies, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a question count; what is too large alone is kept alone."""
    monkeypatch.setattr(kept, "KEPT_BYTES", 2500)
    found = [studies.study(question(number)) for number in range(3)]
    for study in found:
        studies.part(study, "file", lambda: bytes(1000))
    assert studies.study(question(2)) is found[2]
    assert studies.study(question(1)) is found[1]
    assert studies.study(question(0)) is not found[0]
    large = studies.study(question(9))
    studies.part(large, "file", lambda: bytes(9000))
    assert studies.study(question(9)) is large
    assert studies.study(question(1)) is not found[1]


def test_a_refusal_is_kept_too(studies: Studies, worked: Counter[str]) -> None:
    """What took its time to find impossible is not looked for again; each is an error of its own."""
    study, goal = studies.study(question(1)), Goal(target_share=1.0)
    errors = []
    for _ in range(2):
        with pytest.raises(UsageError, match="out of reach") as caught:
            studies.plan(study, goal, 50_000)
        errors.append(caught.value)
    assert worked["plan"] == 1
    assert errors[0] is not errors[1]
    assert errors[0].values == errors[1].values


def test_what_is_not_kept_any_more_is_answered_all_the_same(studies: Studies) -> None:
    """A request may hold a study that was let go in the meantime."""
    study = studies.study(question(0))
    for number in range(1, kept.KEPT + 1):
        studies.study(question(number))
    assert studies.part(study, "part", lambda: 7) == 7


@pytest.mark.parametrize("when", ["", "&open_at=now"])
def test_a_reload_works_out_nothing_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch, worked: Counter[str], when: str
) -> None:
    """The page, its charts, map data and files, twice within a minute: everything is worked out once.

    In the next minute "now" is another question.
    """
    client, now = app.test_client(), [AT]
    monkeypatch.setattr(planner_page, "_now", lambda: now[0])
    goal = f"lang=en&n=1&spacing=5000{when}"
    first = look_at_everything(client, goal)
    done = worked.copy()
    assert (done["measure"], done["plan"]) == (1, 1)
    now[0] = AT + timedelta(seconds=45)
    assert look_at_everything(client, goal) == first
    assert worked == done
    now[0] = AT + timedelta(seconds=70)
    client.get(f"/planner?{goal}")
    assert worked["measure"] == (2 if when else 1)


def look_at_everything(client: Any, goal: str) -> list[bytes]:
    """Open the page, and all that it leads to."""
    page = client.get(f"/planner?{goal}")
    assert page.status_code == 200
    words = page.text
    names = (
        "week.svg",
        "distance.svg",
        "lorenz.svg",
        "gain.svg",
        "map.svg",
        "report.html",
        "coverage.xlsx",
        "sites.csv",
    )
    addresses = [found for name in names for found in _addresses(words, f"/planner/{name}")]
    addresses += [*_addresses(words, "/planner/cells.json"), *_addresses(words, "/planner/gaps")]
    assert len(addresses) >= len(names)
    found = [client.get(address) for address in addresses]
    assert {response.status_code for response in found} == {200}
    return [response.data for response in found]


def _addresses(page: str, path: str) -> list[str]:
    """List the addresses of a path in a page, in markup or in JSON."""
    found = re.findall(rf'"({re.escape(path)}\?[^"]*)"', page.replace("\\u0026", "&"))
    return sorted({unescape(address) for address in found})
