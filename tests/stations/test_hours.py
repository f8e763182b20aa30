"""The state of a station at an instant, when it changes, and how that is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours

from locator.errors import UsageError
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import STATION_TIMEZONE, UNKNOWN_STATUS, OpenState, Schedule, Status, say

CALENDAR = HolidayCalendar()
OFFICE = "Mo-Fr 08:30-17:30; PH off"
NIGHT = "Mo-Su 22:00-06:00"
SEASONS = "Nov 15-Mar 15 08:00-17:00; Mar 16-Nov 14 08:00-18:00"


def china(text: str) -> datetime:
    """Read a time on the station's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=STATION_TIMEZONE)


def told(hours: str, at: str, calendar: HolidayCalendar = CALENDAR) -> tuple[str, str | None]:
    """Return the state and the time of its next change."""
    status = Schedule(hours, calendar).status(china(at))
    return status.state.value, f"{status.until:%Y-%m-%d %H:%M}" if status.until else None


# 2026-11-16 is a Monday; 2026-10-01 (Thursday) to 10-07 (Wednesday) are holidays.
@pytest.mark.parametrize(
    ("hours", "at", "state", "until"),
    [
        # plain weeks
        ("08:00-20:00", "2026-11-16 19:45", "open", "2026-11-16 20:00"),
        ("08:00-20:00", "2026-11-16 07:59:59", "closed", "2026-11-16 08:00"),
        ("08:00-20:00", "2026-11-16 08:00", "open", "2026-11-16 20:00"),
        ("08:00-20:00", "2026-11-16 20:00", "closed", "2026-11-17 08:00"),
        ("08:00-20:00", "2026-12-31 23:59", "closed", "2027-01-01 08:00"),
        ("Tu-Su 09:00-20:00", "2026-11-16 12:00", "closed", "2026-11-17 09:00"),
        ("Mo-Fr 08:30-12:00,13:00-17:30", "2026-11-16 12:30", "closed", "2026-11-16 13:00"),
        ("Mo-Fr 08:30-12:00,13:00-17:30", "2026-11-20 18:00", "closed", "2026-11-23 08:30"),
        ("Mo-Fr 09:00-17:00; We off", "2026-11-17 17:00", "closed", "2026-11-19 09:00"),
        ("Mo-Fr 09:00-17:00; We 12:00-13:00 off", "2026-11-18 12:00", "closed", "2026-11-18 13:00"),
        ("Mo-Fr 09:00-12:00, We 14:00-18:00", "2026-11-18 15:00", "open", "2026-11-18 18:00"),
        ("Mo-Fr 09:00-12:00; We 14:00-18:00", "2026-11-18 10:00", "closed", "2026-11-18 14:00"),
        # for ever
        ("24/7", "2026-10-01 00:00", "open", None),
        ("Mo-Su 00:00-24:00", "2026-11-16 23:59", "open", None),
        ("closed", "2026-11-16 12:00", "closed", None),
        ("2020 Mo-Fr 10:00-12:00", "2026-11-16 11:00", "closed", None),
        # midnight
        ("08:00-24:00", "2026-11-16 23:59", "open", "2026-11-17 00:00"),
        (NIGHT, "2026-11-16 23:59", "open", "2026-11-17 06:00"),
        (NIGHT, "2026-11-17 00:00", "open", "2026-11-17 06:00"),
        (NIGHT, "2026-11-17 06:00", "closed", "2026-11-17 22:00"),
        (NIGHT, "2026-12-31 23:00", "open", "2027-01-01 06:00"),
        ("Fr 22:00-30:00", "2026-11-21 05:59", "open", "2026-11-21 06:00"),
        # a night shift is that of the day it starts on, whatever the next day's rule says
        ("Mo-Fr 22:00-06:00; Sa 10:00-12:00", "2026-11-21 03:00", "open", "2026-11-21 06:00"),
        ("Mo-Fr 22:00-06:00; Sa off", "2026-11-21 03:00", "open", "2026-11-21 06:00"),
        ("Mo-Fr 22:00-06:00", "2026-11-16 03:00", "closed", "2026-11-16 22:00"),
        (f"{NIGHT}; Mo-Su 03:00-04:00 off", "2026-11-17 03:30", "closed", "2026-11-17 04:00"),
        # seasons
        (SEASONS, "2026-11-14 17:30", "open", "2026-11-14 18:00"),
        (SEASONS, "2026-11-15 17:30", "closed", "2026-11-16 08:00"),
        (SEASONS, "2026-12-31 23:59", "closed", "2027-01-01 08:00"),
        (SEASONS, "2027-03-15 17:30", "closed", "2027-03-16 08:00"),
        (SEASONS, "2027-03-16 17:30", "open", "2027-03-16 18:00"),
        ("Nov 15-Mar 15 08:00-17:00", "2026-03-15 17:00", "closed", "2026-11-15 08:00"),
        # unknown
        ("Mo-Fr 09:00-17:00 unknown", "2026-11-16 10:00", "unknown", "2026-11-16 17:00"),
        ('Mo-Fr 09:00-17:00 "by appointment"', "2026-11-16 10:00", "unknown", "2026-11-16 17:00"),
        ('Mo-Fr 09:00-17:00 open "ring the bell"', "2026-11-16 10:00", "open", "2026-11-16 17:00"),
        ('Mo-Fr 09:00-17:00 || "by appointment"', "2026-11-16 18:00", "unknown", "2026-11-17 09:00"),
        ('Mo-Fr 09:00-17:00; Sa off || "by appointment"', "2026-11-21 10:00", "closed", "2026-11-22 00:00"),
        ("10:00-16:00+", "2026-11-16 17:00", "unknown", "2026-11-17 00:00"),
        ("sunrise-sunset", "2026-11-16 12:00", "unknown", None),
        ("Mo-Fr 09:00-17:00; SH off", "2026-11-16 12:00", "unknown", None),
    ],
)
def test_state_and_next_change(hours: str, at: str, state: str, until: str | None) -> None:
    """Worked out by hand from the calendar."""
    assert told(hours, at) == (state, until)


