"""Which datum the positions of a file are in: judged by evidence, or not at all."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from locator.errors import GeodataError
from locator.geo.datum import Datum, convert, in_mainland
from locator.geo.geodesy import GEOD, FloatArray
from locator.importing.understanding.district_areas import Area, Flags, IntArray, plain
from locator.language.messages import Message, joined, message
from locator.stations.schema import Station

LABELS: Final = {Datum.WGS84: "WGS 84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}
LANDMARKS: Final = "landmarks.csv"

OUTLINE_ERROR_M: Final = 150.0
"""How far an outline may be wrong: a position not farther outside its district than this speaks against no datum.

The shipped outlines are good to about 100 m; in Beijing's inner districts about nine tenths of their length lie
within this of a second source's."""
PLACE_DEG: Final = 0.003
"""Rows within a square of this size (some 300 m) share the fault of the outline there, so they count as one."""
LEAST_DECIDING: Final = 20
"""So many places have to decide, each in its district under one datum and clearly outside under another."""
LEAST_MAJORITY: Final = 0.85
"""So many of them have to speak for one datum: among very many even a small majority would not be chance, but a
list that is half in one datum and half in another, or outlines that are off."""
CHANCE: Final = 1e-4
"""The majority must be this unlikely if a coin decided each place (one-sided sign test, exact binomial)."""
LEAST_INSIDE: Final = 0.8
"""So many rows have to lie in their districts under the datum that wins; else the districts are not these."""
LEAST_KNOWN: Final = 3
KNOWN_ACCURACY_M: Final = 100.0
NEAR_M: Final = 100.0
FAR_M: Final = 250.0
"""With at least three published stations, the median distance has to be below the first under one datum, and above
the second under both others; the datums lie 500 m and more apart nearly everywhere."""
_LANDMARK_REACH_M: Final = 3000.0

Readings = Mapping[Datum, FloatArray]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What positions mean, and why."""

    datum: Datum | None
    """``None`` where it cannot be told."""
    is_given: bool
    """Whether somebody said it, and nothing was judged."""
    evidence: tuple[str, ...]
    """Sentences with figures, one for each kind of evidence."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that people name when they say where something is."""

    name: str
    aliases: tuple[str, ...]
    """Other ways to write it."""
    lat: float
    lon: float
    accuracy_m: float
    source: str

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the usual one first."""
        return self.name, *self.aliases


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the places where a list's stations are."""

    area: Area
    known: Sequence[Station] = ()
    """The published stations."""
    landmarks: Sequence[Landmark] = ()


@dataclass(frozen=True, slots=True)
class _Finding:
    """One kind of evidence: what it says, and for which datum it is conclusive."""

    sentence: str
    datum: Datum | None = None


def judge(
    lonlat: FloatArray,
    columns: Mapping[str, Sequence[Any]],
    around: Surroundings,
    *,
    given: Datum | None = None,
    surveyed: FloatArray | None = None,
) -> Judgement:
    """Judge which datum positions are in.

    Outside the area where GCJ-02 is in force they are WGS 84. Inside it three kinds of evidence can be conclusive,
    each with its thresholds above: that the rows lie in the districts they name, that stations already published
    lie where they were, that coordinates of a survey grid in the same rows agree. Landmarks are told and do not
    decide: a row that names one may lie anywhere near it. Evidence that contradicts itself decides nothing.

    Parameters
    ----------
    lonlat
        (n, 2) degrees as the file has them, longitude first; NaN where a row has none.
    columns
        ``station_id``, ``name``, ``address`` and ``district``, one value per row.
    around
        The districts, the published stations and the landmarks.
    given
        What somebody said the positions are in. It is used, whatever the evidence; where that contradicts it, the
        evidence says so.
    surveyed
        (n, 2) degrees, WGS 84, from other columns of the same rows in a projected CRS.

    Returns
    -------
    Judgement
        With no datum if it cannot be told; then nothing may be done with the positions. Where there are none there
        is nothing to tell: WGS 84.
    """
    rows = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    readings = {datum: convert(lonlat[rows], datum, Datum.WGS84) for datum in Datum}
    if not len(rows):
        nothing = message("No row has a position to be judged.")
        return Judgement(given or Datum.WGS84, given is not None, (nothing,))
    if not any(in_mainland(reading).any() for reading in readings.values()):
        found = [_Finding(_elsewhere(len(rows)), given or Datum.WGS84)]
    else:
        said = {name: [columns[name][row] for row in rows.tolist()] for name in _CLUES}
        found = [
            _in_districts(readings, around.area.named(said["district"], said["address"]), around.area),
            *_at_known(readings, said, around.known),
            *_at_landmarks(readings, said, around.landmarks),
        ]
        if surveyed is not None:
            found += _at_survey(readings, surveyed[rows])
    return _sum_up(found, given)


