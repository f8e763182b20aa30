"""The best sites: against spopt at the same optimum, and how much is proven of large worlds."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator

import numpy as np
from figures import Figure, alone
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

RADIUS_M = 1000.0
# Points, candidates, the goals for time and for memory: in the small world most of it is imported code.
WORLDS = {"1,000 × 200": (1_000, 200, 25, None), "10,000 × 1,000": (10_000, 1_000, 100, 0.25)}
LARGE, SIDE_M = (50_000, 2_000), 40_000.0
LIMIT_S = 15.0
# Sites, and the goal for the gap in per cent.
GOALS = {10: 2, 25: 2, 50: 2, 200: 3, 500: 3}
# A city that nobody can prove anything exact about in so many seconds; nine tenths of each of sixteen areas.
CITY, CITY_LIMIT_S, CITY_SHARE = (200_000, 17_000), 10.0, 0.9


def figures() -> Iterator[Figure]:
    """Race spopt for 25 sites, each in a process of its own; then ask for more sites than anybody can prove."""
    for name, (points, candidates, faster, smaller) in WORLDS.items():
        ours, theirs = (_alone(who, points, candidates, 25) for who in ("ours", "spopt"))
        what = f"25 sites, {name}: "
        yield Figure(f"{what}covered by ours / by spopt", (ours["covered"] / theirs["covered"],), 1, is_most=False)
        yield Figure(
            f"{what}spopt's time / ours", (theirs["seconds"] / ours["seconds"],), faster, is_most=False, form=".0f"
        )
        yield Figure(
            f"{what}spopt's CPU time / ours", (theirs["cpu_s"] / ours["cpu_s"],), None, is_most=False, form=".0f"
        )
        yield Figure(f"{what}our memory / spopt's", (ours["memory_mb"] / theirs["memory_mb"],), smaller)
    for n, goal in GOALS.items():
        run = _alone("ours", *LARGE, n)
        what = f"{n} sites, {LARGE[0]:,} × {LARGE[1]:,}: "
        yield Figure(f"{what}gap in per cent", (100 * run["gap"],), goal)
        yield Figure(f"{what}seconds", (run["seconds"],), LIMIT_S)
        yield Figure(f"{what}CPU seconds", (run["cpu_s"],), None)
    run = _alone("fewest", *CITY, 16)
    what = f"fewest sites for 90 % of each of 16 areas, {CITY[0]:,} × {CITY[1]:,}: "
    yield Figure(f"{what}time / its limit of {CITY_LIMIT_S:g} s", (run["seconds"] / CITY_LIMIT_S,), 1.15)
    yield Figure(f"{what}gap in per cent", (100 * run["gap"],), None)


def _alone(who: str, points: int, candidates: int, n: int) -> dict[str, float]:
    """Run one contestant in a process of its own."""
    run = alone(__file__, who, str(points), str(candidates), str(n))
    result: dict[str, float] = json.loads(run.printed.splitlines()[-1])
    return {**result, "memory_mb": run.peak_mb}


def world(points: int, candidates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scatter points and candidates over a square: seven in ten in forty clusters; weights with a long tail."""
    dice = np.random.default_rng(1)
    middles = dice.uniform(0, SIDE_M, (40, 2))
    places = []
    for count in (points, candidates):
        near = int(0.7 * count)
        clustered = middles[dice.integers(0, 40, near)] + dice.normal(0, 2500, (near, 2))
        places.append(np.clip(np.r_[clustered, dice.uniform(0, SIDE_M, (count - near, 2))], 0, SIDE_M))
    return places[0], places[1], np.ceil(dice.lognormal(3, 1, points))


def within(points: np.ndarray, sites: np.ndarray) -> csr_array:
    """Make the matrix with a k-d tree, as spopt measures in the plane."""
    pairs = cKDTree(points).sparse_distance_matrix(cKDTree(sites), RADIUS_M, output_type="ndarray")
    return csr_array((np.ones(len(pairs), dtype=bool), (pairs["i"], pairs["j"])), shape=(len(points), len(sites)))


def ours(points: np.ndarray, sites: np.ndarray, weight: np.ndarray, n: int) -> tuple[float, float]:
    """Make the matrix and choose."""
    from locator.planning.siting.site_search import most_covered

    plan = most_covered(within(points, sites), weight, n, time_limit_s=LIMIT_S - 1)
    return plan.covered, plan.gap


def fewest(points: np.ndarray, sites: np.ndarray, weight: np.ndarray, areas: int) -> tuple[float, float]:
    """Choose the fewest for a share of each of some strips; making the matrix counts into the time."""
    from locator.planning.siting.site_search import fewest_sites

    started = time.monotonic()
    reach = within(points, sites)
    weight = np.where(np.diff(reach.indptr) > 0, weight, 0)
    groups = np.minimum(points[:, 0] * areas // SIDE_M, areas - 1).astype(int)
    asked = {"by_area": True, "groups": groups, "time_limit_s": CITY_LIMIT_S, "started": started}
    plan = fewest_sites(reach, weight, CITY_SHARE, **asked)
    return plan.covered, plan.gap


def spopt(points: np.ndarray, sites: np.ndarray, weight: np.ndarray, n: int) -> tuple[float, float]:
    """Build and solve spopt's model with the solver that it comes with."""
    import pulp
    from scipy.spatial.distance import cdist
    from spopt.locate import MCLP

    model = MCLP.from_cost_matrix(cdist(points, sites), weight, RADIUS_M, n)
    return float(model.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value()), 0.0


def _contest(who: str, points: int, candidates: int, n: int) -> None:
    """Run in the process of one contestant and print what it took, without the imports."""
    warnings.simplefilter("ignore")
    importlib.import_module("spopt.locate" if who == "spopt" else "locator.planning.siting.site_search")
    made = world(points, candidates)
    start, cpu_s = time.perf_counter(), _cpu_s()
    covered, gap = {"ours": ours, "fewest": fewest, "spopt": spopt}[who](*made, n)
    taken = {"seconds": time.perf_counter() - start, "cpu_s": _cpu_s() - cpu_s}
    print(json.dumps({"covered": covered, "gap": gap, **taken}))


def _cpu_s() -> float:
    """Return what this process has taken, and those that it started: spopt's solver is one."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    _contest(sys.argv[1], *map(int, sys.argv[2:]))