@pytest.mark.parametrize(
    ("hours", "at", "state", "until"),
    [
        (OFFICE, "2026-09-30 17:29", "open", "2026-09-30 17:30"),
        (OFFICE, "2026-09-30 18:00", "closed", "2026-10-08 08:30"),
        (OFFICE, "2026-10-01 10:00", "closed", "2026-10-08 08:30"),
        (OFFICE, "2026-10-05 10:00", "closed", "2026-10-08 08:30"),
        (OFFICE, "2026-10-07 23:59", "closed", "2026-10-08 08:30"),
        (OFFICE, "2026-02-14 18:00", "closed", "2026-02-24 08:30"),
        # make-up workdays: Saturdays and Sundays with the hours of a workday
        (OFFICE, "2026-01-04 10:00", "open", "2026-01-04 17:30"),
        (OFFICE, "2026-02-28 10:00", "open", "2026-02-28 17:30"),
        (OFFICE, "2026-05-09 10:00", "open", "2026-05-09 17:30"),
        (OFFICE, "2026-09-20 10:00", "open", "2026-09-20 17:30"),
        (OFFICE, "2026-10-10 10:00", "open", "2026-10-10 17:30"),
        (OFFICE, "2026-10-09 18:00", "closed", "2026-10-10 08:30"),
        ("Mo-Fr 08:00-18:00; Sa,Su,PH off", "2026-10-10 10:00", "open", "2026-10-10 18:00"),
        ("08:00-18:00; Sa,Su,PH off", "2026-10-10 10:00", "open", "2026-10-10 18:00"),
        ("Mo-Fr 08:00-18:00; Jul Mo-Fr off; PH off", "2026-10-10 10:00", "open", "2026-10-10 18:00"),
        ("Mo-Fr 08:00-18:00; Sa 10:00-12:00; PH off", "2026-10-10 15:00", "open", "2026-10-10 18:00"),
        ("Mo-Th 08:00-18:00; Fr 08:00-16:00; PH off", "2026-10-10 15:30", "open", "2026-10-10 16:00"),
        ("Mo-Th 08:00-18:00; Fr 08:00-16:00; PH off", "2026-09-20 15:30", "open", "2026-09-20 18:00"),
        ("Nov 15-Mar 15 Mo-Fr 08:00-17:00; PH off", "2026-02-28 10:00", "open", "2026-02-28 17:00"),
        ("Mo-Fr 09:00-17:00; Sa-Su,PH 10:00-16:00", "2026-10-10 09:30", "open", "2026-10-10 17:00"),
        ("Mo-Fr 09:00-17:00; Sa-Su,PH 10:00-16:00", "2026-10-05 09:30", "closed", "2026-10-05 10:00"),
        # hours that are not those of workdays apply as written
        ("Mo-Fr 08:30-17:30", "2026-10-10 10:00", "closed", "2026-10-12 08:30"),
        ("Mo-Fr 08:30-17:30", "2026-10-01 10:00", "open", "2026-10-01 17:30"),
        ("Mo-Fr,PH 08:30-17:30", "2026-10-10 10:00", "closed", "2026-10-12 08:30"),
        ("Mo-Fr,PH 08:30-17:30", "2026-10-03 10:00", "open", "2026-10-03 17:30"),
        ("Tu-Su 09:00-20:00", "2026-10-05 12:00", "closed", "2026-10-06 09:00"),
        ("Tu-Su 09:00-20:00; PH off", "2026-09-20 12:00", "open", "2026-09-20 20:00"),
        ("Tu-Su 09:00-20:00; Mo 12:00-20:00; PH off", "2026-09-20 10:00", "open", "2026-09-20 20:00"),
        ("Mo,We,Fr 09:00-12:00; PH off", "2026-10-10 10:00", "closed", "2026-10-12 09:00"),
        # nights into and out of a holiday
        (f"{NIGHT}; PH off", "2026-09-30 23:00", "open", "2026-10-01 06:00"),
        (f"{NIGHT}; PH off", "2026-10-01 05:00", "open", "2026-10-01 06:00"),
        (f"{NIGHT}; PH off", "2026-10-01 22:30", "closed", "2026-10-08 22:00"),
        (f"{NIGHT}; PH off", "2026-10-08 03:00", "closed", "2026-10-08 22:00"),
        ("Mo-Fr 22:00-06:00; PH off", "2026-10-11 03:00", "open", "2026-10-11 06:00"),
        ("24/7; PH off", "2026-09-24 12:00", "open", "2026-09-25 00:00"),
        ("24/7; PH off", "2026-09-26 12:00", "closed", "2026-09-28 00:00"),
        # holidays with hours, or with none that anybody knows
        ("08:00-20:00; PH 10:00-16:00", "2026-10-03 17:00", "closed", "2026-10-04 10:00"),
        ("Mo-Fr 09:00-17:00; PH unknown", "2026-10-01 10:00", "unknown", "2026-10-08 00:00"),
        ("Mo-Fr 09:00-17:00; PH unknown", "2026-10-10 10:00", "open", "2026-10-10 17:00"),
        ("Mo-Fr 09:00-17:00; PH -1 day off", "2026-11-16 10:00", "unknown", None),
    ],
)
def test_holidays_and_make_up_workdays(hours: str, at: str, state: str, until: str | None) -> None:
    """Worked out by hand from the State Council's notice for 2026."""
    assert told(hours, at) == (state, until)


