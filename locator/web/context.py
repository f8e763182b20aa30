"""What every view needs: the stations, the settings and the documents of the running app."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from locator.config import Settings
from locator.stations.catalog import Catalog
from locator.web.documents import Document


def current_catalog() -> Catalog:
    """Return the stations this app serves."""
    catalog: Catalog = current_app.extensions["locator.catalog"]
    return catalog


def current_settings() -> Settings:
    """Return what the operator chose."""
    settings: Settings = current_app.extensions["locator.settings"]
    return settings


def current_document(key: str, make: Callable[[], Document]) -> Document:
    """Return a document of the current data, making it when it is first asked for."""
    documents: dict[tuple[str, str], Document] = current_app.extensions["locator.documents"]
    place = (current_catalog().version, key)
    if place not in documents:
        documents[place] = make()
    return documents[place]
