"""A list merged twice changes nothing the second time, and what it does not say stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.importing.deciding.merging import Diff, apply, known_fields, merge, with_ids
from locator.importing.understanding.headings import Match
from locator.importing.understanding.values import Draft
from locator.stations.reading import COLUMNS
from locator.stations.schema import Station
from locator.stations.store import Retired

TODAY = date(2026, 11, 22)
ALL = frozenset(COLUMNS)
DEG_M = 1 / 111_000
"""A metre of latitude in degrees, nearly."""


def station(station_id: str = "a", **facts: Any) -> Station:
    """Write a station of the list unless told otherwise."""
    facts = {"name": "驿站", "kind": "warm_station", "lat": 39.9, "lon": 116.4, "source": "list", **facts}
    return Station(station_id, **facts)


def ids(
    rows: Sequence[dict[str, Any]],
    published: Sequence[Station] = (),
    retired: Sequence[Retired] = (),
    source: str = "list",
) -> list[str]:
    """Give ids to rows that are written like stations."""
    rows = [{"name": "驿站", "kind": "warm_station", "lat": 39.9, "lon": 116.4, **row} for row in rows]
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS}
    lonlat = np.array([(row["lon"], row["lat"]) for row in rows], dtype=float).reshape(-1, 2)
    return with_ids(Draft(columns, [], {}), lonlat, source=source, published=published, retired=retired)


def diff(incoming: Sequence[Station], published: Sequence[Station], **options: Any) -> Diff:
    """Merge with everything known unless told otherwise."""
    options = {"retired": (), "known_fields": ALL, **options}
    return merge(incoming, published, options.pop("retired"), source="list", kind="warm_station", **options)


def is_empty(found: Diff) -> bool:
    """Tell whether nothing would change."""
    return not (found.added or found.changed or found.moved or found.gone or found.reopened)


# Ids


def test_a_given_id_is_kept() -> None:
    """It is what links say, so it stays."""
    assert ids([{"station_id": "bj-1"}]) == ["bj-1"]


def test_an_id_that_breaks_the_rule_gets_one_made_from_it() -> None:
    """The same every time, another for another, and one that keeps the rule."""
    first, second = ids([{"station_id": "京东 1"}, {"station_id": "京东 2"}])
    assert ids([{"station_id": "京东 1", "name": "新名"}]) == [first]
    assert first != second
    assert first.startswith("st-")
    assert first.isascii()


def test_two_lists_may_both_count_from_one() -> None:
    """The second list's 1 is another station, the third time too."""
    published = [station("1", source="other")]
    (made,) = ids([{"station_id": "1"}], published)
    assert made != "1"
    assert ids([{"station_id": "1"}], [station(made)]) == [made]
    assert ids([{"station_id": "1"}], (), [Retired(published[0], TODAY)]) == [made]


def test_new_rows_get_ids_that_stay() -> None:
    """They come from the list, the name and the address: the same in another order, another in another list."""
    rows = [{"name": "甲驿站", "address": "甲路 1 号"}, {"name": "乙驿站"}]
    first = ids(rows)
    assert ids(rows[::-1]) == first[::-1]
    assert first[0].startswith("ws-")
    assert ids(rows, source="another list") != first


def test_name_and_place_find_the_published_station() -> None:
    """299 m away with the same name is the same; of two, each row gets the nearest."""
    published = [station("x"), station("y", lat=39.9 + 200 * DEG_M)]
    rows = [{"lat": 39.9 + 190 * DEG_M}, {"lat": 39.9 + 20 * DEG_M}]
    assert ids(rows, published) == ["y", "x"]
    assert ids([{"name": " 驿 站"}], published) == ["x"]


def test_stations_of_other_lists_are_never_taken() -> None:
    """The same name and place in another list is another station, maybe a duplicate."""
    assert ids([{}], [station("x", source="other")]) != ["x"]


