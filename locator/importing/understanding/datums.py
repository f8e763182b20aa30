"""Judging by evidence which datum the positions of a file are in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from locator.errors import DatumUnknownError
from locator.files.cells import shortened
from locator.geo.datum import Datum, convert, in_mainland
from locator.geo.geodesy import GEOD, FloatArray
from locator.importing.understanding.datum_words import NamedDatum
from locator.importing.understanding.district_areas import Area, Flags, IntArray, plain
from locator.language.messages import Message, joined, message
from locator.places.landmarks import Landmark
from locator.stations.schema import Station

LABELS: Final = {Datum.WGS84: "WGS 84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}

OUTLINE_ERROR_M: Final = 150.0
"""The error of outlines: a position up to this far outside its district is no evidence against a datum.

The shipped outlines are good to about 100 m; in Beijing's inner districts about nine tenths of their length lie
within this distance of a second source's."""
SQUARE_DEG: Final = 0.003
"""Rows in a square of this size (some 300 m) share the error of the outline there, so they have one vote."""
LEAST_VOTES: Final = 20
"""The fewest votes; a square votes if it is in its district under one datum and clearly outside under another."""
LEAST_MAJORITY: Final = 0.85
"""The least share of the votes for one datum. With many votes a smaller majority would be significant too, but it
means a list in two datums, or wrong outlines."""
CHANCE: Final = 1e-4
"""The largest p-value of the majority (one-sided sign test, exact binomial)."""
LEAST_INSIDE: Final = 0.8
"""The least share of rows in their districts under the winning datum; with fewer, the outlines do not fit."""
LEAST_KNOWN: Final = 3
"""The fewest published stations, or survey positions, that are conclusive."""
KNOWN_ACCURACY_M: Final = 100.0
"""Published stations with a position less accurate than this are no evidence."""
NEAR_M: Final = 100.0
FAR_M: Final = 250.0
"""The median distance must be below the first under one datum and above the second under both others; nearly
everywhere the datums are 500 m or more apart."""
_LANDMARK_REACH_M: Final = 3000.0
"""A landmark farther away than this is another place of the same name."""
LANDMARK_ACCURACY_M: Final = 250.0
"""A landmark less accurate than this proves nothing: datums may differ by no more than twice as much."""
LEAST_LANDMARKS: Final = 5
"""The fewest different landmarks that are conclusive: a row that names one may be anywhere near it."""

Readings = Mapping[Datum, FloatArray]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The datum of positions, and the evidence for it."""

    datum: Datum | None
    """``None`` where it cannot be told."""
    is_given: bool
    """Whether the datum was given, not judged."""
    evidence: tuple[str, ...]
    """Sentences with figures, one for each kind of evidence; none without positions."""
    contradiction: Message | None = None
    """What the file says against the datum that is used: a doubt about every row."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Known positions in the area of a list, as evidence."""

    area: Area
    known: Sequence[Station] = ()
    """The published stations."""
    landmarks: Sequence[Landmark] = ()


@dataclass(frozen=True, slots=True)
class _Finding:
    """One kind of evidence, and the datum for which it is conclusive."""

    sentence: str
    datum: Datum | None = None


def judge(
    lonlat: FloatArray,
    columns: Mapping[str, Sequence[Any]],
    around: Surroundings,
    *,
    given: Datum | None = None,
    surveyed: FloatArray | None = None,
    named: Sequence[NamedDatum] = (),
) -> Judgement:
    """Judge which datum positions are in.

    Outside the area where GCJ-02 is in force they are WGS 84. Inside it five kinds of evidence can be conclusive,
    by the thresholds above: the file names its datum, rows lie in the districts they name, published stations are
    at their published positions, coordinates of a survey grid in the same rows agree, and rows lie near several
    landmarks that they name, as far as these are accurate. Contradicting evidence is not conclusive.

    Parameters
    ----------
    lonlat
        (n, 2) degrees as the file has them, longitude first; NaN where a row has none.
    columns
        ``station_id``, ``name``, ``address`` and ``district``, one value per row.
    around
        The districts, the published stations and the landmarks.
    given
        The datum according to the steward. It is used whatever the evidence; a contradiction is reported in it.
    surveyed
        (n, 2) degrees, WGS 84, from other columns of the same rows in a projected CRS.
    named
        The datums that headings and titles of the file name.

    Returns
    -------
    Judgement
        Without a datum if it cannot be told; then the positions must not be used. WGS 84 if there are none.
    """
    rows = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    readings = {datum: convert(lonlat[rows], datum, Datum.WGS84) for datum in Datum}
    if not len(rows):
        return Judgement(given or Datum.WGS84, given is not None, ())
    if not any(in_mainland(reading).any() for reading in readings.values()):
        findings = [_Finding(_elsewhere(len(rows)), given or Datum.WGS84)]
    else:
        clues = {name: [columns[name][row] for row in rows.tolist()] for name in _CLUES}
        findings = [
            *_by_name(named),
            _in_districts(readings, around.area.named(clues["district"], clues["address"]), around.area),
            *_at_known(readings, clues, around.known),
            *_at_landmarks(readings, clues, around.landmarks),
        ]
        if surveyed is not None:
            findings += _at_survey(readings, surveyed[rows])
    judgement = _sum_up(findings, given)
    return replace(judgement, contradiction=contradiction_of(named, judgement.datum) if given else None)


