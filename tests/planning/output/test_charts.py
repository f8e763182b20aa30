"""Charts: where the data are drawn, what is said, and that any page may hold them."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from locator.planning.output.charts import distance_chart, gain_chart, lorenz_chart, week_chart
from locator.planning.output.drawings import DATA, OTHER
from locator.planning.siting.plans import Plan, Site

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
# The axes of a chart of 600 by 320 px, from its margins of 56, 52, 22 and 52 px.
LEFT, RIGHT, TOP, BOTTOM = 56, 578, 52, 268

WEEK = np.where(np.arange(168) % 24 >= 8, 0.8, 0.2)
WEEK[4 * 24 + 3] = 0.1  # Friday, 03:00
CURVE = np.column_stack([np.linspace(0, 1, 11), np.linspace(0, 1, 11) ** 2])
PLAN = Plan(
    sites=(Site(7, 300.0), Site(2, 200.0), Site(4, 50.0)),
    before=400.0,
    covered=950.0,
    total=1000.0,
    bound=980.0,
    gap=0.05,
    status="within",
    solver="HiGHS",
    seed=0,
    digest="",
    seconds=1.0,
)
DISTANCES_M = np.array([0.0, 100.0, 100.5, 1000.0, 1000.5, 2950.0, 3000.5, np.inf])
WEIGHTS = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0])

CHARTS: dict[str, Callable[[str], bytes]] = {
    "week": lambda lang: week_chart(WEEK, lang),
    "lorenz": lambda lang: lorenz_chart(CURVE, 0.333, lang),
    "gain": lambda lang: gain_chart(PLAN, lang),
    "fewest": lambda lang: gain_chart(replace(PLAN, bound=2), lang, fewest=True),
    "distance": lambda lang: distance_chart(DISTANCES_M, WEIGHTS, 1000.0, lang),
}
every_chart = pytest.mark.parametrize("name", CHARTS)
both_languages = pytest.mark.parametrize("lang", ["zh", "en"])


def parsed(made: bytes) -> ElementTree.Element:
    """Read a chart as XML."""
    return ElementTree.fromstring(made)  # noqa: S314


def texts(made: bytes) -> list[str]:
    """Return all that can be read in a chart."""
    return [element.text or "" for element in parsed(made).iter(f"{SVG}text")]


def part(made: bytes, name: str) -> ElementTree.Element:
    """Return a group by its id."""
    found = parsed(made).find(f".//{SVG}g[@id='{name}']")
    assert found is not None
    return found


def line(made: bytes, name: str) -> np.ndarray:
    """Return the corners (n, 2) of the path in a group, in pixels."""
    path = part(made, name).find(f"{SVG}path")
    assert path is not None
    return np.array(re.findall(r"[ML] (\S+) (\S+)", path.attrib["d"]), dtype=float)


def dots(made: bytes, name: str) -> np.ndarray:
    """Return the middles (n, 2) of the dots in a group, in pixels."""
    uses = part(made, name).iter(f"{SVG}use")
    return np.array([(use.attrib["x"], use.attrib["y"]) for use in uses], dtype=float)


def height_at(corners: np.ndarray, x: float) -> float:
    """Return where a line of steps is at x."""
    level = [a[1] for a, b in pairwise(corners) if a[1] == b[1] and a[0] <= x <= b[0]]
    assert level, f"no step at {x}"
    return float(level[0])


def y_of_share(made: bytes, share: float) -> float:
    """Return where a share is drawn, told by the lowest and the highest label of the axis."""
    ticks = [float(text[:-1]) / 100 for text in texts(made) if re.fullmatch(r"[\d.]+%", text)]
    return BOTTOM - (share - min(ticks)) / (max(ticks) - min(ticks)) * (BOTTOM - TOP)


# What every chart is


@every_chart
@both_languages
def test_a_chart_says_what_it_shows_to_those_who_do_not_see_it(name: str, lang: str) -> None:
    """It is an image with a title and a sentence, in the reader's language."""
    root = parsed(CHARTS[name](lang))
    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    said = {
        element.get("id"): element.text or "" for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")
    }
    assert list(said) == (root.get("aria-labelledby") or "").split()
    assert len(said) == 2
    for text in said.values():
        assert text
        assert any("一" <= sign <= "鿿" for sign in text) == (lang == "zh")


