"""The map for frames on other sites, the custom element, and oEmbed, which describes how to embed it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import numpy as np
import orjson
from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from locator import maps
from locator.config import bundled
from locator.language.catalogue import languages
from locator.language.messages import message, texts_in
from locator.stations import request_fields
from locator.stations.catalog import Query
from locator.stations.hours import STATION_TIMEZONE
from locator.web.embed import frame_options
from locator.web.embed.frame_options import Options
from locator.web.shared.cache_times import EMBEDDING_S, FOR_GOOD_S, OEMBED_S
from locator.web.shared.context import current, current_catalog, current_document, current_settings
from locator.web.shared.documents import Document
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import distance_text, radius_text, script_words, station_name
from locator.web.shared.pages import kept_page, shared
from locator.web.shared.service_address import path_here, public_url
from locator.web.shared.station_lists import (
    answer_record,
    district_label,
    district_title,
    near_title,
    station_record,
)

blueprint = Blueprint("embed", __name__)

LISTED: Final = 20
DOTS: Final = 1000
"""How many of the stations that are not listed the map shows as dots."""
WIDTH: Final = 600
HEIGHT: Final = 420
MOST: Final = 10_000
EMBED_WORDS: Final = {
    "locating": message("Finding out where you are …"),
    "locating_again": message("Still looking, less exactly now …"),
    "asking": message("Looking for stations …"),
    "denied": message("You did not let this page know where you are. On the full page you can type a place."),
    "unavailable": message("Your device cannot tell where it is at the moment. Try again, or open the full page."),
    "timeout": message("Finding your position took too long. Try again, or open the full page."),
    "unsupported": message("This browser cannot tell where you are. Open the full page and type a place."),
    "framed": message("The page around this map keeps it from knowing where you are. Open the full page."),
    "no_network": message("The service did not answer. Check the connection and try again."),
    "nearest_beyond": message("The nearest one is farther away:"),
    "next_beyond": message("The next one is farther away:"),
    "no_station": message("That station is not in the list any more."),
    "two_fingers": message("Use two fingers to move the map"),
    "ctrl_wheel": message("Hold Ctrl or ⌘ while scrolling to zoom the map"),
    "no_window": message("The page around this map lets no link open. This is its address: {url}"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """The stations that a frame shows from the start."""

    title: str
    stations: Sequence[dict[str, Any]]
    """With distances and in their order where the list is about a center."""
    as_of: str
    full_url: str
    """The page of ours that shows more of the same."""
    beyond: dict[str, Any] | None = None
    """The nearest station outside the radius."""
    chosen: dict[str, Any] | None = None
    """The station of the option ``station``, where the list does not have it."""
    dots: Sequence[tuple[float, float]] = ()
    """Latitude and longitude of stations that the list has no room for."""
    is_cut: bool = False
    rest: int = 0
    """How many stations the list has no room for; 0 where that is not counted."""


@blueprint.get("/embed")
def page() -> Response:
    """Show stations in a frame on another page, as its options say; all readers of a minute get one page."""
    options = frame_options.read_options(
        request_fields.join_pairs(request.args.items(multi=True)), current_settings(), current_catalog()
    )
    now = datetime.now(STATION_TIMEZONE).replace(second=0, microsecond=0)
    if options.troubles:
        return Response(_page(options, now))
    return kept_page(current().frames, lambda: _page(options, now), options, stamp=now)


def _page(options: Options, now: datetime) -> str:
    listing = _listing(options, now)
    return render_template(
        "embed/embed.html",
        map=maps.finder_map(current_catalog(), map_sources()) if options.layout != "list" else None,
        words=shared("words", lambda: script_words(EMBED_WORDS)) | {"embed": _for_script(options, listing)},
        options=options,
        troubles=[(fault.name, fault.value, localized(fault.error.message)) for fault in options.troubles],
        listing=listing,
        today=now.date(),
        palette=palette(options.theme) if options.theme != "auto" else "",
    )


@blueprint.get("/embed.js")
def element() -> Response:
    """Send the custom element; under the address of one version caches may keep it for good."""
    document = current_document("element", _element)
    response = document.respond()
    if request.args.get("v") == document.etag[:10]:
        response.headers["Cache-Control"] = f"public, max-age={FOR_GOOD_S}, immutable"
    return response


def _element() -> Document:
    """Put the element's words in all languages into its script, as the page around it may be in any."""
    texts = {"title": message("Warm Station Map"), "link": message("Open the Warm Station Map")}
    words = orjson.dumps({lang: texts_in(texts, lang) for lang in languages()})
    script = (bundled("static") / "embed.js").read_bytes().replace(b"SAID = {}", b"SAID = %b" % words)
    return Document(script, "text/javascript", headers={"Cache-Control": f"public, max-age={EMBEDDING_S}"})