_CLUES: Final = ("station_id", "name", "address", "district")


def cannot_tell(file: str, judgement: Judgement, lonlat: FloatArray) -> DatumUnknownError:
    """Return the error to raise where a judgement has no datum; ``lonlat`` as in `judge`."""
    error = DatumUnknownError(
        "It cannot be told what the coordinates of {file} mean. {evidence} Say --datum wgs84, gcj02 or bd09; maps "
        "of Amap and Tencent are gcj02, of Baidu bd09, GPS devices wgs84.",
        file=file,
        evidence=joined(judgement.evidence),
    )
    error.lonlat, error.evidence = lonlat, judgement.evidence
    return error


def _sum_up(findings: Sequence[_Finding], given: Datum | None) -> Judgement:
    sentences = [finding.sentence for finding in findings]
    proven = {finding.datum for finding in findings if finding.datum is not None}
    if given is None:
        if len(proven) > 1:
            sentences.append(message("The evidence contradicts itself."))
        return Judgement(proven.pop() if len(proven) == 1 else None, False, tuple(sentences))
    against = joined((LABELS[datum] for datum in Datum if datum in proven - {given}), message(" and "))
    if against:
        warning = message(
            "WARNING: {given} is used, but the evidence is for {against}.",
            given=LABELS[given],
            against=against,
        )
        sentences.insert(0, warning)
    return Judgement(given, True, tuple(sentences))


# Named by the file


def _by_name(named: Sequence[NamedDatum]) -> list[_Finding]:
    """Report the datums that the file names; conclusive if it is one."""
    datums = {one.datum for one in named}
    texts = (
        message('{datum} ("{text}")', datum=LABELS[one.datum], text=shortened(one.text, _LONGEST_TEXT))
        for one in named[:_MOST_TEXTS]
    )
    if not named:
        return []
    sentence = message("The file itself names its datum: {texts}.", texts=joined(texts, message(", ")))
    return [_Finding(sentence, datums.pop() if len(datums) == 1 else None)]


def contradiction_of(named: Sequence[NamedDatum], used: Datum | None) -> Message | None:
    """Say what the file names against the datum that is used; ``None`` where it does not."""
    other = next((one for one in named if one.datum is not used), None)
    if other is None or used is None:
        return None
    return message(
        'it was read as {used}, but the file says {datum} ("{text}"); they are some 500 m apart or more.',
        used=LABELS[used],
        datum=LABELS[other.datum],
        text=shortened(other.text, _LONGEST_TEXT),
    )


_LONGEST_TEXT, _MOST_TEXTS = 60, 4


def _elsewhere(count: int) -> Message:
    return message(
        "All {count:,} positions lie outside mainland China, where GCJ-02 and BD-09 are not in force "
        "and coordinates are WGS 84.",
        count=count,
    )


# In their districts


