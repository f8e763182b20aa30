"""The API: the same answers for programs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl

import numpy as np
import orjson
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from locator.config import MAX_DISTANCE_M
from locator.errors import UsageError
from locator.geo.datum import Datum
from locator.geo.geodesy import FloatArray, check_position
from locator.geo.index import IntArray
from locator.language.catalogue import reads_names
from locator.stations import nearest_query
from locator.stations.answer_json import districts_collection
from locator.stations.catalog import Answer, Catalog, Hit, Place
from locator.stations.compact_columns import compact_columns, hours_outlook, names_columns
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import KINDS
from locator.web.api import openapi
from locator.web.shared.context import current, current_catalog, current_document, current_settings, keep_up
from locator.web.shared.documents import QUICK, Document
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
    nearest_query.refuse_unknown(values, nearest_query.NEAREST_FIELDS)
    settings, catalog = current_settings(), current_catalog()
    now = datetime.now(STATION_TIMEZONE)
    query = nearest_query.nearest_query(values, settings, now)
    lang = nearest_query.language(values, settings.lang)
    answer = catalog.nearest(query, now)
    if _prefers_geojson():
        return _private(Response(answer_geojson(catalog, answer, lang), mimetype=GEOJSON))
    return _private(Response(answer_json(catalog, answer, lang), mimetype=JSON))


@blueprint.post("/nearest/batch")
@takes(MAX_BODY_BYTES)
@dear(BULK)
@limited(EXPENSIVE)
def nearest_batch() -> Response:
    """Answer which stations lie near each of many positions, in their order."""
    values = _body()
    nearest_query.refuse_unknown(values, nearest_query.BATCH_FIELDS)
    lonlat = nearest_query.points(values)
    radius_m, limit = (
        nearest_query.radius(values, current_settings()),
        nearest_query.batch_limit(values, len(lonlat)),
    )
    catalog = current_catalog()
    return _private(Response(batch_json(catalog, lonlat, radius_m, limit), mimetype=JSON))


@blueprint.post("/places")
def places() -> Response:
    """Answer which places have a name that was typed, so that a person can say where they are."""
    values = _body()
    nearest_query.refuse_unknown(values, nearest_query.PLACES_FIELDS)
    text, most = nearest_query.text(values, "text"), nearest_query.limit(values)
    lang = nearest_query.language(values, current_settings().lang)
    catalog = current_catalog()
    district_names = {} if reads_names(lang) else {known.name: known.name_en for known in catalog.districts}
    places = _typed_places(catalog, text) or catalog.search(text, most)
    found = [_place(place, district_names) for place in places]
    return _private(Response(orjson.dumps({"places": found}), mimetype=JSON))


@blueprint.get("/stations/<station_id>")
def station(station_id: str) -> Response:
    """Give one station's facts and whether it is open now."""
    nearest_query.refuse_unknown(request.args, ("lang",))
    lang = nearest_query.language(request.args, current_settings().lang)
    catalog = current_catalog()
    number = catalog.find(station_id)
    now = datetime.now(STATION_TIMEZONE)
    body = b'%b,"open":%b}' % (catalog.encoded(number), catalog.encoded_open(number, now, lang))
    response = Document(body, JSON).respond()
    # The open state holds for the minute.
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@blueprint.get("/stations.geojson")
@dear(BULK)
def stations_geojson() -> Response:
    """Give stations as GeoJSON, all of them or those in a box or of some kinds."""
    values = _query()
    nearest_query.refuse_unknown(values, STATIONS_FIELDS)
    bbox, kinds = nearest_query.bbox(values), nearest_query.words(values, "kind", KINDS)
    catalog = current_catalog()
    everyone = _of_kinds(catalog, range(len(catalog)), kinds)
    numbers = everyone if bbox is None else _of_kinds(catalog, catalog.within(*bbox), kinds)
    if len(numbers) == len(everyone):
        key = f"stations.geojson {','.join(sorted(kinds))}"
        return current_document(key, lambda: Document(stations_collection(catalog, numbers), GEOJSON)).respond()
    digest = hashlib.sha256(orjson.dumps((catalog.version, numbers))).hexdigest()[:16]
    return current().boxes.get(digest, lambda: _box(catalog, numbers, digest)).respond()


@blueprint.get("/stations.compact.json")
def stations_compact() -> Response:
    """Give what a map needs of all stations, as columns, for phones."""
    lang, catalog = _document_language(), current_catalog()
    return current_document(
        f"stations.compact {lang}", lambda: Document(orjson.dumps(compact_columns(catalog, lang)), JSON)
    ).respond()


