"""The description of the API in OpenAPI 3.1, built from the same constants that requests are checked against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from locator.config import MAX_DISTANCE_M, SERVICE_RADIUS_M, __version__
from locator.geo.datum import Datum
from locator.language.catalogue import languages
from locator.places.name_search import Match
from locator.planning.study_query import (
    DEFAULT_SPACING_M,
    DEMANDS,
    MAX_CHANGES,
    MAX_RADIUS_M,
    MAX_SITES,
    SPACINGS_M,
)
from locator.stations.hours import OpenState
from locator.stations.nearest_query import DEFAULT_LIMIT, MAX_HITS, MAX_LIMIT
from locator.stations.position_fields import MAX_POINTS
from locator.stations.request_fields import MAX_TEXT
from locator.stations.schema import (
    AMENITIES,
    DOUBTS,
    ENTRIES,
    KINDS,
    NO,
    STATUSES,
    SUB_KINDS,
    TIERS,
    UNKNOWN,
    VENUES,
    YES,
)
from locator.web.shared.place_names import PLACE_KINDS

Json = dict[str, Any]

TEXT: Final[Json] = {"type": ["string", "null"]}
NUMBER: Final[Json] = {"type": ["number", "null"]}


def describe(root: str = "/") -> Json:
    """Describe every path, parameter and answer of the API, whose paths follow a root."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Warm-station locator",
            "version": __version__,
            "summary": "The nearest places to rest for people who work outdoors.",
            "description": "Positions are degrees; answers are in WGS 84. Times are Asia/Shanghai. "
            "What is not known is null or `unknown`, never a guess.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root}],
        "paths": {**_nearest_paths(), **_station_paths(), **_document_paths(), **_planner_paths()},
        "components": {"schemas": _schemas()},
    }


def _nearest_paths() -> Json:
    """Describe what is near a position or has a name."""
    answer = _content(_ref("Answer"), "application/geo+json")
    fields, required = nearest_fields(), ("lat", "lon")
    return {
        "/api/nearest": _get(
            "nearest",
            "Stations near a position, nearest first. POST keeps the position out of logs.",
            _query(fields, required),
            _responses(answer, 422),
        )
        | _post(
            "nearestByPost",
            "Stations near a position, nearest first, those not in service last.",
            _body(fields, required),
            _responses(answer, 400, 413, 415, 422),
        ),
        "/api/places": _post(
            "places",
            "Metro stations, landmarks, areas and stations by name, address, pinyin or initials.",
            _body(_places_fields(), ("text",)),
            _responses(_content(_ref("Places")), 400, 413, 415, 422),
        ),
        "/api/nearest/batch": _post(
            "nearestBatch",
            f"Stations in service near each of up to {MAX_POINTS:,} positions, in their order.",
            _body(_batch_fields(), ("points",)),
            _responses(_content(_ref("BatchAnswer")), 400, 413, 415, 422, 429, 503),
        ),
    }


def _station_paths() -> Json:
    """Describe the stations one by one, and as GeoJSON."""
    fields = nearest_fields()
    station_id = {"name": "station_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/api/stations/{station_id}": _get(
            "station",
            "One station's facts, and whether it is open now.",
            [station_id, *_query({"lang": fields["lang"]})],
            _responses(_content(_ref("OpenStation")), 404, 422),
        ),
        "/api/stations.geojson": _get(
            "stations",
            "Stations as GeoJSON, those in service first; those closed for good are left out.",
            _query({"bbox": _bbox(), "kind": fields["kind"]}),
            _responses(_content({"type": "object"}, only="application/geo+json"), 422, 503),
        ),
    }