@pytest.mark.parametrize(
    ("hours", "at", "is_holiday"),
    [
        ("08:00-20:00", "2026-10-04 10:00", True),
        (OFFICE, "2026-10-04 10:00", True),
        (OFFICE, "2026-10-10 10:00", False),
        (OFFICE, "2027-01-04 10:00", None),
        (OFFICE, "2026-12-31 10:00", False),
        (OFFICE, "2026-12-31 18:00", None),  # whether it opens on 1 January nobody says yet
        ("08:00-24:00; PH off", "2026-12-31 20:00", False),  # closes at 24:00 by the rules of 31 December
        ("24/7; PH off", "2026-11-16 10:00", None),
        ("08:00-20:00", "2027-01-04 10:00", False),
        ("Mo-Su,PH 08:00-20:00", "2027-01-04 10:00", False),
    ],
)
def test_a_status_says_whether_the_day_is_a_holiday_and_whether_that_is_known(
    hours: str, at: str, is_holiday: bool | None
) -> None:
    """Not known matters only to hours that depend on it."""
    assert Schedule(hours, CALENDAR).status(china(at)).is_holiday is is_holiday


def test_beyond_the_holiday_data_hours_hold_by_weekday() -> None:
    """1 January 2027 is a Friday."""
    assert told(OFFICE, "2027-01-01 10:00") == ("open", "2027-01-01 17:30")


