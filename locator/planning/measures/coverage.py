"""Coverage of demand: who is within the service radius of a suitable station, and how far the others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

from locator.config import SERVICE_RADIUS_M, __version__
from locator.errors import UsageError
from locator.geo.geodesy import FloatArray, ecef
from locator.geo.index import IntArray, check_distance
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.supply import HOURS_OF_WEEK as HOURS_OF_WEEK
from locator.planning.inputs.supply import BoolArray, Supply, open_hours, states, suitable
from locator.planning.measures import equity
from locator.planning.measures.reach import DOUBT_M, Reach, ground, in_parallel, nearest
from locator.stations.hours import OpenState
from locator.stations.schema import District

BEYOND_M: Final = (SERVICE_RADIUS_M, 1500.0, 2000.0)
"""Distances for which the weight of demand farther away than this is reported."""
LOOSE_M: Final = 200.0
"""If a station's position is at least this uncertain, the covered share is also reported as a range."""

# Quantiles of the distance: median, p90, p95 and worst of `Figures`.
_QUANTILES: Final = np.array([0.5, 0.9, 0.95, 1.0])
# The share is reported as the range between these quantiles over this many draws of uncertain positions.
_RANGE: Final = (0.05, 0.95)
_DRAWS: Final = 200
_SEED: Final = 0
_CURVE_STEPS: Final = 100
_WORD_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Question:
    """Which stations count as serving, and how near is near."""

    radius_m: float = SERVICE_RADIUS_M
    kinds: frozenset[str] = frozenset()
    """Only these kinds; empty: all."""
    amenities: frozenset[str] = frozenset()
    """Only stations known to have all of these."""
    tiers: frozenset[str] = frozenset()
    open_at: datetime | None = None
    """Only stations known to be open at this instant."""
    week_of: date | None = None
    """A Monday: judge each of the 168 hours of that week too."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one area, or of all areas together."""

    area_id: str
    """``""`` for all together."""
    name: str
    name_en: str
    demand: float
    """The weight of the demand points inside."""
    covered: float
    """The weight of those within the radius."""
    area_km2: float
    area_share: float | None
    """Share 0-1 of the ground within the radius; ``None`` where there is no area."""
    stations: int
    stations_per_10000: float | None
    people_per_station: float | None
    """Two-step floating catchment: weight per station that a point's stations have to serve, demand-weighted
    mean over the covered points; ``None`` where nobody is covered."""
    overlap: float | None
    """How many stations reach a person, on average over all."""
    median_m: float | None
    """Weighted quantiles of the distance to the nearest station; ``None`` where there is no station or demand."""
    p90_m: float | None
    p95_m: float | None
    worst_m: float | None
    beyond: tuple[tuple[float, float], ...]
    """Pairs of a distance in metres (1000, 1500, 2000) and the weight that is farther than that."""
    gini: float | None
    """Of the distance over persons, 0 where everybody is equally far."""

    @property
    def share(self) -> float | None:
        """The covered share of the demand, 0-1; ``None`` without demand."""
        return self.covered / self.demand if self.demand else None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a published figure comes from."""

    version: str
    """Of this program."""
    data_version: str
    radius_m: float
    as_of: datetime | None
    """The instant for which stations had to be open; ``None``: whatever their hours."""
    demand_source: str
    demand_digest: str
    spread_evenly: bool
    demand_notes: tuple[str, ...] = ()
    """What was left out of the demand or is doubtful."""
    out_of_service: int = 0
    """How many stations are closed for now or planned, and therefore not counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """The answer to a question."""

    question: Question
    provenance: Provenance
    total: Figures
    areas: tuple[Figures, ...]
    """One per area, in the order of the areas; demand outside all areas counts in `total` alone."""
    serving: IntArray
    """The numbers in the supply of the stations that count."""
    distance_m: FloatArray
    """(n,) per demand point to the nearest serving station; inf where there is none."""
    nearest: IntArray
    """(n,) the number in the supply of that station; -1 where there is none."""
    area_of: IntArray
    """(n,) the index in `areas` of the area in which a point lies; -1 for none."""
    week: FloatArray | None
    """(168,) share of the demand near an open station, hour by hour from Monday 00:00, whatever
    `Question.open_at`; ``None`` unless asked, and without demand."""
    unknown_hours: int
    """How many otherwise suitable stations have unknown hours; they count as closed. 0 if hours do not matter."""
    lorenz: FloatArray
    """(k, 2) share of persons, nearest first, against their share of all distance; (0, 0) to (1, 1), a line where
    there is no station or demand."""
    share_range: tuple[float, float] | None
    """The 5th and 95th percentile of the share when stations known only within 200 m and more are moved about
    within their accuracy; ``None`` where there are none."""


