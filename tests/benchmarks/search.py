"""The index against its peers: one query at every size of world, and a batch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import numpy as np
import shapely
from figures import Figure, beijing, china, each, race, standpoints
from pyproj import Transformer
from scipy.spatial import cKDTree
from sklearn.neighbors import BallTree

from locator.cli.finding import write_sample
from locator.geo.geodesy import ecef
from locator.geo.index import PointIndex
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata

K, RADIUS_M = 5, 1000.0
QUERIES, ROUNDS = 500, 25
BATCH = 10_000
WORLDS: dict[str, Callable[[], np.ndarray]] = {
    "1k": lambda: beijing(1_000),
    "10k": lambda: beijing(10_000),
    "200k": lambda: china(200_000),
    "2M": lambda: china(2_000_000),
}
PEER_SIZES = ("10k", "200k")
EARTH_M = 6_371_008.8
# One projection for the whole country, as a peer that needs metres has to choose one.
ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105 +ellps=WGS84"


def figures() -> Iterator[Figure]:
    """Race one query at a time at four sizes, and a batch at two."""
    for size, make in WORLDS.items():
        yield from _single(size, make())
    yield _flat()
    for size in PEER_SIZES:
        yield from _batch(size, WORLDS[size]())
    yield _names()


def _single(size: str, stations: np.ndarray) -> Iterator[Figure]:
    """Race single queries; a peer gets the position in its own form for nothing, but a frame has to be made."""
    places = standpoints(stations, QUERIES)
    index, tree = PointIndex(stations), cKDTree(ecef(stations))
    times = race({"index": _ours(index, places), "tree": _bare_tree(tree, places)}, ROUNDS)
    yield Figure(
        f"one query, {size} stations: time / bare `cKDTree.query`", times["index"].over(times["tree"]), 0.65
    )
    if size not in PEER_SIZES:
        return
    goals = {"BallTree": 10, "sjoin_nearest": 200} if size == "200k" else {}
    for name, peer in _single_peers(stations, places).items():
        count = 3 if name == "sjoin_nearest" else 100
        run = race({"index": _ours(index, places[:count]), name: peer(count)}, 5)
        yield Figure(
            f"one query, {size} stations: {name}'s time / ours",
            run[name].over(run["index"]),
            goals.get(name),
            is_most=False,
            form=".1f",
        )


def _flat() -> Figure:
    """Race the smallest against the largest; the small one finds fewer stations, so it has less to do."""
    worlds = [WORLDS[size]() for size in ("1k", "2M")]
    runs = [_ours(PointIndex(world), standpoints(world, QUERIES)) for world in worlds]
    times = race({"1k": runs[0], "2M": runs[1]}, ROUNDS)
    return Figure("one query: time at 2M stations / at 1k", times["2M"].over(times["1k"]), 2)


def _ours(index: PointIndex, places: np.ndarray) -> Callable[[], None]:
    def ask(lat: float, lon: float) -> None:
        index.nearest(lat, lon, k=K, max_distance_m=RADIUS_M)

    return each(ask, [(lat, lon) for lon, lat in places.tolist()])


def _bare_tree(tree: cKDTree, places: np.ndarray) -> Callable[[], None]:
    def ask(origin: np.ndarray) -> None:
        tree.query(origin, k=K, distance_upper_bound=RADIUS_M)

    return each(ask, [(origin,) for origin in ecef(places)])


def _single_peers(stations: np.ndarray, places: np.ndarray) -> dict[str, Callable[[int], Callable[[], None]]]:
    ball = BallTree(np.radians(stations[:, ::-1]), metric="haversine")
    angles = np.radians(places[:, ::-1])
    points, spots = _points(stations), _points(places)
    strtree = shapely.STRtree(points)
    frame = geopandas.GeoDataFrame({"station_id": np.arange(len(points))}, geometry=points, crs=ALBERS)

    def ask_strtree(spot: shapely.Point) -> None:
        near = strtree.query(spot, predicate="dwithin", distance=RADIUS_M)
        near[np.argsort(shapely.distance(spot, points[near]))[:K]]

    def ask_join(spot: shapely.Point) -> None:
        geopandas.GeoDataFrame(geometry=[spot], crs=ALBERS).sjoin_nearest(frame, max_distance=RADIUS_M)

    return {
        "BallTree": lambda count: each(lambda angle: ball.query(angle, k=K), [(a[None],) for a in angles[:count]]),
        "STRtree": lambda count: each(ask_strtree, [(spot,) for spot in spots[:count]]),
        "sjoin_nearest": lambda count: each(ask_join, [(spot,) for spot in spots[:count]]),
    }


def _batch(size: str, stations: np.ndarray) -> Iterator[Figure]:
    """Race one call for many positions; `sjoin_nearest` knows only one neighbour, and races for one."""
    places = standpoints(stations, BATCH)
    index = PointIndex(stations)
    ball = BallTree(np.radians(stations[:, ::-1]), metric="haversine")
    angles = np.radians(places[:, ::-1])
    points, spots = _points(stations), _points(places)
    strtree = shapely.STRtree(points)
    frame = geopandas.GeoDataFrame({"station_id": np.arange(len(points))}, geometry=points, crs=ALBERS)
    asked = geopandas.GeoDataFrame(geometry=spots, crs=ALBERS)

    def ask_strtree() -> None:
        rows, near = strtree.query(spots, predicate="dwithin", distance=RADIUS_M)
        np.lexsort((shapely.distance(spots[rows], points[near]), rows))

    times = race(
        {
            "ours": lambda: index.nearest_batch(places, k=K, max_distance_m=RADIUS_M),
            "ours for one": lambda: index.nearest_batch(places, k=1, max_distance_m=RADIUS_M),
            "BallTree": lambda: ball.query(angles, k=K),
            "STRtree": ask_strtree,
            "sjoin_nearest": lambda: asked.sjoin_nearest(frame, max_distance=RADIUS_M),
        },
        9,
    )
    for peer in ("BallTree", "STRtree", "sjoin_nearest"):
        ours = times["ours for one" if peer == "sjoin_nearest" else "ours"]
        what = f"batch of {BATCH:,}, {size} stations: {peer}'s time / ours"
        yield Figure(what, times[peer].over(ours), 5, is_most=False, form=".1f")


def _points(lonlat: np.ndarray) -> np.ndarray:
    to_metres = Transformer.from_crs("EPSG:4326", ALBERS, always_xy=True)
    return shapely.points(np.c_[to_metres.transform(*lonlat.T)])


def _names() -> Figure:
    """Look for a name that no station has, so that every text is looked through."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample("beijing", 1, Path(folder))
        catalog = Catalog(load_geodata(Path(folder)))
    times = race({"search": lambda: catalog.search("zzzz", 8)}, ROUNDS)["search"]
    return Figure(f"a name among {len(catalog):,} stations: ms", (times.median * 1000, times.least * 1000), 30)
