"""Another city's outlines are looked at beside the stations, published as a version, and taken back."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping

from locator.planning.inputs import district_files
from locator.planning.inputs.planner_files import read_areas_here
from locator.stations.geodata import DISTRICTS, read_districts
from tests.web.conftest import TOKEN

PAGE = "/manage/outlines"
# The seven stations lie between 116.39 and 116.43 east; the first square ends at 116.41.
WEST, EAST = box(116.30, 39.80, 116.41, 40.00), box(116.50, 39.80, 116.60, 40.00)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without the process of its own, which takes a second or two to start."""
    monkeypatch.setattr(district_files, "read_areas", read_areas_here)


def outlines(*squares: tuple[str, Any], **members: Any) -> bytes:
    """Return GeoJSON with some named squares."""
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": mapping(square)} for name, square in squares
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def send(desk: Any, content: bytes, name: str = "城市.geojson", **form: str) -> Any:
    """Send a file as the form does."""
    token = TOKEN.search(desk.get(PAGE).text)
    data = {"csrf_token": token[1], "outlines": (io.BytesIO(content), name), **form}
    return desk.client.post(PAGE, data=data, headers={"Accept-Language": "en"})


def text(page: str) -> str:
    """Return a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_outlines_are_looked_at_and_published(signed_in: Any) -> None:
    """How many stations lie inside and outside; then they are served, and rolled back like any version."""
    before = [one.name for one in read_districts(signed_in.store.path(0) / DISTRICTS)]
    stations = signed_in.store.contents(0).stations
    inside = sum(WEST.bounds[0] <= one.lon <= WEST.bounds[2] for one in stations)
    assert 0 < inside < len(stations)
    response = send(signed_in, outlines(("西<b>区", WEST), ("东区", EAST), datum="WGS84"))
    assert response.status_code == 303
    page = signed_in.get(response.location)
    assert "<b>区" not in page.text
    assert f"Inside {inside} " in text(page.text)
    assert f"Outside of all {len(stations) - inside} " in text(page.text)
    assert "New districts: 2" in page.text
    assert f"no longer be served: {len(before)}" in page.text
    drawn = signed_in.client.get(f"{response.location}/districts.geojson").get_json()
    assert [feature["properties"]["name"] for feature in drawn["features"]] == ["西<b>区", "东区"]
    assert signed_in.store.numbers() == []
    assert signed_in.post(f"{response.location}/publish", seen=response.location, why="").status_code == 422
    assert signed_in.post(f"{response.location}/publish", seen=response.location, why="moved").status_code == 303
    assert [one.name for one in read_districts(signed_in.store.path(1) / DISTRICTS)] == ["西<b>区", "东区"]
    assert signed_in.store.contents(1).stations == stations
    assert signed_in.client.get("/api/districts.geojson").get_json()["features"][1]["properties"]["name"] == "东区"
    assert signed_in.get(response.location).status_code in (404, 422, 400)
    signed_in.store.rollback(0, who="Lin")
    assert [one.name for one in read_districts(signed_in.store.path(2) / DISTRICTS)] == before


def test_a_datum_can_be_said_afterwards(signed_in: Any) -> None:
    """The same file read as GCJ-02 lies 600 m from where it lay; what is wrong then leaves it as it was."""
    response = send(signed_in, outlines(("城区", WEST)))
    page = signed_in.get(response.location).text
    assert "does not say its datum" in page

    def west() -> float:
        drawn = signed_in.client.get(f"{response.location}/districts.geojson").get_json()
        return float(min(corner[0] for corner in drawn["features"][0]["geometry"]["coordinates"][0]))

    assert west() == 116.3
    assert signed_in.post(response.location, seen=response.location, datum="gcj02").status_code == 303
    # In Beijing GCJ-02 lies 0.0062° east of WGS 84.
    assert west() == pytest.approx(116.3 - 0.0062, abs=4e-4)
    assert 'value="gcj02" selected' in signed_in.get(response.location).text
    assert signed_in.post(response.location, seen=response.location, crs="EPSG:1").status_code == 422
    assert west() == pytest.approx(116.3 - 0.0062, abs=4e-4)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.geojson", "empty.geojson"),
        (b"not outlines", "a.gpkg", "a.gpkg"),
        (outlines(("a", WEST), ("a", EAST)), "twice.geojson", "more than one outline"),
        (outlines(("", WEST)), "bare.geojson", "it has no name"),
        (b"%PDF-1.7", "../../evil.pdf", "evil.pdf"),
    ],
)
def test_bad_outlines_are_refused_and_nothing_is_kept(
    signed_in: Any, content: bytes, name: str, said: str
) -> None:
    """With the name of the file, and no folder is left."""
    response = send(signed_in, content, name)
    assert response.status_code == 422
    assert said in text(response.text)
    folder: Path = signed_in.store.folder / "outlines"
    assert list(folder.glob("*")) == []
    assert signed_in.post(PAGE, seen=PAGE).status_code == 422


def test_outlines_are_thrown_away(signed_in: Any) -> None:
    """And then they are not there; nor is anything outside their folder."""
    url = send(signed_in, outlines(("a", WEST))).location
    assert f'href="{url}"' in signed_in.get(PAGE).text
    assert signed_in.post(f"{url}/discard", seen=url).status_code == 303
    assert url not in signed_in.get(PAGE).text
    for name in (url.rsplit("/", 1)[1], "versions", "x" * 300):
        assert "no longer here" in signed_in.get(f"{PAGE}/{name}").text
    assert signed_in.get(f"{PAGE}/..%2Fversions").status_code == 404


def test_a_list_is_published_with_the_outlines_of_its_city(signed_in: Any) -> None:
    """The list lies outside the area that is served, and inside the outlines that were sent."""
    tianjin = box(117.0, 39.0, 117.4, 39.3)
    token = send(signed_in, outlines(("和平区", tianjin), datum="WGS84")).location.rsplit("/", 1)[1]
    sent = "name,lat,lon,district\n和平驿站,39.12,117.2,和平区\n".encode()
    page = signed_in.get("/manage/import").text
    assert f'<option value="{token}">' in page
    form = {"kind": "warm_station", "source": "天津", "datum": "wgs84", "districts": token}
    csrf = TOKEN.search(page)
    data = {"csrf_token": csrf[1], "list": (io.BytesIO(sent), "list.csv"), **form}  # type: ignore[index]
    url = signed_in.client.post("/manage/import", data=data).location
    listed = wait(signed_in, url)
    assert "Publish" in listed
    assert f'value="{token}" selected' in listed
    signed_in.post(f"{url}/publish", seen=url, why="new city")
    wait(signed_in, url)
    contents = signed_in.store.contents(signed_in.store.newest())
    assert [one.name for one in read_districts(contents.districts_file)] == ["和平区"]
    assert "和平驿站" in [one.name for one in contents.stations]


def wait(desk: Any, url: str) -> str:
    """Look at the page of a list until its work is done."""
    from time import sleep

    for _ in range(200):
        page: str = desk.get(url).text
        if "being worked out" not in page:
            return page
        sleep(0.05)
    raise AssertionError("the list is not done")