@dataclass(frozen=True, slots=True)
class _Points:
    """What was measured for each demand point."""

    weight: FloatArray
    distance_m: FloatArray
    nearest: IntArray
    """Its index among the serving stations; -1 where there is none."""
    overlap: IntArray
    """How many stations reach it."""
    score: FloatArray
    """Stations per person, the two-step floating catchment score."""
    sure: BoolArray
    """Whether it is within the radius of a station whose position is not rough."""


def measure(supply: Supply, demand: Demand, areas: Sequence[District], question: Question) -> Coverage:
    """Answer a question about coverage.

    Parameters
    ----------
    supply
        The stations.
    demand
        Where the persons are; every point needs a position.
    areas
        For which figures are wanted; of areas that overlap the first has a point. May be empty.
    question
        Which stations count, and how near is near. A point at exactly the radius is covered; stations whose hours
        nobody knows count as closed as soon as hours matter.

    Raises
    ------
    UsageError
        If the radius is not above 0 and at most 20 km, a point has no position, the instant has no zone, or the
        week does not begin on a Monday.
    """
    check_distance(question.radius_m)
    if not np.isfinite(demand.lonlat).all():
        raise UsageError(
            "Coverage needs the position of every demand point. Give lat and lon, or ignore the existing stations."
        )
    suits = suitable(supply, question.kinds, question.amenities, question.tiers)
    serving, unknown_hours = known_open(supply, suits, question)
    sites, accuracy_m = supply.lonlat[serving], supply.accuracy_m[serving]
    points, reach = _points(demand, sites, accuracy_m >= LOOSE_M, question.radius_m)
    area_of = areas_of(demand.lonlat, [area.outline for area in areas])
    order = np.argsort(points.distance_m, kind="stable")
    total, figures = _all_figures(areas, points, area_of, order, sites, question.radius_m)
    return Coverage(
        question=question,
        provenance=provenance_of(supply, demand, question),
        total=total,
        areas=figures,
        serving=serving,
        distance_m=points.distance_m,
        nearest=serving[points.nearest] if len(serving) else points.nearest,
        area_of=area_of,
        week=_week(supply, demand, suits, question, reach if len(suits) == len(serving) else None),
        unknown_hours=unknown_hours,
        lorenz=_curve(points, order),
        share_range=_share_range(demand, points, sites, accuracy_m, question.radius_m),
    )


def areas_of(lonlat: FloatArray, outlines: Sequence[BaseGeometry]) -> IntArray:
    """Return (n,) the index of the area in which each position lies; -1 for none.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first.
    outlines
        Polygons or multipolygons in the same coordinates; a position on an edge lies inside, and of areas that
        overlap or touch in the first.
    """
    lon, lat = lonlat.T

    def inside(outline: BaseGeometry) -> IntArray:
        west, south, east, north = outline.bounds
        boxed = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        # Preparing a geometry that other threads use at the same time is not safe, so this prepares a copy.
        outline = shapely.from_wkb(shapely.to_wkb(outline))
        shapely.prepare(outline)
        members: IntArray = boxed[shapely.intersects_xy(outline, lon[boxed], lat[boxed])]
        return members

    area_of = np.full(len(lonlat), -1, dtype=np.intp)
    members = in_parallel(inside, outlines)
    for number in reversed(range(len(members))):
        area_of[members[number]] = number
    return area_of


def known_open(supply: Supply, suits: IntArray, question: Question) -> tuple[IntArray, int]:
    """Keep the stations of `supply.suitable` that are known to be open, and count those with unknown hours."""
    if question.open_at is None:
        with_hours = suits if question.week_of else suits[:0]
        return suits, sum(supply.hours[number] is None for number in with_hours.tolist())
    station_states = states(supply, suits, question.open_at)
    is_open = np.array([state is OpenState.OPEN for state in station_states], dtype=np.bool_)
    return suits[is_open], station_states.count(OpenState.UNKNOWN)


def provenance_of(supply: Supply, demand: Demand, question: Question) -> Provenance:
    """Return the provenance of all figures that answer a question."""
    return Provenance(
        version=__version__,
        data_version=supply.version,
        radius_m=question.radius_m,
        as_of=question.open_at,
        demand_source=demand.source,
        demand_digest=demand.digest,
        spread_evenly=demand.spread_evenly,
        demand_notes=demand.notes,
        out_of_service=len(supply.out_of_service),
    )