@blueprint.get("/names.json")
def names() -> Response:
    """Give what else stations and places are found by, for phones that search by themselves."""
    lang, catalog = _document_language(), current_catalog()
    return current_document(
        f"names {lang}", lambda: Document(orjson.dumps(names_columns(catalog, lang)), JSON)
    ).respond()


@blueprint.get("/hours.json")
def hours() -> Response:
    """Give when stations are open in the days ahead, for phones that cannot ask then."""
    today = datetime.now(STATION_TIMEZONE).date()
    lang, catalog = _document_language(), current_catalog()
    return current_document(
        f"hours {lang}", lambda: Document(orjson.dumps(hours_outlook(catalog, today, lang)), JSON), stamp=today
    ).respond()


@blueprint.get("/districts.geojson")
def districts_geojson() -> Response:
    """Give the outlines of the districts."""
    nearest_query.refuse_unknown(request.args, ("v",))
    keep_up()
    catalog = current_catalog()
    return current_document(
        "districts.geojson", lambda: Document(orjson.dumps(districts_collection(catalog.districts)), GEOJSON)
    ).respond()


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    """Describe this API to programs, OpenAPI 3.1."""
    root = f"{request.root_path}/"
    return current_document(
        "openapi", lambda: Document(orjson.dumps(openapi.describe(root)), JSON), stamp=root
    ).respond()


@blueprint.get("/docs")
def docs() -> str:
    """Describe this API to people."""
    return render_template("api/api.html", api=openapi.describe())


def answer_json(catalog: Catalog, answer: Answer, lang: str) -> bytes:
    """Write an answer as JSON from the parts that are encoded already."""
    stations = b",".join(_hit_json(catalog, hit, answer.as_of, lang) for hit in answer.hits)
    beyond = _hit_json(catalog, answer.beyond, answer.as_of, lang) if answer.beyond else b"null"
    return b'%b,"stations":[%b],"beyond":%b}' % (_head(catalog, answer), stations, beyond)


def answer_geojson(catalog: Catalog, answer: Answer, lang: str) -> bytes:
    """Write an answer as a GeoJSON FeatureCollection; the frame of the answer becomes members of it."""
    hits = [(hit, True) for hit in answer.hits]
    hits += [(answer.beyond, False)] if answer.beyond else []
    features = b",".join(
        b'{"type":"Feature",%b,"properties":%b,"within":%b}}'
        % (
            _geometry(catalog, hit.number),
            _hit_json(catalog, hit, answer.as_of, lang)[:-1],
            b"true" if within else b"false",
        )
        for hit, within in hits
    )
    return b'%b,"type":"FeatureCollection","features":[%b]}' % (_head(catalog, answer), features)


def batch_json(catalog: Catalog, lonlat: FloatArray, radius_m: float, limit: int) -> bytes:
    """Write the answers of a batch: ids and distances, and the nearest beyond where nothing lies within."""
    distances, numbers = catalog.index.nearest_batch(lonlat, k=limit, max_distance_m=radius_m)
    counts = np.isfinite(distances).sum(axis=1)
    hits = iter(_batch_hits(catalog, distances, numbers))
    beyond = iter(_batch_beyond(catalog, lonlat[counts == 0]))
    answers = [
        b'{"stations":[%b]}' % b",".join(islice(hits, count))
        if count
        else b'{"stations":[],"beyond":%b}' % next(beyond)
        for count in counts.tolist()
    ]
    head = {"radius_m": radius_m, "data_version": catalog.version, "datum": Datum.WGS84}
    return b'%b,"answers":[%b]}' % (orjson.dumps(head)[:-1], b",".join(answers))


def stations_collection(catalog: Catalog, numbers: Iterable[int]) -> bytes:
    """Write stations as a GeoJSON FeatureCollection."""
    features = b",\n".join(map(catalog.encoded_feature, numbers))
    head = {"type": "FeatureCollection", "data_version": catalog.version, "synthetic": catalog.synthetic}
    return b'%b,"features":[%b]}' % (orjson.dumps(head)[:-1], features)


def _typed_places(catalog: Catalog, text: str) -> list[Place]:
    """Read a position that was typed in place of a name, in WGS 84."""
    typed = nearest_query.typed_position(text)
    if typed is None:
        return []
    check_position(*typed)
    name = ", ".join(f"{round(degrees, 7):.10g}" for degrees in typed)
    (within,) = catalog.districts_around(np.array([typed[::-1]]))
    return [Place(name, "position", *typed, within=within)]


