"""The map as a picture: what lies where, what is said of it, and that any page may hold it."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from pyproj import Geod

from locator.planning.inputs.demand import Candidates, Demand
from locator.planning.inputs.station_changes import parse_changes
from locator.planning.inputs.supply import supply_of
from locator.planning.measures.coverage import Question
from locator.planning.output.drawings import WHITE
from locator.planning.output.gap_map import NEW, SITE, gap_map
from locator.planning.siting.plans import Plan, Site
from locator.planning.study import Study
from locator.stations.catalog import Catalog

from .test_charts import luminance

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "defs", "g", "path", "use", "text", "pattern", "rect"}
DEMAND = Demand(
    np.array([[116.4042, 39.9162], [116.405, 39.9555]]), np.array([600.0, 300.0]), None, "people.csv", False, "0"
)
PLAN = Plan(
    sites=(Site(1, 300.0), Site(0, 1.0)),
    before=600.0,
    covered=901.0,
    total=901.0,
    bound=None,
    gap=None,
    status="heuristic",
    solver="",
    seed=0,
    digest="",
    seconds=0.0,
)


@pytest.fixture
def study(catalog: Catalog) -> Study:
    """The seven stations of two districts, and a new one where nobody is near."""
    north = parse_changes(
        [{"action": "add", "station_id": "n", "kind": "warm_station", "lat": 39.9555, "lon": 116.405}]
    )
    return Study(supply_of(catalog), DEMAND, catalog.districts, Question(), north)


def drawn(study: Study, lang: str = "zh", plan: Plan | None = None) -> ElementTree.Element:
    """Draw the map and read it as XML."""
    candidates = Candidates(
        ("x", "y"), np.array([[116.36, 39.82], [116.42, 39.94]]), (None, None), "sites.csv", "0"
    )
    return ElementTree.fromstring(gap_map(study, study.gaps, plan, candidates, lang))  # noqa: S314 - ours


def part(root: ElementTree.Element, name: str) -> ElementTree.Element:
    """Return a group by its id."""
    found = root.find(f".//{SVG}g[@id='map-{name}']")
    assert found is not None
    return found


def place(root: ElementTree.Element, name: str) -> tuple[float, float]:
    """Return the middle of a mark, in pixels."""
    (use,) = part(root, name).iter(f"{SVG}use")
    return float(use.attrib["x"]), float(use.attrib["y"])


def test_places_lie_where_they_are(study: Study) -> None:
    """North is up, east is right, and a kilometre is as long one way as the other."""
    root = drawn(study, plan=PLAN)
    (x1, y1), (x2, y2) = place(root, "site-1"), place(root, "site-2")
    assert x1 > x2
    assert y1 < y2
    # From a corner to the point that is as far north as the one and as far east as the other.
    geod = Geod(ellps="WGS84")
    *_, east_m = geod.inv(116.36, 39.88, 116.42, 39.88)
    *_, north_m = geod.inv(116.42, 39.82, 116.42, 39.94)
    assert (x1 - x2) / (y2 - y1) == pytest.approx(east_m / north_m, rel=0.01)


def test_names_are_in_the_readers_language(study: Study) -> None:
    """Each area has its name inside it."""
    for lang, names in (("zh", {"东城区", "丰台区"}), ("en", {"Dongcheng", "Fengtai"})):
        labels = [element for element in drawn(study, lang).iter(f"{SVG}text") if element.get("class") == "halo"]
        assert {label.text for label in labels} == names
        high = {label.text: float(label.get("y", 0)) for label in labels}
        assert high[min(names & {"东城区", "Dongcheng"})] < high[min(names & {"丰台区", "Fengtai"})]


def test_it_shows_gaps_stations_and_marks(study: Study) -> None:
    """The gaps are hatched, eight stations are dots, the new one and the two sites have signs."""
    root = drawn(study, plan=PLAN)
    (gaps,) = part(root, "gaps").iter(f"{SVG}path")
    (pattern,) = root.iter(f"{SVG}pattern")
    assert gaps.get("fill") == f"url(#{pattern.get('id')})"
    (dots,) = part(root, "stations").iter(f"{SVG}path")
    assert len(re.findall("M", dots.get("d", ""))) == len(set(map(tuple, study.supply.lonlat.tolist())))
    assert [e.text for e in root.iter(f"{SVG}text") if e.get("fill") == WHITE] == ["+", "1", "2"]
    assert place(root, "added")[1] < place(root, "site-1")[1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_says_what_it_shows_to_those_who_do_not_see_it(study: Study, lang: str) -> None:
    """It is an image with a title that counts the gaps and the stations."""
    root = drawn(study, lang)
    (title,) = root.iter(f"{SVG}title")
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", title.get("id"))
    assert str(len(study.gaps)) in (title.text or "")
    assert ("没有站点" if lang == "zh" else "without a station near") in (title.text or "")


def test_a_strict_policy_lets_it_be(study: Study) -> None:
    """No style, no script; all ids begin with the picture's name and no label is markup."""
    evil = replace(study.areas[0], name="<img src=x onerror=alert(1)>$x$")
    root = drawn(Study(study.supply, DEMAND, (evil, *study.areas[1:]), Question()), plan=PLAN)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg",
            "title",
            "defs",
            "g",
            "path",
            "use",
            "text",
            "pattern",
            "rect",
        }
        assert not {key for key in element.attrib if key == "style" or key.startswith("on")}
        assert element.get("id", "map-").startswith("map-")
    assert "<img src=x onerror=alert(1)>$x$" in [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("colour", [SITE, NEW])
def test_marks_stand_out_and_can_be_read(colour: str) -> None:
    """The contrast with any card is 3:1 or more, and with the sign in it 4.5:1, as WCAG 2.2 asks."""
    for other, least in (("#fdf6ee", 3), ("#25201c", 3), (WHITE, 4.5)):
        light, dark = sorted((luminance(colour), luminance(other)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least


def test_without_areas_it_shows_where_the_demand_is(catalog: Catalog) -> None:
    """There is no ground to hatch, and nothing fails."""
    root = drawn(Study(supply_of(catalog), DEMAND, (), Question()))
    assert root.find(f".//{SVG}g[@id='map-areas']") is None
    assert part(root, "stations") is not None
