"""Telling devices apart for a day, without keeping who they are.

A device is known by a keyed hash (BLAKE2b, RFC 7693) of its address and its browser's name. The key is a random
salt of the day. Salts older than yesterday's are deleted, and with them all that could link a hash to an address:
after two days nobody can, not even with the file in hand. Addresses and browsers' names are nowhere kept.
"""

from __future__ import annotations

import secrets
from datetime import date
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from locator.feedback.database import Database
from locator.feedback.times import DAY, Clock, day_of

_SIZE: Final = 16
_NETWORK_BITS: Final = 64


class Devices:
    """The salts of today and yesterday.

    When the clock is put back a day, yesterday's salt is used again; when it is put back farther, that day gets a
    new one. Salts of days that are still to come by a clock put back are kept, and deleted in their turn.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def key(self, address: str, agent: str) -> str:
        """Return 32 hexadecimal digits: the same for a device all day, others tomorrow.

        Devices that share an address and a kind of browser share them too.

        Parameters
        ----------
        address
            The IP address; of one of version 6 only the network counts, for a device changes the rest at will.
        agent
            What the browser calls itself.
        """
        words = f"{_network(address)}\n{agent}".encode(errors="backslashreplace")
        return blake2b(words, digest_size=_SIZE, key=self._salt(day_of(self._clock()))).hexdigest()

    def forget(self) -> None:
        """Delete the salts from before yesterday."""
        eldest = day_of(self._clock()) - DAY
        with self._database.writing() as execute:
            execute("DELETE FROM salts WHERE day < ?", [eldest.isoformat()])

    def _salt(self, day: date) -> bytes:
        query = "SELECT salt FROM salts WHERE day = ?"
        found = self._database.rows(query, [day.isoformat()])
        if not found:
            with self._database.writing() as execute:
                execute(
                    "INSERT INTO salts (day, salt) VALUES (?, ?) ON CONFLICT (day) DO NOTHING",
                    [day.isoformat(), secrets.token_bytes(_SIZE)],
                )
            self.forget()
            self._database.scrub()
            found = self._database.rows(query, [day.isoformat()])
        return bytes(found[0][0])


def trace(device: str, subject: str, day: date) -> str:
    """Return what a device leaves on one subject on one day, to know it again there.

    It is another for every subject: what is kept does not tell that the same device was in two places.
    """
    return blake2b(f"{device}\n{subject}\n{day}".encode(), digest_size=_SIZE).hexdigest()


def _network(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((int(known), _NETWORK_BITS), strict=False))
