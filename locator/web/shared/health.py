"""Health checks for operators: is the process alive, and is it ready."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import orjson
from flask import Blueprint, Response, current_app

from locator.web.shared.context import current, current_live, storage_fault
from locator.web.shared.documents import no_store

blueprint = Blueprint("health", __name__)

BEHIND: Final = "What was published or reported since cannot be taken up. The log of the service says why."
EMPTY: Final = "There is no station. Publish a list, or name a folder with stations in LOCATOR_GEODATA."


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return _json({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say which data are served and what is wrong; 503 where no answer can be right."""
    served = current()
    faults = _faults()
    is_wrong = len(served.catalog) == 0 and (served.damaged or current_live().is_behind)
    status = "unavailable" if is_wrong else "degraded" if served.damaged or faults else "ready"
    body = {
        "status": status,
        "data_version": served.catalog.version,
        "number": served.number,
        "stations": len(served.catalog),
        "damaged": list(served.damaged),
        "faults": faults,
    }
    return _json(body, HTTPStatus.SERVICE_UNAVAILABLE if is_wrong else HTTPStatus.OK)


def _faults() -> list[str]:
    """List what does not work, in sentences for the operator; damaged versions have a list of their own."""
    known = (
        BEHIND if current_live().is_behind else None,
        None if len(current().catalog) else EMPTY,
        storage_fault(),
        current_app.extensions.get("locator.manage_fault"),
    )
    return [fault for fault in known if fault]


def _json(body: dict[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return no_store(Response(orjson.dumps(body), status, mimetype="application/json"))
