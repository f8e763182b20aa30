"""Random weeks of opening hours, in OSM syntax and in Chinese words, against plain arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import STATION_TIMEZONE, OpenState, Schedule
from locator.stations.hours_text import read_hours

CALENDAR = HolidayCalendar()
MONDAY = datetime(2026, 11, 16, tzinfo=STATION_TIMEZONE)
"""A week without holidays begins."""
STEPS_PER_DAY = 24 * 12
"""Times lie on a grid of five minutes."""
STEPS_PER_WEEK = 7 * STEPS_PER_DAY
EN_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
ZH_DAYS = "一二三四五六日"

Ranges = list[tuple[int, int]]
"""Start and end of each range of a day in steps after its midnight."""


@st.composite
def ranges_of_a_day(draw: st.DrawFn) -> Ranges:
    """Draw up to three ranges from 06:00, the last perhaps into the next morning, but not past 05:00."""
    edges = sorted(draw(st.sets(st.integers(6 * 12, STEPS_PER_DAY), max_size=6)))
    ranges = list(zip(edges[::2], edges[1::2], strict=False))
    if ranges and draw(st.booleans()):
        ranges[-1] = (ranges[-1][0], STEPS_PER_DAY + draw(st.integers(1, 5 * 12)))
    return ranges


def weeks() -> st.SearchStrategy[list[Ranges]]:
    """Draw ranges for Monday to Sunday, often the same on several days, with one open day at least."""
    return (
        st.lists(ranges_of_a_day(), min_size=1, max_size=3)
        .flatmap(lambda kinds: st.lists(st.sampled_from(kinds), min_size=7, max_size=7))
        .filter(any)
    )


def open_steps(week: list[Ranges]) -> set[int]:
    """Return the steps of the week that lie in a range, Sunday's night ending on Monday."""
    return {
        (day * STEPS_PER_DAY + step) % STEPS_PER_WEEK
        for day, ranges in enumerate(week)
        for start, end in ranges
        for step in range(start, end)
    }


def found_steps(hours: str) -> set[int]:
    """Return the steps of the week at which the hours say open."""
    schedule = Schedule(hours, CALENDAR)
    steps = range(STEPS_PER_WEEK)
    return {
        step for step in steps if schedule.status(MONDAY + timedelta(minutes=5 * step)).state is OpenState.OPEN
    }


def in_osm(week: list[Ranges]) -> str:
    """Write one rule for each day, with ends past 24:00."""

    def clock(step: int) -> str:
        return f"{step // 12:02}:{step % 12 * 5:02}"

    return "; ".join(
        f"{name} {','.join(f'{clock(start)}-{clock(end)}' for start, end in ranges)}" if ranges else f"{name} off"
        for name, ranges in zip(EN_DAYS, week, strict=True)
    )


def on_24_hours(step: int) -> str:
    """Write 08:05."""
    return f"{step // 12:02}:{step % 12 * 5:02}"


def in_full_width(step: int) -> str:
    """Write ０８：０５."""
    return on_24_hours(step).translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789:"})


def with_words(step: int) -> str:
    """Write 下午1点半."""
    hour, minute = step // 12, step % 12 * 5
    parts = ((5, "凌晨"), (11, "上午"), (12, "中午"), (17, "下午"), (24, "晚上"))
    part = next(name for last, name in parts if hour <= last)
    shown = hour if hour <= 12 else hour - 12
    return f"{part}{shown}点" + ("半" if minute == 30 else f"{minute:02}分" if minute else "")


@st.composite
def in_chinese(draw: st.DrawFn, week: list[Ranges]) -> str:
    """Write the week as a list would: days with the same hours together, in one of several hands."""
    clock: Callable[[int], str] = draw(st.sampled_from([on_24_hours, in_full_width, with_words]))
    dash = draw(st.sampled_from(["-", "－", "—", "——", "~", "～", " - ", "至", "到"]))
    comma = draw(st.sampled_from([",", "，", "、", " ", "；", "/"]))
    name = draw(st.sampled_from(["周", "星期", "礼拜"]))
    clauses = []
    for ranges in {tuple(day): None for day in week}:
        days = [day for day in range(7) if week[day] == list(ranges)]
        is_run = len(days) > 1 and days[-1] - days[0] == len(days) - 1
        listed = f"{name}{ZH_DAYS[days[0]]}至{name}{ZH_DAYS[days[-1]]}" if is_run else None
        listed = listed or name + "、".join(ZH_DAYS[day] for day in days)
        spans = comma.join(
            clock(start) + dash + (f"次日{clock(end - STEPS_PER_DAY)}" if end > STEPS_PER_DAY else clock(end))
            for start, end in ranges
        )
        clauses.append(f"{listed} {spans}" if ranges else f"{listed}休息")
    # Days that are closed come last: 休息 is said of what stands before it.
    return draw(st.sampled_from(["，", "；", "\n"])).join(sorted(clauses, key=lambda clause: "休息" in clause))


@settings(deadline=None, max_examples=50)
@given(weeks())
def test_any_week_is_open_exactly_in_its_ranges(week: list[Ranges]) -> None:
    """Every five minutes of the week, nights over midnight included."""
    assert found_steps(in_osm(week)) == open_steps(week)


@settings(deadline=None, max_examples=100)
@given(weeks(), st.integers(0, 7 * 24 * 60 * 60 - 1))
def test_the_state_lasts_until_it_is_said_to_change(week: list[Ranges], second: int) -> None:
    """The next change is the first step with another state, found by walking."""
    at = MONDAY + timedelta(seconds=second)
    status = Schedule(in_osm(week), CALENDAR).status(at)
    now, steps = second // 300, open_steps(week)
    ahead = range(now + 1, now + STEPS_PER_WEEK + 1)
    change = next((step for step in ahead if (step % STEPS_PER_WEEK in steps) != (now in steps)), None)
    assert (status.state is OpenState.OPEN) == (now in steps)
    assert status.until == (None if change is None else MONDAY + timedelta(minutes=5 * change))


@settings(deadline=None, max_examples=100)
@given(st.data(), weeks())
def test_any_week_written_in_chinese_is_read_as_it_is_meant(data: st.DataObject, week: list[Ranges]) -> None:
    """Every five minutes of the week; nothing is left unread."""
    text = data.draw(in_chinese(week))
    hours = read_hours(text)
    assert hours is not None
    assert found_steps(hours) == open_steps(week)
    assert read_hours(hours) == hours


SCRAPS = """周 周一 至 周五 星期 工作日 节假日 除 外 除外 休息 照常 9 点 半 早 晚 下午 次日 凌晨 冬季
( ) 11月15日 - 3月15日 24小时 全天 、 和 ， 9:00 17:30 8:00-20:00 ８ ： 十 二十 am pm daily
Mo Fr PH off unknown || ; 24/7 Jan 99 +"""


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.lists(st.sampled_from(SCRAPS.split()), max_size=9).map("".join)))
def test_no_text_breaks_the_reader_and_what_it_reads_is_osm_syntax(text: str) -> None:
    """Random characters, and words of the trade in random order."""
    hours = read_hours(text)
    assert hours is None or Schedule(hours, CALENDAR).status(MONDAY).state in OpenState
