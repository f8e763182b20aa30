"""Files of outlines that stewards sent, until they are published or discarded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import IO, Final

import orjson

from locator.errors import LocatorError, UsageError
from locator.files.folders import writing
from locator.files.writing import replace_file
from locator.language.messages import as_data, from_data
from locator.planning.inputs.district_files import read_outlines
from locator.stations.geodata import write_districts
from locator.web.manage.sent_files import SentFiles, safe_name

FOLDER: Final = "outlines"
DISTRICTS: Final = "districts.geojson"
_ABOUT: Final = "about.json"
_SENT: Final = "sent"


@dataclass(frozen=True, slots=True)
class Sent:
    """Outlines that wait to be published."""

    token: str
    file: str
    """The name of the file as it was sent."""
    datum: str | None
    """The datum that the steward named; ``None``: what the file says."""
    crs: str | None
    notes: tuple[str, ...]
    """What was changed in them, and what is doubtful."""
    count: int
    area_km2: float
    read_at: int
    """Seconds since 1970; outlines read in another datum are other ones."""
    path: Path
    """The outlines as they would be served."""


class OutlineFiles(SentFiles):
    """Files of outlines in a folder of the store, each in a folder of its own beside what was read from it."""

    def __init__(self, store: Path) -> None:
        gone = UsageError("These outlines are no longer here: they are kept for a day. Send the file again.")
        super().__init__(store / FOLDER, gone)

    def keep(self, stream: IO[bytes], name: str, datum: str | None, crs: str | None) -> str:
        """Store a file, read it, and return its token; discard files that are a day old.

        Raises
        ------
        GeodataError, UsageError
            If it cannot be stored, or cannot be read, and then it is deleted.
        """
        token = self.new_token()
        folder = self.folder / token
        with writing(self.folder):
            (folder / _SENT).mkdir(parents=True, mode=0o700)
            with (folder / _SENT / safe_name(name, "outlines")).open("wb") as file:
                shutil.copyfileobj(stream, file)
        try:
            self.read(token, datum, crs)
        except LocatorError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return token

    def read(self, token: str, datum: str | None, crs: str | None) -> None:
        """Read a file that is kept, in the datum or CRS that is named; raise as `read_outlines` does."""
        folder = self.folder_of(token)
        sent = next((folder / _SENT).iterdir())
        found = read_outlines(sent, datum=datum, crs=crs)
        write_districts(folder / DISTRICTS, found.districts)
        about = {
            "file": sent.name,
            "datum": datum,
            "crs": crs,
            "notes": [as_data(note) for note in found.notes],
            "count": len(found.districts),
            "area_km2": found.area_km2(),
            "read_at": int(time()),
        }
        replace_file(folder / _ABOUT, orjson.dumps(about))

    def find(self, token: str) -> Sent:
        """Return what is kept under a token; raise `UsageError` if there is nothing."""
        folder = self.folder_of(token)
        try:
            about = orjson.loads((folder / _ABOUT).read_bytes())
            notes = tuple(from_data(note) for note in about.pop("notes"))
            return Sent(token, notes=notes, path=folder / DISTRICTS, **about)
        except (OSError, KeyError, TypeError, ValueError) as fault:
            raise self.gone from fault

    def waiting(self) -> list[Sent]:
        """List what waits to be published, the last read first."""
        return sorted(self._all(), key=lambda sent: sent.read_at, reverse=True)

    def _all(self) -> Iterator[Sent]:
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(UsageError):  # somebody has just discarded it, or it is being read
                yield self.find(folder.name)
