"""Positions in China mean what their datum says; elsewhere nothing is moved."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from locator.errors import UsageError
from locator.geo.datum import Datum, convert, convert_point, in_mainland, parse_datum

GEOD = Geod(ellps="WGS84")
WGS84, GCJ02, BD09 = Datum.WGS84, Datum.GCJ02, Datum.BD09
PAIRS = list(permutations(Datum, 2))

# lat, lon; the places at the edges of the country first.
MAINLAND = {
    "Beijicun": (53.4800, 122.3450),
    "Fuyuan": (48.3640, 134.3080),
    "Sanya": (18.2520, 109.5120),
    "Kashgar": (39.4700, 75.9900),
    "Beijing": (39.9042, 116.4074),
    "Shanghai": (31.2304, 121.4737),
    "Guangzhou": (23.1291, 113.2644),
    "Shenzhen": (22.5429, 114.0596),
    "Chengdu": (30.5728, 104.0668),
    "Xi'an": (34.3416, 108.9398),
    "Wuhan": (30.5928, 114.3055),
    "Harbin": (45.8038, 126.5350),
    "Urumqi": (43.8256, 87.6168),
    "Lhasa": (29.6500, 91.1000),
    "Kunming": (25.0389, 102.7183),
    "Haikou": (20.0440, 110.1999),
    "Qingdao": (36.0671, 120.3826),
    "Dalian": (38.9140, 121.6147),
    "Fuzhou": (26.0745, 119.2965),
    "Hohhot": (40.8426, 111.7490),
    "Zhoushan": (29.9850, 122.2070),
    "Pingtan": (25.5030, 119.7900),
    "Chongming": (31.6230, 121.3970),
    "Shengsi": (30.7260, 122.4510),
    "Gulangyu": (24.4460, 118.0670),
    "Yangshan port": (30.6170, 122.0700),
    "Pudong airport": (31.1443, 121.8083),
    "Tianjin port": (38.9850, 117.7900),
    "Nan'ao": (23.4180, 117.0230),
}
ELSEWHERE = {
    "Hong Kong": (22.3193, 114.1694),
    "Macau": (22.1987, 113.5439),
    "Taipei": (25.0330, 121.5654),
    "Kaohsiung": (22.6273, 120.3014),
    "Penghu": (23.5710, 119.5800),
    "Matsu": (26.1520, 119.9400),
    "Seoul": (37.5665, 126.9780),
    "Pyongyang": (39.0392, 125.7625),
    "Hanoi": (21.0278, 105.8342),
    "Vladivostok": (43.1155, 131.8855),
    "Khabarovsk": (48.4802, 135.0719),
    "Ulaanbaatar": (47.8864, 106.9057),
    "Almaty": (43.2389, 76.8897),
    "Bishkek": (42.8746, 74.5698),
    "Kathmandu": (27.7172, 85.3240),
    "Thimphu": (27.4728, 89.6390),
    "Dhaka": (23.8103, 90.4125),
    "Mandalay": (21.9588, 96.0891),
    "Vientiane": (17.9757, 102.6331),
    "Manila": (14.5995, 120.9842),
    "Fukuoka": (33.5902, 130.4017),
    "Tokyo": (35.6762, 139.6503),
    "London": (51.5074, -0.1278),
    "Sydney": (-33.8688, 151.2093),
}
# On this side of the border, and across it.
NEIGHBOURS = {
    "Luohu port, Sheung Shui": ((22.5325, 114.1140), (22.5010, 114.1280)),
    "Luohu port, Lo Wu station": ((22.5325, 114.1140), (22.5283, 114.1131)),
    "Futian port, Lok Ma Chau station": ((22.5170, 114.0690), (22.5147, 114.0656)),
    "Shekou port, Tuen Mun": ((22.4790, 113.9150), (22.3916, 113.9733)),
    "Yantian port, Sha Tau Kok market": ((22.5700, 114.2700), (22.5460, 114.2240)),
    "Gongbei port, Macau ruins": ((22.2163, 113.5487), (22.1976, 113.5409)),
    "Hengqin port, Cotai": ((22.1375, 113.5430), (22.1400, 113.5560)),
    "Wanzai, A-Ma temple": ((22.1935, 113.5235), (22.1862, 113.5312)),
    "Dandong, Sinuiju": ((40.1230, 124.3855), (40.1006, 124.3981)),
    "Jiuliancheng, Uiju": ((40.2300, 124.5000), (40.2030, 124.5320)),
    "Ji'an, Manpo": ((41.1260, 126.1900), (41.1570, 126.2900)),
    "Changbai, Hyesan": ((41.4190, 128.2000), (41.4010, 128.1770)),
    "Tumen, Namyang": ((42.9650, 129.8440), (42.9500, 129.8600)),
    "Heihe, Blagoveshchensk": ((50.2450, 127.4990), (50.2720, 127.5400)),
    "Suifenhe, Pogranichny": ((44.3960, 131.1510), (44.4010, 131.3820)),
    "Manzhouli, Zabaikalsk": ((49.5978, 117.3787), (49.6510, 117.3270)),
    "Erenhot, Zamyn-Uud": ((43.6530, 111.9770), (43.7230, 111.9050)),
    "Ruili, Muse": ((24.0130, 97.8520), (23.9890, 97.9040)),
    "Hekou, Lao Cai": ((22.5250, 103.9450), (22.4856, 103.9707)),
    "Pingxiang, Dong Dang": ((22.0960, 106.7660), (21.9440, 106.6960)),
    "Dongxing, Mong Cai": ((21.5450, 107.9680), (21.5290, 107.9660)),
    "Xiamen, Kinmen": ((24.4798, 118.0894), (24.4370, 118.3190)),
}


def array(places):
    """Turn (lat, lon) pairs into an (n, 2) array, longitude first."""
    return np.array([(lon, lat) for lat, lon in places])


def metres(a, b):
    """Give the geodesic distance between the rows of two arrays."""
    return GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]


near_a_city = st.tuples(
    st.sampled_from(list(MAINLAND.values())), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02)
).map(lambda drawn: (drawn[0][0] + drawn[1], drawn[0][1] + drawn[2]))
# A rectangle that lies in the mainland as a whole.
in_the_interior = st.tuples(st.floats(26, 40), st.floats(100, 117))
positions = near_a_city | in_the_interior


@given(st.lists(positions, min_size=1, max_size=20), st.sampled_from(PAIRS))
def test_there_and_back_is_the_same_position(places, pair):
    """The round trip between any two datums is good to 1e-5 m in the mainland, a hundredth of what is promised."""
    source, target = pair
    places = array(places)
    # A place near a city on the border may lie across it.
    start = convert(places[in_mainland(places)], WGS84, source)
    back = convert(convert(start, source, target), target, source)
    assert metres(start, back).max(initial=0) <= 1e-5


@given(st.lists(in_the_interior, min_size=1, max_size=20))
def test_shift_agrees_with_another_implementation(places):
    """The forward shifts are those of the package prcoords to 1e-6 m."""
    gcj = np.array([prcoords.wgs_gcj(place)[::-1] for place in places])
    bd = np.array([prcoords.wgs_bd(place)[::-1] for place in places])
    assert metres(convert(array(places), WGS84, GCJ02), gcj).max() <= 1e-6
    assert metres(convert(array(places), WGS84, BD09), bd).max() <= 1e-6


@given(st.lists(in_the_interior, min_size=1, max_size=20))
def test_inverse_agrees_with_another_implementation(places):
    """The inverse shifts are those of the package prcoords, which stops at about 2 mm."""
    wgs = np.array([prcoords.gcj_wgs_bored(place)[::-1] for place in places])
    assert metres(convert(array(places), GCJ02, WGS84), wgs).max() <= 5e-3


@pytest.mark.parametrize(
    ("source", "target", "given_at", "expected"),
    [
        # Published by the library coordtransform.
        (WGS84, GCJ02, (39.915, 116.404), (39.91640428150164, 116.41024449916938)),
        (GCJ02, BD09, (39.915, 116.404), (39.92133699351021, 116.41036949371029)),
        # Published by the library eviltransform, whose formula differs by about 1 cm.
        (WGS84, GCJ02, (31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        (WGS84, GCJ02, (22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        (WGS84, GCJ02, (39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_known_positions_are_shifted_as_published(source, target, given_at, expected):
    """Positions that other libraries publish come out the same to 2 cm."""
    got = convert_point(*given_at, source, target)
    assert metres(array([got]), array([expected])).item() <= 0.02


def test_tiananmen_lies_where_the_maps_of_each_datum_show_it():
    """At Tiananmen GCJ-02 lies 533 m east and 156 m north, and BD-09 1378 m away in all."""
    tiananmen = (39.9087, 116.3975)
    lat, lon = convert_point(*tiananmen, WGS84, GCJ02)
    bearing, _, distance = GEOD.inv(tiananmen[1], tiananmen[0], lon, lat)
    assert distance * np.sin(np.radians(bearing)) == pytest.approx(533, abs=3)
    assert distance * np.cos(np.radians(bearing)) == pytest.approx(156, abs=3)
    bd = convert_point(*tiananmen, WGS84, BD09)
    assert metres(array([tiananmen]), array([bd])).item() == pytest.approx(1378, abs=5)


@pytest.mark.parametrize("place", MAINLAND)
def test_mainland_is_shifted(place):
    """In the mainland, islands and quays included, GCJ-02 is hundreds of metres away."""
    here = array([MAINLAND[place]])
    assert in_mainland(here).all()
    assert metres(here, convert(here, WGS84, GCJ02)).item() > 100


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_elsewhere_stays_as_it_is(source, target):
    """Outside mainland China every conversion returns the same numbers."""
    there = array(ELSEWHERE.values())
    assert not in_mainland(there).any()
    assert (convert(there, source, target) == there).all()


@pytest.mark.parametrize("pair", NEIGHBOURS)
def test_border_runs_between_neighbours(pair):
    """Of two places close together across a border only the mainland's is shifted."""
    here, across = NEIGHBOURS[pair]
    assert in_mainland(array([here, across])).tolist() == [True, False]
    assert convert_point(*here, WGS84, GCJ02) != here
    assert convert_point(*across, WGS84, BD09) == across