def test_rows_of_the_holiday_file_reach_the_schedule() -> None:
    """With 2027 settled the New Year holiday is observed and known."""
    calendar = HolidayCalendar(
        [
            (date(2027, 1, 1), "holiday", "元旦"),
            (date(2027, 1, 2), "workday", "元旦"),
            (date(2027, 12, 31), "settled", ""),
        ]
    )
    assert told(OFFICE, "2026-12-31 18:00", calendar) == ("closed", "2027-01-02 08:30")
    assert Schedule(OFFICE, calendar).status(china("2026-12-31 18:00")).is_holiday is False


def test_a_holiday_known_beyond_days_that_are_not_leaves_the_answer_open() -> None:
    """Between 31 December and a known 4 January lie days that may yet be made workdays."""
    calendar = HolidayCalendar([(date(2027, 1, 1), "holiday", "元旦"), (date(2027, 1, 4), "workday", "元旦")])
    assert told(OFFICE, "2026-12-31 18:00", calendar) == ("closed", "2027-01-04 08:30")
    assert Schedule(OFFICE, calendar).status(china("2026-12-31 18:00")).is_holiday is None


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Pacific/Kiritimati", "UTC"])
def test_the_zone_of_the_device_changes_nothing(zone: str) -> None:
    """10:00 in Beijing is the same instant everywhere."""
    at = china("2026-11-16 10:00")
    status = Schedule(OFFICE, CALENDAR).status(at.astimezone(ZoneInfo(zone)))
    assert status == Schedule(OFFICE, CALENDAR).status(at)
    assert status.until is not None
    assert status.until.utcoffset() == timedelta(hours=8)
    assert say(status, at.astimezone(ZoneInfo(zone)), "en") == "open, closes 17:30"


@pytest.mark.parametrize("text", ["", "周一至周五", "8:00-", "Mo-Fr 9-17", "Mo 25:00-26:00", "Feb 30 10:00-12:00"])
def test_what_is_not_osm_syntax_is_refused(text: str) -> None:
    """Words belong to read_hours; a date that never comes is a mistake."""
    with pytest.raises(UsageError):
        Schedule(text, CALENDAR)


def test_weekdays_beside_holidays_without_a_comma_are_refused() -> None:
    """They may mean both or only holidays on those weekdays."""
    with pytest.raises(UsageError, match="two ways"):
        Schedule("PH Mo-Fr 10:00-12:00", CALENDAR)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 16, 10),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_time_without_zone_or_out_of_range_is_refused(at: datetime) -> None:
    """Never a guess, never an overflow."""
    with pytest.raises(UsageError):
        Schedule(OFFICE, CALENDAR).status(at)


