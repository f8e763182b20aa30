"""Studies of the planner: kept while people look at them, worked out one at a time so that no finder waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Final, TypeVar, cast

from locator.config import Settings
from locator.errors import BusyError, GeodataError
from locator.planning.coverage import Question
from locator.planning.demand import Candidates, Demand, grid_candidates, read_demand, spread_evenly
from locator.planning.rules import Rules, read_rules
from locator.planning.scenario import Change
from locator.planning.siting import Plan
from locator.planning.study import Goal, Study
from locator.planning.supply import Supply, supply_of
from locator.stations.catalog import Catalog

T = TypeVar("T")

KEPT: Final = 12
"""So many answers are kept, the latest; each holds some ten megabytes for a city."""
WAITING: Final = 1
"""So many requests may wait for their turn; the others are told to come again."""
PATIENCE_S: Final = 60


class Studies:
    """What the planner of one running app is asked. Everything is made when first asked for."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog, self._settings = catalog, settings
        self._refused: tuple[Hashable, GeodataError] | None = None
        self._turn, self._places = Lock(), BoundedSemaphore(1 + WAITING)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    @cached_property
    def supply(self) -> Supply:
        """The stations of the catalogue."""
        return supply_of(self._catalog)

    @cached_property
    def demand(self) -> Demand:
        """The operator's demand, or the census spread evenly."""
        path = self._settings.demand
        return self._read(path) if path else spread_evenly(self._catalog.districts)

    def _read(self, path: Path) -> Demand:
        """Read the operator's file; one that was refused, which may take minutes, only when it is another one."""
        about = path.stat() if path.exists() else None
        stamp = about and (about.st_ino, about.st_mtime_ns, about.st_size)
        if self._refused and self._refused[0] == stamp:
            fault = self._refused[1]
            raise GeodataError(fault.template, **fault.values)
        try:
            return read_demand(path)
        except GeodataError as fault:
            self._refused = stamp, fault
            raise

    @cached_property
    def rules(self) -> Rules:
        """The quotas and standards of the geodata folder."""
        return read_rules(self._settings.geodata)

    def study(
        self, question: Question, changes: tuple[Change, ...] = (), requested: Demand | None = None
    ) -> Study:
        """Measure the coverage that a question is about, of the operator's demand or of what was requested."""

        def make() -> Study:
            study = Study(self.supply, requested or self.demand, self._catalog.districts, question, changes)
            study.measure()
            return study

        return self.once(("study", question, repr(changes), requested and requested.digest), make)

    def plan(self, study: Study, goal: Goal, spacing_m: float) -> tuple[Plan, Candidates]:
        """Find the best sites on a grid."""

        def make() -> tuple[Plan, Candidates]:
            candidates = grid_candidates(study.areas, spacing_m)
            return study.plan(goal, candidates), candidates

        return self.once(("plan", study, goal, spacing_m), make)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under a key, or make it when it is this request's turn.

        Raises
        ------
        BusyError
            If others wait already.
        """
        if key not in self._kept:
            with self._wait():
                if key not in self._kept:
                    self._kept[key] = make()
                found = self._kept[key]
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
                return cast("T", found)
        return cast("T", self._kept[key])

    @contextmanager
    def _wait(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise BusyError("The planner is busy with other questions. Try again in half a minute.")
        try:
            if not self._turn.acquire(timeout=PATIENCE_S):
                raise BusyError("The planner is busy with other questions. Try again in half a minute.")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()