def _document_paths() -> Json:
    """Describe the documents of the data as a whole, which change only with the version."""
    return {
        "/api/stations.compact.json": _document(
            "compact",
            "What a map needs of all stations, as columns: words as numbers, positions in 1e-6 degrees, days "
            "since 1970-01-01. The first `in_service` stations are in service, the rest are in `out_of_service`.",
            lang=_lang("Language of the names, where they have one in it."),
        ),
        "/api/names.json": _document(
            "names",
            "What else stations are found by, as columns in the order of the compact ones, and the middles of "
            "districts and sub-districts in 1e-6 degrees.",
            lang=_lang("Language of the compact columns; `other_name` is the name in the other one."),
        ),
        "/api/gazetteer.json": _document(
            "gazetteer",
            "The shipped places that names are found in, as columns; positions in 1e-6 degrees. Of OpenStreetMap "
            "contributors, ODbL, but for the landmarks.",
        ),
        "/api/hours.json": _document(
            "hours",
            "When stations are open in the days ahead, and the phrases that say so.",
            schema=_ref("Outlook"),
            lang=_lang("Language of the phrases."),
        ),
        "/api/districts.geojson": _document(
            "districts", "Outlines of the districts.", mimetype="application/geo+json"
        ),
        "/api/openapi.json": _document("openapi", "This description."),
    }


def _planner_paths() -> Json:
    """Describe what the planner answers; it works on one question at a time and may be busy (503)."""
    coverage = _coverage_fields()
    return {
        "/api/coverage": _get(
            "coverage",
            "Who is within the service radius of a station that suits them, in all and by area.",
            _query(coverage),
            _responses(_content(_object({"total": _object(_figure_fields())})), 422, 429, 503),
        ),
        "/api/gaps.geojson": _get(
            "gaps",
            "The connected areas from which every station is too far, most persons first.",
            _query({**coverage, "limit": _limit()}),
            _responses(_content({"type": "object"}, only="application/geo+json"), 422, 429, 503),
        ),
        "/api/sites": _get(
            "sites",
            "Where new stations would help most, and how near to the best that is proven to be.",
            _query({**coverage, **_goal_fields()}),
            _responses(_content(_object(_plan_fields())), 422, 429, 503),
        ),
    }


def _figure_fields() -> Json:
    return {
        "demand": {"type": "number", "description": "Persons, or whatever the demand counts."},
        "covered": {"type": "number", "description": "That within the radius of a station that counts."},
        "share": {**NUMBER, "description": "0 to 1; null without demand."},
        "stations": {"type": "integer"},
        "median_m": {**NUMBER, "description": "Distance to the nearest station that counts."},
    }


def _plan_fields() -> Json:
    site = {"candidate_id": {"type": "string"}, "lat": NUMBER, "lon": NUMBER, "gain": {"type": "number"}}
    return {
        "sites": {"type": "array", "items": _object(site), "description": "Each adds most to those before it."},
        "covered": {"type": "number"},
        "total": {"type": "number"},
        "share": NUMBER,
        "status": {"enum": ["proven", "within", "heuristic"]},
        "bound": {
            **NUMBER,
            "description": "No choice of as many sites covers more; of sites, for a target. Null: none was found.",
        },
        "gap": {**NUMBER, "description": "How far the bound is from what the sites gain; null without a bound."},
        "reason": {**TEXT, "description": "Why there are no sites; null where there are."},
        "assumed": {"type": "string", "description": "What new stations are taken to be, in `add` likewise."},
        "seconds": {"type": "number"},
    }


def _coverage_fields() -> Json:
    known = nearest_fields()
    return {
        "radius": _radius() | {"maximum": MAX_RADIUS_M},
        **{name: known[name] for name in ("kind", "amenity", "open_at")},
        "tier": _words(TIERS, "Only these tiers."),
        "demand": {
            "enum": list(DEMANDS),
            "default": DEMANDS[0],
            "description": "Who is to be served: the people of the operator's demand, or those who asked for a "
            "station, counted in squares of 100 m that at least three networks asked for.",
        },
        "add": {
            "type": "string",
            "description": "What if there were stations here: lat,lon or lat,lon,kind, more after semicolons; "
            f"with `remove` at most {MAX_CHANGES}. They count as open always, with all that is asked for.",
            "examples": ["39.9155,116.4050;39.95,116.40,worker_home"],
        },
        "remove": {
            "type": "string",
            "description": "What if these were closed: ids with commas.",
        },
        "lang": _lang("Without effect: an address of the page can be asked here as it is."),
    }


