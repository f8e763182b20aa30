"""Studies of the planner: kept while people look at them, worked out one at a time so that no finder waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Final, TypeVar, cast

from locator.config import Settings
from locator.errors import BusyError, GeodataError, UsageError
from locator.planning.inputs.demand import Candidates, Demand, grid_candidates, spread_evenly
from locator.planning.inputs.planner_files import read_demand
from locator.planning.inputs.rule_files import Rules, read_rules
from locator.planning.inputs.station_changes import StationChange
from locator.planning.inputs.supply import Supply, supply_of
from locator.planning.measures.coverage import Question
from locator.planning.siting.plans import Plan
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog

T = TypeVar("T")

KEPT: Final = 12
"""So many questions are kept, those that were looked at last, each with all that was made of it."""
KEPT_BYTES: Final = 256 << 20
"""And no more of them than fit into about so much memory; the last one is kept whatever it takes."""
PARTS_KEPT: Final = 60
"""Of one question so many parts: plans, charts, files."""
WAITING: Final = 1
"""So many requests may wait for their turn; the others are told to come again."""
PATIENCE_S: Final = 10
"""Seconds; with the wait for a thread and the work itself, a reader waits for half a minute at most."""

# What a study keeps of each demand point, and how often: as it is; before and after a scenario, and what moved.
_POINT_BYTES: Final = 24
_COVERAGES, _COVERAGES_COMPARED = 1, 3


@dataclass(slots=True)
class _Kept:
    """One question, and the parts that were made of it; a part that was refused is the error."""

    made: Any
    parts: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def size(self) -> int:
        """Tell about how many bytes it takes."""
        return _size(self.made) + sum(map(_size, self.parts.values()))


def _size(value: Any) -> int:
    """Tell about how many bytes something takes that is kept."""
    if isinstance(value, Study):
        coverages = _COVERAGES_COMPARED if value.comparison else _COVERAGES
        return _POINT_BYTES * coverages * len(value.demand)
    if isinstance(value, bytes):
        return len(value)
    return 0


class Studies:
    """What the planner of one running app is asked. Everything is made when first asked for."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog, self._settings = catalog, settings
        self._refused: tuple[Hashable, GeodataError] | None = None
        self._turn, self._places = Lock(), BoundedSemaphore(1 + WAITING)
        self._shelf = Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

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
            return read_demand(path, areas=self._catalog.districts)
        except GeodataError as fault:
            self._refused = stamp, fault
            raise

    @cached_property
    def rules(self) -> Rules:
        """The quotas and standards of the geodata folder."""
        return read_rules(self._settings.geodata)

    def study(
        self, question: Question, changes: tuple[StationChange, ...] = (), demand: Demand | None = None
    ) -> Study:
        """Measure the coverage that a question is about, of the operator's demand where none is given."""

        def make() -> Study:
            study = Study(self.supply, demand or self.demand, self._catalog.districts, question, changes)
            study.measure()
            return study

        return self.once(("study", question, repr(changes), demand and demand.digest), make)

    def plan(self, study: Study, goal: Goal, spacing_m: float) -> tuple[Plan, Candidates]:
        """Find the best sites on a grid."""

        def make() -> tuple[Plan, Candidates]:
            candidates = grid_candidates(study.areas, spacing_m)
            return study.plan(goal, candidates), candidates

        return self.part(study, ("plan", goal, spacing_m), make)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under a key, or make it when it is this request's turn.

        Raises
        ------
        BusyError
            If others wait already.
        """
        found = self._look(key)
        if found is None:
            with self._wait():
                found = self._look(key) or self._keep(key, _Kept(make()))
        return cast("T", found.made)

    def part(self, study: Study, name: Hashable, make: Callable[[], T], *, in_turn: bool = True) -> T:
        """Return a part of a study that is kept with it, or make it.

        Parameters
        ----------
        study
            What `study` returned.
        name
            Of the part.
        make
            Makes it. What it refuses with a `UsageError` is refused the next time without being looked for again.
        in_turn
            Whether it takes long enough to wait for a turn.

        Raises
        ------
        BusyError
            If others wait already.
        """
        found = self._look_for_part(study, name)
        if found is None:
            with self._wait() if in_turn else nullcontext():
                found = self._look_for_part(study, name)
                if found is None:
                    found = self._keep_part(study, name, _outcome(make))
        if isinstance(found, UsageError):
            raise type(found)(found.template, **found.values)
        return cast("T", found)

    def _look(self, key: Hashable) -> _Kept | None:
        """Find what is kept under a key, which makes it the last to go."""
        with self._shelf:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, kept: _Kept) -> _Kept:
        """Keep something, and let go of what was not looked at for longest."""
        with self._shelf:
            self._kept[key] = kept
            self._let_go()
        return kept

    def _look_for_part(self, study: Study, name: Hashable) -> Any:
        with self._shelf:
            for kept in self._kept.values():
                if kept.made is study and name in kept.parts:
                    kept.parts.move_to_end(name)
                    return kept.parts[name]
        return None

    def _keep_part(self, study: Study, name: Hashable, part: Any) -> Any:
        """Keep a part, unless its study was let go in the meantime."""
        with self._shelf:
            for kept in self._kept.values():
                if kept.made is study:
                    kept.parts[name] = part
                    if len(kept.parts) > PARTS_KEPT:
                        kept.parts.popitem(last=False)
            self._let_go()
        return part

    def _let_go(self) -> None:
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        while len(self._kept) > 1 and sum(kept.size() for kept in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

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


def _outcome(make: Callable[[], T]) -> T | UsageError:
    """Make something, or return why that makes no sense."""
    try:
        return make()
    except UsageError as error:
        return error
