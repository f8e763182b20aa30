"""Pairs of angles in one text, as people type and paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.geo.angles import read_pair

HERE = pytest.approx((39.9155, 116.405), abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "39.9155, 116.4050",
        "39.9155,116.405",
        "39.9155 116.405",
        " (39.9155, 116.405) ",
        "３９.９１５５,１１６.４０５",
        "３９．９１５５，１１６．４０５",
        "39.9155，116.405",
        "39.9155；116.405",
        "39.9155、116.405",
        "39.9155°N 116.405°E",
        "39.9155N,116.405E",
        "N39.9155 E116.405",
        "e116.405 n39.9155",
        "北纬39.9155 东经116.405",
        "東經116.405°，北緯39.9155°",
        "纬度：39.9155 经度：116.405",
        "39°54'55.8\"N 116°24'18\"E",
        "39°54′55.8″ 116°24′18″",
        "116.405, 39.9155",
        "116.405 39.9155",
        "POINT (116.405 39.9155)",
    ],
)
def test_a_pair_is_read_however_it_is_written(text: str) -> None:
    """Every spelling of 39.9155, 116.405 is that position."""
    assert read_pair(text) == HERE


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("43.8256,87.6168", (43.8256, 87.6168)),  # Ürümqi
        ("87.6168,43.8256", (43.8256, 87.6168)),  # the same: no map shows 87° north
        ("-33.87, 151.21", (-33.87, 151.21)),  # Sydney
        ("151.21, -33.87", (-33.87, 151.21)),
        ("33.87S 151.21E", (-33.87, 151.21)),
        ("69.65, 18.96", (69.65, 18.96)),  # Tromsø, where both are latitudes: the latitude first
        ("18.96, 69.65", (18.96, 69.65)),
        ("72.9, 18.5", (72.9, 18.5)),
        ("95.5, 100.5", (95.5, 100.5)),  # no position, but meant as one: it is refused as such
        ("116.4, -95.2", (116.4, -95.2)),
    ],
)
def test_the_latitude_stands_first_unless_that_cannot_be(text: str, pair: tuple[float, float]) -> None:
    """Beyond 90, or where it would be a longitude of China's west."""
    assert read_pair(text) == pair


@pytest.mark.parametrize(
    "text",
    [
        "",
        "东华门",
        "39.9155",
        "39.9155, 116.405, 20",
        "东华门 39.9155, 116.405",
        "39.9155, 116.405 附近",
        "3 5",  # could be anything
        "39,116",
        "39,40 116",
        "39.9N 40.1N",
        "39.9.1 116.4",
        "39°70' 116°24'",
        "nan, nan",
        "1e1.5, 2.5",
        "1_0.5, 2.5",
        "798",
        "dhm",
    ],
)
def test_what_is_no_pair_is_none(text: str) -> None:
    """A name, one number, three, or numbers among words."""
    assert read_pair(text) is None


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_pair_with_letters_is_what_they_say(lat: float, lon: float) -> None:
    """In either order, whatever the numbers."""
    north, east = f"{abs(lat):.6f}{'N' if lat >= 0 else 'S'}", f"{abs(lon):.6f}{'E' if lon >= 0 else 'W'}"
    assert read_pair(f"{north} {east}") == read_pair(f"{east} {north}") == pytest.approx((lat, lon), abs=1e-6)


@given(st.text(max_size=80))
def test_any_text_is_a_pair_or_none(text: str) -> None:
    """And never an error."""
    assert read_pair(text) is None or len(read_pair(text) or ()) == 2