@pytest.mark.parametrize(
    ("hours", "at", "en", "zh"),
    [
        ("24/7", "2026-11-16 10:00", "open 24 hours", "24小时开放"),
        ("24/7", "2026-10-01 10:00", "open 24 hours", "24小时开放"),
        ("08:00-20:00", "2026-11-16 10:00", "open, closes 20:00", "开放中，20:00关闭"),
        ("08:00-20:00", "2026-11-16 18:59:59", "open, closes 20:00", "开放中，20:00关闭"),
        ("08:00-20:00", "2026-11-16 19:00", "closes in 60 min", "60分钟后关闭"),
        ("08:00-20:00", "2026-11-16 19:39:01", "closes in 20 min", "20分钟后关闭"),
        ("08:00-20:00", "2026-11-16 19:59:30", "closing now", "即将关闭"),
        ("08:00-20:00", "2026-11-16 07:39:01", "opens in 21 min", "21分钟后开放"),
        ("08:00-20:00", "2026-11-16 07:59:59", "opens in 1 min", "1分钟后开放"),
        ("09:00-20:00", "2026-11-16 06:00", "closed, opens 09:00", "已关闭，09:00开放"),
        ("09:00-20:00", "2026-11-16 21:00", "closed, opens tomorrow 09:00", "已关闭，明天09:00开放"),
        ("Mo-Fr 09:00-17:00", "2026-11-20 18:00", "closed, opens Mon 09:00", "已关闭，周一09:00开放"),
        ("Mo 09:00-17:00", "2026-11-16 17:00", "closed, opens 23 Nov 09:00", "已关闭，11月23日09:00开放"),
        ("Mo 09:00-17:00", "2026-11-17 17:00", "closed, opens Mon 09:00", "已关闭，周一09:00开放"),
        (NIGHT, "2026-11-16 23:00", "open, closes tomorrow 06:00", "开放中，明天06:00关闭"),
        (NIGHT, "2026-11-16 01:00", "open, closes 06:00", "开放中，06:00关闭"),
        ("08:00-24:00", "2026-11-16 10:00", "open, closes 24:00", "开放中，24:00关闭"),
        ("24/7; Fr off", "2026-11-16 10:00", "open, closes Thu 24:00", "开放中，周四24:00关闭"),
        ("2020 10:00-12:00", "2026-11-16 10:00", "closed", "已关闭"),
        ("10:00-12:00 unknown", "2026-11-16 11:00", "hours unknown", "开放时间不详"),
        ("10:00-12:00 unknown", "2026-11-16 09:30", "closed", "已关闭"),
        ("09:00-17:00 || unknown", "2026-11-16 10:00", "open, at least until 17:00", "开放中，至少到17:00"),
        (
            "08:00-20:00",
            "2026-10-01 10:00",
            "open, closes 20:00 (public holiday: hours may differ)",
            "开放中，20:00关闭（节假日，时间可能有变）",
        ),
        ("Mo-Su,PH 08:00-20:00", "2026-10-01 10:00", "open, closes 20:00", "开放中，20:00关闭"),
        (OFFICE, "2026-10-01 10:00", "closed, opens 8 Oct 08:30", "已关闭，10月8日08:30开放"),
        (OFFICE, "2026-10-02 10:00", "closed, opens Thu 08:30", "已关闭，周四08:30开放"),
        (
            OFFICE,
            "2027-01-04 10:00",
            "open, closes 17:30 (holidays not known)",
            "开放中，17:30关闭（节假日安排未知）",
        ),
    ],
)
def test_a_status_in_words(hours: str, at: str, en: str, zh: str) -> None:
    """Minutes never promise too much; a day ends at 24:00."""
    status = Schedule(hours, CALENDAR).status(china(at))
    assert (say(status, china(at), "en"), say(status, china(at), "zh")) == (en, zh)


def test_a_station_without_readable_hours_is_unknown_in_words() -> None:
    """No note on holidays is added."""
    assert say(UNKNOWN_STATUS, china("2026-10-01 10:00"), "en") == "hours unknown"


def test_a_language_without_words_is_answered_in_english() -> None:
    """As labels are."""
    assert say(Status(OpenState.OPEN, None, False), china("2026-11-16 10:00"), "fr") == "open 24 hours"


def test_a_status_a_little_older_than_the_question_is_said_without_nonsense() -> None:
    """Statuses are kept for a minute: a change that has just passed is due, not minus one minute away."""
    status = Schedule("08:00-20:00", CALENDAR).status(china("2026-11-16 19:59:50"))
    assert say(status, china("2026-11-16 20:00:30"), "en") == "closing now"
    status = Schedule("08:00-20:00", CALENDAR).status(china("2026-11-16 07:59:50"))
    assert say(status, china("2026-11-16 08:00:30"), "en") == "opens in 1 min"


dates = st.sampled_from(["", "Nov 15-Mar 15 ", "Apr-Oct ", "week 10-40 ", "2026-2027 ", "Feb 29-Jul 3 ", "Oct 5 "])
days = st.sampled_from(["", "Mo-Fr ", "Sa,Su ", "Fr-Mo ", "Mo[1] ", "We "])
times = st.sampled_from(
    ["08:00-20:00", "08:30-12:00,13:00-17:30", "00:00-24:00", "18:00-24:00", "09:00-17:00 off"]
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(dates, days, times).map("".join), min_size=1, max_size=3),
    st.sampled_from(["; ", ", "]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 1)),
)
def test_without_holidays_and_nights_the_library_agrees(rules: list[str], separator: str, at: datetime) -> None:
    """Its own evaluation of the whole expression is an oracle where it is right: no PH, nothing past midnight."""
    hours = separator.join(rules)
    library = OpeningHours(hours, max_interval_days=366)
    status = Schedule(hours, CALENDAR).status(at.replace(tzinfo=STATION_TIMEZONE))
    assert (status.state is OpenState.OPEN) == library.is_open(at)
    assert (status.until and status.until.replace(tzinfo=None)) == library.next_change(at)
