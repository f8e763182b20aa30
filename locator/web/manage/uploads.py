"""Lists that stewards sent, with what was chosen and found, until they are published or thrown away."""

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
from locator.importing.intake import Choices, Proposal, propose, publish
from locator.importing.summary import points, record, report_csv
from locator.language.catalogue import SOURCE
from locator.language.messages import localize, message
from locator.stations.store import Store

KEPT_S: Final = 24 * 3600
"""A list that nobody published in a day is thrown away; it may hold telephone numbers."""
FOLDER: Final = "uploads"
REPORT: Final = "report.csv"
_CHOICES: Final = "choices.json"
_STATE: Final = "state.json"
_JOB: Final = ".job"


@dataclass(frozen=True, slots=True)
class State:
    """How far the work on a list is."""

    stage: str
    """``working``, ``interrupted``, ``ready``, ``refused`` or ``published``."""
    share: float = 0.0
    words: str = ""
    """What is being done; why the list was refused; the number of the version it became."""
    found: Mapping[str, Any] | None = None
    """What `locator.importing.summary.record` gives, and ``samples`` and ``points``."""


Job = IO[bytes]
"""That this process works on a list: until it is closed, or the process ends, however it does."""


class Uploads:
    """The lists in a folder of the store; any worker may show what another works on.

    Who works on a list holds a file beside it: where nobody does and the work is not done, it was interrupted.

    Parameters
    ----------
    folder
        That of the store.
    lang
        That of the steward who asks; what is written down is in it.
    """

    def __init__(self, folder: Path, lang: str = SOURCE) -> None:
        self.folder = folder / FOLDER
        self._lang = lang

    def keep(self, stream: IO[bytes], name: str, choices: Choices) -> str:
        """Write a list to the disk and return the word by which it is found; throw away what is a day old.

        Raises
        ------
        GeodataError
            If the disk is full or may not be written.
        """
        self._tidy()
        token = secrets.token_urlsafe(16)
        place = self.folder / token
        try:
            place.mkdir(parents=True, mode=0o700)
            with (place / _plain(name)).open("wb") as file:
                shutil.copyfileobj(stream, file)
            self.choose(token, choices)
        except (OSError, UsageError) as fault:
            shutil.rmtree(place, ignore_errors=True)
            raise GeodataError(
                "The list cannot be kept: {fault}. Free some space on the disk of LOCATOR_STORE, or let the"
                " service write there.",
                fault=fault.strerror if isinstance(fault, OSError) else fault,
            ) from None
        return token

    def choose(self, token: str, choices: Choices) -> None:
        """Write down what is said of a list; it has to be worked out again."""
        said = {
            "kind": choices.kind,
            "source": choices.source,
            "columns": dict(choices.columns),
            "datum": choices.datum,
            "crs": choices.crs,
            "encoding": choices.encoding,
            "anywhere": choices.anywhere,
            "swap": choices.swap,
        }
        replace_file(self._place(token) / _CHOICES, orjson.dumps(said))

    def begin(self, token: str, choices: Choices | None = None) -> Job:
        """Say that this process works on a list from now on, with other choices if there are any.

        Raises
        ------
        ConflictError
            If somebody works on it already.
        UsageError
            If it is not there.
        """
        job = (self._place(token) / _JOB).open("ab")
        if not take(job):
            job.close()
            raise ConflictError("This list is being worked out already. Wait until that is done.")
        try:
            if choices:
                self.choose(token, choices)
            self._tell(token, State("working", 0.0, message("reading the file")))
        except BaseException:
            job.close()
            raise
        return job

    def choices(self, token: str) -> Choices:
        """Return what was said of a list; raise `UsageError` if it is not there."""
        try:
            said = orjson.loads((self._place(token) / _CHOICES).read_bytes())
            return Choices(**said | {"datum": Datum(said["datum"]) if said["datum"] else None})
        except (OSError, KeyError, TypeError, ValueError) as fault:
            raise _gone() from fault

    def file(self, token: str) -> Path:
        """Return where a list lies, under the name it came with."""
        ours = (_CHOICES, _STATE, REPORT)
        return next(path for path in self._place(token).iterdir() if path.name not in ours and path.name[0] != ".")

    def state(self, token: str) -> State:
        """Return how far the work on a list is; raise `UsageError` if it is not there."""
        state = self._said(token)
        if state.stage != "working" or is_taken(self._place(token) / _JOB):
            return state
        state = self._said(token)  # it may have been done just before nobody worked on it any more
        return replace(state, stage="interrupted") if state.stage == "working" else state

    def _said(self, token: str) -> State:
        """Return what was last written down of the work on a list; a power cut may have left half of it."""
        path = self._place(token) / _STATE
        try:
            return State(**orjson.loads(path.read_bytes()))
        except (OSError, TypeError, ValueError):
            return State("working")

    def report(self, token: str) -> Path:
        """Return the file of the rows that somebody has to look at."""
        return self._place(token) / REPORT

    def discard(self, token: str) -> None:
        """Throw a list away."""
        shutil.rmtree(self._place(token), ignore_errors=True)

    def work_out(self, token: str, store: Store, job: Job) -> None:
        """Find what publishing a list would do, and write it down for whoever asks."""

        def work(tell: Callable[[float, str], None]) -> State:
            proposal = propose(self.file(token), self.choices(token), store, tell)
            self.report(token).write_bytes(report_csv(proposal, self._lang))
            return State("ready", 1.0, found=_found(proposal, self._lang))

        self._run(token, job, work)

    def publish(self, token: str, store: Store, job: Job, *, parent: int, who: str, why: str) -> State:
        """Publish a list as it was shown, and say how that ended; if another version came between: refused."""

        def work(tell: Callable[[float, str], None]) -> State:
            proposal = propose(self.file(token), self.choices(token), store, tell)
            made = publish(replace(proposal, parent=parent), store, who=who, why=why)
            return State("published", 1.0, str(made.number))

        return self._run(token, job, work)

    def _run(self, token: str, job: Job, work: Callable[[Callable[[float, str], None]], State]) -> State:
        """Do some work and write down how it ends; whoever waits for it asks for the state."""
        ended = State("refused", 1.0, message("The list could not be worked out. Nothing was changed."))
        try:
            ended = work(lambda share, words: self._tell(token, State("working", share, words)))
        except LocatorError as error:
            ended = State("refused", 1.0, error.message)
        finally:
            with job, suppress(LocatorError):  # it may have been thrown away meanwhile
                self._tell(token, ended)
        return ended

    def _tell(self, token: str, state: State) -> None:
        said = {
            "stage": state.stage,
            "share": state.share,
            "words": localize(state.words, self._lang),
            "found": state.found,
        }
        replace_file(self._place(token) / _STATE, orjson.dumps(said))

    def _place(self, token: str) -> Path:
        place = self.folder / token
        # The token stands in an address: it must not lead out of the folder.
        if not re.fullmatch(r"[\w-]{22}", token) or not place.is_dir():
            raise _gone()
        return place

    def _tidy(self) -> None:
        for place in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(OSError):  # another worker tidies too
                if not time() - KEPT_S < place.stat().st_mtime:
                    shutil.rmtree(place, ignore_errors=True)


def _found(proposal: Proposal, lang: str) -> dict[str, Any]:
    samples = {heading: list(texts) for heading, texts in proposal.match.samples.items()}
    return record(proposal, lang) | {
        "samples": samples,
        "points": points(proposal, lang),
        "changes": proposal.changes,
    }


def _gone() -> UsageError:
    return UsageError("This list is no longer here: lists are kept for a day. Send the file again.")


def _plain(name: str) -> str:
    """Make a file name that is only that, and none of ours; what the file is called is said in messages."""
    plain = re.sub(r"[^\w.()（）-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-100:]
    return f"list-{plain}" if plain in ("", _CHOICES, _STATE, REPORT) else plain
