"""The database of reports, requests and the log."""

from __future__ import annotations

from pathlib import Path

from locator.feedback.migrations import TABLES
from locator.files.sqlite_file import BUSY_TIMEOUT_S, Execute, SqliteFile

__all__ = ["BUSY_TIMEOUT_S", "Database", "Execute"]


class Database(SqliteFile):
    """The file with the tables of `migrations`; for the parameters see `SqliteFile`."""

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        super().__init__(path, TABLES, busy_timeout_s)
