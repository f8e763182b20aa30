"""Hours in columns for parts of the day, the year and the week."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from locator.importing.understanding.hours_columns import part_names
from locator.importing.understanding.opening_columns import UNCLEAR, read_opening
from locator.stations.hours_text import read_hours


@pytest.mark.parametrize(
    ("morning", "afternoon", "hours"),
    [
        ("8:30-11:30", "13:30-17:30", "08:30-11:30,13:30-17:30"),
        ("8:30-12:00", "1:30-5:00", "08:30-12:00,13:30-17:00"),
        ("上午8:30-11:30", "下午1:30-5:30", "08:30-11:30,13:30-17:30"),
        ("休息", "13:30-17:30", "13:30-17:30"),
        ("8:30-11:30", "不开放", "08:30-11:30"),
        # the whole day in one cell
        ("8:30-17:30", None, "08:30-17:30"),
        ("24小时", "", "24/7"),
        # half a day is not the hours
        ("8:30-11:30", None, None),
        (None, "13:30-17:30", None),
        ("8:30-11:30", "看情况", None),
    ],
)
def test_morning_and_afternoon_are_one_day(morning: Any, afternoon: Any, hours: str | None) -> None:
    """Never half of it."""
    opening = read_opening({"hours:morning": morning, "hours:afternoon": afternoon})
    assert opening.hours == hours
    # A catalogue reads the words of a station without hours.
    assert opening.hours or read_hours(opening.text or "") is None


def test_the_days_of_another_column_belong_to_both() -> None:
    """Which has days alone."""
    cells = {"open_days": "周一至周五", "hours:morning": "8:30-11:30", "hours:afternoon": "13:30-17:30"}
    assert read_opening(cells).hours == "Mo-Fr 08:30-11:30,13:30-17:30"


@pytest.mark.parametrize(
    ("headings", "titles", "hours"),
    [
        (("夏季", "冬季"), (), None),
        (("夏季（5月1日-9月30日）", "冬季"), (), "May 1-Sep 30 08:00-18:00; Oct 1-Apr 30 08:30-17:30"),
        (("夏季", "冬季（11月-次年3月）"), (), "Apr-Oct 08:00-18:00; Nov-Mar 08:30-17:30"),
        (("夏季", "冬季"), ("夏令时为5月1日至9月30日",), "May 1-Sep 30 08:00-18:00; Oct 1-Apr 30 08:30-17:30"),
        (("夏季（5月1日-9月30日）", "冬季（12月1日-2月28日）"), (), "Feb 29-Apr 30,Oct 1-Nov 30 unknown"),
    ],
)
def test_summer_begins_when_somebody_says_so(
    headings: tuple[str, str], titles: tuple[str, ...], hours: str | None
) -> None:
    """In a heading or a title; winter is the rest of the year. The words are kept in any case."""
    names = part_names({"hours:summer": headings[0], "hours:winter": headings[1]}, titles)
    opening = read_opening({"hours:summer": "8:00-18:00", "hours:winter": "8:30-17:30"}, names)
    assert (opening.hours or "").startswith(hours or "")
    assert bool(opening.hours) == bool(hours)
    assert opening.text
    assert all(words in opening.text for words in ("夏季", "8:00-18:00", "冬季", "8:30-17:30"))


def test_the_same_hours_hold_all_year() -> None:
    """Whenever summer begins."""
    assert read_opening({"hours:summer": "8:00-18:00", "hours:winter": "08:00-18:00"}).hours == "08:00-18:00"


@pytest.mark.parametrize(
    ("weekend", "holidays", "hours"),
    [
        ("9:00-16:00", "休息", "Mo-Fr 08:30-17:30; Sa-Su 09:00-16:00; PH off"),
        ("休息", "休息", "Mo-Fr 08:30-17:30; Sa-Su,PH off"),
        (None, None, "Mo-Fr 08:30-17:30; Sa-Su,PH unknown"),
        (None, "9:00-16:00", None),
    ],
)
def test_days_whose_cell_is_empty_are_not_closed(weekend: Any, holidays: Any, hours: str | None) -> None:
    """But unknown."""
    cells = {"hours:workdays": "8:30-17:30", "hours:weekend": weekend, "hours:holidays": holidays}
    assert read_opening(cells).hours == hours


@pytest.mark.parametrize(
    ("written", "words", "hours"),
    [
        ("09:00-17:00", "周一至周日 6:00-23:00", UNCLEAR),
        ("Mo-Fr 09:00-17:00", "周一至周五9点到17点", "Mo-Fr 09:00-17:00"),
        ("Mo-Su 06:00-23:00", "6:00-23:00", "Mo-Su 06:00-23:00"),
        ("Mo-Sa 09:00-12:00,12:00-17:00; Su off", "周一至周六9:00-17:00", "Mo-Sa 09:00-12:00,12:00-17:00; Su off"),
        ("09:00-17:00", "看门口通知", "09:00-17:00"),
    ],
)
def test_two_columns_that_differ_leave_the_hours_open(written: str, words: str, hours: str) -> None:
    """Either may be the one that somebody edited; the words and both readings are kept."""
    opening = read_opening({"hours": written, "hours_text": words})
    assert (opening.hours, opening.text) == (hours, words)
    assert (opening.two is not None) == (hours == UNCLEAR or read_hours(words) is None)


def test_words_that_lack_the_days_of_their_row_keep_them() -> None:
    """Alone they would be read as the hours of every day."""
    opening = read_opening({"hours_text": "9:00-17:00", "open_days": "看情况"})
    assert (opening.hours, opening.text) == (None, "看情况 9:00-17:00")


@pytest.mark.parametrize(("opens", "closes"), [(time(8, 30), time(18)), (8.5 / 24, 0.75), ("8:30", "18:00")])
def test_times_of_a_spreadsheet_are_shown_without_seconds(opens: object, closes: object) -> None:
    """As people write them."""
    opening = read_opening({"opens": opens, "closes": closes})
    assert (opening.hours, opening.text) == ("08:30-18:00", f"{'8' if opens == '8:30' else '08'}:30-18:00")