def test_a_station_that_only_moved_or_only_changed_its_name_keeps_its_id() -> None:
    """4 km with a name that stands once; another name at the same address or on the same spot."""
    published = [station("x", name="甲驿站", address="甲路 1 号")]
    assert ids([{"name": "甲驿站", "lat": 39.9 + 4000 * DEG_M}], published) == ["x"]
    assert ids([{"name": "甲驿站", "lat": 39.9 + 6000 * DEG_M}], published) != ["x"]
    assert ids([{"name": "甲驿站", "lat": 39.96, "address": "甲路1号"}], published) == ["x"]
    assert ids([{"name": "乙驿站", "lat": 39.95, "address": "甲路1号"}], published) == ["x"]
    assert ids([{"name": "乙驿站", "lat": 39.9 + 5 * DEG_M}], published) == ["x"]
    assert ids([{"name": "乙驿站", "lat": 39.9 + 50 * DEG_M}], published) != ["x"]


def test_a_name_that_stands_twice_does_not_move() -> None:
    """Which of two would have moved is anybody's guess, so both are new."""
    published = [station("x"), station("y", lat=40.0)]
    rows = [{"lat": 39.9 + 2000 * DEG_M}, {"lat": 40.0 + 2000 * DEG_M}]
    assert not {"x", "y"} & set(ids(rows, published))


def test_a_row_without_a_position_is_still_the_station_of_its_name() -> None:
    """It will be refused, but its station is in the list."""
    published = [station("x", name="甲驿站")]
    assert ids([{"name": "甲驿站", "lat": float("nan"), "lon": float("nan")}], published) == ["x"]


def test_a_retired_station_comes_back_under_its_id() -> None:
    """Nobody else gets that id meanwhile."""
    assert ids([{}], (), [Retired(station("x"), TODAY)]) == ["x"]


def test_a_row_that_says_the_same_again_is_the_same_station() -> None:
    """The second has the id of the first, so it is refused, this time and the next."""
    rows = [{"name": "甲驿站"}, {"name": "甲驿站"}]
    first, second = ids(rows)
    assert first == second
    assert ids(rows, [station(first, name="甲驿站")]) == [first, first]


# Merging


def test_what_the_list_does_not_say_stays() -> None:
    """A phone and an amenity that no column holds are kept; what a column says not to be known is forgotten."""
    before = station(phone="12351", operator="工会", amenities={"seats": "yes", "toilet": "no"})
    found = diff([station()], [before], known_fields=frozenset({"name", "operator", "amenity:toilet"}))
    (change,) = found.changed
    assert change.after.phone == "12351"
    assert change.after.operator is None
    assert change.after.amenities == {"seats": "yes"}
    assert set(change.fields) == {"operator", "amenities"}


def test_a_list_of_amenities_says_them_all() -> None:
    """What it does not list is not known any more."""
    before = station(amenities={"seats": "yes"})
    (change,) = diff([station(amenities={"wifi": "yes"})], [before]).changed
    assert change.after.amenities == {"wifi": "yes"}


def test_the_day_of_the_last_check_never_goes_back() -> None:
    """Somebody stood there after the list was written."""
    before = station(checked_on=date(2026, 11, 5))
    assert is_empty(diff([station(checked_on=date(2025, 1, 1))], [before]))
    (change,) = diff([station(checked_on=TODAY)], [before]).changed
    assert change.after.checked_on == TODAY


def test_doubts_of_the_list_are_replaced_and_those_of_people_stay() -> None:
    """A steward takes back what people reported, and a move that nobody has looked at."""
    before = station(doubts=("duplicate", "moved", "locked"))
    (change,) = diff([station(doubts=("not_shown",))], [before]).changed
    assert change.after.doubts == ("moved", "locked", "not_shown")


def test_a_move_is_told_with_its_length() -> None:
    """A hundred metres are a move, half a metre is rounding and changes nothing."""
    (change,) = diff([station(lat=39.9 + 100 * DEG_M)], [station(position_accuracy_m=300.0)]).moved
    assert 99 < change.moved_m < 101
    assert change.after.position_accuracy_m is None
    assert "position" in change.fields
    assert is_empty(diff([station(lat=39.9 + 0.5 * DEG_M)], [station()]))


