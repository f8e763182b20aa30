"""Coverage of a whole city, against `geopandas.sjoin_nearest` on the part of it that both can do."""

from __future__ import annotations

import functools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas
import numpy as np
from figures import Figure, alone, race
from pyproj import Geod

from locator.cli.finding import write_sample
from locator.planning.inputs.demand import Demand, spread_evenly
from locator.planning.inputs.supply import Supply, supply_of
from locator.planning.measures.coverage import Question, measure
from locator.planning.measures.reach import nearest
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata
from locator.stations.schema import District

CITY_M, PAGE_M = 100, 250
"""How far apart the points are: 1.66 million and 270,000 of them."""
MANY = 6
SAMPLE = 400
ROUNDS = 3
METRES = 32650
INSTANT, WEEK = Question(), Question(week_of=date(2026, 11, 16))


def figures() -> Iterator[Figure]:
    """Race in one process, and measure memory in fresh ones."""
    with tempfile.TemporaryDirectory() as name:
        write_sample("beijing", 1, Path(name))
        yield from _memory(name)
        supply, areas = _city(name)
        demand = spread_evenly(areas, CITY_M)
        yield from _against_join(supply, demand)
        yield from _against_geod(supply, demand)
        yield from _whole(supply, areas, demand)


def _city(folder: str) -> tuple[Supply, tuple[District, ...]]:
    geodata = load_geodata(Path(folder))
    return supply_of(Catalog(geodata)), geodata.districts


def _frames(supply: Supply, demand: Demand) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
    """Give the peer both layers as it would read them, in degrees, for nothing."""
    points, stations = (
        geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*lonlat.T, crs=4326))
        for lonlat in (demand.lonlat, supply.lonlat)
    )
    return points, stations


def _join(points: geopandas.GeoDataFrame, stations: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Find nearest stations in metres as one does with GeoPandas."""
    return points.to_crs(METRES).sjoin_nearest(stations.to_crs(METRES), distance_col="distance_m")


def _against_join(supply: Supply, demand: Demand) -> Iterator[Figure]:
    """Race from degrees to metres; and, for what it is worth, with the peer's projection done before."""
    points, stations = _frames(supply, demand)
    flat_points, flat_stations = (frame.to_crs(METRES) for frame in (points, stations))
    times = race(
        {
            "ours": lambda: nearest(demand.lonlat, supply.lonlat),
            "degrees": lambda: _join(points, stations),
            "metres": lambda: flat_points.sjoin_nearest(flat_stations, distance_col="distance_m"),
        },
        ROUNDS,
    )
    what = f"nearest station of {len(demand):,} points: sjoin_nearest's time / ours"
    yield Figure(f"{what}, from degrees", times["degrees"].over(times["ours"]), 4, is_most=False, form=".1f")
    yield Figure(f"{what}, its points projected before", times["metres"].over(times["ours"]), None, form=".1f")


def _against_geod(supply: Supply, demand: Demand) -> Iterator[Figure]:
    """Compare a sample of the distances up to 20 km with all that `Geod` has."""
    distance_m, _ = nearest(demand.lonlat, supply.lonlat)
    some = np.random.default_rng(4).choice(np.flatnonzero(distance_m <= 20_000), SAMPLE, replace=False)
    p, s = (grid.ravel() for grid in np.meshgrid(some, np.arange(len(supply)), indexing="ij"))
    *_, pairs_m = Geod(ellps="WGS84").inv(*demand.lonlat[p].T, *supply.lonlat[s].T)
    exact_m = np.reshape(pairs_m, (SAMPLE, -1)).min(axis=1)
    points, stations = _frames(supply, replace(demand, lonlat=demand.lonlat[some]))
    joined = _join(points, stations)["distance_m"].groupby(level=0).first()
    errors = {"ours": distance_m[some], "sjoin_nearest": joined.to_numpy()}
    for name, found_m in errors.items():
        goal = 1e-6 if name == "ours" else None
        worst_m = float(np.abs(found_m - exact_m).max())
        yield Figure(f"largest error up to 20 km, metres: {name}", (worst_m,), goal, form=".1e")


def _whole(supply: Supply, areas: tuple[District, ...], demand: Demand) -> Iterator[Figure]:
    page = spread_evenly(areas, PAGE_M)
    ask = functools.partial(measure, supply)
    times = race(
        {
            "instant": lambda: ask(demand, areas, INSTANT),
            "week": lambda: ask(demand, areas, WEEK),
            "page": lambda: ask(page, areas, WEEK),
        },
        ROUNDS,
    )
    week = times["week"]
    yield Figure(f"whole coverage of {len(demand):,} points with the week: seconds", (week.median, week.least), 10)
    yield Figure("the week: time / one instant's", week.over(times["instant"]), 3)
    seconds = (times["page"].median, times["page"].least)
    yield Figure(f"the page, {len(page):,} points with the week: seconds", seconds, 0.6)


def _memory(folder: str) -> Iterator[Figure]:
    """Run each alone in a fresh process; what was loaded to make the question counts too."""
    one, many = (_alone("measure", folder, times) for times in (1, MANY))
    yield Figure("coverage of 1.66 million points: peak memory of the process, MB", (one[1],), 1024, form=".0f")
    join = _alone("join", folder, 1)
    yield Figure("sjoin_nearest of them: peak memory of the process, MB", (join[1],), None, form=".0f")
    yield Figure("coverage of 10 million: time of a point / that at 1.66 million", (many[0] / MANY / one[0],), 1.5)
    yield Figure("the same: peak memory of the process, MB", (many[1],), None, form=".0f")


def _alone(task: str, folder: str, times: int) -> tuple[float, float]:
    """Return the seconds and the peak in megabytes of a task in a process of its own."""
    run = alone(__file__, task, folder, str(times))
    return float(run.printed), run.peak_mb


def _measure_city(folder: str, times: int) -> float:
    supply, areas = _city(folder)
    demand = _repeated(spread_evenly(areas, CITY_M), times)
    return _timed(lambda: measure(supply, demand, areas, WEEK))


def _join_city(folder: str, times: int) -> float:
    supply, areas = _city(folder)
    points, stations = _frames(supply, _repeated(spread_evenly(areas, CITY_M), times))
    return _timed(lambda: _join(points, stations))


def _repeated(demand: Demand, times: int) -> Demand:
    """Put several points in the place of each, some metres apart."""
    if times == 1:
        return demand
    lonlat = np.repeat(demand.lonlat, times, axis=0)
    lonlat += np.random.default_rng(5).normal(0, 1e-4, lonlat.shape)
    return replace(demand, lonlat=lonlat, weight=np.repeat(demand.weight / times, times))


def _timed(run: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    task, folder, times = sys.argv[1:]
    print({"measure": _measure_city, "join": _join_city}[task](folder, int(times)))