def _goal_fields() -> Json:
    share = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    flag = {"enum": [0, 1], "default": 0}
    return {
        "n": {"type": "integer", "minimum": 1, "maximum": MAX_SITES, "description": "How many; or `target`."},
        "target": {**share, "description": "As few as reach this share of the demand."},
        "floor": {**share, "description": "The least share in every area, with `n` or `target`."},
        "by_area": {**flag, "description": "1: every area has to reach the target; not with `n`."},
        "by_hours": {**flag, "description": "1: count person-hours of the week; not with `open_at`."},
        "spacing": {
            "type": "integer",
            "minimum": SPACINGS_M[0],
            "maximum": SPACINGS_M[1],
            "default": DEFAULT_SPACING_M,
            "description": "Metres between candidate sites.",
        },
    }


def nearest_fields() -> Json:
    """Describe the fields of a nearest request."""
    return {
        "lat": {"type": "number", "minimum": -90, "maximum": 90, "description": "Degrees north."},
        "lon": {"type": "number", "minimum": -180, "maximum": 180, "description": "Degrees east."},
        "radius": _radius(),
        "limit": _limit(),
        "kind": _words(KINDS, "Only these kinds."),
        "amenity": _words(AMENITIES, "Only stations known to have all of these."),
        "open_at": {
            "anyOf": [{"const": "now"}, {"type": "string", "format": "date-time"}],
            "description": "Only stations known to be open then: `now`, or ISO 8601 in the years 1970 to 2999, "
            "Asia/Shanghai without an offset. Open states are told for that time.",
            "examples": ["now", "2026-11-21T19:45"],
        },
        "datum": _datum(),
        "lang": _lang("Language of the text of open states."),
    }


def _places_fields() -> Json:
    return {
        "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "examples": ["东华门", "dhm"]},
        "limit": _limit(),
        "lang": _lang("Language of the names of districts."),
    }


def _places() -> Json:
    place = {
        "name": {"type": "string"},
        "what": {
            "enum": list(PLACE_KINDS),
            "description": "`position`: the text was a latitude and a longitude, which stand here as typed.",
        },
        "lat": {"type": "number"},
        "lon": {"type": "number"},
        "accuracy_m": {
            "type": ["number", "null"],
            "description": "How far from that position somebody may be who is there.",
        },
        "district": {**TEXT, "description": "The district it lies in."},
        "match": {
            "enum": list(Match),
            "description": "`exact`: it is what was typed; `like`: it may be; `part`: no place is called so, and "
            "the text begins with its name.",
        },
    }
    return _object({"places": {"type": "array", "items": _object(place), "description": "May be empty."}})


def _batch_fields() -> Json:
    sides = [nearest_fields()[name] for name in ("lon", "lat")]
    pair = {"type": "array", "prefixItems": sides, "items": False, "minItems": 2}
    return {
        "points": {
            "type": "array",
            "items": pair,
            "minItems": 1,
            "maxItems": MAX_POINTS,
            "description": "[longitude, latitude] pairs, degrees; their number times the limit is at most "
            f"{MAX_HITS:,}.",
        },
        "radius": _radius(),
        "limit": _limit(),
        "datum": _datum(),
    }


def _schemas() -> Json:
    station, is_open = _station_fields(), {"open": _ref("Open")}
    return {
        "Station": _object(station),
        "OpenStation": _object(station | is_open),
        "Hit": _object(station | is_open | _hit_fields()),
        "Open": _object(
            {
                "state": {"enum": list(OpenState)},
                "until": {
                    **TEXT,
                    "description": "When the state next changes, ISO 8601; null: never or not known.",
                },
                "text": {"type": "string"},
            }
        ),
        "Answer": _answer(),
        "BatchAnswer": _batch_answer(),
        "Places": _places(),
        "Outlook": _outlook(),
        "Problem": _object(
            {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "The value, the rule and the remedy."},
            }
        ),
    }


