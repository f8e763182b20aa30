"""Where people need a station, and which of them got one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyproj import Geod

from locator.errors import UsageError
from locator.feedback.requests import PublishedStation, Request, Totals
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

Strangers = Callable[[str, int], list[str]]
GEOD = Geod(ellps="WGS84")
LAT, LON = 39.91234, 116.40567


CELL = "39.912750,116.405197"


def ask(
    feedback: Feedback, device: str = "phone", amenities: tuple[str, ...] = (), address: str = "192.0.2.1"
) -> Request:
    """Ask for a station in Dongcheng."""
    return feedback.requests.add(LAT, LON, amenities, "any", None, feedback.sender(address, device))


def opened(
    request: Request, distance_m: float, *amenities: str, azimuth: float = 70, name: str = "new"
) -> PublishedStation:
    """Give a station at a distance from a request, published a day after it."""
    lon, lat, _ = GEOD.fwd(request.lon, request.lat, azimuth, distance_m)
    return PublishedStation(name, lat, lon, frozenset(amenities), request.at + timedelta(days=1))


def test_a_request_is_kept_with_its_cell_only(
    path: Path, feedback: Feedback, clock: SetClock, by: Callable[..., Sender]
) -> None:
    """Amenities come in their order; the position is near the true one, which is in no column of the file."""
    request = feedback.requests.add(LAT, LON, ["wifi", "seats", "wifi"], "night", " 夜班\t多 ", by("phone"))
    assert (request.amenities, request.when, request.note) == (("seats", "wifi"), "night", "夜班 多")
    assert (request.at, request.state, request.answered_on, request.answered_by) == (clock.at, "new", None, None)
    *_, distance_m = GEOD.inv(LON, LAT, request.lon, request.lat)
    assert 0 < distance_m <= 75
    with closing(sqlite3.connect(path)) as connection:
        (row,) = connection.execute("SELECT * FROM requests").fetchall()
    assert not {LAT, LON} & set(row)
    assert feedback.requests.queue(9) == [request]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lat": 116.4}, "Latitude"),
        ({"amenities": ["sauna"]}, "no amenity 'sauna'"),
        ({"when": "noon"}, "no time of day 'noon'"),
        ({"note": "x" * 301}, "300"),
    ],
)
def test_what_makes_no_sense_is_refused(
    feedback: Feedback, change: dict[str, object], message: str, by: Callable[..., Sender]
) -> None:
    """Impossible positions, unknown words and long notes leave nothing."""
    words = {"lat": LAT, "lon": LON, "amenities": [], "when": "any", "note": None, "sender": by("phone"), **change}
    with pytest.raises(UsageError, match=message):
        feedback.requests.add(**words)  # type: ignore[arg-type]
    assert feedback.requests.totals() == Totals(0, 0)


def test_a_device_asks_once_a_day_in_a_cell(
    feedback: Feedback, clock: SetClock, by: Callable[..., Sender]
) -> None:
    """The later wish takes the place of the first; another device, cell or day is another request."""
    first = ask(feedback, "a", ("seats",))
    again = feedback.requests.add(LAT, LON, ["shower"], "evening", "please", feedback.sender("192.0.2.1", "a"))
    assert (again.id, again.amenities, again.when, again.note) == (first.id, ("shower",), "evening", "please")
    ask(feedback, "b")
    feedback.requests.add(LAT + 0.01, LON, [], "any", None, by("a"))
    clock.move(days=1)
    ask(feedback, "a")
    assert len(feedback.requests.queue(9)) == 4


def test_the_cell_is_the_one_that_the_tests_name(feedback: Feedback) -> None:
    """Its middle to six decimals, by which networks are told apart in it."""
    request = ask(feedback)
    assert f"{request.lat:.6f},{request.lon:.6f}" == CELL


def test_one_person_counts_once(feedback: Feedback, clock: SetClock) -> None:
    """Whatever the browsers, the addresses in one network and the days: one in 30 days; all wait for a steward."""
    for _ in range(3):
        for n in range(4):
            ask(feedback, f"browser {n}", address=f"192.0.2.{n}")
            ask(feedback, "phone", address=f"::ffff:192.0.2.{n}")
        clock.run(feedback, days=1)
    assert feedback.requests.cells() == []
    assert feedback.requests.totals() == Totals(1, 0)
    assert len(feedback.requests.queue(99)) == 24
    clock.run(feedback, days=26)
    ask(feedback)
    assert feedback.requests.totals() == Totals(1, 0)
    clock.run(feedback, days=3)
    ask(feedback)
    assert feedback.requests.totals() == Totals(2, 0)


def test_a_cell_is_shown_from_three_networks(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """On any days of 30; two are not enough, and the same one three times is one."""
    first, second, third = strangers(CELL, 3)
    for address in (first, first, second):
        ask(feedback, "phone", ("seats",), address)
        clock.run(feedback, days=9)
    assert feedback.requests.cells() == []
    request = ask(feedback, "phone", ("seats", "wifi"), third)
    (cell,) = feedback.requests.cells()
    assert (cell.lat, cell.lon, cell.count, cell.answered) == (request.lat, request.lon, 3, 0)
    assert cell.amenities == Counter(seats=3, wifi=1)


def test_one_person_in_three_months_does_not_make_a_cell(feedback: Feedback, clock: SetClock) -> None:
    """Each month counts, for nobody can tell any more who it was; but the three were never within 30 days."""
    for _ in range(4):
        ask(feedback)
        clock.run(feedback, days=31)
    assert feedback.requests.totals() == Totals(4, 0)
    assert feedback.requests.cells() == []


def test_a_shown_cell_stays_shown_when_networks_are_forgotten(
    feedback: Feedback, clock: SetClock, strangers: Strangers
) -> None:
    """And is hidden when one of its three is rejected, or they are too old."""
    requests = [ask(feedback, address=address) for address in strangers(CELL, 3)]
    clock.run(feedback, days=200)
    assert [cell.count for cell in feedback.requests.cells()] == [3]
    feedback.requests.resolve(requests[1].id, "rejected", "li")
    assert feedback.requests.cells() == []
    feedback.requests.resolve(requests[1].id, "accepted", "li")
    assert [cell.count for cell in feedback.requests.cells()] == [3]
    clock.run(feedback, days=168)
    assert feedback.requests.cells() == []
    for _ in range(3):
        ask(feedback)
        clock.run(feedback, days=32)
    assert feedback.requests.cells() == []


def test_a_device_does_not_count_twice_by_asking_after_a_steward(feedback: Feedback, strangers: Strangers) -> None:
    """A second request after the first was accepted waits for a steward but counts with it as one."""
    one, two, three = strangers(CELL, 3)
    first = ask(feedback, "a", ("seats",), one)
    feedback.requests.resolve(first.id, "accepted", "li")
    assert ask(feedback, "a", ("wifi",), one).id != first.id
    ask(feedback, address=two)
    assert feedback.requests.cells() == []
    assert feedback.requests.totals() == Totals(2, 0)
    ask(feedback, address=three)
    (cell,) = feedback.requests.cells()
    assert (cell.count, cell.amenities) == (3, Counter(seats=1))


def test_a_rejected_request_counts_for_nothing(feedback: Feedback, strangers: Strangers) -> None:
    """Its cell is not shown, and nobody asked; its network may ask anew; the log says who decided, not where."""
    addresses = strangers(CELL, 3)
    requests = [ask(feedback, address=address) for address in addresses]
    feedback.requests.resolve(requests[0].id, "rejected", "li")
    assert feedback.requests.cells() == []
    assert feedback.requests.totals() == Totals(2, 0)
    assert feedback.requests.queue(9) == requests[1:]
    (entry,) = feedback.audit.latest(9)
    assert (entry.who, entry.what, entry.detail) == ("li", "request rejected", str(requests[0].id))
    with pytest.raises(UsageError, match="no request 99"):
        feedback.requests.resolve(99, "accepted", "li")
    ask(feedback, address=addresses[0])
    assert feedback.requests.totals() == Totals(3, 0)


def test_no_position_is_in_the_log(path: Path, feedback: Feedback) -> None:
    """Neither the cell's nor a part of it."""
    for state in ("accepted", "rejected", "accepted"):
        feedback.requests.resolve(ask(feedback, state).id, state, "li")  # type: ignore[arg-type]
    with closing(sqlite3.connect(path)) as connection:
        details = [detail for (detail,) in connection.execute("SELECT detail FROM log")]
    assert details == ["1", "2", "3"]


