"""What is served, and its change while the service runs: each process looks for itself, and swaps all at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from threading import Lock, Thread
from typing import Any, Final
from weakref import ref

from locator.config import Settings
from locator.errors import LocatorError
from locator.language.messages import joined, message
from locator.notices import notice
from locator.stations.answer_json import AnswerJson
from locator.stations.catalog import Catalog
from locator.stations.store import BASE, Loaded, Store
from locator.web.shared.bounded_cache import Kept
from locator.web.shared.documents import Document
from locator.web.shared.studies import Studies

LOOK_EVERY_S: Final = 0.5
AGAIN_AFTER_S: Final = 30.0
"""So long a version that was found damaged is not looked at again: the disk may only have been away."""

Found = tuple[Mapping[str, date], frozenset[str]]
"""What `Catalog.revised` takes."""
Overlay = Callable[[], Found | None]
"""Returns what people found at the doors, or ``None`` where that is as it was when it was last called."""


@dataclass(frozen=True, slots=True)
class Served:
    """What one request is answered from, from its beginning to its end."""

    catalog: Catalog
    answer_json: AnswerJson
    studies: Studies
    number: int = BASE
    """Of the version; 0: the base folder."""
    damaged: tuple[str, ...] = ()
    """A sentence on every higher version that was passed over."""
    documents: Kept[Document] = field(default_factory=partial(Kept, 64, 512_000_000, Document.size))
    """What was made of the catalogue for everybody, by its name."""
    boxes: Kept[Document] = field(default_factory=partial(Kept, 8, 64_000_000, Document.size))
    """The stations in boxes that were asked for."""
    pages: Kept[Document] = field(default_factory=partial(Kept, 64, 8_000_000, Document.size))
    """The pages that everybody loads."""
    frames: Kept[Document] = field(default_factory=partial(Kept, 64, 8_000_000, Document.size))
    """Pages for frames: their options are anybody's, and so must not push out the other pages."""
    stations: Kept[Document] = field(default_factory=partial(Kept, 400, 24_000_000, Document.size))
    """Pages of single stations."""
    parts: Kept[Any] = field(default_factory=partial(Kept[Any], 400, 400, lambda _: 1))
    """What pages have in common."""


class Live:
    """The stations that one process serves.

    Parameters
    ----------
    settings
        What the operator chose.
    catalog
        What is served until something else is published.
    store, loaded
        Where to look for that, and what the catalogue was made from; without them it is served for good.

    Attributes
    ----------
    overlay
        What people found at doors, to be laid over what is published.
    chores
        What is to be done whenever it is due; called as often as is looked, so a call with nothing to do is cheap.
    is_behind
        Whether what was published or found since may be missing: the last look went wrong.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, store: Store | None = None, loaded: Loaded | None = None
    ) -> None:
        self.overlay: Overlay | None = None
        self.chores: Sequence[Callable[[], object]] = ()
        self._settings, self._store = settings, store
        self._published, self._loaded = catalog, loaded and _without_tables(loaded)
        self._found: Found = ({}, frozenset())
        self._seen = loaded.number if loaded and not loaded.damaged else None
        self._looked_at = time.monotonic()
        self._turn, self._told = Lock(), ""
        self.is_behind = False
        number, damaged = (loaded.number, loaded.damaged) if loaded else (BASE, ())
        self.served = Served(catalog, AnswerJson(catalog), Studies(catalog, settings), number, damaged)
        self._tell(damaged)

    @property
    def catalog(self) -> Catalog:
        """The stations of now."""
        return self.served.catalog

    def start(self) -> None:
        """Look now, and from now on twice a second, here and in every process that is forked from this one."""
        self._look_on()
        self._watch()
        here = ref(self)

        def watch_here_too() -> None:
            if (live := here()) is not None:
                live._watch()

        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=watch_here_too)

    def look(self) -> None:
        """Take up what was published and found since; requests under way are answered from what they began with.

        Raises
        ------
        LocatorError
            If that cannot be read; what was served is served on.
        """
        with self._turn:
            newest = self._store.newest() if self._store else None
            loaded, found = self._newer(newest), None
            try:
                found = self.overlay() if self.overlay else None
            finally:  # what is published is taken up even where nobody can say what people found
                if loaded or found is not None:
                    self._swap(loaded, self._found if found is None else found)
                self._seen = newest  # not before: what went wrong is tried again

    def look_soon(self) -> None:
        """Look, if nobody does it already: a request need not wait for another one's look."""
        if not self._turn.locked():
            self._look_on()

    def _newer(self, newest: int | None) -> Loaded | None:
        """Load what is to be served, if it may be something else than before."""
        now = time.monotonic()
        is_due = bool(self.served.damaged) and now > self._looked_at + AGAIN_AFTER_S
        if self._store is None or (newest == self._seen and not is_due):
            return None
        self._looked_at = now
        return self._store.current(self._loaded)

    def _swap(self, loaded: Loaded | None, found: Found) -> None:
        """Put everything that belongs together in the place of what was served, in one step."""
        served, published, studies = self.served, self._published, self.served.studies
        if loaded and loaded.geodata.tables:
            published = Catalog(loaded.geodata)
            # What people find at doors changes no figure, so only other stations make other studies.
            studies = Studies(published, self._settings)
        catalog = published.revised(*found)
        number, damaged = (loaded.number, loaded.damaged) if loaded else (served.number, served.damaged)
        if studies is served.studies and catalog.version == served.catalog.version:
            self.served = replace(served, number=number, damaged=damaged)
        else:
            self.served = Served(catalog, AnswerJson(catalog), studies, number, damaged)
        self._published, self._found = published, found
        self._loaded = _without_tables(loaded) if loaded else self._loaded
        self._tell(damaged)

    def _look_on(self) -> None:
        """Look, and do what is due; where that goes wrong, say so and serve on."""
        try:
            self._look_and_note()
            for chore in self.chores:
                chore()
        except LocatorError as fault:
            self._tell((fault.message,))
        except Exception as fault:  # a thread that ended would leave this process behind the others for good
            self._tell((message("What was published cannot be taken up: {fault!r}", fault=fault),))

    def _look_and_note(self) -> None:
        try:
            self.look()
        except Exception:
            self.is_behind = True
            raise
        self.is_behind = False

    def _tell(self, sentences: tuple[str, ...]) -> None:
        """Write to the service's log, each thing once."""
        said = joined(sentences, "\n")
        if said and said != self._told:
            notice(said)
            self._told = said

    def _watch(self) -> None:
        self._turn = (
            Lock()
        )  # in a process that was just forked, the old one may be held by a thread that is not there
        Thread(target=_look_for_ever, args=(ref(self),), name="live", daemon=True).start()


def _without_tables(loaded: Loaded) -> Loaded:
    """Drop the rows: they are in the catalogue by now, and to hold them twice would double the memory."""
    return replace(loaded, geodata=replace(loaded.geodata, tables=()))


def _look_for_ever(here: ref[Live]) -> None:
    """Look twice a second for as long as anybody serves from it."""
    while (live := here()) is not None:
        live._look_on()
        del live
        time.sleep(LOOK_EVERY_S)
