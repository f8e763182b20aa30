"""Names are found as people type them, and nothing is taken for a place because its name is in it."""

import random
import time

import numpy as np
import pytest

from locator.places.gazetteer import Place
from locator.places.name_search import Found, Match, NameSearch


def place(
    name: str,
    *aliases: str,
    kind: str = "metro_station",
    at: tuple[float, float] = (39.9, 116.4),
    in_: str = "朝阳区",
) -> Place:
    """Make a place; the pinyin of the few names used here is written out."""
    spelt = {"国贸": "guo mao", "望京": "wang jing", "望京西": "wang jing xi", "大望路": "da wang lu"}.get(
        name, ""
    )
    return Place(f"{kind} {in_} {name}", name, aliases, kind, *at, 300.0, in_, "s", "l", spelt)


SEARCH = NameSearch(
    [
        place("国贸", "China World"),
        place("望京", at=(39.99, 116.46)),
        place("望京西", at=(39.99, 116.44)),
        place("大望路", at=(39.90, 116.47)),
        place("大望路", kind="road", at=(39.88, 116.47)),
        place("北京西站", at=(39.895, 116.315), in_="丰台区"),
        place("北京西站", kind="railway_station", at=(39.896, 116.316), in_="丰台区"),
        place("八里庄街道", kind="sub_district", at=(39.92, 116.49)),
        place("八里庄街道", kind="sub_district", at=(39.93, 116.29), in_="海淀区"),
        place("新望京医院", kind="hospital", at=(39.98, 116.47)),
    ],
    ["朝阳区", "海淀区", "丰台区"],
)


def named(found: list[Found], match: Match) -> list[str]:
    """List the names that fit so."""
    return [one.place.name for one in found if one.match is match]


@pytest.mark.parametrize(
    "text",
    [
        "国贸",
        " 國貿 ",
        "国贸站",
        "地铁国贸站",
        "国贸地铁站",
        "国贸站G口",
        "国贸 东南出口",
        "guomao",
        "Guo Mao Station",
        "朝阳区国贸",
        "国贸朝阳区",
        "国贸 朝阳",
        "北京市朝阳区国贸地铁",
        "china world",
        "ＧＵＯＭＡＯ",
    ],
)
def test_a_name_is_meant_however_it_is_typed(text: str) -> None:
    """In other characters and widths, in pinyin, with its district on either side, as a metro station."""
    assert named(SEARCH.find(text, 8), Match.EXACT) == ["国贸"]


@pytest.mark.parametrize("text", ["gm", "国", "国贸桥", "海淀区国贸", "上海市国贸", "望", "国贸一小", "贸"])
def test_what_is_no_name_places_nobody(text: str) -> None:
    """Initials, a part, a longer name, another district, another city."""
    assert named(SEARCH.find(text, 8), Match.EXACT) == []


def test_two_characters_are_found_anywhere_in_a_name() -> None:
    """Those that are called so, then those that begin so, then the others."""
    found = SEARCH.find("望京", 8)
    assert [one.place.name for one in found] == ["望京", "望京西", "新望京医院"]
    assert [one.match for one in found] == [Match.EXACT, Match.LIKE, Match.LIKE]
    assert named(SEARCH.find("gm", 8), Match.LIKE) == ["国贸"]
    assert named(SEARCH.find("wangj", 8), Match.LIKE) == ["望京", "望京西"]
    assert named(SEARCH.find("望京", 8, "海淀区"), Match.EXACT) == []


def test_one_word_for_several_things_means_all_of_them() -> None:
    """But for two that stand in one place; the district tells them apart, and 地铁站 the kinds."""
    assert [one.place.kind for one in SEARCH.find("大望路", 8)] == ["metro_station", "road"]
    assert [one.place.kind for one in SEARCH.find("大望路地铁站", 8)] == ["metro_station"]
    assert named(SEARCH.find("北京西站", 8), Match.EXACT) == ["北京西站"]
    assert named(SEARCH.find("八里庄街道", 8), Match.EXACT) == ["八里庄街道"] * 2
    (only,) = SEARCH.find("海淀区八里庄街道", 8)
    assert only.place.district == "海淀区"


def test_what_begins_with_a_name_leads_to_it_as_an_offer() -> None:
    """The longest name, in the district that stands before it."""
    assert named(SEARCH.find_beginning("望京西园三区", 8), Match.PART) == ["望京西"]
    assert [one.place.district for one in SEARCH.find_beginning("海淀区八里庄街道阜成路8号", 8)] == ["海淀区"]
    assert SEARCH.find_beginning("上海市静安寺", 8) == []


def test_many_names_are_searched_in_five_milliseconds() -> None:
    """95 of 100 texts of every sort; ten times as many names, a city's extract, take no longer."""
    rng = random.Random(7)
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 1200)]
    spelt = {
        character: rng.choice("bcdfghjlmnpqstwxyz") + rng.choice(["a", "ang", "i", "u"])
        for character in characters
    }
    names = ["".join(rng.choices(characters, k=rng.randint(2, 7))) for _ in range(30_000)]
    search = NameSearch(
        (
            Place(
                str(n),
                name,
                (),
                "road",
                39.9,
                116.4,
                1000.0,
                "朝阳区",
                pinyin=" ".join(spelt[one] for one in name),
            )
            for n, name in enumerate(names)
        ),
        ["朝阳区"],
    )
    texts = []
    for name in rng.sample(names, 100):
        pinyin = "".join(spelt[one] for one in name)
        texts += [name, name[:2], name[-2:], pinyin, pinyin[:3], f"朝阳区{name}", name + "站", name[:3] + "楼"]
    times = []
    for text in texts:
        start = time.perf_counter()
        search.find(text, 8)
        times.append(time.perf_counter() - start)
    assert np.percentile(times, 95) <= 0.005