def test_cells_go_from_south_to_north_and_then_eastward(
    feedback: Feedback, by: Callable[..., Sender], strangers: Strangers
) -> None:
    """The order does not depend on who asked first."""
    for lat, lon in ((40.0, 116.4), (39.9, 116.5), (39.9, 116.3)):
        cell = feedback.requests.add(lat, lon, [], "any", None, by("phone"))
        for address in strangers(f"{cell.lat:.6f},{cell.lon:.6f}", 3):
            feedback.requests.add(lat, lon, [], "any", None, by("phone", address))
    assert [(round(cell.lat, 1), round(cell.lon, 1)) for cell in feedback.requests.cells()] == [
        (39.9, 116.3),
        (39.9, 116.5),
        (40.0, 116.4),
    ]


@pytest.mark.parametrize("azimuth", range(0, 360, 30))
@pytest.mark.parametrize("distance_m", [999.9999, 1000.0, 1000.0001])
def test_within_one_kilometre_is_what_the_ellipsoid_says(
    feedback: Feedback, azimuth: float, distance_m: float
) -> None:
    """A station is near enough if and only if the geodesic is at most 1,000 m, to a tenth of a millimetre."""
    request = ask(feedback)
    station = opened(request, distance_m, azimuth=azimuth)
    *_, exact_m = GEOD.inv(request.lon, request.lat, station.lon, station.lat)
    assert feedback.requests.answer([station]) == (1 if exact_m <= 1000 else 0)