def _points(demand: Demand, sites: FloatArray, rough: BoolArray, radius_m: float) -> tuple[_Points, Reach]:
    """Measure the distance to the nearest station, count stations in reach, and score each point."""
    n = len(demand)
    distance_m, index = nearest(demand.lonlat, sites)
    reach = Reach(demand.lonlat, sites, radius_m, np.flatnonzero(distance_m <= radius_m + DOUBT_M))
    overlap, score, sure = np.zeros(n, dtype=np.intp), np.zeros(n), np.zeros(n, dtype=np.bool_)
    persons = np.zeros(len(sites))
    for rows, block in reach:
        persons += demand.weight[rows] @ block
        overlap[rows] = np.diff(block.indptr)
        sure[rows] = block @ ~rough
    share = equity.per_person(persons)
    for rows, block in reach:
        score[rows] = block @ share
    return _Points(demand.weight, _settled(distance_m, overlap > 0, radius_m), index, overlap, score, sure), reach


def _settled(distance_m: FloatArray, covered: BoolArray, radius_m: float) -> FloatArray:
    """Make distances that are within rounding of the radius agree with `covered`, which `GEOD` decided."""
    doubt = np.flatnonzero(np.abs(distance_m - radius_m) < DOUBT_M)
    beyond = np.maximum(distance_m[doubt], np.nextafter(radius_m, np.inf))
    distance_m[doubt] = np.where(covered[doubt], np.minimum(distance_m[doubt], radius_m), beyond)
    return distance_m


def _all_figures(
    areas: Sequence[District],
    points: _Points,
    area_of: IntArray,
    order: IntArray,
    sites: FloatArray,
    radius_m: float,
) -> tuple[Figures, tuple[Figures, ...]]:
    """Return the figures of all points, given in order of distance, and those of each area."""
    outlines = [area.outline for area in areas]
    grounds = in_parallel(lambda outline: ground(outline, sites, radius_m), outlines)
    stations = np.bincount(areas_of(sites, outlines) + 1, minlength=len(areas) + 1).tolist()[1:]
    parts = zip(areas, _by_area(area_of, order, len(areas)), stations, grounds, strict=True)
    return (
        _figures(None, points, order, len(sites), grounds),
        tuple(_figures(area, points, rows, count, [cut]) for area, rows, count, cut in parts),
    )


def _by_area(area_of: IntArray, order: IntArray, count: int) -> list[IntArray]:
    """List the points of each area in the given order."""
    # A stable sort of short integers is a radix sort, many times faster than any other.
    of = area_of[order].astype(np.int16 if count < np.iinfo(np.int16).max else np.intp)
    grouped = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[grouped], np.arange(count + 1))
    return [order[grouped[ends[number] : ends[number + 1]]] for number in range(count)]


def _figures(
    area: District | None, points: _Points, rows: IntArray, stations: int, grounds: Sequence[tuple[float, float]]
) -> Figures:
    """Compute the figures of some points, given in order of distance."""
    weight, distance_m, overlap = points.weight[rows], points.distance_m[rows], points.overlap[rows]
    persons = float(weight.sum())
    covered_m2, area_m2 = (sum(parts) for parts in zip(*grounds, strict=True)) if grounds else (0.0, 0.0)
    known = persons > 0 and bool(np.isfinite(distance_m[0]))
    spread = equity.quantiles(distance_m, weight, _QUANTILES).tolist() if known else [None] * len(_QUANTILES)
    return Figures(
        area_id=area.district_id if area else "",
        name=area.name if area else "",
        name_en=area.name_en if area else "",
        demand=persons,
        covered=float(weight[overlap > 0].sum()),
        area_km2=area_m2 / 1e6,
        area_share=covered_m2 / area_m2 if area_m2 else None,
        stations=stations,
        stations_per_10000=stations / persons * 10_000 if persons else None,
        people_per_station=equity.mean_load(points.score[rows], weight),
        overlap=float(weight @ overlap) / persons if persons else None,
        median_m=spread[0],
        p90_m=spread[1],
        p95_m=spread[2],
        worst_m=spread[3],
        beyond=tuple((limit_m, float(weight[distance_m > limit_m].sum())) for limit_m in BEYOND_M),
        gini=equity.gini(distance_m, weight) if known else None,
    )


def _curve(points: _Points, order: IntArray) -> FloatArray:
    """Draw the Lorenz curve of the distance, at every hundredth of the persons."""
    distance_m = points.distance_m[order]
    if not np.isfinite(distance_m[:1]).all():
        distance_m = np.zeros(len(order))
    persons, held = equity.lorenz(distance_m, points.weight[order]).T
    steps = np.linspace(0, 1, _CURVE_STEPS + 1)
    return np.stack([steps, np.interp(steps, persons, held)], axis=1)


