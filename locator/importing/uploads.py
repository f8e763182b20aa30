"""Lists that stewards sent, with what was chosen and found, until they are published or thrown away."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import IO, Any, Final

import orjson

from locator.errors import LocatorError, UsageError
from locator.geo.datum import Datum
from locator.importing.intake import Choices, Proposal, propose, publish
from locator.importing.report import Say, points, record, report_csv
from locator.sentences import sentence
from locator.stations.store import Store
from locator.stations.writing import replace_file

KEPT_S: Final = 24 * 3600
"""A list that nobody published in a day is thrown away; it may hold telephone numbers."""
FOLDER: Final = "uploads"
REPORT: Final = "report.csv"
_CHOICES: Final = "choices.json"
_STATE: Final = "state.json"


@dataclass(frozen=True, slots=True)
class State:
    """How far the work on a list is."""

    stage: str
    """``working``, ``ready``, ``refused`` or ``published``."""
    share: float = 0.0
    words: str = ""
    """What is being done; why the list was refused; the number of the version it became."""
    found: Mapping[str, Any] | None = None
    """What `locator.importing.report.record` gives, and ``samples`` and ``points``."""


class Uploads:
    """The lists in a folder of the store; any worker may show what another works on.

    Parameters
    ----------
    folder
        That of the store.
    say
        Says sentences in the language of the steward who asks; what is written down is in it.
    """

    def __init__(self, folder: Path, say: Say = str) -> None:
        self.folder = folder / FOLDER
        self._say = say

    def keep(self, stream: IO[bytes], name: str, choices: Choices) -> str:
        """Write a list to the disk and return the word by which it is found; throw away what is a day old."""
        self._tidy()
        token = secrets.token_urlsafe(16)
        place = self.folder / token
        place.mkdir(parents=True, mode=0o700)
        with (place / _plain(name)).open("wb") as file:
            shutil.copyfileobj(stream, file)
        self.choose(token, choices)
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
        self.begin(token)

    def begin(self, token: str) -> None:
        """Say that somebody works on a list from now on."""
        self._tell(token, State("working", 0.0, sentence("reading the file")))

    def choices(self, token: str) -> Choices:
        """Return what was said of a list."""
        said = orjson.loads((self._place(token) / _CHOICES).read_bytes())
        return Choices(**said | {"datum": Datum(said["datum"]) if said["datum"] else None})

    def file(self, token: str) -> Path:
        """Return where a list lies, under the name it came with."""
        ours = (_CHOICES, _STATE, REPORT)
        return next(path for path in self._place(token).iterdir() if path.name not in ours and path.name[0] != ".")

    def state(self, token: str) -> State:
        """Return how far the work on a list is; raise `UsageError` if it is not there."""
        return State(**orjson.loads((self._place(token) / _STATE).read_bytes()))

    def report(self, token: str) -> Path:
        """Return the file of the rows that somebody has to look at."""
        return self._place(token) / REPORT

    def discard(self, token: str) -> None:
        """Throw a list away."""
        shutil.rmtree(self._place(token))

    def work_out(self, token: str, store: Store) -> None:
        """Find what publishing a list would do, and write it down for whoever asks."""

        def work(tell: Callable[[float, str], None]) -> State:
            proposal = propose(self.file(token), self.choices(token), store, tell)
            self.report(token).write_bytes(report_csv(proposal, self._say))
            return State("ready", 1.0, found=_found(proposal, self._say))

        self._run(token, work)

    def publish(self, token: str, store: Store, *, parent: int, who: str, why: str) -> State:
        """Publish a list as it was shown, and say how that ended; if another version came between: refused."""

        def work(tell: Callable[[float, str], None]) -> State:
            proposal = propose(self.file(token), self.choices(token), store, tell)
            made = publish(replace(proposal, parent=parent), store, who=who, why=why)
            return State("published", 1.0, str(made.number))

        return self._run(token, work)

    def _run(self, token: str, work: Callable[[Callable[[float, str], None]], State]) -> State:
        """Do some work and write down how it ends; whoever waits for it asks for the state."""
        try:
            ended = work(lambda share, words: self._tell(token, State("working", share, words)))
        except LocatorError as error:
            ended = State("refused", 1.0, error.said)
        except BaseException:
            words = sentence("The list could not be worked out. Nothing was changed.")
            self._tell(token, State("refused", 1.0, words))
            raise
        self._tell(token, ended)
        return ended

    def _tell(self, token: str, state: State) -> None:
        said = {"stage": state.stage, "share": state.share, "words": self._say(state.words), "found": state.found}
        replace_file(self._place(token) / _STATE, orjson.dumps(said))

    def _place(self, token: str) -> Path:
        place = self.folder / token
        # The token stands in an address: it must not lead out of the folder.
        if not re.fullmatch(r"[\w-]{22}", token) or not place.is_dir():
            raise UsageError("This list is no longer here: lists are kept for a day. Send the file again.")
        return place

    def _tidy(self) -> None:
        for place in self.folder.iterdir() if self.folder.is_dir() else ():
            if not time() - KEPT_S < place.stat().st_mtime:
                shutil.rmtree(place, ignore_errors=True)


def _found(proposal: Proposal, say: Say) -> dict[str, Any]:
    samples = {heading: list(texts) for heading, texts in proposal.match.samples.items()}
    return record(proposal, say) | {
        "samples": samples,
        "points": points(proposal, say),
        "changes": proposal.changes,
    }


def _plain(name: str) -> str:
    """Make a file name that is only that, and none of ours; what the file is called is said in messages."""
    plain = re.sub(r"[^\w.()（）-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-100:]
    return f"list-{plain}" if plain in ("", _CHOICES, _STATE, REPORT) else plain
