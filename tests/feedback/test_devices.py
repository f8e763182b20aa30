"""A device is known again for a day, and after two days by nobody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

ADDRESS, AGENT = "203.0.113.77", "Mozilla/5.0 (a phone of somebody)"


def salts(path: Path) -> dict[str, bytes]:
    """Read the salts by day."""
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT day, salt FROM salts").fetchall())


def test_a_device_keeps_its_key_for_a_day(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """The same in every process until midnight in Beijing, another the day after; others have others."""
    key = feedback.device_key(ADDRESS, AGENT)
    clock.move(hours=11, minutes=59)
    assert Feedback(path, clock=clock).device_key(ADDRESS, AGENT) == key
    assert feedback.device_key("203.0.113.78", AGENT) != key
    assert feedback.device_key(ADDRESS, "another") != key
    clock.move(minutes=1)
    assert feedback.device_key(ADDRESS, AGENT) != key


def test_two_stores_give_a_device_different_keys(tmp_path: Path) -> None:
    """The key depends on a secret of the store."""
    keys = {Feedback(tmp_path / name).device_key(ADDRESS, AGENT) for name in ("a", "b")}
    assert len(keys) == 2


def test_only_the_network_of_a_long_address_counts(feedback: Feedback) -> None:
    """A phone that changes the second half of its IPv6 address stays one device; IPv4 in IPv6 is IPv4."""
    assert feedback.device_key("2001:db8:1:2::1", AGENT) == feedback.device_key("2001:db8:1:2:ffff::9", AGENT)
    assert feedback.device_key("2001:db8:1:2::1", AGENT) != feedback.device_key("2001:db8:1:3::1", AGENT)
    assert feedback.device_key(f"::ffff:{ADDRESS}", AGENT) == feedback.device_key(ADDRESS, AGENT)


def test_anything_may_stand_for_an_address(feedback: Feedback) -> None:
    """What a proxy or a browser sends need not make sense."""
    assert len(feedback.device_key("unknown", "half \ud83d")) == 32
    assert len(feedback.device_key("", "")) == 32


def test_old_salts_are_nowhere_in_the_files(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Salts of today and yesterday are kept; an older one is in no byte of the files."""
    feedback.device_key(ADDRESS, AGENT)
    (first,) = salts(path).values()
    for _ in range(2):
        clock.move(days=1)
        feedback.device_key(ADDRESS, AGENT)
    assert sorted(salts(path)) == ["2026-11-21", "2026-11-22"]
    assert all(first not in file.read_bytes() for file in path.parent.iterdir())


def test_old_salts_go_when_nobody_writes(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Forgetting deletes them too: it is called every day, whether anybody reports or not."""
    feedback.device_key(ADDRESS, AGENT)
    clock.move(days=2)
    feedback.forget()
    assert salts(path) == {}


def test_a_clock_put_back_loses_no_salt(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Put back a day the device is known by yesterday's key again; salts of days to come are kept."""
    before = feedback.device_key(ADDRESS, AGENT)
    clock.move(days=1)
    after = feedback.device_key(ADDRESS, AGENT)
    clock.move(days=-1)
    assert feedback.device_key(ADDRESS, AGENT) == before
    clock.move(days=-10)
    assert feedback.device_key(ADDRESS, AGENT) not in (before, after)
    feedback.forget()
    assert sorted(salts(path)) == ["2026-11-10", "2026-11-20", "2026-11-21"]
    clock.move(days=11)
    assert feedback.device_key(ADDRESS, AGENT) == after


def test_no_address_is_kept(path: Path, feedback: Feedback) -> None:
    """Neither address nor browser, nor the key of the day, is in any byte of the files."""
    key = feedback.device_key(ADDRESS, AGENT)
    feedback.reports.add("s1", "locked", "a note", key)
    feedback.requests.add(39.91234, 116.40567, ["seats"], "any", "a note", key)
    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"a note" in kept
    assert not any(word.encode() in kept for word in (ADDRESS, AGENT, key))


def test_one_device_in_two_places_cannot_be_told(path: Path, feedback: Feedback) -> None:
    """What is kept of a device differs from station to station, and from cell to cell."""
    for station_id in ("s1", "s2"):
        feedback.reports.add(station_id, "open", None, "device")
    for lat in (39.9, 39.95):
        feedback.requests.add(lat, 116.4, [], "any", None, "device")
    with closing(sqlite3.connect(path)) as connection:
        traces = connection.execute("SELECT trace FROM reports UNION ALL SELECT trace FROM requests").fetchall()
    assert len(set(traces)) == 4