@blueprint.get("/oembed")
def oembed() -> Response:
    """Tell how to show a page of ours on another one, oEmbed 1.0."""
    if request.args.get("format", "json") != "json":
        abort(501)
    address, options = _embeddable(request.args.get("url", ""))
    read = frame_options.read_options(options, current_settings(), current_catalog())
    title = title_of(read, current_language())
    width, height = _at_most("maxwidth", WIDTH), _at_most("maxheight", HEIGHT)
    body = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": localized(message("Warm Station Map")),
        "provider_url": public_url("finder.home"),
        "cache_age": OEMBED_S,
        "html": str(frame(address, title, width, height)),
        "width": width,
        "height": height,
    }
    response = Response(orjson.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = f"public, max-age={EMBEDDING_S}"
    response.vary.add("Accept-Language")
    return response


def frame(address: str, title: str, width: int, height: int) -> Markup:
    """Write the element that shows a frame on another page."""
    return Markup(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" allow="geolocation"'
        ' style="border:0;max-width:100%"></iframe>'
    ).format(address, title, width, height)


def title_of(options: Options, lang: str) -> str:
    """Return the title of a frame in a language: the station or the district that it is about, and the site."""
    catalog, site = current_catalog(), message("Warm Station Map").to(lang)
    about = district_label(catalog, options.district, lang)
    if options.station_id:
        number = catalog.find(options.station_id)
        about = station_name({name: catalog.fact(number, name) for name in ("name", "name_en")})
    return f"{about} · {site}" if about else site


@cache
def palette(theme: str) -> Markup:
    """Return the colours of a theme from app.css, for a frame that overrides the device's setting."""
    style = (bundled("static") / "shared/app.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    return Markup(":root {%s}" % (dark if theme == "dark" else light))  # noqa: S704 - our own file


# What is listed


def _listing(options: Options, now: datetime) -> Listing:
    if options.center:
        return _near(options.center, options, now)
    if options.station_id and not options.district:
        return _single(options.station_id, now)
    return _by_name(options, now)


def _near(center: tuple[float, float], options: Options, now: datetime) -> Listing:
    lat, lon = center
    query = Query(
        lat, lon, options.radius_m, LISTED, options.kinds, options.amenities, now if options.is_open else None
    )
    catalog, lang = current_catalog(), current_language()
    near = answer_record(catalog, catalog.nearest(query, now), lang)
    return Listing(
        title=near_title(near, _is_filtered(options)),
        stations=near["stations"],
        beyond=None if near["cut"] else near["beyond"],
        chosen=_chosen(options.station_id, [*near["stations"], near["beyond"] or {}], now),
        as_of=near["as_of"],
        is_cut=near["cut"],
        full_url=url_for("finder.home"),
    )


def _single(station_id: str, now: datetime) -> Listing:
    chosen = _chosen(station_id, (), now)
    return Listing(
        title=station_name(chosen or {}),
        stations=(),
        chosen=chosen,
        as_of=now.isoformat(timespec="seconds"),
        full_url=url_for("finder.station", station_id=station_id),
    )


def _by_name(options: Options, now: datetime) -> Listing:
    catalog, lang = current_catalog(), current_language()
    everyone = catalog.in_district(options.district) if options.district else catalog.by_name
    fits = catalog.fitting(
        everyone, kinds=options.kinds, amenities=options.amenities, open_at=now if options.is_open else None
    )
    usable = [number for number in fits if catalog.is_in_service(number)]
    n_all = sum(map(catalog.is_in_service, everyone))
    stations = [station_record(catalog, number, now, lang) for number in fits[:LISTED]]
    area = district_label(catalog, options.district, lang) or localized(message("Whole city"))
    return Listing(
        title=district_title(area, len(usable), n_all, _is_filtered(options), LISTED, len(fits) - len(usable)),
        stations=stations,
        chosen=_chosen(options.station_id, stations, now),
        dots=np.round(catalog.lonlat[usable[LISTED:][:DOTS], ::-1], 5).tolist(),
        rest=max(0, len(fits) - LISTED),
        as_of=now.isoformat(timespec="seconds"),
        full_url=url_for("finder.city_map"),
    )


def _chosen(station_id: str, listed: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any] | None:
    if not station_id or any(station.get("station_id") == station_id for station in listed):
        return None
    catalog = current_catalog()
    return station_record(catalog, catalog.find(station_id), now, current_language())


def _is_filtered(options: Options) -> bool:
    return bool(options.kinds or options.amenities or options.is_open)


def _for_script(options: Options, listing: Listing) -> dict[str, Any]:
    """Gather what static/embed/embed_page.js has to know beside the list."""
    filters: dict[str, Any] = {"kind": sorted(options.kinds), "amenity": sorted(options.amenities)}
    lat, lon = options.center or (None, None)
    return {
        "lat": lat,
        "lon": lon,
        "radius_m": options.radius_m,
        "radius_text": radius_text(options.radius_m),
        "half_text": distance_text(options.radius_m / 2),
        "is_cut": listing.is_cut,
        "is_city": not (options.center or options.district or options.station_id),
        "zoom": options.zoom,
        "station_id": options.station_id,
        "dots": listing.dots,
        "limit": LISTED,
        "filters": {name: words for name, words in filters.items() if words}
        | ({"open_at": "now"} if options.is_open else {}),
    }


# oEmbed


def _embeddable(address: str) -> tuple[str, dict[str, str]]:
    """Return the address of the frame for a page of ours, and its options; 404 for any other page."""
    parts = path_here(address)
    if parts is None:
        abort(404)
    query = request_fields.join_pairs(pair for pair in parse_qsl(parts.query) if pair[0] in frame_options.NAMES)
    options = _options_of(unquote(parts.path), query)
    return public_url("embed.page", **options), options


def _options_of(path: str, query: dict[str, str]) -> dict[str, str]:
    try:
        endpoint, values = current_app.url_map.bind("").match(path)
    except HTTPException:
        abort(404)
    if endpoint == "embed.page":
        return query
    if endpoint not in ("finder.home", "finder.city_map", "finder.station"):
        abort(404)
    options = {"lang": query["lang"]} if "lang" in query else {}
    if endpoint == "finder.station":
        current_catalog().find(values["station_id"])
        options["station"] = values["station_id"]
    return options


def _at_most(name: str, usual: int) -> int:
    """Return a side of the frame in px: the usual one, or the limit that the consumer sent."""
    if not request.args.get(name):
        return usual
    return min(usual, request_fields.read_whole(request.args, name, 1, MOST))