@every_chart
def test_a_chart_passes_a_strict_policy(name: str) -> None:
    """There is no style, script, foreign address or note of who made it when."""
    made = CHARTS[name]("zh")
    for element in parsed(made).iter():
        assert element.tag.split("}")[1] in {"svg", "title", "desc", "defs", "g", "path", "use", "text"}
        assert not {key for key in element.attrib if key == "style" or key.startswith("on")}
        assert element.get(HREF, "#").startswith("#")
    assert set(re.findall(rb"https?://[^\"]*", made)) <= {
        b"http://www.w3.org/2000/svg",
        b"http://www.w3.org/1999/xlink",
    }


@every_chart
def test_ids_are_a_charts_own_and_all_that_are_named_exist(name: str) -> None:
    """Several charts can stand in one page."""
    root = parsed(CHARTS[name]("en"))
    ids = [found for element in root.iter() if (found := element.get("id"))]
    prefix = {"fewest": "gain"}.get(name, name)
    assert len(set(ids)) == len(ids)
    assert all(found.startswith(f"{prefix}-") for found in ids)
    assert {element.attrib[HREF][1:] for element in root.iter() if HREF in element.attrib} <= set(ids)


@every_chart
def test_text_and_axes_take_the_pages_colour(name: str) -> None:
    """Black is never written, so that a dark card shows what is on it."""
    made = CHARTS[name]("en")
    assert parsed(made).get("fill") == "currentColor"
    assert set(re.findall(rb"#[0-9a-fA-F]{6}", made)) <= {DATA.encode(), OTHER.encode()}


@pytest.mark.parametrize("colour", [DATA, OTHER])
@pytest.mark.parametrize("card", ["#ffffff", "#fdf6ee", "#f6ebde", "#25201c", "#1a1613", "#322a25"])
def test_the_data_stand_out_from_light_and_dark_cards(colour: str, card: str) -> None:
    """The contrast is 3:1 or more, as WCAG 2.2 (1.4.11) asks of graphics."""
    light, dark = sorted((luminance(colour), luminance(card)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_same_figures_make_the_same_bytes_in_any_thread() -> None:
    """Eight threads draw all charts at once, four times, and none disturbs another."""
    jobs = [(name, lang) for name in CHARTS for lang in ("zh", "en")] * 4
    alone = {job: CHARTS[job[0]](job[1]) for job in set(jobs)}
    with ThreadPoolExecutor(8) as pool:
        for job, made in zip(jobs, pool.map(lambda job: CHARTS[job[0]](job[1]), jobs), strict=True):
            assert made == alone[job]


# The week


def test_every_hour_is_drawn_at_its_share() -> None:
    """168 steps of equal width, each as high as its share."""
    made = week_chart(WEEK, "en")
    corners = line(made, "week-data")
    assert corners[0, 0] == pytest.approx(LEFT, abs=0.01)
    assert corners[-1, 0] == pytest.approx(RIGHT, abs=0.01)
    width = (RIGHT - LEFT) / 168
    for hour, share in enumerate(WEEK):
        drawn = height_at(corners, LEFT + (hour + 0.5) * width)
        assert drawn == pytest.approx(y_of_share(made, share), abs=0.01)


def test_the_axis_of_the_week_begins_at_nothing() -> None:
    """A low share looks low; each day has its name in its middle."""
    made = week_chart(WEEK, "zh")
    assert "0%" in texts(made)
    assert [text for text in texts(made) if text.startswith("周")] == [f"周{day}" for day in "一二三四五六日"]


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("zh", "覆盖最低：周五 03:00–04:00，10.0%"), ("en", "Worst hour: Fri 03:00–04:00, 10.0%")],
)
def test_the_worst_hour_is_marked_and_named(lang: str, sentence: str) -> None:
    """A dot stands in the middle of the hour; the sentence is in the drawing and in the description."""
    made = week_chart(WEEK, lang)
    assert sentence in texts(made)
    assert sentence in (parsed(made).findtext(f"{SVG}desc") or "")
    x = LEFT + (RIGHT - LEFT) * (4 * 24 + 3.5) / 168
    assert dots(made, "week-dot")[0] == pytest.approx([x, y_of_share(made, 0.1)], abs=0.01)


