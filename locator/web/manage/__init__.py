"""What stewards do in the browser: sign in, look at versions, edit a station, answer what workers said."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from locator.web.dear import MANAGE, dear
from locator.web.manage import access, imports, overview, queue, stations, versions

__all__ = ["imports", "init_manage", "overview", "queue", "stations", "versions"]


def init_manage(app: Flask, store: Path) -> None:
    """Add the stewards' pages; where the operator has set no password there are none."""
    access.init_access(app, store)
    app.register_blueprint(access.blueprint)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{access.blueprint.name}."):
            dear(MANAGE)(view)