def _box(catalog: Catalog, numbers: Sequence[int], etag: str) -> Document:
    return Document(stations_collection(catalog, numbers), GEOJSON, QUICK, etag=etag)


def _of_kinds(catalog: Catalog, numbers: Sequence[int], kinds: frozenset[str]) -> Sequence[int]:
    """Keep of some stations those of some kinds; an empty set of kinds means all."""
    return catalog.fitting(numbers, kinds=kinds) if kinds else numbers


def _place(place: Place, district_names: Mapping[str, str]) -> dict[str, Any]:
    """Lay out a place, with the district it lies in: two may have one name."""
    return {
        "name": place.name,
        "what": place.what,
        "lat": round(place.lat, 7),
        "lon": round(place.lon, 7),
        "district": district_names.get(place.within or "", place.within),
    }


def _query() -> dict[str, str]:
    # Not request.args, whose lists of values take twice the time.
    return nearest_query.joined(parse_qsl(request.query_string.decode(errors="replace"), keep_blank_values=True))


def _prefers_geojson() -> bool:
    # Most take anything, and reading that as a list of types costs more than all the other fields.
    taken = request.environ.get("HTTP_ACCEPT", "*/*")
    return taken != "*/*" and request.accept_mimetypes.best_match((JSON, GEOJSON)) == GEOJSON


def _body() -> dict[str, Any]:
    """Read the JSON object of a request."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType("The body must be JSON. Send Content-Type: application/json.")
    body = request.get_data()
    if len(body) == request.max_content_length:  # one that came in chunks was cut there, not refused
        raise RequestEntityTooLarge
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadRequest(f"The body is not JSON: {fault}. Send an object.") from None
    if not isinstance(found, dict):
        raise UsageError("The body must be a JSON object, not {value}.", value=repr(found)[:40])
    nearest_query.refuse_vague(found)
    return found


def _document_language() -> str:
    """Read the query of a document: its language, and ``v``, which only keeps versions apart in caches."""
    nearest_query.refuse_unknown(request.args, ("lang", "v"))
    keep_up()
    return nearest_query.language(request.args, current_settings().lang)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _head(catalog: Catalog, answer: Answer) -> bytes:
    query = answer.query
    head = {
        "origin": {"lat": round(query.lat, 7), "lon": round(query.lon, 7)},
        "radius_m": query.radius_m,
        "as_of": answer.as_of.replace(microsecond=0),
        "data_version": catalog.version,
        "datum": Datum.WGS84,
        "walk_min_is": "an estimate: the straight line times 1.3 at 4.8 km/h",
    }
    return orjson.dumps(head)[:-1]


def _hit_json(catalog: Catalog, hit: Hit, as_of: datetime, lang: str) -> bytes:
    return b'%b,"distance_m":%.1f,"bearing_deg":%.1f,"walk_min":%d,"open":%b}' % (
        catalog.encoded(hit.number),
        hit.distance_m,
        round(hit.bearing_deg, 1) % 360,
        hit.walk_min,
        catalog.encoded_open(hit.number, as_of, lang),
    )


def _geometry(catalog: Catalog, number: int) -> bytes:
    lon, lat = catalog.lonlat[number].tolist()
    station_id = catalog.column("station_id")[number].encode()
    return b'"id":"%b","geometry":{"type":"Point","coordinates":[%.7f,%.7f]}' % (station_id, lon, lat)


def _batch_hits(catalog: Catalog, distances: FloatArray, numbers: IntArray) -> list[bytes]:
    """Write the hits of all rows one after the other; ids are plain ASCII, so they need no escaping."""
    inside = np.isfinite(distances)
    ids = catalog.column("station_id")
    return [
        b'{"station_id":"%b","distance_m":%.1f}' % (ids[number].encode(), distance_m)
        for number, distance_m in zip(numbers[inside].tolist(), distances[inside].tolist(), strict=True)
    ]


def _batch_beyond(catalog: Catalog, lonlat: FloatArray) -> list[bytes]:
    """Write the nearest station to each position that has none within its radius, ``null`` beyond 20 km."""
    distances, numbers = catalog.index.nearest_batch(lonlat, k=1, max_distance_m=MAX_DISTANCE_M)
    hits = iter(_batch_hits(catalog, distances, numbers))
    return [next(hits) if one else b"null" for one in np.isfinite(distances).sum(axis=1).tolist()]
