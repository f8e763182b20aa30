"""The compact data, from which browsers answer queries offline: stations, names and hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from locator.geo.geodesy import FloatArray
from locator.language.catalogue import reads_names
from locator.language.characters import traditional_of
from locator.language.pinyin import pinyin
from locator.stations.catalog import Catalog
from locator.stations.hours import SOON_MIN, STATION_TIMEZONE, Status, phrases_in
from locator.stations.schema import AMENITIES, DOUBTS, ENTRIES, KINDS, STATUSES, UNKNOWN
from locator.stations.service_status import status_phrases
from locator.stations.walking import DETOUR, WALKING_M_PER_MIN

OUTLOOK_DAYS: Final = 15
"""Days for which a phone knows the open states without a request."""

_EPOCH: Final = date(1970, 1, 1)
_MINUTE: Final = timedelta(minutes=1)


def compact_columns(catalog: Catalog, lang: str) -> dict[str, Any]:
    """Return as columns what maps need of all stations.

    Words are indices into the lists beside the columns; positions are millionths of a degree, to a tenth; days are
    counted from 1970-01-01. Names are Chinese for ``zh``, and for other languages English if there is an English
    one. ``walking`` has the figures for minutes on foot. The first ``in_service`` stations are in service;
    ``out_of_service`` has the columns of the others: a word of ``statuses``, a day, and the operator's words.
    """
    districts = sorted({name for name in catalog.column("district") if name})
    yes, no = catalog.masks()
    lon, lat = catalog.lonlat[: len(catalog)].T
    others = slice(catalog.n_in_service, None)
    return {
        "data_version": catalog.version,
        "lang": lang,
        "synthetic": catalog.synthetic,
        "walking": {"detour": DETOUR, "m_per_min": WALKING_M_PER_MIN},
        "kinds": list(KINDS),
        "entries": list(ENTRIES),
        "amenities": list(AMENITIES),
        "doubts": list(DOUBTS),
        "districts": districts,
        "hours": catalog.schedule_texts,
        "statuses": list(STATUSES),
        "in_service": catalog.n_in_service,
        "out_of_service": {
            "status": _indices(catalog.column("status")[others], list(STATUSES)),
            "until": [_day_number(day) for day in catalog.column("status_until")[others]],
            "note": catalog.column("status_note")[others],
        },
        "columns": {
            "station_id": catalog.column("station_id"),
            "name": _names(catalog, lang)[0],
            "lat": _millionths(lat),
            "lon": _millionths(lon),
            "kind": _indices(catalog.column("kind"), list(KINDS)),
            "district": _indices(catalog.column("district"), districts),
            "yes": yes,
            "no": no,
            "hours": catalog.schedule_ids[: len(catalog)],
            "entry": _indices([word or UNKNOWN for word in catalog.column("entry")], list(ENTRIES)),
            "accuracy_m": catalog.column("position_accuracy_m"),
            "checked_on": [_day_number(day) for day in catalog.column("checked_on")],
            "doubts": [_doubt_mask(codes) for codes in catalog.column("doubts")],
        },
    }


def names_columns(catalog: Catalog, lang: str) -> dict[str, Any]:
    """Return what else a search by name needs: further texts of the stations, and the areas.

    The columns have the order of the compact ones; positions are millionths of a degree too. ``other_name`` is a
    station's name in the other language, if it has two. ``traditional`` has the traditional characters that
    people may type for characters of these texts, ``simplified`` the latter in the same order.
    """
    columns = (catalog.column(name) for name in ("name", "name_en", "address", "district", "sub_district"))
    texts = [text for column in columns for text in column if text]
    traditional, simple = traditional_of([*texts, *(district.name for district in catalog.districts)])
    return {
        "data_version": catalog.version,
        "lang": lang,
        "districts": [
            {
                "name": district.name,
                "name_en": district.name_en,
                "pinyin": pinyin(district.name),
                **_spot(*district.centre),
            }
            for district in catalog.districts
        ],
        "sub_districts": [
            {
                "name": place.name,
                "pinyin": pinyin(place.name),
                "district": place.district,
                **_spot(place.lat, place.lon),
            }
            for place in catalog.sub_districts()
        ],
        "columns": {
            "other_name": _names(catalog, lang)[1],
            "pinyin": catalog.column("pinyin"),
            "address": catalog.column("address"),
        },
        "traditional": traditional,
        "simplified": simple,
    }


def hours_outlook(catalog: Catalog, first: date, lang: str) -> dict[str, Any]:
    """Return when the stations of each schedule are open in the days ahead, and the phrases for it.

    Parameters
    ----------
    first
        The first of the `OUTLOOK_DAYS` days, on the stations' calendar.

    Returns
    -------
    dict
        ``schedules`` has the order of the compact data's ``hours``, with ``None`` for an unknown schedule. In each
        segment ``[start, state, until, then, holiday]`` start and until are minutes after ``from``, the rest as in
        `Status`. A segment ends where the next one begins, at a change or at midnight.
    """
    start = datetime.combine(first, datetime.min.time(), STATION_TIMEZONE)
    schedule_ids = range(len(catalog.schedule_texts))
    timelines = [catalog.schedule_timeline(schedule_id, first, OUTLOOK_DAYS) for schedule_id in schedule_ids]
    return {
        "data_version": catalog.version,
        "lang": lang,
        "from": start,
        "until": start + timedelta(days=OUTLOOK_DAYS),
        "soon_min": SOON_MIN,
        "phrases": phrases_in(lang) | status_phrases(lang),
        "schedules": [_outlook(timeline, start) if timeline else None for timeline in timelines],
    }


def _outlook(timeline: list[tuple[datetime, Status]], start: datetime) -> dict[str, Any]:
    segments = [
        [
            (at - start) // _MINUTE,
            status.state,
            None if status.until is None else (status.until - start) // _MINUTE,
            status.then,
            status.is_holiday,
        ]
        for at, status in timeline
    ]
    return {"tells_holidays": timeline[0][1].tells_holidays, "segments": segments}


def _names(catalog: Catalog, lang: str) -> tuple[list[str], list[str | None]]:
    """Return the stations' names in a language, and those in the other language if there are two."""
    names, english = list(catalog.column("name")), catalog.column("name_en")
    if reads_names(lang):
        return names, list(english)
    return (
        [name_en or name for name, name_en in zip(names, english, strict=True)],
        [name if name_en else None for name, name_en in zip(names, english, strict=True)],
    )


def _millionths(degrees: FloatArray) -> list[float]:
    """Convert degrees to millionths, to a tenth; whole ones to int, which is shorter in JSON."""
    rounded = np.round(degrees * 1e6, 1).tolist()
    return [int(value) if value.is_integer() else value for value in rounded]


def _spot(lat: float, lon: float) -> dict[str, int]:
    return {"lat": round(lat * 1e6), "lon": round(lon * 1e6)}


def _day_number(day: str | None) -> int | None:
    return (date.fromisoformat(day) - _EPOCH).days if day else None


def _doubt_mask(codes: Iterable[str] | None) -> int:
    """Return doubts as a bit mask in the order of `DOUBTS`."""
    return sum(1 << bit for bit, code in enumerate(DOUBTS) if code in (codes or ()))


def _indices(values: Iterable[Any], words: list[str]) -> list[int | None]:
    index = {word: position for position, word in enumerate(words)}
    return [index.get(value) for value in values]
