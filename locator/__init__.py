"""Finds the nearest place to rest within 1 km for people who work outdoors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from locator.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Make the web application, with its geodata loaded.

    Parameters
    ----------
    settings
        The operator's choices; read from the ``LOCATOR_*`` variables if not given. Where they name a store, what
        is published there is served in place of the geodata folder, and what is published later is taken up.

    Raises
    ------
    ConfigError
        If a setting cannot be used.
    GeodataError
        If no published version is sound, and the geodata folder is not whole and faultless.
    """
    # Whoever imports `locator` for another module, as the command line does, need not wait for Flask.
    from locator.config import read_settings
    from locator.stations.catalog import Catalog
    from locator.stations.store import Store
    from locator.web.application import build_app
    from locator.web.shared.live import Live

    settings = settings or read_settings()
    store = Store(settings.store, settings.geodata)
    loaded = store.current()
    live = Live(settings, Catalog(loaded.geodata), store, loaded)
    app = build_app(settings, live)
    if settings.store:
        live.start()
    return app
