"""Another city's district outlines: sent, looked at beside the stations, and published as a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

import numpy as np
from flask import Response, flash, jsonify, render_template, request, url_for

from locator import maps
from locator.errors import LocatorError, UsageError
from locator.files.limits import MAX_BYTES
from locator.importing.understanding.district_areas import Area
from locator.language.messages import message, texts_in
from locator.stations.answer_json import districts_collection
from locator.stations.geodata import read_districts
from locator.stations.schema import District
from locator.stations.store import Contents
from locator.web.manage.access import blueprint, see_other, steward_name
from locator.web.manage.outline_files import OutlineFiles, Sent
from locator.web.manage.picking import TAKEN_FROM
from locator.web.manage.publishing import current_store, publish
from locator.web.manage.sent_files import sent_file
from locator.web.manage.station_pages import newest
from locator.web.manage.versions import reason, reason_typed
from locator.web.shared.context import current_catalog, current_feedback
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import script_words
from locator.web.shared.view_costs import takes

FORM_BYTES: Final = 100_000
MOST_DRAWN: Final = 3000
"""Stations on the map, those outside first."""
MOST_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Beside:
    """The published stations beside some outlines."""

    within: Mapping[str, int]
    """District to how many stations lie in it."""
    outside: Sequence[str]
    """Names of those in none."""
    elsewhere: int
    """How many name one of these districts and lie in another, or outside."""
    points: Sequence[tuple[float, float, bool]]
    """Latitude, longitude, and whether it lies in a district."""


@blueprint.get("/outlines")
def outlines() -> str:
    """Ask for a file of outlines, and list those that wait."""
    return _page()


@blueprint.post("/outlines")
@takes(MAX_BYTES + FORM_BYTES)
def send_outlines() -> Response:
    """Keep a file of outlines and read it."""
    try:
        none = UsageError("Choose a file first: district outlines such as districts.geojson.")
        sent, name = sent_file("outlines", none)
        token = _files().keep(sent.stream, name, _datum(), _crs())
    except LocatorError as error:
        return Response(_page(localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    current_feedback().audit.log(steward_name(), "outlines sent", name[:80])
    return see_other("manage.outlines_page", token=token)


@blueprint.get("/outlines/<token>")
def outlines_page(token: str) -> str:
    """Show what a file of outlines has, with the stations inside and outside."""
    return _one(_files().find(token))


@blueprint.post("/outlines/<token>")
def read_again(token: str) -> Response:
    """Read the same file in another datum or CRS."""
    sent = _files().find(token)
    try:
        _files().read(token, _datum(), _crs())
    except LocatorError as error:
        return Response(_one(sent, read_trouble=localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other("manage.outlines_page", token=token)


@blueprint.get("/outlines/<token>/districts.geojson")
def outlines_geojson(token: str) -> Response:
    """Send the outlines to the map of their page."""
    return jsonify(districts_collection(read_districts(_files().find(token).path)))


@blueprint.post("/outlines/<token>/publish")
def publish_outlines(token: str) -> Response:
    """Publish outlines in place of those that are served; the stations stay as they are."""
    sent = _files().find(token)

    def changed(contents: Contents) -> Contents:
        return replace(contents, districts_file=sent.path)

    try:
        made = publish(changed, reason())
    except UsageError as error:
        return Response(_one(sent, trouble=localized(error.message)), HTTPStatus.UNPROCESSABLE_ENTITY)
    _files().discard(token)
    flash(localized(message("Published as version {n}.", n=made.number)))
    return see_other("manage.versions")


@blueprint.post("/outlines/<token>/discard")
def discard_outlines(token: str) -> Response:
    """Delete outlines that nobody wants."""
    _files().discard(token)
    flash(localized(message("The outlines were thrown away. Nothing was changed.")))
    return see_other("manage.outlines")


# Pages


def _page(trouble: str = "") -> str:
    return render_template(
        "manage/outlines.html",
        trouble=trouble,
        waiting=_files().waiting(),
        most_mb=MAX_BYTES // 1_000_000,
        datums=texts_in(TAKEN_FROM, current_language()),
        served=current_catalog().districts,
    )


def _one(sent: Sent, *, trouble: str = "", read_trouble: str = "") -> str:
    districts = read_districts(sent.path)
    beside = _beside(districts, newest()[1])
    served = {district.name for district in current_catalog().districts}
    url = url_for("manage.outlines_geojson", token=sent.token, at=sent.read_at)
    drawn = maps.outlines_map(districts, replace(map_sources("manage/outlines.js"), districts_url=url))
    return render_template(
        "manage/outlines_sent.html",
        sent=sent,
        districts=districts,
        beside=beside,
        new=[district.name for district in districts if district.name not in served],
        gone=sorted(served - {district.name for district in districts}),
        shown=MOST_NAMED,
        points=beside.points[:MOST_DRAWN],
        datums=texts_in(TAKEN_FROM, current_language()),
        map=drawn,
        words=script_words(),
        trouble=trouble,
        read_trouble=read_trouble,
        **reason_typed(),
    )


def _files() -> OutlineFiles:
    return OutlineFiles(current_store().writable())


def _datum() -> str | None:
    return request.form.get("datum") or None


def _crs() -> str | None:
    return request.form.get("crs", "").strip()[:60] or None


def _beside(districts: Sequence[District], contents: Contents) -> Beside:
    """Count the published stations inside and outside some outlines."""
    area, stations = Area(districts), contents.stations
    lonlat = np.array([(station.lon, station.lat) for station in stations], dtype=np.float64).reshape(-1, 2)
    inside = area.containing(lonlat)
    named = area.named([station.district for station in stations], [station.address for station in stations])
    counts = np.bincount(inside[inside >= 0], minlength=len(districts)).tolist()
    within = {district.name: count for district, count in zip(districts, counts, strict=True)}
    outside = [stations[number].name for number in np.flatnonzero(inside < 0).tolist()]
    elsewhere = int(((named >= 0) & (named != inside)).sum())
    points = [(one.lat, one.lon, number >= 0) for one, number in zip(stations, inside.tolist(), strict=True)]
    points.sort(key=lambda point: point[2])
    return Beside(within, outside, elsewhere, points)