def _in_districts(readings: Readings, own: IntArray, area: Area) -> _Finding:
    """Compare the rows with the outlines of the districts they name."""
    rows = np.flatnonzero(own >= 0)
    if not len(rows):
        return _Finding(message("No row names a district whose outline is known."))
    outside = {datum: area.outside_m(reading[rows], own[rows]) for datum, reading in readings.items()}
    counts = {datum: int((metres == 0).sum()) for datum, metres in outside.items()}
    best = max(counts, key=lambda datum: counts[datum])
    squares = np.unique(np.floor(readings[best][rows] / SQUARE_DEG), axis=0, return_inverse=True)[1].ravel()
    duels = {rival: _duel(outside[best], outside[rival], squares) for rival in Datum if rival is not best}
    hardest = min(duels, key=lambda rival: _score(*duels[rival]))
    decided, won = duels[hardest]
    shares = (message("{count:,} under {datum}", count=counts[datum], datum=LABELS[datum]) for datum in Datum)
    sentence = message(
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
        return _Finding(message("{said}.", said=sentence), best)
    return _Finding(_too_few(sentence))


def _too_few(sentence: Message) -> Message:
    return message(
        "{said}: not enough, it takes {places} places, {majority:.0%} of them for one datum "
        "and {inside:.0%} of the rows in their district.",
        said=sentence,
        places=LEAST_VOTES,
        majority=LEAST_MAJORITY,
        inside=LEAST_INSIDE,
    )


def _duel(one: FloatArray, other: FloatArray, squares: IntArray) -> tuple[int, int]:
    """Count the squares that decide between two datums, and those of them for the first."""
    for_one: Flags = (one == 0) & (other > OUTLINE_ERROR_M)
    for_other: Flags = (other == 0) & (one > OUTLINE_ERROR_M)
    votes = np.bincount(squares, weights=for_one.astype(float) - for_other)
    return int((votes != 0).sum()), int((votes > 0).sum())


def _score(decided: int, won: int) -> tuple[bool, float]:
    """Return a sort key: duels that are not clear first, then by the size of the majority."""
    return _is_clear(decided, won), won / max(decided, 1)


def _is_clear(decided: int, won: int) -> bool:
    return decided >= LEAST_VOTES and won >= LEAST_MAJORITY * decided and _tail(decided, won) <= CHANCE


def _tail(decided: int, won: int) -> float:
    """Return the exact probability of at least this many heads in this many throws of a fair coin."""
    from scipy.special import bdtrc  # the same as scipy.stats.binom, whose import takes two seconds more

    return float(bdtrc(won - 1, decided, 0.5))


# At known positions


def _at_known(readings: Readings, clues: Mapping[str, Sequence[Any]], known: Sequence[Station]) -> list[_Finding]:
    """Compare the rows with published stations, by id, or by name and district where these are unique."""
    accurate = [station for station in known if (station.position_accuracy_m or 0) <= KNOWN_ACCURACY_M]
    by_id = {station.station_id: station for station in accurate}
    counts = Counter((plain(station.name), station.district) for station in accurate)
    by_name = {(plain(station.name), station.district): station for station in accurate}
    by_name = {name: station for name, station in by_name.items() if counts[name] == 1}
    pairs = []
    columns = zip(clues["station_id"], clues["name"], clues["district"], strict=True)
    for row, (station_id, name, district) in enumerate(columns):
        station = by_id.get(station_id) or by_name.get((plain(str(name or "")), district))
        if station is not None:
            pairs.append((row, station.lon, station.lat))
    return _distances(readings, pairs, message("their published position"), decisive=True)


def _at_survey(readings: Readings, surveyed: FloatArray) -> list[_Finding]:
    """Compare the rows with their own coordinates in a survey grid."""
    finite = np.flatnonzero(np.isfinite(surveyed).all(axis=1))
    pairs = [(int(row), *surveyed[row].tolist()) for row in finite]
    return _distances(readings, pairs, message("x and y in the given CRS"), decisive=True)


def _at_landmarks(
    readings: Readings, clues: Mapping[str, Sequence[Any]], landmarks: Sequence[Landmark]
) -> list[_Finding]:
    """Compare the rows with landmarks that they name, as far as these are accurate enough to tell datums apart."""
    marks = {plain(name): mark for mark in landmarks for name in mark.names}
    any_mark = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))) or "(?!)")
    pairs, used = [], []
    for row, (name, address) in enumerate(zip(clues["name"], clues["address"], strict=True)):
        named = any_mark.search(plain(f"{name or ''} {address or ''}"))
        if named is not None:
            mark = marks[named.group()]
            lon, lat = readings[Datum.WGS84][row].tolist()
            *_, away_m = GEOD.inv(lon, lat, mark.lon, mark.lat)
            if away_m <= _LANDMARK_REACH_M:
                pairs.append((row, mark.lon, mark.lat))
                used.append(mark)
    error_m = max((mark.accuracy_m for mark in used), default=0.0)
    is_enough = len({mark.name for mark in used}) >= LEAST_LANDMARKS and error_m <= LANDMARK_ACCURACY_M
    what = message("the landmark they name, accurate to {metres:,.0f} m", metres=error_m)
    return _distances(readings, pairs, what, decisive=is_enough, error_m=error_m)


def _distances(
    readings: Readings,
    pairs: Sequence[tuple[int, float, float]],
    what: str,
    *,
    decisive: bool,
    error_m: float = 0.0,
) -> list[_Finding]:
    """Report the median distance of rows from known positions: pairs are (row, longitude, latitude).

    It decides where it is below `NEAR_M` for one datum and above `FAR_M`, and the error of the positions, for both
    others.
    """
    if not pairs:
        return []
    rows = [row for row, _, _ in pairs]
    known = np.array([position for _, *position in pairs])
    medians = {
        datum: float(np.median(GEOD.inv(reading[rows, 0], reading[rows, 1], known[:, 0], known[:, 1])[2]))
        for datum, reading in readings.items()
    }
    best = min(medians, key=lambda datum: medians[datum])
    figures = (
        message("{metres:,.0f} m under {datum}", metres=medians[datum], datum=LABELS[datum]) for datum in Datum
    )
    rivals_m = min(metres for datum, metres in medians.items() if datum is not best)
    is_clear = decisive and len(pairs) >= LEAST_KNOWN and medians[best] < NEAR_M and rivals_m > FAR_M + error_m
    sentence = message(
        "Distance of rows from {what}, the median of {count:,}: {figures}.",
        what=what,
        count=len(pairs),
        figures=joined(figures, message(", ")),
    )
    return [_Finding(sentence, best if is_clear else None)]
