"""The shipped holiday file extends the package it supplements, and no further than is known."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from chinese_calendar import holidays as known_holidays

FILE = Path(__file__).resolve().parents[2] / "geodata" / "holidays.csv"


def rows():
    """Read the file as a table."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_well_formed():
    """Every row has a real day, a known kind, a name and a source; days go up and none comes twice."""
    assert rows()
    for row in rows():
        assert list(row) == ["date", "kind", "name", "source"]
        assert row["date"] == date.fromisoformat(row["date"]).isoformat()
        assert row["kind"] in {"holiday", "workday", "settled"}
        assert row["name"].strip()
        assert row["source"].strip()
    days = [(row["date"], row["kind"] == "settled") for row in rows()]
    assert days == sorted(set(days))


def test_file_begins_where_the_package_ends():
    """No row repeats a year that the package chinese-calendar had when the file was made."""
    assert min(row["date"] for row in rows()) >= "2027-01-01"
    assert max(known_holidays).year >= 2026


def test_make_up_workdays_are_weekend_days():
    """A make-up workday is a Saturday or a Sunday, in this file as in the rules."""
    assert all(date.fromisoformat(row["date"]).weekday() >= 5 for row in rows() if row["kind"] == "workday")


def test_statutory_days_of_2027_are_there():
    """2027 has the thirteen days of the decree; lunar dates from two almanacs."""
    days = {date.fromisoformat(row["date"]): row["name"] for row in rows() if row["kind"] == "holiday"}
    expected = {
        date(2027, 1, 1): "元旦",
        date(2027, 2, 5): "春节",
        date(2027, 2, 6): "春节",
        date(2027, 2, 7): "春节",
        date(2027, 2, 8): "春节",
        date(2027, 4, 5): "清明节",
        date(2027, 5, 1): "劳动节",
        date(2027, 5, 2): "劳动节",
        date(2027, 6, 9): "端午节",
        date(2027, 9, 15): "中秋节",
        date(2027, 10, 1): "国庆节",
        date(2027, 10, 2): "国庆节",
        date(2027, 10, 3): "国庆节",
    }
    assert expected.items() <= days.items()
