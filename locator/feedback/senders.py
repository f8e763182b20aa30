"""Telling apart who sends, without keeping who they are.

Marks are made of a sender, all keyed hashes (BLAKE2b, RFC 7693) under random keys that lie in a file of
their own (`Salts`), beside the database and not in it. Addresses and browsers' names are nowhere kept.

- **trace**: of the address (of IPv6 the /64) and the browser's name, on one subject and one day. Under a key of
  the day. It lets a device take back or change what it said, and keeps it from counting twice a day.
- **tally**: of the network (IPv4 /24, IPv6 /48), on one day, under the same key. It counts what a network says in
  a day, stands beside no report, and is deleted soon after.
- **source**: of the network, on one subject, under a key of 30 counted days (`Ages`), and only **one byte** of it.
  It tells whether two reports came from different networks. Many networks share each of the 256 values, so it says
  with certainty that two differ and never which one it was. Made twice, under the key of this span of 30 days and
  that of the next, so that what was said in two neighbouring spans can be compared.
- Attempts to sign in are counted for at most a day by such a mark of the address, under the key of the day.

What somebody can do who has

- the database alone, or the keys alone: nothing; neither tells anything of an address.
- both, at the same time: try every address, for there are only four thousand million of version 4, and so learn
  the address behind every trace whose day's key still exists (today, yesterday, and what a clock put forward made
  for tomorrow); and, for the reports of at most 60 counted days, leave 1 of 256 networks possible. That is no
  proof, but it can make a suspicion likelier.
- the database of earlier and the keys of today: the same, for nothing but what the keys of today still open.
- both from a copy made earlier, such as a backup of the whole folder: what could be learned then, for ever. The
  file of keys does not belong into backups; without it everything works on.

Keys go when the clock has kept pace for ten minutes and shows a later day, so only while the service runs.
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
"""So many counted days one key of networks is used; marks of networks can be compared for at least as many."""
NETWORK_A_DAY: Final = 30
"""So much of what one network says in a day counts by itself. Nobody passes more stations in a day; behind a
mobile network stand thousands, and what is beyond reaches the stewards all the same."""


class Sender(NamedTuple):
    """Who sends, by marks that nobody can turn back without the file of keys."""

    device: str
    """The same for a device all day, another tomorrow; devices that share an address and a kind of browser share
    it."""
    network: str
    """The same for a network all day, another tomorrow."""
    spans: tuple[tuple[int, str], ...] = ()
    """For this span of 30 counted days and the next its number, and what the network is known by in it."""

    def sources(self, subject: str) -> list[tuple[int, int]]:
        """Return what the sender's network leaves on a subject: for each span its number and one byte."""
        return [
            (span, blake2b(f"{network}\n{subject}".encode(), digest_size=1).digest()[0])
            for span, network in self.spans
        ]


class Senders:
    """The keys by which senders are known.

    When the clock is put back a day, yesterday's key is used again; when it is put back farther, that day gets a
    new one.
    """

    def __init__(self, database: Database, salts: Salts, clock: Clock, ages: Ages) -> None:
        self._database = database
        self._salts = salts
        self._clock = clock
        self._ages = ages
        self._kept: list[str] = []

    def sender(self, address: str, agent: str) -> Sender:
        """Return by what a sender is known now; the day's first call writes a key.

        Parameters
        ----------
        address
            The internet address, as `origin` takes it.
        agent
            What the browser calls itself.
        """
        span = self._ages.number() // SPAN_DAYS
        day, *spans = self._salts.read([_day(day_of(self._clock())), _span(span), _span(span + 1)])
        device, network = origin(address)
        return Sender(
            _hash(day, "device", f"{device}\n{agent}"),
            _hash(day, "network", network),
            tuple((span + place, _hash(key, "network", network)) for place, key in enumerate(spans)),
        )

    def forget(self) -> None:
        """Overwrite all keys but those of yesterday, today, tomorrow and two spans, if the clock has kept pace."""
        if self._ages.steady_s() < SOON_S or not self._database.exists():
            return
        span = self._ages.number() // SPAN_DAYS
        wanted = [*map(_day, self._days()), _span(span), _span(span + 1)]
        if wanted != self._kept:
            self._salts.keep(wanted)
            self._kept = wanted

    def forget_marks(self, execute: Execute, span: int) -> None:
        """Delete the tallies of other days than today, and what networks left before the span before this one.

        That is one span longer than its key: what was counted under a key stewards may still take back.
        """
        execute("DELETE FROM tallies WHERE day NOT IN (?, ?, ?)", [day.isoformat() for day in self._days()])
        execute("DELETE FROM sources WHERE span < ?", [span - 1])

    def _days(self) -> tuple[date, date, date]:
        """Return yesterday, today and tomorrow: a clock may be put right by hours."""
        today = day_of(self._clock())
        return today - DAY, today, today + DAY


def trace(device: str, subject: str, day: date) -> str:
    """Return what a device leaves on one subject on one day, to know it again there.

    It is another for every subject: what is kept does not tell that the same device was in two places.
    """
    return blake2b(f"{device}\n{subject}\n{day}".encode(), digest_size=SIZE).hexdigest()


def tally(execute: Execute, day: str, network: str) -> bool:
    """Count what a network says in a day, and tell whether it is still within `NETWORK_A_DAY`."""
    execute(_TALLY, [day, network])
    ((said,),) = execute("SELECT said FROM tallies WHERE day = ? AND network = ?", [day, network])
    return int(said) <= NETWORK_A_DAY


def keep_sources(execute: Execute, sort: str, number: int, sources: Iterable[tuple[int, int]]) -> None:
    """Keep from which network a report or a request came, as far as `Sender.sources` tells."""
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
