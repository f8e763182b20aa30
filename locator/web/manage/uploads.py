"""Uploaded lists with their choices and results, until they are published or discarded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import orjson

from locator.errors import (
    ColumnsUnknownError,
    ConflictError,
    CrsUnknownError,
    DatumUnknownError,
    GeodataError,
    LocatorError,
    UsageError,
)
from locator.files.cells import as_text
from locator.files.folders import is_taken, take
from locator.files.writing import replace_file
from locator.geo.datum import Datum, convert
from locator.geo.geodesy import FloatArray
from locator.handouts.datum_map import datum_map
from locator.importing.intake import Choices, Proposal, Reading, Tell, propose, publish
from locator.importing.summary import points, read_record, record, report_csv
from locator.language.catalogue import SOURCE
from locator.language.messages import localize, message
from locator.stations.store import Store
from locator.web.manage.sent_files import SentFiles, safe_name

FOLDER: Final = "uploads"
REPORT: Final = "report.csv"
_CHOICES: Final = "choices.json"
_STATE: Final = "state.json"
_JOB: Final = ".job"
_FORMAT: Final = 2
"""Of the stored state."""


@dataclass(frozen=True, slots=True)
class UploadState:
    """The progress of the work on a list."""

    stage: str
    """``working``, ``interrupted``, ``ready``, ``refused`` or ``published``."""
    share: float = 0.0
    words: str = ""
    """The current step, the reason of a refusal, or the number of the published version."""
    read: Mapping[str, Any] | None = None
    """The members of `locator.importing.summary.read_record`; ``None`` where the file could not be read."""
    found: Mapping[str, Any] | None = None
    """The members of `locator.importing.summary.record`, and ``points`` and ``changes``."""
    datums: Mapping[str, Any] | None = None
    """What follows from each datum, from `locator.handouts.datum_map`."""
    asks: str = ""
    """What has to be said before the list can be worked out: ``datum``, ``columns`` or ``crs``."""
    systems: tuple[Mapping[str, Any], ...] = ()
    """The CRSs to choose from: code, name, and the district in which the first row would lie."""
    waiting: int = 0
    """How many rows of a published list wait for a position."""
    evidence: tuple[str, ...] = ()
    """What is known of the datum that has to be said."""


Job = IO[bytes]
"""A lock on a list, held by the process that works on it until it is closed or the process ends."""


class Uploads(SentFiles):
    """The lists in a folder of the store, which any worker can show while another works on them.

    The worker on a list holds a lock file beside it. Work that is not done and not locked was interrupted.

    Parameters
    ----------
    folder
        The folder of the store.
    lang
        The steward's language, in which results are written.
    """

    def __init__(self, folder: Path, lang: str = SOURCE) -> None:
        gone = UsageError("This list is no longer here: lists are kept for a day. Send the file again.")
        super().__init__(folder / FOLDER, gone)
        self._lang = lang

    def keep(self, stream: IO[bytes], name: str, choices: Choices) -> str:
        """Store a list and return its token; discard lists that are a day old.

        Raises
        ------
        GeodataError
            If the disk is full or may not be written.
        """
        token = self.new_token()
        folder = self.folder / token
        try:
            folder.mkdir(parents=True, mode=0o700)
            with (folder / _plain(name)).open("wb") as file:
                shutil.copyfileobj(stream, file)
            self.choose(token, choices)
        except (OSError, UsageError) as fault:
            shutil.rmtree(folder, ignore_errors=True)
            raise GeodataError(
                "The list cannot be kept: {fault}. Free some space on the disk of LOCATOR_STORE, or let the"
                " service write there.",
                fault=fault.strerror if isinstance(fault, OSError) else fault,
            ) from None
        return token

    def choose(self, token: str, choices: Choices) -> None:
        """Store the choices for a list, which then has to be worked out again."""
        members = {name.name: getattr(choices, name.name) for name in fields(choices)} | {
            "columns": dict(choices.columns),
            "districts": str(choices.districts) if choices.districts else None,
        }
        replace_file(self.folder_of(token) / _CHOICES, orjson.dumps(members))

    def begin(self, token: str, choices: Choices | None = None) -> Job:
        """Lock a list for this process, and store new choices if there are any.

        Raises
        ------
        ConflictError
            If somebody works on it already.
        UsageError
            If it is not there.
        """
        job = (self.folder_of(token) / _JOB).open("ab")
        if not take(job):
            job.close()
            raise ConflictError("This list is being worked out already. Wait until that is done.")
        try:
            if choices:
                self.choose(token, choices)
            self._store_state(token, UploadState("working", 0.0, message("reading the file")))
        except BaseException:
            job.close()
            raise
        return job

    def choices(self, token: str) -> Choices:
        """Return the choices for a list; raise `UsageError` if it is not there."""
        try:
            members = orjson.loads((self.folder_of(token) / _CHOICES).read_bytes())
            return Choices(
                **members
                | {
                    "datum": Datum(members["datum"]) if members["datum"] else None,
                    "listed_on": _day(members.get("listed_on")),
                    "districts": Path(members["districts"]) if members.get("districts") else None,
                    "worksheets": tuple(members.get("worksheets", ())),
                }
            )
        except (OSError, KeyError, TypeError, ValueError) as fault:
            raise self.gone from fault

    def file(self, token: str) -> Path:
        """Return the path of a list, under its original name."""
        ours = (_CHOICES, _STATE, REPORT)
        return next(
            path for path in self.folder_of(token).iterdir() if path.name not in ours and path.name[0] != "."
        )

    def state(self, token: str) -> UploadState:
        """Return the progress of a list; raise `UsageError` if it is not there."""
        state = self._stored_state(token)
        if state.stage != "working" or is_taken(self.folder_of(token) / _JOB):
            return state
        state = self._stored_state(token)  # the work may have ended between the two checks
        return replace(state, stage="interrupted") if state.stage == "working" else state

    def _stored_state(self, token: str) -> UploadState:
        """Return the stored progress of a list.

        After a power cut the file may be incomplete, and one of an earlier version of the service has other
        members: then the work counts as interrupted, and can be done again.
        """
        path = self.folder_of(token) / _STATE
        try:
            members = orjson.loads(path.read_bytes())
            if members.pop("format") != _FORMAT:
                return UploadState("working")
            return UploadState(**members)
        except (OSError, AttributeError, KeyError, TypeError, ValueError):
            return UploadState("working")

    def report(self, token: str) -> Path:
        """Return the file of the refused and doubtful rows."""
        return self.folder_of(token) / REPORT

    def work_out(self, token: str, store: Store, job: Job) -> None:
        """Work out what publishing a list would do, and store the result."""

        def work(tell: Tell, seen: _Seen) -> UploadState:
            proposal = propose(self.file(token), self.choices(token), store, tell, seen.look)
            self.report(token).write_bytes(report_csv(proposal, self._lang))
            found = record(proposal, self._lang) | {
                "points": points(proposal, self._lang),
                "changes": proposal.changes,
            }
            return UploadState("ready", 1.0, found=found, datums=seen.datum_map(_as_listed(proposal)))

        self._run(token, job, work)

    def publish(self, token: str, store: Store, job: Job, *, parent: int, who: str, why: str) -> UploadState:
        """Publish a list as it was shown; it is refused if another version was published meanwhile."""

        def work(tell: Tell, seen: _Seen) -> UploadState:
            proposal = propose(self.file(token), self.choices(token), store, tell, seen.look)
            made = publish(replace(proposal, parent=parent), store, who=who, why=why)
            return UploadState("published", 1.0, str(made.number), waiting=len(proposal.waiting))

        return self._run(token, job, work)

    def _run(self, token: str, job: Job, work: Callable[[Tell, _Seen], UploadState]) -> UploadState:
        """Do some work on a list, and store its progress and how it ended."""
        ended = UploadState("refused", 1.0, message("The list could not be worked out. Nothing was changed."))
        seen = _Seen()
        try:
            ended = work(lambda share, words: self._store_state(token, UploadState("working", share, words)), seen)
        except LocatorError as error:
            ended = seen.refused(error, self._lang)
        finally:
            with job, suppress(LocatorError):  # the list may have been discarded meanwhile
                self._store_state(token, replace(ended, read=seen.record(self._lang)))
        return ended

    def _store_state(self, token: str, state: UploadState) -> None:
        members = {name.name: getattr(state, name.name) for name in fields(state)}
        members |= {"words": localize(state.words, self._lang), "format": _FORMAT}
        replace_file(self.folder_of(token) / _STATE, orjson.dumps(members))


@dataclass(slots=True)
class _Seen:
    """What a file says by itself, for the choices on the page."""

    reading: Reading | None = None

    def look(self, reading: Reading) -> None:
        """Keep it."""
        self.reading = reading

    def record(self, lang: str) -> dict[str, Any] | None:
        """Return it as JSON values."""
        return None if self.reading is None else read_record(self.reading, lang)

    def datum_map(self, lonlat: FloatArray) -> dict[str, Any] | None:
        """Return what follows from each datum for positions as the file has them."""
        if self.reading is None:
            return None
        sheet, match = self.reading.sheet, self.reading.match
        cells = sheet.columns.get(match.fields.get("name", ""), [None] * len(sheet))
        names = [None if cell is None else as_text(cell)[:80] for cell in cells]
        return datum_map(lonlat, names, self.reading.around)

    def refused(self, error: LocatorError, lang: str) -> UploadState:
        """Return the state of a list that is refused, with what has to be said."""
        state = UploadState("refused", 1.0, error.message)
        if isinstance(error, DatumUnknownError):
            evidence = tuple(localize(sentence, lang) for sentence in error.evidence)
            return replace(state, datums=self.datum_map(error.lonlat), asks="datum", evidence=evidence)
        if isinstance(error, CrsUnknownError):
            systems = (
                {"code": one.code, "name": one.name.to(lang), "district": one.district} for one in error.choices
            )
            return replace(state, asks="crs", systems=tuple(systems))
        return replace(state, asks="columns") if isinstance(error, ColumnsUnknownError) else state


def _as_listed(proposal: Proposal) -> FloatArray:
    """Return the positions as the file has them."""
    lonlat = np.array(proposal.positions.lonlat)
    rows = ~np.isnan(lonlat[:, 0])
    lonlat[rows] = convert(lonlat[rows], Datum.WGS84, proposal.positions.judgement.datum or Datum.WGS84)
    return lonlat


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(name: str) -> str:
    """Return a safe file name that is none of ours; messages name the list by it."""
    plain = safe_name(name, "list-")
    return f"list-{plain}" if plain in (_CHOICES, _STATE, REPORT) else plain
