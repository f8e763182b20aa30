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
        The operator's choices; read from the ``LOCATOR_*`` variables if not given.

    Raises
    ------
    ConfigError
        If a setting cannot be used.
    GeodataError
        If the geodata folder is not whole and faultless.
    """
    from locator.config import read_settings
    from locator.stations.catalog import Catalog
    from locator.stations.geodata import load_geodata
    from locator.web import build_app

    settings = settings or read_settings()
    return build_app(settings, Catalog(load_geodata(settings.geodata)))
