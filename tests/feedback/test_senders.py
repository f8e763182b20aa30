"""A sender is known again for a day, a network for two spans, and nobody's address from one file alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from locator.feedback.senders import NETWORK_A_DAY, Sender
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

ADDRESS, AGENT = "203.0.113.77", "Mozilla/5.0 (a phone of somebody)"


def keys(path: Path) -> dict[str, str]:
    """Read the file of keys by the names in it."""
    return dict(line.split() for line in path.with_suffix(".salts").read_text().splitlines() if line.strip())


def marks(path: Path, table: str = "sources") -> list[tuple[object, ...]]:
    """Read a table."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608


def test_a_device_keeps_its_key_for_a_day(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """The same in every process until midnight in Beijing, another the day after; others have others."""
    known = feedback.sender(ADDRESS, AGENT)
    clock.move(hours=11, minutes=59)
    assert Feedback(path, clock=clock).sender(ADDRESS, AGENT) == known
    neighbour = feedback.sender("203.0.113.78", AGENT)
    assert neighbour.device != known.device
    assert neighbour.network == known.network
    assert feedback.sender(ADDRESS, "another").device != known.device
    assert feedback.sender("203.0.114.77", AGENT).network != known.network
    clock.move(minutes=1)
    tomorrow = feedback.sender(ADDRESS, AGENT)
    assert tomorrow.device != known.device
    assert tomorrow.network != known.network
    assert tomorrow.sources("s1") == known.sources("s1")


def test_two_stores_know_a_device_by_different_keys(tmp_path: Path) -> None:
    """The key depends on a secret of the store."""
    senders = [Feedback(tmp_path / name).sender(ADDRESS, AGENT) for name in ("a.sqlite", "b.sqlite")]
    assert senders[0].device != senders[1].device
    assert senders[0].network != senders[1].network


def test_an_address_counts_in_whatever_it_is_wrapped(feedback: Feedback) -> None:
    """A phone that changes the second half of its IPv6 address stays one device; IPv4 in IPv6 is IPv4."""
    assert feedback.sender("2001:db8:1:2::1", AGENT) == feedback.sender("2001:db8:1:2:ffff::9", AGENT)
    assert feedback.sender("2001:db8:1:2::1", AGENT) != feedback.sender("2001:db8:1:3::1", AGENT)
    assert feedback.sender(f"::ffff:{ADDRESS}", AGENT) == feedback.sender(ADDRESS, AGENT)


def test_anything_may_stand_for_an_address(feedback: Feedback) -> None:
    """What a proxy or a browser sends need not make sense."""
    assert len(feedback.sender("unknown", "half \ud83d").device) == 32
    assert len(feedback.sender("", "").device) == 32


def test_a_network_is_compared_over_neighbouring_spans(feedback: Feedback, clock: SetClock) -> None:
    """For 30 days at least the same network leaves the same byte under one key, and later nothing is shared."""
    feedback.sender(ADDRESS, AGENT)
    first = dict(feedback.sender(ADDRESS, AGENT).sources("s1"))
    clock.run(feedback, days=30)
    second = dict(feedback.sender(ADDRESS, AGENT).sources("s1"))
    clock.run(feedback, days=31)
    third = dict(feedback.sender(ADDRESS, AGENT).sources("s1"))
    assert (sorted(first), sorted(second), sorted(third)) == ([0, 1], [1, 2], [2, 3])
    assert first[1] == second[1]
    assert second[2] == third[2]


def test_a_network_leaves_one_byte_and_another_on_every_subject(feedback: Feedback) -> None:
    """Of 2,000 networks each value is shared by several; two subjects share no order among them."""
    addresses = [f"10.{n // 250}.{n % 250}.1" for n in range(2000)]
    left = {
        subject: [feedback.sender(address, "").sources(subject)[0][1] for address in addresses]
        for subject in ("s1", "s2")
    }
    assert 240 < len(set(left["s1"])) <= 256
    same = sum(one == two for one, two in zip(left["s1"], left["s2"], strict=True))
    assert same < 40  # 8 are to be expected by chance


def test_keys_and_marks_do_not_lie_in_one_file(path: Path, feedback: Feedback, by: Callable[..., Sender]) -> None:
    """The database has no byte of a key, the file of keys none of a mark."""
    report = by(AGENT, ADDRESS)
    feedback.reports.add("s1", "locked", None, report)
    feedback.requests.add(39.91234, 116.40567, ["seats"], "any", None, report)
    feedback.close()
    database = b"".join(file.read_bytes() for file in path.parent.glob("feedback.sqlite*"))
    assert len(keys(path)) == 3
    for key in keys(path).values():
        assert bytes.fromhex(key) not in database
        assert key.encode() not in database
    with closing(sqlite3.connect(path)) as connection:
        traces = connection.execute("SELECT trace FROM reports UNION ALL SELECT trace FROM requests").fetchall()
    text = path.with_suffix(".salts").read_text()
    assert not any(trace in text for (trace,) in traces)
    assert report.network not in text


def test_old_keys_are_nowhere_in_the_files(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Keys of yesterday and today are kept while the service runs; an older one is in no byte, whoever writes."""
    feedback.sender(ADDRESS, AGENT)
    first = keys(path)["day-2026-11-20"]
    for _ in range(2):
        clock.run(feedback, days=1)
        feedback.sender(ADDRESS, AGENT)
    assert sorted(keys(path)) == ["day-2026-11-21", "day-2026-11-22", "span-0", "span-1"]
    for file in path.parent.iterdir():
        assert first.encode() not in file.read_bytes()
        assert bytes.fromhex(first) not in file.read_bytes()


def test_old_keys_go_when_nobody_writes(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Forgetting overwrites them too: it is called all day, whether anybody reports or not."""
    feedback.sender(ADDRESS, AGENT)
    clock.run(feedback, days=2)
    assert sorted(keys(path)) == ["span-0", "span-1"]
    clock.run(feedback, days=30)
    assert sorted(keys(path)) == ["span-1"]
    clock.run(feedback, days=30)
    assert keys(path) == {}


def test_keys_of_a_machine_that_was_off_go_ten_minutes_after_it_starts(
    path: Path, feedback: Feedback, clock: SetClock
) -> None:
    """Not at once: the clock may be about to be set."""
    feedback.sender(ADDRESS, AGENT)
    clock.move(days=100)
    started = Feedback(path, clock=clock, elapsed=clock.elapsed)
    clock.run(started, minutes=9)
    assert "day-2026-11-20" in keys(path)
    clock.run(started, minutes=2)
    assert "day-2026-11-20" not in keys(path)
    started.close()


def test_a_clock_that_jumps_takes_no_key(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """A moment in another year: the device stays known, and a key that was made then is not kept for a year."""
    clock.run(feedback, hours=2)
    before = feedback.sender(ADDRESS, AGENT)
    clock.move(days=400)
    feedback.forget()
    feedback.sender(ADDRESS, AGENT)
    clock.wait(seconds=0.5)
    feedback.forget()
    clock.move(days=-400)
    feedback.forget()
    assert feedback.sender(ADDRESS, AGENT) == before
    assert "day-2027-12-25" in keys(path)
    clock.run(feedback, days=1)
    assert "day-2027-12-25" not in keys(path)


def test_a_clock_put_back_loses_no_key(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Put back a day the device is known by yesterday's key again; put back farther, by a new one."""
    before = feedback.sender(ADDRESS, AGENT).device
    clock.move(days=1)
    after = feedback.sender(ADDRESS, AGENT).device
    clock.move(days=-1)
    assert feedback.sender(ADDRESS, AGENT).device == before
    clock.run(feedback, hours=1)
    assert sorted(keys(path)) == ["day-2026-11-20", "day-2026-11-21", "span-0", "span-1"]
    clock.move(days=-10)
    assert feedback.sender(ADDRESS, AGENT).device not in (before, after)


def test_no_address_is_kept(path: Path, feedback: Feedback, by: Callable[..., Sender]) -> None:
    """Neither address nor browser, nor the key of the day, is in any byte of the files."""
    sender = by(AGENT, ADDRESS)
    feedback.reports.add("s1", "locked", "a note", sender)
    feedback.requests.add(39.91234, 116.40567, ["seats"], "any", "a note", sender)
    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"a note" in kept
    assert not any(word.encode() in kept for word in (ADDRESS, "203.0.113", AGENT, sender.device))


def test_one_device_in_two_places_cannot_be_told(
    path: Path, feedback: Feedback, by: Callable[..., Sender]
) -> None:
    """What is kept of a device differs from station to station, and from cell to cell."""
    for station_id in ("s1", "s2"):
        feedback.reports.add(station_id, "open", None, by("device"))
    for lat in (39.9, 39.95):
        feedback.requests.add(lat, 116.4, [], "any", None, by("device"))
    with closing(sqlite3.connect(path)) as connection:
        traces = connection.execute("SELECT trace FROM reports UNION ALL SELECT trace FROM requests").fetchall()
    assert len(set(traces)) == 4


def test_all_that_a_network_says_is_kept_and_so_much_counts(
    path: Path, feedback: Feedback, by: Callable[..., Sender], clock: SetClock
) -> None:
    """Reports and requests together, repeated ones once; the count stands beside no report and goes in days."""
    for n in range(NETWORK_A_DAY + 5):
        for _ in range(2):
            feedback.reports.add(f"s{n}", "open", None, by(f"phone {n}", f"203.0.113.{n}"))
    feedback.requests.add(39.9, 116.4, [], "any", None, by("phone"))
    feedback.requests.add(39.9, 116.4, [], "any", None, by("phone", "203.0.114.1"))
    with closing(sqlite3.connect(path)) as connection:
        counted = [row[0] for row in connection.execute("SELECT counted FROM reports ORDER BY id")]
        asked = [row[0] for row in connection.execute("SELECT counted FROM requests ORDER BY id")]
    assert counted == [1] * 30 + [0] * 5
    assert asked == [0, 1]
    assert len(feedback.reports.queue(100)) == 35
    assert sorted(row[2] for row in marks(path, "tallies")) == [1, 36]
    clock.run(feedback, days=3)
    assert marks(path, "tallies") == []
