"""Cache of the planner's studies, which are computed one at a time so that the finder stays responsive."""

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
"""The number of most recently used questions that are kept, each with its parts."""
KEPT_BYTES: Final = 256 << 20
"""The memory that they may take, estimated; the last one is kept whatever its size."""
PARTS_KEPT: Final = 60
"""The number of parts kept per question: plans, charts, files."""
WAITING: Final = 1
"""The number of requests that may wait; others are refused with `BusyError`."""
PATIENCE_S: Final = 10
"""How long a request waits; with the wait for a thread and the work, an answer takes half a minute at most."""

# Bytes that a study keeps per demand point, and how many such sets: one, or before, after and moved in a scenario.
_POINT_BYTES: Final = 24
_SETS, _SETS_COMPARED = 1, 3


@dataclass(slots=True)
class _KeptStudy:
    """A study and its parts; a part that was refused is the error."""

    made: Any
    parts: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def size(self) -> int:
        """Estimate how many bytes it takes."""
        return _size(self.made) + sum(map(_size, self.parts.values()))


def _size(value: Any) -> int:
    if isinstance(value, Study):
        return _POINT_BYTES * (_SETS_COMPARED if value.comparison else _SETS) * len(value.demand)
    return len(value) if isinstance(value, bytes) else 0


class Studies:
    """The planner's data and studies of one running app, each computed when first needed."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog, self._settings = catalog, settings
        self._refused: tuple[Hashable, GeodataError] | None = None
        self._turn, self._slots = Lock(), BoundedSemaphore(1 + WAITING)
        self._shelf = Lock()
        self._kept: OrderedDict[Hashable, _KeptStudy] = OrderedDict()

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
        """Read the operator's file; a refused one, which may take minutes, is read again only after it changed."""
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
        """Measure the coverage that a question is about, by default of the operator's demand."""

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
        """Return what is kept under a key, or make it in turn; raise `BusyError` if too many requests wait."""
        kept = self._look(key)
        if kept is None:
            with self._wait():
                kept = self._look(key) or self._keep(key, _KeptStudy(make()))
        return cast("T", kept.made)

    def part(self, study: Study, name: Hashable, make: Callable[[], T], *, in_turn: bool = True) -> T:
        """Return a part of a kept study by name, or make it; a `UsageError` is kept and raised again.

        Parts that are quick to make need not be made `in_turn`.

        Raises
        ------
        BusyError
            If too many requests wait.
        """
        part = self._look_for_part(study, name)
        if part is None:
            with self._wait() if in_turn else nullcontext():
                part = self._look_for_part(study, name)
                if part is None:
                    part = self._keep_part(study, name, _outcome(make))
        if isinstance(part, UsageError):
            raise type(part)(part.template, **part.values)
        return cast("T", part)

    def _look(self, key: Hashable) -> _KeptStudy | None:
        """Return what is kept under a key, and mark it as most recently used."""
        with self._shelf:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, kept: _KeptStudy) -> _KeptStudy:
        """Keep a study, and drop the least recently used ones beyond the limits."""
        with self._shelf:
            self._kept[key] = kept
            self._drop_oldest()
        return kept

    def _look_for_part(self, study: Study, name: Hashable) -> Any:
        with self._shelf:
            for kept in self._kept.values():
                if kept.made is study and name in kept.parts:
                    kept.parts.move_to_end(name)
                    return kept.parts[name]
        return None

    def _keep_part(self, study: Study, name: Hashable, part: Any) -> Any:
        """Keep a part, unless its study was dropped in the meantime."""
        with self._shelf:
            for kept in self._kept.values():
                if kept.made is study:
                    kept.parts[name] = part
                    if len(kept.parts) > PARTS_KEPT:
                        kept.parts.popitem(last=False)
            self._drop_oldest()
        return part

    def _drop_oldest(self) -> None:
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        while len(self._kept) > 1 and sum(kept.size() for kept in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    @contextmanager
    def _wait(self) -> Iterator[None]:
        if not self._slots.acquire(blocking=False):
            raise BusyError("The planner is busy with other questions. Try again in half a minute.")
        try:
            if not self._turn.acquire(timeout=PATIENCE_S):
                raise BusyError("The planner is busy with other questions. Try again in half a minute.")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._slots.release()


def _outcome(make: Callable[[], T]) -> T | UsageError:
    """Return what `make` returns, or the `UsageError` that it raises."""
    try:
        return make()
    except UsageError as error:
        return error