def test_worst_hours_that_are_alike_are_counted() -> None:
    """The first is named: eight hours of seven nights are equally bad."""
    week = np.where(np.arange(168) % 24 >= 8, 0.8, 0.0)
    assert "Worst hour: Mon 00:00–01:00 and 55 more, 0.0%" in texts(week_chart(week, "en"))
    assert "覆盖最低：周一 00:00–01:00及另外55个小时，0.0%" in texts(week_chart(week, "zh"))


# Lorenz


def test_the_lorenz_curve_lies_where_its_points_are() -> None:
    """In 440 by 440 px with the same margins: from the lower left to the upper right corner."""
    made = lorenz_chart(CURVE, 0.333, "en")
    drawn = line(made, "lorenz-data")
    expected = np.column_stack([56 + 362 * CURVE[:, 0], 388 - 336 * CURVE[:, 1]])
    assert drawn == pytest.approx(expected, abs=0.01)
    assert line(made, "lorenz-equality") == pytest.approx(np.array([[56, 388], [418, 52]]), abs=0.01)
    assert "Gini 0.333" in texts(made)


def test_a_curve_of_a_million_points_is_drawn_as_exactly_as_it_can_be_seen() -> None:
    """Fewer points are written, and the curve is off by less than half a pixel."""
    people = np.linspace(0, 1, 1_000_001)
    made = lorenz_chart(np.column_stack([people, people**3]), 0.5, "en")
    drawn = line(made, "lorenz-data")
    x = np.arange(57, 418)
    exact = 388 - 336 * ((x - 56) / 362) ** 3
    assert np.interp(x, drawn[:, 0], drawn[:, 1]) == pytest.approx(exact, abs=0.5)
    assert len(made) <= 40_000


# Sites


def test_each_site_raises_the_curve_by_its_gain() -> None:
    """0.4 before, then 0.7, 0.9 and 0.95 of all demand, from the left edge to the right."""
    made = gain_chart(PLAN, "en")
    expected = [
        (LEFT + (RIGHT - LEFT) * place / 3, y_of_share(made, share))
        for place, share in enumerate((0.4, 0.7, 0.9, 0.95))
    ]
    assert dots(made, "gain-data") == pytest.approx(np.array(expected), abs=0.01)
    assert "3 added: 95.0%" in texts(made)


def test_the_proven_bound_is_a_line_across() -> None:
    """No choice covers more than 0.98 of the demand, and the chart says no more than that."""
    made = gain_chart(PLAN, "en")
    y = y_of_share(made, 0.98)
    assert line(made, "gain-bound") == pytest.approx(np.array([[LEFT, y], [RIGHT, y]]), abs=0.01)
    assert "Dashed: proven that no choice exceeds 98.0%" in texts(made)
    assert "虚线：已证明不可能超过98.0%" in texts(gain_chart(PLAN, "zh"))


def test_the_fewest_sites_are_a_line_upwards() -> None:
    """Where the bound is a number of sites, it stands on the axis of sites."""
    made = gain_chart(replace(PLAN, bound=2), "en", fewest=True)
    x = LEFT + (RIGHT - LEFT) * 2 / 3
    assert line(made, "gain-flag") == pytest.approx(np.array([[x, BOTTOM], [x, TOP]]), abs=0.01)
    assert "Proven: no fewer than 2" in texts(made)


