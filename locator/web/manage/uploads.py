"""Uploaded lists with their choices and results, until they are published or discarded."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import IO, Any, Final

import orjson

from locator.errors import ConflictError, GeodataError, LocatorError, UsageError
from locator.files.folders import is_taken, take
from locator.files.writing import replace_file
from locator.geo.datum import Datum
from locator.importing.intake import Choices, Proposal, Tell, propose, publish
from locator.importing.summary import points, record, report_csv
from locator.language.catalogue import SOURCE
from locator.language.messages import localize, message
from locator.stations.store import Store

KEPT_S: Final = 24 * 3600
"""A list is discarded after a day, because it may contain telephone numbers."""
FOLDER: Final = "uploads"
REPORT: Final = "report.csv"
_CHOICES: Final = "choices.json"
_STATE: Final = "state.json"
_JOB: Final = ".job"


@dataclass(frozen=True, slots=True)
class UploadState:
    """The progress of the work on a list."""

    stage: str
    """``working``, ``interrupted``, ``ready``, ``refused`` or ``published``."""
    share: float = 0.0
    words: str = ""
    """The current step, the reason of a refusal, or the number of the published version."""
    found: Mapping[str, Any] | None = None
    """The members of `locator.importing.summary.record`, and ``samples``, ``points`` and ``changes``."""


Job = IO[bytes]
"""A lock on a list, held by the process that works on it until it is closed or the process ends."""


class Uploads:
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
        self.folder = folder / FOLDER
        self._lang = lang

    def keep(self, stream: IO[bytes], name: str, choices: Choices) -> str:
        """Store a list and return its token; discard lists that are a day old.

        Raises
        ------
        GeodataError
            If the disk is full or may not be written.
        """
        self._tidy()
        token = secrets.token_urlsafe(16)
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
        members = {
            "kind": choices.kind,
            "source": choices.source,
            "columns": dict(choices.columns),
            "datum": choices.datum,
            "crs": choices.crs,
            "encoding": choices.encoding,
            "anywhere": choices.anywhere,
            "swap": choices.swap,
        }
        replace_file(self._folder_of(token) / _CHOICES, orjson.dumps(members))

    def begin(self, token: str, choices: Choices | None = None) -> Job:
        """Lock a list for this process, and store new choices if there are any.

        Raises
        ------
        ConflictError
            If somebody works on it already.
        UsageError
            If it is not there.
        """
        job = (self._folder_of(token) / _JOB).open("ab")
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
            members = orjson.loads((self._folder_of(token) / _CHOICES).read_bytes())
            return Choices(**members | {"datum": Datum(members["datum"]) if members["datum"] else None})
        except (OSError, KeyError, TypeError, ValueError) as fault:
            raise _gone() from fault

    def file(self, token: str) -> Path:
        """Return the path of a list, under its original name."""
        ours = (_CHOICES, _STATE, REPORT)
        return next(
            path for path in self._folder_of(token).iterdir() if path.name not in ours and path.name[0] != "."
        )

    def state(self, token: str) -> UploadState:
        """Return the progress of a list; raise `UsageError` if it is not there."""
        state = self._stored_state(token)
        if state.stage != "working" or is_taken(self._folder_of(token) / _JOB):
            return state
        state = self._stored_state(token)  # the work may have ended between the two checks
        return replace(state, stage="interrupted") if state.stage == "working" else state

    def _stored_state(self, token: str) -> UploadState:
        """Return the stored progress of a list; after a power cut the file may be incomplete."""
        path = self._folder_of(token) / _STATE
        try:
            return UploadState(**orjson.loads(path.read_bytes()))
        except (OSError, TypeError, ValueError):
            return UploadState("working")

    def report(self, token: str) -> Path:
        """Return the file of the refused and doubtful rows."""
        return self._folder_of(token) / REPORT

    def discard(self, token: str) -> None:
        """Delete a list."""
        shutil.rmtree(self._folder_of(token), ignore_errors=True)

    def work_out(self, token: str, store: Store, job: Job) -> None:
        """Work out what publishing a list would do, and store the result."""

        def work(tell: Tell) -> UploadState:
            proposal = propose(self.file(token), self.choices(token), store, tell)
            self.report(token).write_bytes(report_csv(proposal, self._lang))
            return UploadState("ready", 1.0, found=_results(proposal, self._lang))

        self._run(token, job, work)

    def publish(self, token: str, store: Store, job: Job, *, parent: int, who: str, why: str) -> UploadState:
        """Publish a list as it was shown; it is refused if another version was published meanwhile."""

        def work(tell: Tell) -> UploadState:
            proposal = propose(self.file(token), self.choices(token), store, tell)
            made = publish(replace(proposal, parent=parent), store, who=who, why=why)
            return UploadState("published", 1.0, str(made.number))

        return self._run(token, job, work)

    def _run(self, token: str, job: Job, work: Callable[[Tell], UploadState]) -> UploadState:
        """Do some work on a list, and store its progress and how it ended."""
        ended = UploadState("refused", 1.0, message("The list could not be worked out. Nothing was changed."))
        try:
            ended = work(lambda share, words: self._store_state(token, UploadState("working", share, words)))
        except LocatorError as error:
            ended = UploadState("refused", 1.0, error.message)
        finally:
            with job, suppress(LocatorError):  # the list may have been discarded meanwhile
                self._store_state(token, ended)
        return ended

    def _store_state(self, token: str, state: UploadState) -> None:
        members = {
            "stage": state.stage,
            "share": state.share,
            "words": localize(state.words, self._lang),
            "found": state.found,
        }
        replace_file(self._folder_of(token) / _STATE, orjson.dumps(members))

    def _folder_of(self, token: str) -> Path:
        folder = self.folder / token
        # The token comes from a URL and must not lead out of the folder.
        if not re.fullmatch(r"[\w-]{22}", token) or not folder.is_dir():
            raise _gone()
        return folder

    def _tidy(self) -> None:
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(OSError):  # another worker tidies too
                if not time() - KEPT_S < folder.stat().st_mtime:
                    shutil.rmtree(folder, ignore_errors=True)


def _results(proposal: Proposal, lang: str) -> dict[str, Any]:
    samples = {heading: list(texts) for heading, texts in proposal.match.samples.items()}
    return record(proposal, lang) | {
        "samples": samples,
        "points": points(proposal, lang),
        "changes": proposal.changes,
    }


def _gone() -> UsageError:
    return UsageError("This list is no longer here: lists are kept for a day. Send the file again.")


def _plain(name: str) -> str:
    """Return a safe file name that is none of ours; messages name the list by it."""
    plain = re.sub(r"[^\w.()（）-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-100:]
    return f"list-{plain}" if plain in ("", _CHOICES, _STATE, REPORT) else plain