def _station_fields() -> Json:
    amenities = {
        word: {"enum": [YES, NO, UNKNOWN], "description": str(label)} for word, label in AMENITIES.items()
    }
    return {
        "station_id": {"type": "string"},
        "name": {"type": "string"},
        "kind": {"enum": list(KINDS)},
        "position_accuracy_m": {**NUMBER, "description": "How wrong the position may be."},
        "name_en": TEXT,
        "pinyin": TEXT,
        "sub_kind": _word(SUB_KINDS),
        "tier": _word(TIERS),
        "parent": TEXT,
        "venue": _word(VENUES),
        "operator": TEXT,
        "address": TEXT,
        "district": TEXT,
        "sub_district": TEXT,
        "amenities": _object(amenities),
        "hours": {**TEXT, "description": "OSM opening_hours syntax."},
        "hours_text": {**TEXT, "description": "The words the hours came from."},
        **_status_fields(),
        "entry": {"enum": list(ENTRIES)},
        "area_m2": NUMBER,
        "seats": {"type": ["integer", "null"]},
        "phone": {**TEXT, "description": "As it was written: one number, several, or names with them."},
        "phones": _phones(),
        "photo_url": TEXT,
        "checked_on": {**TEXT, "description": "The day somebody last confirmed the facts."},
        "source": TEXT,
        "licence": TEXT,
        "synthetic": {"type": "boolean", "description": "True: made up for trials, there is no such station."},
        "doubts": {
            "type": "array",
            "items": {"type": "string", "enum": list(DOUBTS)},
            "description": "Why a steward is to look at the station; empty where nothing is in doubt.",
        },
        "lat": {"type": "number"},
        "lon": {"type": "number"},
    }


def _status_fields() -> Json:
    return {
        "status": {
            "enum": list(STATUSES),
            "description": "Only a station that is open here may be open at an instant; `closed` is for good.",
        },
        "status_until": {
            **TEXT,
            "description": "The day on which it is expected to open; the status does not change by itself then.",
        },
        "status_note": {**TEXT, "description": "Why it is not open, in the operator's words."},
    }


def _phones() -> Json:
    number = {
        "number": {"type": "string", "description": "As it was written."},
        "uri": {"type": "string", "description": "What dials it; a comma waits before the extension."},
    }
    items = {"type": "object", "required": list(number), "properties": number}
    return {"type": "array", "description": "The numbers in it.", "items": items}


def _hit_fields() -> Json:
    return {
        "distance_m": {"type": "number", "minimum": 0, "description": "Along the WGS 84 ellipsoid, to 0.1 m."},
        "bearing_deg": {"type": "number", "minimum": 0, "exclusiveMaximum": 360},
        "walk_min": {"type": "integer", "minimum": 0, "description": "An estimate, see walk_min_is."},
    }


def _answer() -> Json:
    return _object(
        {
            "origin": _object({"lat": {"type": "number"}, "lon": {"type": "number"}}),
            "radius_m": {"type": "number"},
            "as_of": {"type": "string", "format": "date-time"},
            "data_version": {"type": "string"},
            "datum": {"const": Datum.WGS84},
            "walk_min_is": {"type": "string"},
            "stations": {
                "type": "array",
                "items": _ref("Hit"),
                "description": "Within the radius; may be empty. First those whose status is open, nearest first, "
                "then those closed for now or planned, nearest first; those closed for good are left out.",
            },
            "beyond": {
                "anyOf": [_ref("Hit"), {"type": "null"}],
                "description": "The nearest station outside the radius that fits the request and whose status is "
                "open.",
            },
        }
    )


def _batch_answer() -> Json:
    hit = _object({"station_id": {"type": "string"}, "distance_m": {"type": "number"}})
    answer = _object({"stations": {"type": "array", "items": hit}})
    answer["properties"]["beyond"] = {
        "anyOf": [hit, {"type": "null"}],
        "description": "Given where stations is empty: the nearest within 20 km, else null.",
    }
    return _object(
        {
            "radius_m": {"type": "number"},
            "data_version": {"type": "string"},
            "datum": {"const": Datum.WGS84},
            "answers": {"type": "array", "items": answer},
        }
    )