@pytest.mark.parametrize("fewest", [False, True])
def test_without_a_bound_nothing_is_called_proven(fewest: bool) -> None:
    """A heuristic's answer has no line and says what it is."""
    made = gain_chart(replace(PLAN, bound=None, gap=None, status="heuristic"), "en", fewest=fewest)
    said = "nothing proven about how few would do" if fewest else "no bound was proven"
    assert any(said in text for text in texts(made))
    assert not {b"gain-bound", b"gain-flag"} & set(re.findall(rb'id="([^"]*)"', made))


def test_five_hundred_sites_stay_small() -> None:
    """Many sites are a line without dots."""
    sites = tuple(Site(number, 1000.0 - number) for number in range(500))
    made = gain_chart(replace(PLAN, sites=sites, total=1e6, bound=4e5), "en")
    assert dots(made, "gain-data").size == 0
    assert len(made) <= 40_000


# Distances


def test_persons_stand_in_the_bar_of_their_distance() -> None:
    """Bars end at their upper edge, included; the last has all beyond 3 km, and those without a station."""
    made = distance_chart(DISTANCES_M, WEIGHTS, 1000.0, "en")
    ticks = [float(text) for text in texts(made) if re.fullmatch(r"[\d,]+", text) and int(text) <= 200]
    y_of = {persons: BOTTOM - persons / max(ticks) * (BOTTOM - TOP) for persons in (0, 3, 4, 8, 16, 32, 192)}
    width = (RIGHT - LEFT) / 31
    within, beyond = line(made, "distance-within"), line(made, "distance-beyond")
    for bar, persons in ((0, 3), (1, 4), (5, 0), (9, 8)):
        assert height_at(within, LEFT + (bar + 0.5) * width) == pytest.approx(y_of[persons], abs=0.01)
    for bar, persons in ((10, 16), (20, 0), (29, 32), (30, 192)):
        assert height_at(beyond, LEFT + (bar + 0.5) * width) == pytest.approx(y_of[persons], abs=0.01)


def test_the_radius_is_marked_with_the_share_within() -> None:
    """15 of 255 persons live within 1 km, one of them at exactly 1 km."""
    made = distance_chart(DISTANCES_M, WEIGHTS, 1000.0, "en")
    x = LEFT + (RIGHT - LEFT) * 10 / 31
    assert line(made, "distance-flag") == pytest.approx(np.array([[x, BOTTOM], [x, TOP]]), abs=0.01)
    assert "Within 1000 m: 5.9%" in texts(made)
    assert "1000米以内：5.9%" in texts(distance_chart(DISTANCES_M, WEIGHTS, 1000.0, "zh"))


def test_many_persons_are_counted_in_thousands_or_wan() -> None:
    """Numbers on the axis stay short enough to be read."""
    en, zh = (texts(distance_chart(DISTANCES_M, WEIGHTS * 1e4, 1000.0, lang)) for lang in ("en", "zh"))
    assert "Persons (thousands)" in en
    assert "2,000" in en
    assert "人数（万人）" in zh
    assert "200" in zh


# Nothing to draw


@pytest.mark.parametrize(
    "draw",
    [
        lambda lang: week_chart(None, lang),
        lambda lang: lorenz_chart(CURVE, None, lang),
        lambda lang: gain_chart(replace(PLAN, sites=()), lang),
        lambda lang: distance_chart(np.array([]), np.array([]), 1000.0, lang),
        lambda lang: distance_chart(DISTANCES_M, WEIGHTS * 0, 1000.0, lang),
    ],
)
def test_where_there_is_nothing_to_draw_a_sentence_says_so(draw: Callable[[str], bytes]) -> None:
    """No line pretends to be an answer."""
    for lang in ("zh", "en"):
        root = parsed(draw(lang))
        assert not list(root.iter(f"{SVG}path"))
        assert root.findtext(f"{SVG}desc") in texts(draw(lang))
