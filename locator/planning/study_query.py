"""Checked values from the fields of a request to the planner: question, scenario and goal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize

from locator.config import Settings
from locator.errors import UsageError
from locator.planning.inputs.station_changes import ADD, REMOVE, StationChange, parse_changes
from locator.planning.measures.coverage import Question
from locator.planning.study import Goal
from locator.stations.request_fields import (
    Values,
    read_flag,
    read_instant,
    read_radius_m,
    read_share,
    read_whole,
    read_words,
)
from locator.stations.schema import AMENITIES, KINDS, TIERS

COVERAGE_FIELDS: Final = ("radius", "kind", "amenity", "tier", "open_at", "demand", "add", "remove", "lang")
SITES_FIELDS: Final = (*COVERAGE_FIELDS, "n", "target", "floor", "by_area", "by_hours", "spacing")
PEOPLE, REQUESTS = "people", "requests"
DEMANDS: Final = (PEOPLE, REQUESTS)
"""The demand: people of the operator's file, or requests for a station."""
MAX_SITES: Final = 200
MAX_CHANGES: Final = 250
"""Enough for all sites of a plan and some others, and short enough for an address that proxies accept."""
SPACINGS_M: Final = (500, 5000)
DEFAULT_SPACING_M: Final = 1000
TIME_LIMIT_S: Final = 10
"""A person waits for the answer, and the planner answers nobody else in the meantime."""
MAX_RADIUS_M: Final = 5000.0
"""An hour on foot. Cost grows with its square: for a city, 20 km take a minute and a gigabyte."""


def read_question(values: Values, settings: Settings, at: datetime) -> Question:
    """Read the question from the fields `COVERAGE_FIELDS`, about the week of ``open_at`` or of now.

    Raises
    ------
    UsageError
        If a field is not understood or out of range.
    """
    open_at = read_instant(values, "open_at", at)
    day = (open_at or at).date()
    return Question(
        radius_m=read_radius_m(values, settings),
        kinds=read_words(values, "kind", KINDS),
        amenities=read_words(values, "amenity", AMENITIES),
        tiers=read_words(values, "tier", TIERS),
        # Rounded to a minute, so that the answer can be cached.
        open_at=open_at and open_at.replace(second=0, microsecond=0),
        week_of=day - timedelta(days=day.weekday()),
    )


def read_limited_question(values: Values, settings: Settings, at: datetime) -> Question:
    """Read a question that comes through the network, where its cost is limited.

    Raises
    ------
    UsageError
        As `read_question`, and if the radius is larger than `MAX_RADIUS_M` and than the operator's own.
    """
    question = read_question(values, settings, at)
    most_m = max(MAX_RADIUS_M, settings.radius_m)
    if question.radius_m > most_m:
        raise UsageError(
            "The service radius may be at most {most:.0f} metres here, not {value}."
            " Use locator coverage --radius.",
            most=most_m,
            value=f"{question.radius_m:g}",
        )
    return question


def read_demand_choice(values: Values) -> str:
    """Return the field ``demand``, one of `DEMANDS`; people where it is not given."""
    choice = str(values.get("demand") or PEOPLE)
    if choice not in DEMANDS:
        raise UsageError(
            "The field {name} does not know {value}. Choose from: {known}.",
            name="demand",
            value=repr(choice[:40]),
            known=", ".join(DEMANDS),
        )
    return choice


def read_changes(values: Values) -> tuple[StationChange, ...]:
    """Read a scenario: ``add`` is ``lat,lon[,kind]``, more after semicolons; ``remove`` is ids with commas.

    A station without a kind is of the first kind that is asked for.
    """
    added = [part.strip() for part in normalize("NFKC", str(values.get("add") or "")).split(";") if part.strip()]
    removed = [part.strip() for part in str(values.get("remove") or "").split(",") if part.strip()]
    if len(added) + len(removed) > MAX_CHANGES:
        raise UsageError(
            "A scenario may change at most {most} stations here, not {value}. Use locator coverage --scenario.",
            most=MAX_CHANGES,
            value=len(added) + len(removed),
        )
    rows: list[dict[str, object]] = [{"action": REMOVE, "station_id": station_id} for station_id in removed]
    kinds = read_words(values, "kind", KINDS)
    default = next(kind for kind in KINDS if kind in kinds or not kinds)
    rows += [_added(number, part, default) for number, part in enumerate(added, 1)]
    return parse_changes(rows)


def _added(number: int, part: str, default: str) -> dict[str, object]:
    lat, lon, kind, *more = (*(word.strip() for word in part.split(",")), "", "")
    if any(more) or not lon:
        raise UsageError(
            "An added station is lat,lon or lat,lon,kind in degrees, not {value}.", value=repr(part[:40])
        )
    return {"action": ADD, "station_id": f"new-{number}", "kind": kind or default, "lat": lat, "lon": lon}


def read_goal(values: Values) -> Goal | None:
    """Read the goal of new sites from the fields `SITES_FIELDS`; ``None`` where none are asked for."""
    has_n, has_target = (values.get(name) not in (None, "") for name in ("n", "target"))
    if not (has_n or has_target):
        _refuse_idle(values)
        return None
    if has_n and has_target:
        raise UsageError("Give either n, how many sites, or target, the share that they are to reach. Drop one.")
    return Goal(
        n=read_whole(values, "n", 1, MAX_SITES) if has_n else None,
        target_share=read_share(values, "target"),
        by_area=read_flag(values, "by_area"),
        floor=read_share(values, "floor"),
        by_hours=read_flag(values, "by_hours"),
        time_limit_s=TIME_LIMIT_S,
    )


def _refuse_idle(values: Values) -> None:
    """Refuse fields of a goal where no sites are asked for; only ``spacing`` is always in the form."""
    for name in ("floor", "by_area", "by_hours"):
        if values.get(name) not in (None, "", "0", 0, False):
            raise UsageError(
                "{name} says how new sites are chosen, and none are asked for. Give n, how many, or target, the"
                " share that they are to reach; or drop {name}.",
                name=name,
            )


def read_spacing_m(values: Values) -> float:
    """Return how far apart candidate sites are, in metres."""
    return read_whole(values, "spacing", *SPACINGS_M) if values.get("spacing") else DEFAULT_SPACING_M
