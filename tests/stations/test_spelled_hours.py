"""Opening hours, spelled out."""

from __future__ import annotations

import pytest

from locator.stations.spelled_hours import spelled_hours


@pytest.mark.parametrize(
    ("lang", "hours", "said"),
    [
        ("en", "24/7", "24 hours, every day"),
        ("en", "Tu-Su 09:00-20:00", "Tue–Sun 09:00-20:00"),
        ("en", "Mo-Fr 08:30-12:00,13:00-17:30; PH off", "Mon–Fri 08:30-12:00,13:00-17:30; public holidays closed"),
        ("zh", "Tu-Su 09:00-20:00", "周二至周日 09:00-20:00"),
        ("zh", "Mo,We 09:00-12:00; PH off", "周一,周三 09:00-12:00; 节假日 休息"),
        ("zh", "Nov 15-Mar 15 08:00-17:00", "11月15日至3月15日 08:00-17:00"),
        ("en", "Nov 15-Mar 15 08:00-17:00", "Nov 15–Mar 15 08:00-17:00"),
        ("zh", "2026 Dec 24-26 off; Mo-Su 09:00-17:00", "2026年12月24日至26日 休息; 周一至周日 09:00-17:00"),
        ("en", "2026 Dec 24-26 off", "2026 Dec 24–26 closed"),
        ("zh", "Dec 25-2027 Jan 05 off", "12月25日至2027年1月5日 休息"),
        ("zh", "Dec 01 off; Jun-Aug 09:00-17:00", "12月1日 休息; 6月至8月 09:00-17:00"),
        ("zh", "Jan 10:00-12:00", "1月 10:00-12:00"),
    ],
)
def test_hours_are_spelt_out(lang: str, hours: str, said: str) -> None:
    """People need not know the syntax that files use."""
    assert spelled_hours(hours, lang) == said
