"""The API routes for stations, places and the documents of the data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from locator.errors import UsageError
from locator.geo.geodesy import check_position
from locator.language.catalogue import reads_names
from locator.places.compact_gazetteer import gazetteer_columns
from locator.places.gazetteer import Place, id_of
from locator.places.name_search import Found, Match
from locator.stations import nearest_query, position_fields, request_fields
from locator.stations.answer_json import districts_collection
from locator.stations.catalog import Catalog
from locator.stations.compact_columns import compact_columns, hours_outlook, names_columns
from locator.stations.hours import STATION_TIMEZONE, current_day
from locator.stations.schema import KINDS
from locator.web.api import openapi
from locator.web.shared.cache_times import OPEN_STATE_S
from locator.web.shared.context import (
    check_version,
    current,
    current_catalog,
    current_document,
    current_settings,
)
from locator.web.shared.documents import QUICK, THOROUGH, Document, no_store
from locator.web.shared.place_names import find_named, place_names
from locator.web.shared.rate_limits import EXPENSIVE, limited
from locator.web.shared.view_costs import BULK, MAX_BODY_BYTES, dear, takes

blueprint = Blueprint("api", __name__, url_prefix="/api")

GEOJSON: Final = "application/geo+json"
JSON: Final = "application/json"
STATIONS_FIELDS: Final = ("bbox", "kind")


@blueprint.route("/nearest", methods=["GET", "POST"])
def nearest() -> Response:
    """Answer which stations lie near a position; POST keeps the position out of the address."""
    values = _body() if request.method == "POST" else _query()
    request_fields.refuse_unknown(values, nearest_query.NEAREST_FIELDS)
    settings, catalog = current_settings(), current_catalog()
    now = datetime.now(STATION_TIMEZONE)
    query = nearest_query.read_nearest_query(values, settings, now)
    lang = request_fields.read_language(values, settings.lang)
    answer = catalog.nearest(query, now)
    if _prefers_geojson():
        return no_store(Response(current().answer_json.nearest_geojson(answer, lang), mimetype=GEOJSON))
    return no_store(Response(current().answer_json.nearest(answer, lang), mimetype=JSON))


@blueprint.post("/nearest/batch")
@takes(MAX_BODY_BYTES)
@dear(BULK)
@limited(EXPENSIVE)
def nearest_batch() -> Response:
    """Answer which stations lie near each of many positions, in their order."""
    values = _body()
    request_fields.refuse_unknown(values, nearest_query.BATCH_FIELDS)
    lonlat = position_fields.read_points(values)
    radius_m = request_fields.read_radius_m(values, current_settings())
    limit = nearest_query.read_batch_limit(values, len(lonlat))
    return no_store(Response(current().answer_json.batch(lonlat, radius_m, limit), mimetype=JSON))


@blueprint.post("/places")
def places() -> Response:
    """Answer which places have a name that was typed, so that a person can say where they are."""
    values = _body()
    request_fields.refuse_unknown(values, nearest_query.PLACES_FIELDS)
    text, most = request_fields.read_text(values, "text"), nearest_query.read_limit(values)
    lang = request_fields.read_language(values, current_settings().lang)
    catalog = current_catalog()
    district_names = {} if reads_names(lang) else {known.name: known.name_en for known in catalog.districts}
    found = _typed_places(catalog, text) or find_named(text, most)
    records = [_place_record(place, match, district_names) for place, match in found]
    return no_store(Response(orjson.dumps({"places": records}), mimetype=JSON))


@blueprint.get("/stations/<station_id>")
def station(station_id: str) -> Response:
    """Give one station's facts and whether it is open now."""
    request_fields.refuse_unknown(request.args, ("lang",))
    lang = request_fields.read_language(request.args, current_settings().lang)
    number, now = current_catalog().find(station_id), datetime.now(STATION_TIMEZONE)
    response = Document(current().answer_json.station(number, now, lang), JSON).respond()
    response.headers["Cache-Control"] = f"public, max-age={OPEN_STATE_S}"
    return response


@blueprint.get("/stations.geojson")
@dear(BULK)
def stations_geojson() -> Response:
    """Give stations as GeoJSON, all of them or those in a box or of some kinds."""
    values = _query()
    request_fields.refuse_unknown(values, STATIONS_FIELDS)
    bbox, kinds = position_fields.read_bbox(values), request_fields.read_words(values, "kind", KINDS)
    catalog = current_catalog()
    everyone = _of_kinds(catalog, range(len(catalog)), kinds)
    numbers = everyone if bbox is None else _of_kinds(catalog, catalog.within(*bbox), kinds)
    if len(numbers) == len(everyone):
        key = f"stations.geojson {','.join(sorted(kinds))}"
        return current_document(key, lambda: _collection(numbers)).respond()
    digest = hashlib.sha256(orjson.dumps((catalog.version, numbers))).hexdigest()[:16]
    return current().boxes.get(digest, lambda: _collection(numbers, QUICK, digest)).respond()


