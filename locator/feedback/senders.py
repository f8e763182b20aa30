"""Recognising senders without storing who they are.

Addresses and browser names are not stored anywhere. What is stored are keyed hashes of them (BLAKE2b, RFC 7693).
The random keys are in a file of their own (`Salts`) beside the database:

- **trace**: hash of the address (IPv6: the /64) and the browser name, for one subject on one day, with the key of
  that day. It lets a device change or withdraw a report, and prevents it from counting twice a day.
- **tally**: hash of the network (IPv4 /24, IPv6 /48) on one day, with the same key. It counts the reports and
  requests of a network in a day, is not linked to any of them, and is deleted soon after.
- **source**: **one byte** of the hash of the network, for one subject, with a key that is used for 30 counted days
  (`Ages`). It shows whether two reports came from different networks. Many networks share each of the 256 values:
  two different bytes prove two networks, but no byte identifies one. It is stored twice, with the key of this span
  of 30 days and that of the next, so that reports of neighbouring spans can be compared.
- Attempts to sign in are counted for at most a day by a hash of the address with the key of the day.

What somebody can find out who has

- only the database, or only the keys: nothing about any address.
- both, from the same moment: the address behind every trace whose key still exists (today's, yesterday's, and
  tomorrow's if a clock was ahead), by trying all 4 billion IPv4 addresses. For reports of at most 60 counted days,
  one of 256 networks remains possible: no proof, but it can support a suspicion.
- an earlier database and today's keys: the same, for what today's keys still match.
- an earlier copy of both, such as a backup of the whole folder: what could be found out then, for ever. So the
  file of keys does not belong in backups. Without it everything goes on working.

Keys are deleted when the clock has kept pace for ten minutes and shows a later day, so only while the service
runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from typing import Final, NamedTuple

from locator.feedback.ages import SOON_S, Ages
from locator.feedback.database import Database, Execute
from locator.feedback.networks import origin
from locator.feedback.salts import SIZE, Salts
from locator.feedback.times import DAY, Clock, day_of

SPAN_DAYS: Final = 30
"""For so many counted days one key for networks is used; sources can be compared for at least as long."""
NETWORK_A_DAY: Final = 30
"""How many reports and requests of one network count in a day. One person hardly passes more stations. Thousands
of people share a mobile network, but what is beyond the limit still reaches the stewards."""


class Sender(NamedTuple):
    """A sender as hashes, which cannot be reversed without the file of keys."""

    device: str
    """Changes every day. Devices with the same address and browser name have the same."""
    network: str
    """Changes every day."""
    spans: tuple[tuple[int, str], ...] = ()
    """For this span of 30 counted days and the next: its number, and the hash of the network."""

    def sources(self, subject: str) -> list[tuple[int, int]]:
        """Return the source of a report on a subject: for each span its number and one byte."""
        return [
            (span, blake2b(f"{network}\n{subject}".encode(), digest_size=1).digest()[0])
            for span, network in self.spans
        ]


class Senders:
    """Hashes senders with the keys of the day and the span.

    If the clock is set back by a day, yesterday's key is used again; if by more, that day gets a new key.
    """

    def __init__(self, database: Database, salts: Salts, clock: Clock, ages: Ages) -> None:
        self._database = database
        self._salts = salts
        self._clock = clock
        self._ages = ages
        self._kept: list[str] = []

    def sender(self, address: str, agent: str) -> Sender:
        """Return the hashes of a sender; the first call of a day creates a key.

        Parameters
        ----------
        address
            The internet address, as `origin` takes it.
        agent
            The header ``User-Agent``.
        """
        span = self._ages.number() // SPAN_DAYS
        day, *spans = self._salts.read([_day(day_of(self._clock())), _span(span), _span(span + 1)])
        device, network = origin(address)
        return Sender(
            _hash(day, "device", f"{device}\n{agent}"),
            _hash(day, "network", network),
            tuple((number, _hash(key, "network", network)) for number, key in enumerate(spans, span)),
        )

    def forget(self) -> None:
        """Delete all keys but those of yesterday, today, tomorrow and two spans, if the clock has kept pace."""
        if self._ages.steady_s() < SOON_S or not self._database.exists():
            return
        span = self._ages.number() // SPAN_DAYS
        wanted = [*map(_day, self._days()), _span(span), _span(span + 1)]
        if wanted != self._kept:
            self._salts.keep(wanted)
            self._kept = wanted

    def forget_marks(self, execute: Execute, span: int) -> None:
        """Delete the tallies of other days than `_days`, and the sources of spans before the last one.

        Sources stay one span longer than their key: a steward may still reject what was counted with it.
        """
        execute("DELETE FROM tallies WHERE day NOT IN (?, ?, ?)", [day.isoformat() for day in self._days()])
        execute("DELETE FROM sources WHERE span < ?", [span - 1])

    def _days(self) -> tuple[date, date, date]:
        """Return yesterday, today and tomorrow: a clock may be corrected by hours across midnight."""
        today = day_of(self._clock())
        return today - DAY, today, today + DAY


def trace(device: str, subject: str, day: date) -> str:
    """Return the hash that recognises a device for one subject on one day.

    It differs between subjects, so that nobody can see that one device reported on two stations.
    """
    return blake2b(f"{device}\n{subject}\n{day}".encode(), digest_size=SIZE).hexdigest()


def tally(execute: Execute, day: str, network: str) -> bool:
    """Count a report or request of a network, and return whether it is within `NETWORK_A_DAY`."""
    execute(_TALLY, [day, network])
    ((count,),) = execute("SELECT said FROM tallies WHERE day = ? AND network = ?", [day, network])
    return int(count) <= NETWORK_A_DAY


def keep_sources(execute: Execute, sort: str, number: int, sources: Iterable[tuple[int, int]]) -> None:
    """Store the source of a report or a request, from `Sender.sources`."""
    for span, mark in sources:
        execute("INSERT INTO sources (sort, number, span, mark) VALUES (?, ?, ?, ?)", [sort, number, span, mark])


def _hash(key: bytes, sort: str, text: str) -> str:
    words = f"{sort}\n{text}".encode(errors="backslashreplace")
    return blake2b(words, digest_size=SIZE, key=key).hexdigest()


def _day(day: date) -> str:
    return f"day-{day}"


def _span(span: int) -> str:
    return f"span-{span}"


_TALLY: Final = """
    INSERT INTO tallies (day, network, said) VALUES (?, ?, 1)
    ON CONFLICT (day, network) DO UPDATE SET said = said + 1"""
