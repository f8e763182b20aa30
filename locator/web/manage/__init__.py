"""What stewards do in the browser: sign in, look at versions, edit a station, answer what workers said."""

from __future__ import annotations

from flask import Flask

from locator.config import Settings
from locator.web.manage import access, imports, overview, queue, stations, versions

__all__ = ["imports", "init_manage", "overview", "queue", "stations", "versions"]


def init_manage(app: Flask, settings: Settings) -> None:
    """Add the stewards' pages where the operator has set a password; else there are none."""
    if settings.admin_password_hash and settings.store:
        access.init_access(app, settings.store)
        app.register_blueprint(access.blueprint)