_CLUES: Final = ("station_id", "name", "address", "district")


def cannot_tell(file: str, judgement: Judgement) -> GeodataError:
    """Make the error to raise where a judgement has no datum."""
    return GeodataError(
        "It cannot be told what the coordinates of {file} mean. {evidence} Say --datum wgs84, gcj02 or bd09; maps "
        "of Amap and Tencent are gcj02, of Baidu bd09, GPS devices wgs84.",
        file=file,
        evidence=joined(judgement.evidence),
    )


def read_landmarks(path: Path) -> tuple[Landmark, ...]:
    """Read a file of landmarks; raise `GeodataError` naming the row that is wrong. No file: no landmarks."""
    if not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(_landmark(path, row, found) for row, found in enumerate(csv.DictReader(file), 1))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise GeodataError(
            "{file} cannot be read as CSV in UTF-8: {fault}. Copy it from the shipped geodata.",
            file=path,
            fault=fault,
        ) from None


def _landmark(path: Path, row: int, found: Mapping[str, str | None]) -> Landmark:
    try:
        aliases = tuple(filter(None, (found["aliases"] or "").split(";")))
        lat, lon, accuracy_m = (float(found[name] or "") for name in ("lat", "lon", "accuracy_m"))
        if not (found["name"] and abs(lat) <= 90 and abs(lon) <= 180 and accuracy_m >= 0):
            raise ValueError(found)
        return Landmark(found["name"], aliases, lat, lon, accuracy_m, found["source"] or "")
    except (KeyError, ValueError) as fault:
        raise GeodataError(
            "{file}, row {row}: not a landmark with name, aliases, lat, lon, accuracy_m and source ({fault!r}).",
            file=path.name,
            row=row,
            fault=fault,
        ) from None


def _sum_up(found: Sequence[_Finding], given: Datum | None) -> Judgement:
    sentences = [finding.sentence for finding in found]
    told = {finding.datum for finding in found if finding.datum is not None}
    if given is None:
        if len(told) > 1:
            sentences.append(message("The evidence contradicts itself."))
        return Judgement(told.pop() if len(told) == 1 else None, False, tuple(sentences))
    against = joined((LABELS[datum] for datum in Datum if datum in told - {given}), message(" and "))
    if against:
        sentences.insert(
            0,
            message(
                "WARNING: {given} was given and is used, but the evidence is for {against}.",
                given=LABELS[given],
                against=against,
            ),
        )
    return Judgement(given, True, tuple(sentences))


def _elsewhere(count: int) -> Message:
    return message(
        "All {count:,} positions lie outside mainland China, where GCJ-02 and BD-09 are not in force "
        "and coordinates are WGS 84.",
        count=count,
    )


# In their districts


def _in_districts(readings: Readings, own: IntArray, area: Area) -> _Finding:
    """Hold the rows against the outlines of the districts they name."""
    rows = np.flatnonzero(own >= 0)
    if not len(rows):
        return _Finding(message("No row names a district whose outline is known."))
    outside = {datum: area.outside_m(reading[rows], own[rows]) for datum, reading in readings.items()}
    counts = {datum: int((metres == 0).sum()) for datum, metres in outside.items()}
    best = max(counts, key=lambda datum: counts[datum])
    places = np.unique(np.floor(readings[best][rows] / PLACE_DEG), axis=0, return_inverse=True)[1].ravel()
    duels = {rival: _duel(outside[best], outside[rival], places) for rival in Datum if rival is not best}
    hardest = min(duels, key=lambda rival: _score(*duels[rival]))
    decided, won = duels[hardest]
    shares = (message("{count:,} under {datum}", count=counts[datum], datum=LABELS[datum]) for datum in Datum)
    said = message(
        "In their own district, of {rows:,} rows: {shares}. Places that decide between {best} and {rival}: "
        "{decided:,}, for {best} {won:,}",
        rows=len(rows),
        shares=joined(shares, message(", ")),
        best=LABELS[best],
        rival=LABELS[hardest],
        decided=decided,
        won=won,
    )
    if counts[best] >= LEAST_INSIDE * len(rows) and all(_is_clear(*duel) for duel in duels.values()):
        return _Finding(message("{said}.", said=said), best)
    return _Finding(_too_few(said))


def _too_few(said: Message) -> Message:
    return message(
        "{said}: not enough, it takes {places} places, {majority:.0%} of them for one datum "
        "and {inside:.0%} of the rows in their district.",
        said=said,
        places=LEAST_DECIDING,
        majority=LEAST_MAJORITY,
        inside=LEAST_INSIDE,
    )