def test_what_lies_in_the_mainland_comes_back_even_at_the_border():
    """Positions of the mainland that GCJ-02 pushes across the Shenzhen river return from there."""
    lat, lon = np.meshgrid(np.linspace(22.50, 22.56, 60), np.linspace(114.05, 114.20, 60))
    grid = np.column_stack((lon.ravel(), lat.ravel()))
    inside = grid[in_mainland(grid)]
    shifted = convert(inside, WGS84, GCJ02)
    assert not in_mainland(shifted).all()
    assert metres(inside, convert(shifted, GCJ02, WGS84)).max() <= 1e-5


def test_position_across_the_border_and_beyond_the_shift_is_left_alone():
    """Farther from the border than the shift is long a position stays as it is, there and back."""
    sheung_shui = (22.5010, 114.1280)
    assert convert_point(*sheung_shui, GCJ02, WGS84) == sheung_shui


def test_gcj02_to_bd09_is_the_same_directly_and_by_wgs84():
    """The three conversions fit together."""
    gcj = convert(array(MAINLAND.values()), WGS84, GCJ02)
    by_wgs84 = convert(convert(gcj, GCJ02, WGS84), WGS84, BD09)
    assert metres(convert(gcj, GCJ02, BD09), by_wgs84).max() <= 1e-5


