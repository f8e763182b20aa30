"""Supply: which stations suit, which are open, and the hours of a week, holidays and nights included."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from locator.errors import UsageError
from locator.planning.inputs.supply import Supply, open_hours, states, suitable, supply_of
from locator.stations.catalog import Catalog
from locator.stations.hours import STATION_TIMEZONE, OpenState, Schedule
from locator.stations.schema import AMENITIES

MONDAY = date(2026, 11, 16)
NATIONAL_DAY_WEEK = date(2026, 9, 28)


@pytest.fixture(scope="module")
def supply(catalog: Catalog) -> Supply:
    """The seven stations."""
    return supply_of(catalog)


def with_hours(supply: Supply, *hours: str | None) -> Supply:
    """Give the first stations other hours and nobody knows those of the rest."""
    return dataclasses.replace(supply, hours=hours + (None,) * (len(supply) - len(hours)))


def open_in(supply: Supply, monday: date, number: int = 0) -> dict[int, list[int]]:
    """List the hours in which a station is open by the day of the week, Monday 0."""
    week = open_hours(supply, np.array([number]), monday).reshape(7, 24)
    return {day: np.flatnonzero(hours).tolist() for day, hours in enumerate(week) if hours.any()}


def test_supply_says_what_the_catalogue_says(supply: Supply, catalog: Catalog) -> None:
    """Every column, station by station, in the order of the catalogue."""
    assert len(supply) == len(catalog) == 7
    for number, station in enumerate(catalog.station(number) for number in range(len(catalog))):
        said = (supply.ids[number], supply.names[number], supply.kinds[number], supply.tiers[number])
        assert said == (station.station_id, station.name, station.kind, station.tier)
        assert (supply.districts[number], supply.sub_districts[number]) == (
            station.district,
            station.sub_district,
        )
        assert supply.lonlat[number].tolist() == [station.lon, station.lat]
        assert supply.hours[number] == station.hours
        for place, word in enumerate(AMENITIES):
            assert bool(supply.amenities[number] >> place & 1) == (station.amenities.get(word) == "yes")
            assert bool(supply.lacking[number] >> place & 1) == (station.amenities.get(word) == "no")
        known = station.position_accuracy_m is not None
        assert np.isnan(supply.accuracy_m[number]) != known
    assert supply.version == catalog.version


def test_without_wishes_every_station_suits(supply: Supply) -> None:
    """All seven, in order."""
    assert suitable(supply).tolist() == list(range(7))


def test_only_stations_of_the_kinds_and_tiers_asked_for_suit(supply: Supply) -> None:
    """One kind, one tier, both, and a word that no station has."""
    kind, tier = supply.kinds[0], supply.tiers[0]
    assert tier is not None
    assert suitable(supply, kinds={kind}).tolist() == [n for n in range(7) if supply.kinds[n] == kind]
    assert suitable(supply, tiers={tier}).tolist() == [n for n in range(7) if supply.tiers[n] == tier]
    assert 0 in suitable(supply, kinds={kind}, tiers={tier})
    assert suitable(supply, kinds={"none such"}).tolist() == []


def test_a_station_suits_that_is_known_to_have_all_amenities(supply: Supply) -> None:
    """Known to be missing and not known are both not known to be there."""
    water, wifi = (1 << list(AMENITIES).index(word) for word in ("drinking_water", "wifi"))
    masks = np.array([water, wifi, water | wifi, 0, 0, water | wifi | 1, 0])
    found = suitable(dataclasses.replace(supply, amenities=masks), amenities={"drinking_water", "wifi"})
    assert found.tolist() == [2, 5]


def test_states_are_those_of_the_schedules(supply: Supply) -> None:
    """Open, closed, and not known where nobody knows the hours."""
    some = with_hours(supply, "08:00-20:00", "24/7", "Mo 00:00-24:00")
    at = datetime(2026, 11, 17, 20, 0, tzinfo=STATION_TIMEZONE)
    assert states(some, np.array([0, 1, 2, 3]), at) == [
        OpenState.CLOSED,
        OpenState.OPEN,
        OpenState.CLOSED,
        OpenState.UNKNOWN,
    ]
    before = states(some, np.array([0]), at - timedelta(minutes=1))
    assert before == [OpenState.OPEN]


def test_a_bit_of_the_week_is_the_start_of_its_hour(supply: Supply) -> None:
    """Open from half past eight: not yet at eight, still at five, no more at six."""
    assert open_in(with_hours(supply, "Mo-Fr 08:30-17:30"), MONDAY) == {
        day: list(range(9, 18)) for day in range(5)
    }
    assert open_in(with_hours(supply, "Tu 08:00-18:00"), MONDAY) == {1: list(range(8, 18))}
    assert open_in(with_hours(supply, "Tu 08:10-08:50"), MONDAY) == {}


def test_a_shift_past_midnight_goes_into_the_next_day(supply: Supply) -> None:
    """That of Sunday before opens the week, that of Sunday ends at midnight of this one."""
    assert open_in(with_hours(supply, "Sa-Su 22:00-02:00"), MONDAY) == {
        0: [0, 1],
        5: [22, 23],
        6: [0, 1, 22, 23],
    }


def test_holidays_and_make_up_days_of_the_week_count(supply: Supply) -> None:
    """National Day 2026 is Thursday 1 October; a week without a holiday has its five workdays."""
    office = with_hours(supply, "Mo-Fr 09:00-17:00; PH off")
    assert list(open_in(office, NATIONAL_DAY_WEEK)) == [0, 1, 2]
    assert list(open_in(office, MONDAY)) == [0, 1, 2, 3, 4]


def test_hours_that_nobody_knows_are_closed(supply: Supply) -> None:
    """A station without hours beside one that is always open."""
    week = open_hours(with_hours(supply, "24/7"), np.array([1, 0]), MONDAY)
    assert week.sum(axis=1).tolist() == [0, 168]
    assert open_hours(supply, np.array([], dtype=np.intp), MONDAY).shape == (0, 168)


@pytest.mark.parametrize(
    "hours",
    [
        "24/7",
        "Mo-Fr 08:30-17:30; PH off",
        "22:00-06:15",
        "Mo-Su 07:00-11:30,13:05-20:00",
        "Sa 23:30-00:30; Su off",
    ],
)
@pytest.mark.parametrize("monday", [MONDAY, NATIONAL_DAY_WEEK, date(2026, 2, 16)])
def test_every_hour_is_what_the_schedule_says_then(supply: Supply, hours: str, monday: date) -> None:
    """All 168 hours of an ordinary week and of two with holidays, one by one."""
    schedule = Schedule(hours, supply.calendar)
    start = datetime(monday.year, monday.month, monday.day, tzinfo=STATION_TIMEZONE)
    expected = [schedule.status(start + timedelta(hours=hour)).state is OpenState.OPEN for hour in range(168)]
    assert open_hours(with_hours(supply, hours), np.array([0]), monday)[0].tolist() == expected


def test_a_week_begins_on_a_monday(supply: Supply) -> None:
    """A Tuesday is refused by name."""
    with pytest.raises(UsageError, match="2026-11-17"):
        open_hours(supply, np.array([0]), date(2026, 11, 17))
