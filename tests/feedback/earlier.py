"""A program that writes a database as version 1 of the tables had it, with a store's history in it.

earlier.py FILE REPORTS
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

SALT = bytes.fromhex("5a17" * 8)
OLD_SALT = bytes.fromhex("01d5a17e" * 4)
FIRST = date(2026, 9, 1)
TABLES = (
    "CREATE TABLE salts (day TEXT PRIMARY KEY, salt BLOB NOT NULL)",
    """CREATE TABLE reports (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        station_id TEXT NOT NULL, what TEXT NOT NULL, note TEXT, trace TEXT NOT NULL,
        at TEXT NOT NULL, day TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'new', looked INTEGER NOT NULL DEFAULT 0)""",
    "CREATE UNIQUE INDEX reports_open ON reports (trace) WHERE state = 'new' AND looked = 0",
    "CREATE INDEX reports_waiting ON reports (id) WHERE state = 'new'",
    "CREATE INDEX reports_of_station ON reports (station_id)",
    "CREATE TABLE confirmations (station_id TEXT PRIMARY KEY, day TEXT NOT NULL)",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lat DOUBLE PRECISION NOT NULL, lon DOUBLE PRECISION NOT NULL,
        amenities TEXT NOT NULL, part_of_day TEXT NOT NULL, note TEXT, trace TEXT NOT NULL,
        at TEXT NOT NULL, day TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'new', answered_on TEXT, answered_by TEXT)""",
    "CREATE UNIQUE INDEX requests_open ON requests (trace) WHERE state = 'new' AND answered_by IS NULL",
    "CREATE INDEX requests_waiting ON requests (id) WHERE state = 'new'",
    "CREATE INDEX requests_of_cell ON requests (lat, lon)",
    """CREATE TABLE log (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL)""",
    "CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
    "CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    """INSERT INTO counters VALUES
        ('overlay', 0), ('asked', 7), ('answered', 3), ('forgotten_on', 740000), ('lit_up_to', 4)""",
)
ADD_REPORT = "INSERT INTO reports (station_id, what, note, trace, at, day, state) VALUES (?, ?, ?, ?, ?, ?, ?)"
ADD_REQUEST = """
    INSERT INTO requests (lat, lon, amenities, part_of_day, trace, at, day, state, answered_on, answered_by)
    VALUES (39.91185, 116.405268, 'seats', 'any', ?, ?, ?, ?, ?, ?)"""
REQUESTS = (
    # One device asked twice, the first was answered; one was accepted; one rejected.
    ("one", "accepted", "2026-09-09", "s1"),
    ("one", "new", None, None),
    ("two", "accepted", None, None),
    ("three", "rejected", None, None),
)
LOG = (
    ("publish", "4: new stations in the east, 39.9 of them"),
    ("request accepted", "1 39.9119,116.4053"),
    ("report accepted", "3 s1 open"),
    ("request rejected", "4 39.9119,116.4053"),
    ("looked", "s1"),
)


def write(path: Path, n: int) -> None:
    """Write the tables and, for more than no reports, a store's history."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        connection.execute("BEGIN")
        for statement in TABLES:
            connection.execute(statement)
        if n:
            write_history(connection, n)
        connection.execute("PRAGMA user_version = 1")
        connection.execute("COMMIT")


def write_history(connection: sqlite3.Connection, n: int) -> None:
    """Write n reports of 30 days, four requests, a log with 300 refused sign-ins, and two salts."""
    for number in range(n):
        day = (FIRST + timedelta(days=number * 30 // n)).isoformat()
        what, state = ("open", "locked")[number % 2], ("new", "accepted")[number % 3 == 2]
        row = [f"s{number % 50}", what, f"note {number}", f"{number:032x}", f"{day}T04:00+00:00", day, state]
        connection.execute(ADD_REPORT, row)
    for trace, state, answered_on, answered_by in REQUESTS:
        row = [trace, "2026-09-05T04:00+00:00", "2026-09-05", state, answered_on, answered_by]
        connection.execute(ADD_REQUEST, row)
    connection.execute("INSERT INTO confirmations VALUES ('s7', '2025-01-01')")
    for what, detail in LOG:
        connection.execute(
            "INSERT INTO log (at, who, what, detail) VALUES ('2026-09-05T04:00:00+00:00', 'li', ?, ?)",
            [what, detail],
        )
    for number in range(300):
        connection.execute(
            "INSERT INTO log (at, who, what, detail) VALUES (?, ?, 'sign-in refused', '')",
            [f"2026-09-0{1 + number // 100}T05:00:{number % 60:02}+00:00", f"name {number % 7}"],
        )
    for day, salt in (("2026-09-29", OLD_SALT), ("2026-09-30", SALT)):
        connection.execute("INSERT INTO salts VALUES (?, ?)", [day, salt])


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