@given(positions | st.sampled_from(list(ELSEWHERE.values())), st.sampled_from(PAIRS))
def test_one_position_is_converted_as_many_are(place, pair):
    """A single position gives the same numbers as the same position in an array."""
    lon, lat = convert(array([place, (0.0, 0.0)]), *pair)[0]
    assert convert_point(*place, *pair) == (lat, lon)


@pytest.mark.parametrize("datum", Datum)
def test_same_datum_changes_nothing(datum):
    """From a datum to itself a position stays, and an array is copied."""
    here = array(MAINLAND.values())
    copy = convert(here, datum, datum)
    assert (copy == here).all()
    assert not np.shares_memory(copy, here)
    assert convert_point(39.9, 116.4, datum, datum) == (39.9, 116.4)


def test_given_array_is_not_changed():
    """Conversion writes to a new array."""
    here = array(MAINLAND.values())
    before = here.copy()
    convert(here, WGS84, GCJ02)
    assert (here == before).all()


@pytest.mark.parametrize(("source", "target"), [(WGS84, GCJ02), (BD09, WGS84), (WGS84, WGS84)])
def test_no_positions_give_no_positions(source, target):
    """An empty array gives an empty array of shape (0, 2)."""
    assert convert(np.empty((0, 2)), source, target).shape == (0, 2)
    assert convert(np.array([]), source, target).shape == (0, 2)
    assert in_mainland(np.empty((0, 2))).shape == (0,)


