"""The API's description of itself is valid, whole and true: the API is fuzzed by it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import assume, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import positive_data_acceptance

from locator import create_app
from locator.config import MAX_DISTANCE_M, Settings
from locator.stations import nearest_query
from locator.stations.reading import COLUMNS
from locator.stations.schema import AMENITIES, KINDS
from locator.web.api import openapi

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

# A document for people, in HTML.
NOT_DESCRIBED = {"/api/docs"}
# Its answer holds tuples, and schemathesis 4.32 cannot read `prefixItems` in an answer.
TUPLES = "/api/hours.json"

# The operations become one test each, so they are needed before any fixture is.
DONGHUAMEN = Path(__file__).parents[2] / "data" / "donghuamen"
API = schemathesis.openapi.from_wsgi("/api/openapi.json", create_app(Settings(geodata=DONGHUAMEN)))

# Two rules that JSON Schema cannot say: years 1970 to 2999, and south is not north of north.
years = st.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30))
schemathesis.openapi.format("date-time", years.map(lambda moment: f"{moment.isoformat()}Z"))
# Whether there are such stations, or sites enough for such a share, depends on the data.
PLANNER = ("/api/coverage", "/api/gaps.geojson", "/api/sites")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give the description."""
    return openapi.describe()


def is_upside_down(query: Any) -> bool:
    """Tell whether a box in a query has its south above its north."""
    try:
        _, south, _, north = map(float, query["bbox"].split(","))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return south > north


@API.exclude(path=TUPLES).parametrize()
@settings(max_examples=100, derandomize=True, deadline=None, database=None)
def test_the_api_does_what_it_says(case: schemathesis.Case) -> None:
    """What the description allows is answered as it says, what it forbids is refused as it says."""
    assume(not is_upside_down(case.query))
    excluded = [positive_data_acceptance] if case.path in PLANNER else None
    case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=excluded)


def test_the_hours_are_as_described(client: FlaskClient, document: dict[str, Any]) -> None:
    """By another validator, for each language, and refused as described."""
    responses = document["paths"][TUPLES]["get"]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]
    validator = OAS31Validator(schema | {"components": document["components"]})
    for lang in ("zh", "en"):
        validator.validate(client.get(f"{TUPLES}?lang={lang}").get_json())
    refused = client.get(f"{TUPLES}?lang=fr")
    assert str(refused.status_code) in responses
    assert refused.mimetype == "application/problem+json"


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    """OpenAPI 3.1, by an independent validator."""
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_path_of_the_api_is_described(app: Flask, document: dict[str, Any]) -> None:
    """With every method that it takes, and no other."""
    taken = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.rule not in NOT_DESCRIBED
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert taken == described


def test_every_field_is_described(document: dict[str, Any]) -> None:
    """In the query and in the body alike, with the words and the limits of the code that reads them."""
    nearest = document["paths"]["/api/nearest"]
    fields = {parameter["name"]: parameter["schema"] for parameter in nearest["get"]["parameters"]}
    body = nearest["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(fields) == set(body["properties"]) == set(nearest_query.NEAREST_FIELDS)
    assert set(body["required"]) == {"lat", "lon"}
    assert fields["kind"]["items"]["enum"] == list(KINDS)
    assert fields["amenity"]["items"]["enum"] == list(AMENITIES)
    assert (fields["radius"]["exclusiveMinimum"], fields["radius"]["maximum"]) == (0, MAX_DISTANCE_M)
    assert (fields["limit"]["minimum"], fields["limit"]["maximum"]) == (1, 100)
    batch = document["paths"]["/api/nearest/batch"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(batch["properties"]) == set(nearest_query.BATCH_FIELDS)
    assert batch["properties"]["points"]["maxItems"] == 10_000


def test_every_column_of_a_station_is_described(document: dict[str, Any]) -> None:
    """And nothing that no station has."""
    station = document["components"]["schemas"]["Station"]
    assert set(station["properties"]) == {*COLUMNS, "phones", "lat", "lon"}
    assert set(station["required"]) == set(station["properties"])
    assert set(station["properties"]["amenities"]["properties"]) == set(AMENITIES)


def test_every_operation_has_a_name_and_says_what_it_does(document: dict[str, Any]) -> None:
    """Names are what generated clients call their functions."""
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"].endswith(".") for operation in operations)