def test_only_stations_of_this_source_and_kind_are_gone() -> None:
    """A list says nothing of other lists, nor of the homes that another file of its source holds."""
    published = [station("x"), station("y", source="other"), station("z", kind="worker_home"), station("w")]
    found = diff([station("n")], published, refused=["w"])
    assert [one.station_id for one in found.gone] == ["x"]
    assert [one.station_id for one in found.added] == ["n"]
    assert found.unchanged == 0


def test_gone_stations_are_retired_and_may_come_back() -> None:
    """With what was known of them, and in their order."""
    published = [station("x", phone="12351"), station("y")]
    stations, retired = apply(diff([station("y")], published), published, (), TODAY)
    assert stations == (published[1],)
    assert retired == (Retired(published[0], TODAY),)
    known = frozenset({"name"})
    found = diff([station("y"), station("x")], stations, retired=retired, known_fields=known)
    assert [one.phone for one in found.reopened] == ["12351"]
    assert apply(found, stations, retired, TODAY) == ((published[1], published[0]), ())


def test_the_columns_of_a_file_are_the_facts_it_says() -> None:
    """Hours and their words go together, positions are no facts, amenities may be said one by one."""
    match = Match({"name": "名称", "opens": "开", "lat": "纬度", "amenity:wifi": "WiFi", "phone": "电话"}, (), {})
    draft = Draft({"status": [None]}, [], {})
    assert known_fields(match, draft) == {"name", "hours", "hours_text", "amenity:wifi", "phone"}
    status = {"status", "status_until", "status_note"}
    assert known_fields(match, Draft({"status": [None, "planned"]}, [], {})) > status
    assert known_fields(Match({"remarks": "备注"}, (), {}), draft) == status


ROW = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["甲驿站", "乙驿站", "丙驿站"]),
        "address": st.sampled_from([None, "路 1 号", "路 2 号"]),
        "lat": st.integers(0, 60).map(lambda step: 39.9 + step * 1e-3),
        "phone": st.sampled_from([None, "12351"]),
    }
)


def imported(
    rows: list[dict[str, Any]], published: Sequence[Station], retired: Sequence[Retired]
) -> tuple[Diff, tuple[Station, ...], tuple[Retired, ...]]:
    """Import rows, each id once."""
    found = dict(zip(reversed(ids(rows, published, retired)), reversed(rows), strict=True))
    incoming = [station(station_id, **row) for station_id, row in reversed(found.items())]
    result = diff(incoming, published, retired=retired)
    return result, *apply(result, published, retired, TODAY)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=8), st.lists(ROW, max_size=8))
def test_the_same_list_again_changes_nothing(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    """Whatever was published before, a second time there is nothing to do, and every station counts once."""
    other = station("other", source="other")
    _, stations, retired = imported(first, (other,), ())
    found, after, retired_after = imported(second, stations, retired)
    touched = [change.before.station_id for change in (*found.changed, *found.moved)]
    touched += [one.station_id for one in found.gone]
    assert len(set(touched)) == len(touched)
    kept = (*found.added, *found.reopened, *found.changed, *found.moved)
    assert len(kept) + found.unchanged == len(set(ids(second, stations, retired)))
    assert other in after
    again, same, same_retired = imported(second, after, retired_after)
    assert is_empty(again)
    assert (same, same_retired) == (after, retired_after)
    every = [one.station_id for one in after] + [one.station.station_id for one in retired_after]
    assert len(set(every)) == len(every)


def test_nothing_but_the_difference_is_changed() -> None:
    """Stations that are not in the diff are the very same objects, in their order."""
    published = [station("x"), station("y", source="other"), station("z", lat=39.95)]
    incoming = [station("x"), replace(published[2], phone="12351")]
    stations, _ = apply(diff(incoming, published), published, (), TODAY)
    assert stations[0] is published[0]
    assert stations[1] is published[1]
    assert stations[2].phone == "12351"
