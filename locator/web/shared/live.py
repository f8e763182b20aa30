"""The data that a process serves, and their replacement while it runs: each process polls the store by itself."""

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
from locator.web.shared.bounded_cache import BoundedCache
from locator.web.shared.documents import Document
from locator.web.shared.studies import Studies

LOOK_EVERY_S: Final = 0.5
AGAIN_AFTER_S: Final = 30.0
"""How long a damaged version is not read again. It is retried because the disk may only have been away."""

Reported = tuple[Mapping[str, date], frozenset[str]]
"""What people reported from the stations' doors, as `Catalog.revised` takes it."""
Overlay = Callable[[], Reported | None]
"""Returns the reports, or ``None`` where they have not changed since the last call."""


@dataclass(frozen=True, slots=True)
class Served:
    """What one request is answered from, from its beginning to its end."""

    catalog: Catalog
    answer_json: AnswerJson
    studies: Studies
    number: int = BASE
    """Of the version; 0: the base folder."""
    damaged: tuple[str, ...] = ()
    """One sentence about each newer version that could not be read."""
    documents: BoundedCache[Document] = field(
        default_factory=partial(BoundedCache, 64, 512_000_000, Document.size)
    )
    """Documents of the whole catalogue, by name."""
    boxes: BoundedCache[Document] = field(default_factory=partial(BoundedCache, 8, 64_000_000, Document.size))
    """Stations within bounding boxes."""
    pages: BoundedCache[Document] = field(default_factory=partial(BoundedCache, 64, 8_000_000, Document.size))
    """The pages that everybody loads."""
    frames: BoundedCache[Document] = field(default_factory=partial(BoundedCache, 64, 8_000_000, Document.size))
    """Pages for frames, apart from the others: anybody can ask for any number of options."""
    stations: BoundedCache[Document] = field(default_factory=partial(BoundedCache, 400, 24_000_000, Document.size))
    """Pages of single stations."""
    parts: BoundedCache[Any] = field(default_factory=partial(BoundedCache[Any], 400, 400, lambda _: 1))
    """Parts that several pages share."""


class Live:
    """The stations that one process serves.

    Parameters
    ----------
    settings
        What the operator chose.
    catalog
        What is served until something else is published.
    store, loaded
        Where versions are published, and the one that the catalogue was made from; without them it never changes.

    Attributes
    ----------
    overlay
        Reads the reports that revise the published stations.
    chores
        Called after every look at the store, so a call with nothing to do has to be cheap.
    is_behind
        Whether the last look failed, so that newer versions or reports may be missing.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, store: Store | None = None, loaded: Loaded | None = None
    ) -> None:
        self.overlay: Overlay | None = None
        self.chores: Sequence[Callable[[], object]] = ()
        self._settings, self._store = settings, store
        self._published, self._loaded = catalog, loaded and _without_tables(loaded)
        self._reported: Reported = ({}, frozenset())
        self._seen = loaded.number if loaded and not loaded.damaged else None
        self._looked_at = time.monotonic()
        self._turn, self._last_logged = Lock(), ""
        self.is_behind = False
        number, damaged = (loaded.number, loaded.damaged) if loaded else (BASE, ())
        self.served = Served(catalog, AnswerJson(catalog), Studies(catalog, settings), number, damaged)
        self._log(damaged)

    @property
    def catalog(self) -> Catalog:
        """The stations of now."""
        return self.served.catalog

    def start(self) -> None:
        """Look now, and from now on twice a second, here and in every process that is forked from this one."""
        self._look_safely()
        self._watch()
        here = ref(self)

        def watch_here_too() -> None:
            if (live := here()) is not None:
                live._watch()

        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=watch_here_too)

    def look(self) -> None:
        """Serve what was published and reported since; requests under way keep the data they began with.

        Raises
        ------
        LocatorError
            If that cannot be read; the service goes on with what it has.
        """
        with self._turn:
            newest = self._store.newest() if self._store else None
            loaded, reported = self._newer(newest), None
            try:
                reported = self.overlay() if self.overlay else None
            finally:  # a new version is served even where the reports cannot be read
                if loaded or reported is not None:
                    self._swap(loaded, self._reported if reported is None else reported)
                self._seen = newest  # only now, so that a failed look is repeated

    def look_soon(self) -> None:
        """Look, unless another thread is looking already: a request does not wait for that."""
        if not self._turn.locked():
            self._look_safely()

    def _newer(self, newest: int | None) -> Loaded | None:
        """Load the current version if it may differ from the one that is served."""
        now = time.monotonic()
        is_due = bool(self.served.damaged) and now > self._looked_at + AGAIN_AFTER_S
        if self._store is None or (newest == self._seen and not is_due):
            return None
        self._looked_at = now
        return self._store.current(self._loaded)

    def _swap(self, loaded: Loaded | None, reported: Reported) -> None:
        """Replace everything that is served in one assignment, so that no request sees two versions."""
        served, published, studies = self.served, self._published, self.served.studies
        if loaded and loaded.geodata.tables:
            published = Catalog(loaded.geodata)
            # Reports change no figure of a study, so studies last until other stations are published.
            studies = Studies(published, self._settings)
        catalog = published.revised(*reported)
        number, damaged = (loaded.number, loaded.damaged) if loaded else (served.number, served.damaged)
        if studies is served.studies and catalog.version == served.catalog.version:
            self.served = replace(served, number=number, damaged=damaged)
        else:
            self.served = Served(catalog, AnswerJson(catalog), studies, number, damaged)
        self._published, self._reported = published, reported
        self._loaded = _without_tables(loaded) if loaded else self._loaded
        self._log(damaged)

    def _look_safely(self) -> None:
        """Look, then do the chores; a failure is logged, and the service goes on."""
        try:
            self._look_and_note()
            for chore in self.chores:
                chore()
        except LocatorError as fault:
            self._log((fault.message,))
        except Exception as fault:  # a thread that ended would leave this process behind the others for good
            self._log((message("What was published cannot be taken up: {fault!r}", fault=fault),))

    def _look_and_note(self) -> None:
        try:
            self.look()
        except Exception:
            self.is_behind = True
            raise
        self.is_behind = False

    def _log(self, sentences: tuple[str, ...]) -> None:
        """Write to the service's log, but not the same text twice in a row."""
        text = joined(sentences, "\n")
        if text and text != self._last_logged:
            notice(text)
            self._last_logged = text

    def _watch(self) -> None:
        # After a fork the old lock may be held by a thread that this process does not have.
        self._turn = Lock()
        Thread(target=_look_for_ever, args=(ref(self),), name="live", daemon=True).start()


def _without_tables(loaded: Loaded) -> Loaded:
    """Drop the rows: the catalogue holds them, and a second copy would double the memory."""
    return replace(loaded, geodata=replace(loaded.geodata, tables=()))


def _look_for_ever(here: ref[Live]) -> None:
    """Look twice a second for as long as the application exists."""
    while (live := here()) is not None:
        live._look_safely()
        del live
        time.sleep(LOOK_EVERY_S)