def _duel(one: FloatArray, other: FloatArray, places: IntArray) -> tuple[int, int]:
    """Count the places that decide between two datums, and those of them that speak for the first."""
    for_one: Flags = (one == 0) & (other > OUTLINE_ERROR_M)
    for_other: Flags = (other == 0) & (one > OUTLINE_ERROR_M)
    votes = np.bincount(places, weights=for_one.astype(float) - for_other)
    return int((votes != 0).sum()), int((votes > 0).sum())


def _score(decided: int, won: int) -> tuple[bool, float]:
    """Put the duel that is not clear, and then the one with the smallest majority, first."""
    return _is_clear(decided, won), won / max(decided, 1)


def _is_clear(decided: int, won: int) -> bool:
    return decided >= LEAST_DECIDING and won >= LEAST_MAJORITY * decided and _tail(decided, won) <= CHANCE


# Where something is known to be


def _tail(decided: int, won: int) -> float:
    """Return how likely at least so many heads are in so many throws of a fair coin, exactly."""
    from scipy.special import bdtrc  # scipy.stats would say it in other words, two seconds later

    return float(bdtrc(won - 1, decided, 0.5))


def _at_known(readings: Readings, said: Mapping[str, Sequence[Any]], known: Sequence[Station]) -> list[_Finding]:
    """Hold the rows against stations that are published already."""
    sound = [station for station in known if (station.position_accuracy_m or 0) <= KNOWN_ACCURACY_M]
    by_id = {station.station_id: station for station in sound}
    counts = Counter((plain(station.name), station.district) for station in sound)
    by_name = {(plain(found.name), found.district): found for found in sound}
    by_name = {name: found for name, found in by_name.items() if counts[name] == 1}
    pairs = []
    for row, (station_id, name, district) in enumerate(
        zip(said["station_id"], said["name"], said["district"], strict=True)
    ):
        station = by_id.get(station_id) or by_name.get((plain(str(name or "")), district))
        if station is not None:
            pairs.append((row, station.lon, station.lat))
    return _distances(readings, pairs, message("their published position"), decisive=True)


def _at_survey(readings: Readings, surveyed: FloatArray) -> list[_Finding]:
    """Hold the rows against coordinates of a survey grid that they give besides."""
    sound = np.flatnonzero(np.isfinite(surveyed).all(axis=1))
    pairs = [(int(row), *surveyed[row].tolist()) for row in sound]
    return _distances(readings, pairs, message("x and y in the given CRS"), decisive=True)


def _at_landmarks(
    readings: Readings, said: Mapping[str, Sequence[Any]], landmarks: Sequence[Landmark]
) -> list[_Finding]:
    """Hold the rows against landmarks that they name."""
    marks = {plain(name): mark for mark in landmarks for name in mark.names}
    any_mark = re.compile("|".join(map(re.escape, marks)) or "(?!)")
    pairs = []
    for row, (name, address) in enumerate(zip(said["name"], said["address"], strict=True)):
        named = any_mark.search(plain(f"{name or ''} {address or ''}"))
        if named is not None:
            mark = marks[named.group()]
            lon, lat = readings[Datum.WGS84][row].tolist()
            *_, away_m = GEOD.inv(lon, lat, mark.lon, mark.lat)
            # Farther away it is another place of that name.
            pairs += [(row, mark.lon, mark.lat)] * (away_m <= _LANDMARK_REACH_M)
    return _distances(readings, pairs, message("the landmark they name"), decisive=False)


def _distances(
    readings: Readings, pairs: Sequence[tuple[int, float, float]], what: str, *, decisive: bool
) -> list[_Finding]:
    """Say how far rows lie from where something is known to be, given as row, longitude and latitude."""
    if not pairs:
        return []
    rows = [row for row, _, _ in pairs]
    where = np.array([position for _, *position in pairs])
    medians = {
        datum: float(np.median(GEOD.inv(reading[rows, 0], reading[rows, 1], where[:, 0], where[:, 1])[2]))
        for datum, reading in readings.items()
    }
    best = min(medians, key=lambda datum: medians[datum])
    figures = (
        message("{metres:,.0f} m under {datum}", metres=medians[datum], datum=LABELS[datum]) for datum in Datum
    )
    rivals_m = min(metres for datum, metres in medians.items() if datum is not best)
    is_clear = decisive and len(pairs) >= LEAST_KNOWN and medians[best] < NEAR_M and rivals_m > FAR_M
    said = message(
        "Distance of rows from {what}, the median of {count:,}: {figures}.",
        what=what,
        count=len(pairs),
        figures=joined(figures, message(", ")),
    )
    return [_Finding(said, best if is_clear else None)]