def test_a_request_is_lit_by_what_was_asked_for(feedback: Feedback) -> None:
    """Only a station known to have all of it will do; it is named with the day it was published."""
    request = ask(feedback, amenities=("seats", "drinking_water"))
    assert feedback.requests.answer([opened(request, 200, "seats"), opened(request, 300)]) == 0
    stations = [
        opened(request, 150, "seats", name="too little"),
        opened(request, 700, "seats", "drinking_water", name="farther"),
        opened(request, 600, "seats", "drinking_water", "wifi", name="nearer"),
    ]
    assert feedback.requests.answer(stations) == 1
    (lit,) = feedback.requests.queue(9)
    assert (lit.answered_by, lit.answered_on) == ("nearer", date(2026, 11, 21))
    assert feedback.requests.totals() == Totals(1, 1)


def test_a_station_that_was_there_before_answers_nothing(feedback: Feedback) -> None:
    """Who asks although a station is near needs another; one published in the same minute is no answer either."""
    request = ask(feedback)
    near = opened(request, 100)
    assert feedback.requests.answer([near._replace(published_at=request.at)]) == 0
    assert feedback.requests.answer([near._replace(published_at=request.at - timedelta(days=9))]) == 0
    assert feedback.requests.answer([near._replace(published_at=request.at + timedelta(seconds=1))]) == 1


def test_lighting_again_changes_nothing(feedback: Feedback) -> None:
    """The first answer stays, whatever opens nearer later."""
    request = ask(feedback)
    assert feedback.requests.answer([opened(request, 500, name="first")]) == 1
    assert feedback.requests.answer([opened(request, 500, name="first"), opened(request, 5, name="later")]) == 0
    assert feedback.requests.queue(9)[0].answered_by == "first"
    assert feedback.requests.answer([]) == 0


def test_who_asks_after_the_answer_asks_anew(feedback: Feedback, clock: SetClock) -> None:
    """A lit request is not changed by its sender; the new one is not lit by the old station."""
    first = ask(feedback)
    station = opened(first, 500)._replace(published_at=clock.at + timedelta(hours=1))
    assert feedback.requests.answer([station]) == 1
    clock.move(hours=2)
    assert ask(feedback).id != first.id
    assert feedback.requests.answer([station]) == 0
    assert feedback.requests.totals() == Totals(1, 1)


def test_a_cell_says_how_many_were_answered(feedback: Feedback, strangers: Strangers) -> None:
    """Two wanted seats and get them, one wanted a shower."""
    wishes = (("seats",), ("seats",), ("shower",))
    requests = [
        ask(feedback, "phone", amenities, address)
        for amenities, address in zip(wishes, strangers(CELL, 3), strict=True)
    ]
    feedback.requests.answer([opened(requests[0], 400, "seats")])
    (cell,) = feedback.requests.cells()
    assert (cell.count, cell.answered) == (3, 2)


def test_a_rejected_request_is_not_lit(feedback: Feedback) -> None:
    """What does not count as asked does not count as answered."""
    request = ask(feedback)
    feedback.requests.resolve(request.id, "rejected", "li")
    assert feedback.requests.answer([opened(request, 10)]) == 0


def test_requests_of_a_clock_put_back_keep_their_time(feedback: Feedback, clock: SetClock) -> None:
    """The later request has the earlier time, comes after the first and is answered by its own time."""
    first = ask(feedback, "a")
    clock.move(days=-2)
    second = ask(feedback, "b")
    assert second.at == datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
    assert feedback.requests.queue(9) == [first, second]
    station = opened(first, 10)._replace(published_at=first.at - timedelta(days=1))
    assert feedback.requests.answer([station]) == 1
    assert [request.answered_by for request in feedback.requests.queue(9)] == [None, "new"]


def test_it_is_known_whether_anybody_waits(feedback: Feedback) -> None:
    """Neither an answered nor a rejected request waits."""
    assert not feedback.requests.has_waiting()
    first = ask(feedback, "a")
    assert feedback.requests.has_waiting()
    feedback.requests.answer([opened(first, 10)])
    assert not feedback.requests.has_waiting()
    second = ask(feedback, "b")
    feedback.requests.resolve(second.id, "rejected", "li")
    assert not feedback.requests.has_waiting()


def test_the_highest_version_that_was_answered_stays(path: Path, feedback: Feedback) -> None:
    """A process that was slower does not set it back, and every process sees it."""
    assert feedback.requests.answered_version() == 0
    feedback.requests.set_answered_version(7)
    feedback.requests.set_answered_version(6)
    assert Feedback(path).requests.answered_version() == 7