def _outlook() -> Json:
    minutes = {"type": "integer", "minimum": 0, "description": "Minutes after `from`."}
    state = {"enum": list(OpenState)}
    holiday = {"type": ["boolean", "null"], "description": "null: a holiday not known yet may change the hours."}
    # A tuple: start, state, until, then, holiday.
    parts = [minutes, state, {**minutes, "type": ["integer", "null"]}, {"enum": [*OpenState, None]}, holiday]
    segment = {"type": "array", "prefixItems": parts, "items": False, "minItems": len(parts)}
    segments = {
        "type": "array",
        "items": segment,
        "description": "[start, state, until, then, holiday]: from start on it is state, which changes at until "
        "to then; each holds until the next one's start.",
    }
    schedule = _object({"tells_holidays": {"type": "boolean"}, "segments": segments})
    return _object(
        {
            "data_version": {"type": "string"},
            "lang": {"enum": list(languages())},
            "from": {"type": "string", "format": "date-time"},
            "until": {"type": "string", "format": "date-time"},
            "soon_min": {"type": "integer", "description": "Changes up to so far ahead are told in minutes."},
            "phrases": {"type": "object"},
            "schedules": {
                "type": "array",
                "items": {"anyOf": [schedule, {"type": "null"}]},
                "description": "In the order of the compact data's `hours`; null: not known.",
            },
        }
    )


def _radius() -> Json:
    return {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": MAX_DISTANCE_M,
        "default": SERVICE_RADIUS_M,
        "description": "Metres; a station at exactly this distance is inside.",
    }


def _limit() -> Json:
    return {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}


def _lang(text: str) -> Json:
    return {"enum": list(languages()), "description": text}


def _datum() -> Json:
    return {"enum": list(Datum), "default": Datum.WGS84, "description": "What the positions sent mean."}


def _bbox() -> Json:
    return {
        "type": "array",
        "prefixItems": [nearest_fields()[name] for name in ("lon", "lat", "lon", "lat")],
        "items": False,
        "minItems": 4,
        "description": "west,south,east,north in degrees, south ≤ north; west > east crosses the antimeridian.",
    }


def _words(words: Iterable[str], text: str) -> Json:
    return {"type": "array", "items": {"enum": list(words)}, "description": text}


def _word(words: Iterable[str]) -> Json:
    return {"enum": [*words, None]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _get(operation: str, summary: str, parameters: list[Json], responses: Json) -> Json:
    about = {"operationId": operation, "summary": summary, "parameters": parameters, "responses": responses}
    return {"get": about}


def _post(operation: str, summary: str, body: Json, responses: Json) -> Json:
    about = {"operationId": operation, "summary": summary, "requestBody": body, "responses": responses}
    return {"post": about}


def _content(schema: Json, *more: str, only: str = "application/json") -> Json:
    forms = {only: {"schema": schema}} | {form: {"schema": {"type": "object"}} for form in more}
    return {"description": "The answer.", "content": forms}


def _body(fields: Json, required: tuple[str, ...]) -> Json:
    schema = {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _query(fields: Json, required: tuple[str, ...] = ()) -> list[Json]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": schema,
            **({} if name in required else {"allowEmptyValue": True}),
            **({"style": "form", "explode": False} if schema.get("type") == "array" else {}),
        }
        for name, schema in fields.items()
    ]


def _document(
    operation: str, summary: str, *, mimetype: str = "application/json", schema: Json | None = None, **fields: Json
) -> Json:
    content = _content(schema or {"type": "object"}, only=mimetype)
    return _get(operation, summary, _query(fields), _responses(content, 422))


def _responses(answer: Json, *faults: int) -> Json:
    problem = {
        "description": "The request cannot be answered; `detail` says why and what to do.",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
    return {"200": answer} | {str(status): problem for status in faults}
