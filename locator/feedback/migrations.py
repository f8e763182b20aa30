"""The tables of the database, and the migration from earlier versions."""

from __future__ import annotations

from typing import Final

from locator.files.sqlite_file import Execute, Tables

VERSION: Final = 2

_LOG_RULES: Final = (
    "CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
    "CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
)
_ADDED_SINCE_1: Final = (
    # The days that `Ages` counts; `since` in other tables is the number of such a day.
    "CREATE TABLE days (number INTEGER PRIMARY KEY, day TEXT NOT NULL, passed INTEGER)",
    """CREATE TABLE sources (
        sort TEXT NOT NULL, number INTEGER NOT NULL, span INTEGER NOT NULL, mark INTEGER NOT NULL,
        PRIMARY KEY (sort, number, span)) WITHOUT ROWID""",
    """CREATE TABLE tallies (
        day TEXT NOT NULL, network TEXT NOT NULL, said INTEGER NOT NULL,
        PRIMARY KEY (day, network)) WITHOUT ROWID""",
    """CREATE TABLE doubts (
        station_id TEXT NOT NULL, day TEXT NOT NULL, span INTEGER NOT NULL,
        cleared INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (station_id, day)) WITHOUT ROWID""",
    "CREATE INDEX doubts_of_day ON doubts (day)",
    """CREATE TABLE shown_cells (
        lat DOUBLE PRECISION NOT NULL, lon DOUBLE PRECISION NOT NULL, PRIMARY KEY (lat, lon)) WITHOUT ROWID""",
    """CREATE TABLE refusals (
        hour TEXT NOT NULL, who TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (hour, who)) WITHOUT ROWID""",
    "CREATE TABLE attempts (what TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)",
    "CREATE INDEX attempts_of_what ON attempts (what, at)",
)

CREATE: Final = (
    """CREATE TABLE reports (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        station_id TEXT NOT NULL, what TEXT NOT NULL, note TEXT, trace TEXT NOT NULL,
        at TEXT NOT NULL, day TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'new', looked INTEGER NOT NULL DEFAULT 0,
        counted INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 1)""",
    "CREATE UNIQUE INDEX reports_open ON reports (trace) WHERE state = 'new' AND looked = 0",
    "CREATE INDEX reports_waiting ON reports (id) WHERE state = 'new'",
    "CREATE INDEX reports_of_station ON reports (station_id)",
    "CREATE TABLE confirmations (station_id TEXT PRIMARY KEY, day TEXT NOT NULL)",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lat DOUBLE PRECISION NOT NULL, lon DOUBLE PRECISION NOT NULL,
        amenities TEXT NOT NULL, part_of_day TEXT NOT NULL, note TEXT, trace TEXT NOT NULL,
        at TEXT NOT NULL, day TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'new', answered_on TEXT, answered_by TEXT,
        counted INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 1)""",
    "CREATE UNIQUE INDEX requests_open ON requests (trace) WHERE state = 'new' AND answered_by IS NULL",
    "CREATE INDEX requests_waiting ON requests (id) WHERE state = 'new'",
    "CREATE INDEX requests_of_cell ON requests (lat, lon)",
    """CREATE TABLE log (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL)""",
    *_LOG_RULES,
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "INSERT INTO counters VALUES ('overlay', 0), ('asked', 0), ('answered', 0), ('lit_up_to', 0)",
    *_ADDED_SINCE_1,
)

_FROM_1: Final = (
    *_ADDED_SINCE_1,
    # Keys have a file of their own now. Without the old ones earlier senders cannot be recognised again.
    "DROP TABLE salts",
    "DELETE FROM counters WHERE name = 'forgotten_on'",
    # The service ran on the days on which something was written. The clock is not asked: it may be wrong just now.
    """INSERT INTO days (number, day)
        SELECT row_number() OVER (ORDER BY day), day
        FROM (SELECT day FROM reports UNION SELECT day FROM requests)""",
    "ALTER TABLE reports ADD COLUMN counted INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE reports ADD COLUMN since INTEGER NOT NULL DEFAULT 1",
    "UPDATE reports SET since = (SELECT number FROM days WHERE days.day = reports.day)",
    "ALTER TABLE requests ADD COLUMN counted INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE requests ADD COLUMN since INTEGER NOT NULL DEFAULT 1",
    "UPDATE requests SET since = (SELECT number FROM days WHERE days.day = requests.day)",
    # The networks of earlier reports are not known. So none of these reports counts by itself, and confirmations
    # that one person could have made alone are dropped. All reports stay, and wait for a steward as before.
    "DELETE FROM confirmations",
    # Of the requests of one device for one cell on one day only one was counted; the totals stay the same.
    """UPDATE requests SET counted = 1 WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY trace ORDER BY state = 'rejected', answered_by IS NULL, id DESC) AS nth
            FROM requests)
        WHERE nth = 1)""",
    # The log is changed this once, and gets an entry about it: the positions of requests do not belong in it, and
    # refused sign-ins are now counted by the hour, five names at most.
    "DROP TRIGGER log_is_not_changed",
    "DROP TRIGGER log_is_not_cut",
    """INSERT INTO log (at, who, what, detail)
        SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now'), 'locator', 'log cleaned', positions || ', ' || refused
        FROM (SELECT
            count(CASE WHEN what IN ('request accepted', 'request rejected') AND detail LIKE '% %' THEN 1 END)
                AS positions,
            count(CASE WHEN what = 'sign-in refused' THEN 1 END) AS refused FROM log)
        WHERE positions + refused > 0""",
    """UPDATE log SET detail = substr(detail, 1, instr(detail, ' ') - 1)
        WHERE what IN ('request accepted', 'request rejected') AND detail LIKE '% %'""",
    """INSERT INTO refusals (hour, who, times)
        SELECT hour, CASE WHEN nth <= 5 THEN who ELSE '' END, sum(times) FROM (
            SELECT substr(at, 1, 13) AS hour, who, count(*) AS times,
                row_number() OVER (PARTITION BY substr(at, 1, 13) ORDER BY min(id)) AS nth
            FROM log WHERE what = 'sign-in refused' GROUP BY 1, 2)
        GROUP BY 1, 2""",
    "DELETE FROM log WHERE what = 'sign-in refused'",
    *_LOG_RULES,
)


def bring_up(execute: Execute, version: int) -> None:
    """Create the tables (version 0) or migrate those of an earlier version, in the caller's transaction."""
    for statement in _FROM_1 if version == 1 else CREATE:
        execute(statement)


TABLES: Final = Tables(VERSION, bring_up, "UPDATE counters SET value = value WHERE name = 'overlay'")
