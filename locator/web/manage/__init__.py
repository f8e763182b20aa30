"""The stewards' pages: lists, rows that wait, stations, outlines, versions, reports and requests, signing in."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response

from locator.errors import ConfigError
from locator.language.messages import message
from locator.notices import notice
from locator.web.manage import (
    access,
    adding,
    closing,
    district_outlines,
    hours_preview,
    imports,
    overview,
    picking,
    queue,
    stations,
    to_place,
    versions,
)
from locator.web.shared.error_answers import answer_error
from locator.web.shared.view_costs import MANAGE, dear

__all__ = [
    "adding",
    "closing",
    "district_outlines",
    "hours_preview",
    "imports",
    "init_manage",
    "overview",
    "picking",
    "queue",
    "stations",
    "to_place",
    "versions",
]


def init_manage(app: Flask, store: Path) -> None:
    """Add the stewards' pages; where the operator has set no password there are none.

    Where nobody can be signed in, each of them says what the operator has to do, and so does the log.
    """
    try:
        access.init_access(app, store)
    except ConfigError as fault:
        _close(app, fault)
    else:
        app.register_blueprint(access.blueprint)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{access.blueprint.name}.") and not hasattr(view, "lane"):
            dear(MANAGE)(view)


def _close(app: Flask, fault: ConfigError) -> None:
    def closed(path: str = "") -> Response:  # noqa: ARG001 - all are the same
        answer = answer_error(fault, HTTPStatus.SERVICE_UNAVAILABLE)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    for rule in ("/manage", "/manage/<path:path>"):
        app.add_url_rule(rule, "manage_closed", closed, methods=["GET", "POST"])
    app.extensions["locator.manage_fault"] = str(fault)
    notice(message("There is no /manage: {fault}", fault=fault.message))
