"""Signs of life for whoever runs the service."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from locator.web.context import current

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return _say({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say which data are served, and which newer ones are not because they are damaged."""
    served = current()
    return _say(
        {
            "status": "degraded" if served.damaged else "ready",
            "data_version": served.catalog.version,
            "number": served.number,
            "stations": len(served.catalog),
            "damaged": list(served.damaged),
        }
    )


def _say(found: dict[str, object]) -> Response:
    response = Response(orjson.dumps(found), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
