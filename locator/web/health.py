"""Signs of life for whoever runs the service."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from locator.web.context import current_catalog

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return _say({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say which data are served."""
    catalog = current_catalog()
    return _say({"status": "ready", "data_version": catalog.version, "stations": len(catalog)})


def _say(found: dict[str, object]) -> Response:
    response = Response(orjson.dumps(found), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
