"""What a spreadsheet makes of a cell by itself is no change; everything else is one."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from locator.files.resaved_cells import as_number, is_untouched


@pytest.mark.parametrize(
    ("cell", "was"),
    [
        ("东城", "东城"),
        ("'=1+1", "=1+1"),
        (None, None),
        ("", None),
        (12, "0012"),
        (12.0, "12"),
        (1065123456, "01065123456"),
        ("1.38E+10", "13800138000"),
        (100000, "1e5"),
        (116.4042, 116.4042),
        ("116.404200000000", 116.4042),
        ("TRUE", True),
        (1, True),
        (0, False),
        ("", False),
        (date(2026, 12, 3), "2026-12-03"),
        (datetime(2026, 12, 3), "2026-12-03"),
        ("2026/12/3", "2026-12-03"),
        ("12/3/2026", "2026-12-03"),
        ("3.12.26", "2026-12-03"),
        (46359, "2026-12-03"),
        (time(9, 0), "9:00"),
        (date(2024, 7, 1), "24/7"),
        ("Jul-24", "24/7"),
        ("一行\r\n二行", "一行\n二行"),
        ({"seats": "yes"}, {"seats": "yes"}),
        (["piled", "moved"], "piled moved"),
    ],
)
def test_what_spreadsheets_do_is_no_change(cell: object, was: object) -> None:
    """Types, zeros, days in any order, exponents."""
    assert is_untouched(cell, was)


@pytest.mark.parametrize(
    ("cell", "was"),
    [
        ("西城", "东城"),
        ("", "东城"),
        ("东城", None),
        (13, "0012"),
        ("1.39E+10", "13800138000"),
        (116.4043, 116.4042),
        ("", 0),
        ("FALSE", True),
        ("2026-12-04", "2026-12-03"),
        (46360, "2026-12-03"),
        ("9:30", "9:00"),
        ("24小时", "24/7"),
        ({}, {"seats": "yes"}),
    ],
)
def test_everything_else_is_a_change(cell: object, was: object) -> None:
    """However small."""
    assert not is_untouched(cell, was)


def test_which_texts_are_numbers_to_a_spreadsheet() -> None:
    """Ids with zeros or an exponent among them."""
    assert [as_number(text) for text in ("0012", "12.0", "1e5", "ws-1", "1.5")] == [
        "12",
        "12",
        "100000",
        "ws-1",
        "1.5",
    ]