@blueprint.get("/stations.compact.json")
def stations_compact() -> Response:
    """Give the columns that a map of all stations needs."""
    lang, catalog = _document_language(), current_catalog()
    return _document(f"stations.compact {lang}", lambda: compact_columns(catalog, lang))


@blueprint.get("/names.json")
def names() -> Response:
    """Give the other names and the addresses of stations and places, for search on the phone."""
    lang, catalog = _document_language(), current_catalog()
    return _document(f"names {lang}", lambda: names_columns(catalog, lang))


@blueprint.get("/gazetteer.json")
def gazetteer() -> Response:
    """Give the shipped places, for search on the phone."""
    request_fields.refuse_unknown(request.args, ("v",))
    check_version()
    return _document("gazetteer", lambda: gazetteer_columns(place_names()))


@blueprint.get("/hours.json")
def hours() -> Response:
    """Give when stations are open in the days ahead, for phones that are offline then."""
    today = current_day()
    lang, catalog = _document_language(), current_catalog()
    return _document(f"hours {lang}", lambda: hours_outlook(catalog, today, lang), stamp=today)


@blueprint.get("/districts.geojson")
def districts_geojson() -> Response:
    """Give the outlines of the districts."""
    request_fields.refuse_unknown(request.args, ("v",))
    check_version()
    districts = current_catalog().districts
    return _document("districts.geojson", lambda: districts_collection(districts), mimetype=GEOJSON)


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    """Describe this API to programs, OpenAPI 3.1."""
    root = f"{request.root_path}/"
    return _document("openapi", lambda: openapi.describe(root), stamp=root)


@blueprint.get("/docs")
def docs() -> str:
    """Describe this API to people."""
    return render_template("api/api.html", api=openapi.describe())


def _typed_places(catalog: Catalog, text: str) -> list[Found]:
    """Read a WGS 84 position that was typed instead of a name; an empty list if it is none."""
    typed = position_fields.typed_position(text)
    if typed is None:
        return []
    check_position(*typed)
    name = ", ".join(f"{round(degrees, 7):.10g}" for degrees in typed)
    (within,) = catalog.districts_around(np.array([typed[::-1]]))
    place = Place(id_of("position", within, name), name, (), "position", *typed, accuracy_m=None, district=within)
    return [Found(place, Match.EXACT)]


def _collection(numbers: Sequence[int], quality: int = THOROUGH, etag: str = "") -> Document:
    return Document(current().answer_json.collection(numbers), GEOJSON, quality, etag=etag)


def _of_kinds(catalog: Catalog, numbers: Sequence[int], kinds: frozenset[str]) -> Sequence[int]:
    """Return the stations of the given kinds; an empty set means all kinds."""
    return catalog.fitting(numbers, kinds=kinds) if kinds else numbers


def _place_record(place: Place, match: Match, district_names: Mapping[str, str]) -> dict[str, Any]:
    """Return a place for JSON, with its district, as two places may have the same name."""
    return {
        "name": place.name,
        "what": place.kind,
        "lat": round(place.lat, 7),
        "lon": round(place.lon, 7),
        "accuracy_m": place.accuracy_m,
        "district": district_names.get(place.district or "", place.district),
        "match": match,
    }


def _document(
    key: str, make: Callable[[], dict[str, Any]], *, mimetype: str = JSON, stamp: Hashable = None
) -> Response:
    return current_document(key, lambda: Document(orjson.dumps(make()), mimetype), stamp).respond()


def _query() -> dict[str, str]:
    return request_fields.join_pairs(request.args.items(multi=True))


def _prefers_geojson() -> bool:
    # Most clients accept anything; parsing the header takes a tenth of an answer's time.
    accepted = request.environ.get("HTTP_ACCEPT", "*/*")
    return accepted != "*/*" and request.accept_mimetypes.best_match((JSON, GEOJSON)) == GEOJSON


def _body() -> dict[str, Any]:
    """Read the JSON object of a request."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType("The body must be JSON. Send Content-Type: application/json.")
    body = request.get_data()
    if len(body) == request.max_content_length:  # Werkzeug cuts a chunked body there instead of refusing it
        raise RequestEntityTooLarge
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadRequest(f"The body is not JSON: {fault}. Send an object.") from None
    if not isinstance(values, dict):
        raise UsageError("The body must be a JSON object, not {value}.", value=repr(values)[:40])
    nearest_query.refuse_vague(values)
    return values


def _document_language() -> str:
    """Read the language of a document, and ``v``, which makes caches hold each version apart."""
    request_fields.refuse_unknown(request.args, ("lang", "v"))
    check_version()
    return request_fields.read_language(request.args, current_settings().lang)