def _week(
    supply: Supply, demand: Demand, suits: IntArray, question: Question, reach: Reach | None
) -> FloatArray | None:
    """Return (168,) the share of the demand near an open station, hour by hour."""
    total = demand.weight.sum()
    if question.week_of is None or not total:
        return None
    reach = reach or Reach(demand.lonlat, supply.lonlat[suits], question.radius_m)
    weeks, week_of = _distinct(open_hours(supply, suits, question.week_of))
    # One bit per distinct opening week: a point's bits are the union of those of its stations.
    bits = _words(np.eye(len(weeks), dtype=np.bool_))[:, week_of]
    served = np.zeros(HOURS_OF_WEEK)
    for rows, block in reach:
        reached = np.flatnonzero(np.diff(block.indptr))
        if len(reached):
            near = np.bitwise_or.reduceat(bits[:, block.indices], block.indptr[reached], axis=1)
            words, weight = _merged(near, demand.weight[rows[reached]])
            served += weight @ (_bits(words)[:, : len(weeks)] @ weeks)
    shares: FloatArray = served / total
    return shares


def _distinct(is_open: BoolArray) -> tuple[BoolArray, list[int]]:
    """Return the distinct rows, and for every row the index of its equal among them."""
    index_of: dict[bytes, int] = {}
    which = [index_of.setdefault(row.tobytes(), len(index_of)) for row in is_open]
    rows = np.frombuffer(b"".join(index_of), dtype=np.bool_)
    return rows.reshape(len(index_of), is_open.shape[1]), which


def _words(rows: BoolArray) -> NDArray[np.uint64]:
    """Pack rows of bits (k, b) into words of 64 bits (w, k)."""
    spare = -rows.shape[1] % _WORD_BITS
    packed = np.packbits(np.pad(rows, ((0, 0), (0, spare))), axis=1, bitorder="little")
    words: NDArray[np.uint64] = packed.view("<u8").T
    return words


def _bits(words: NDArray[np.uint64]) -> BoolArray:
    """Unpack words (w, k) into rows of bits (k, 64 w)."""
    octets = np.ascontiguousarray(words.T, dtype="<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little").astype(np.bool_)


def _merged(words: NDArray[np.uint64], weight: FloatArray) -> tuple[NDArray[np.uint64], FloatArray]:
    """Merge columns of words (w, n) that are equal, and add up their weights."""
    order = np.lexsort(words)
    words = words[:, order]
    starts = np.flatnonzero(np.r_[True, (words[:, 1:] != words[:, :-1]).any(axis=0)])
    return words[:, starts], np.add.reduceat(weight[order], starts)


def _share_range(
    demand: Demand, points: _Points, sites: FloatArray, accuracy_m: FloatArray, radius_m: float
) -> tuple[float, float] | None:
    """Draw positions of the uncertain stations within their accuracy and return the range of the share."""
    rough = accuracy_m >= LOOSE_M
    total = demand.weight.sum()
    if not (rough.any() and total):
        return None
    sites, accuracy_m = sites[rough], accuracy_m[rough]
    dice = np.random.default_rng(_SEED)
    away_m = accuracy_m * np.sqrt(dice.random((_DRAWS, len(sites))))
    angle = dice.random((_DRAWS, len(sites))) * 2 * np.pi
    moves = np.stack([away_m * np.cos(angle), away_m * np.sin(angle)], axis=1)
    covered = np.full(_DRAWS, demand.weight[points.sure].sum())
    # A station that is near after its move was at most its accuracy farther away before.
    reach_m = radius_m + accuracy_m.max()
    open_to_doubt = np.flatnonzero(~points.sure & (points.distance_m <= reach_m + DOUBT_M))
    for rows, block in Reach(demand.lonlat, sites, reach_m, open_to_doubt):
        covered += _covered_in_draws(demand.lonlat[rows], demand.weight[rows], sites, block, moves, radius_m)
    least, most = np.quantile(np.minimum(covered / total, 1), _RANGE).tolist()
    return least, most


def _covered_in_draws(
    lonlat: FloatArray, weight: FloatArray, sites: FloatArray, pairs: csr_array, moves: FloatArray, radius_m: float
) -> FloatArray:
    """Weigh the points within the radius of a moved station, draw by draw.

    `moves` (draws, 2, sites) are metres east and north; in the plane that touches the earth at the station a
    distance of some kilometres is right to a millimetre.
    """
    reached = np.flatnonzero(np.diff(pairs.indptr))
    covered = np.zeros(len(moves))
    if not len(reached):
        return covered
    site = pairs.indices
    point = np.repeat(np.arange(len(lonlat)), np.diff(pairs.indptr))
    lon, lat = np.radians(sites[site]).T
    dx, dy, dz = (ecef(lonlat)[point] - ecef(sites)[site]).T
    east = np.cos(lon) * dy - np.sin(lon) * dx
    north = np.cos(lat) * dz - np.sin(lat) * (np.cos(lon) * dx + np.sin(lon) * dy)
    for draw, (moved_east, moved_north) in enumerate(moves):
        near = (east - moved_east[site]) ** 2 + (north - moved_north[site]) ** 2 <= radius_m * radius_m
        covered[draw] = weight[reached] @ np.logical_or.reduceat(near, pairs.indptr[reached])
    return covered