@pytest.mark.parametrize(("source", "target"), [(WGS84, GCJ02), (GCJ02, WGS84), (GCJ02, BD09), (WGS84, WGS84)])
@pytest.mark.parametrize(
    ("lat", "lon", "shown"),
    [
        (float("nan"), 116.4, "nan"),
        (39.9, float("nan"), "nan"),
        (float("inf"), 116.4, "inf"),
        (39.9, float("-inf"), "-inf"),
        (39.9, 200.0, "200"),
        (39.9, -180.5, "-180.5"),
        (116.4, 39.9, "116.4"),
        (-90.1, 0.0, "-90.1"),
    ],
)
def test_impossible_positions_are_refused(source, target, lat, lon, shown):
    """NaN, infinities and degrees out of range are refused with the value and the rule, alone or in an array."""
    with pytest.raises(UsageError, match=rf"between .* not {shown}"):
        convert_point(lat, lon, source, target)
    with pytest.raises(UsageError, match=rf"between .* not {shown}"):
        convert(np.array([[116.4, 39.9], [lon, lat]]), source, target)


@pytest.mark.parametrize("shape", [(2,), (3, 3), (4, 1), (2, 2, 2)])
def test_wrong_shapes_are_refused(shape):
    """Only (n, 2) is an array of positions."""
    with pytest.raises(UsageError, match=r"shape \(n, 2\)"):
        convert(np.zeros(shape), WGS84, GCJ02)


@pytest.mark.parametrize(
    ("word", "datum"),
    [
        ("wgs84", WGS84),
        ("WGS-84", WGS84),
        ("WGS 84", WGS84),
        ("gcj02", GCJ02),
        ("gcj-02", GCJ02),
        ("GCJ_02", GCJ02),
        ("BD-09", BD09),
        ("bd09ll", BD09),
        (" Bd09LL ", BD09),
    ],
)
def test_names_of_datums_are_read_as_people_write_them(word, datum):
    """Case, hyphens, blanks and Baidu's own suffix do not matter."""
    assert parse_datum(word) is datum


@pytest.mark.parametrize("word", ["", "wgs", "epsg:3857", "bd09mc", "cgcs2000"])
def test_unknown_datums_are_refused_with_the_known_ones(word):
    """The message names the value and the three datums; Baidu's metres are not degrees."""
    with pytest.raises(UsageError, match=f'wgs84, gcj02, bd09, not "{word}"'):
        parse_datum(word)
