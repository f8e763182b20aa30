"""Fields become checked values, and every refusal names the value, the rule and the remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from locator.errors import UsageError
from locator.stations import request_fields
from locator.stations.hours import STATION_TIMEZONE

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=STATION_TIMEZONE)


def refusal(read: Any, *arguments: Any) -> str:
    """Return the message with which something is refused."""
    with pytest.raises(UsageError) as caught:
        read(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T19:45", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T19:45:30", "2026-11-21T19:45:30+08:00"),
        ("2026-11-21", "2026-11-21T00:00:00+08:00"),
        ("2026-11-21 19:45", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T11:45Z", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T21:45+10:00", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T21:45 10:00", "2026-11-21T19:45:00+08:00"),  # a plus sign in a query string is a space
        ("2026-11-21T12:45 01:00", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T06:45-05:00", "2026-11-21T19:45:00+08:00"),
    ],
)
def test_a_time_is_the_stations_unless_it_says_its_zone(text: str, instant: str) -> None:
    """Whatever the zone of the machine."""
    found = request_fields.read_instant({"open_at": text}, "open_at", NOW)
    assert found is not None
    assert found.isoformat() == instant
    assert found.utcoffset() == timedelta(hours=8)


def test_now_is_what_the_caller_says_it_is() -> None:
    """The clock is read once for an answer."""
    later = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    assert request_fields.read_instant({"open_at": "now"}, "open_at", later) == later


def test_a_language_is_one_of_the_pages() -> None:
    """Not given it is the default; another is refused with the known ones."""
    assert request_fields.read_language({"lang": "en"}, "zh") == "en"
    assert request_fields.read_language({}, "zh") == request_fields.read_language({"lang": ""}, "zh") == "zh"
    for wrong in ("fr", ["zh"], 1):
        assert "is not known. Use one of: en, zh" in refusal(request_fields.read_language, {"lang": wrong}, "zh")
