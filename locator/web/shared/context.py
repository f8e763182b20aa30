"""Access to the stations, the settings and the documents of the running application."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flask import after_this_request, current_app, g, request

from locator.config import Settings
from locator.feedback.service import Feedback
from locator.feedback.storage import Storage
from locator.stations.catalog import Catalog
from locator.web.shared.documents import Document, no_store
from locator.web.shared.live import Live, Served
from locator.web.shared.studies import Studies


def current_live() -> Live:
    """Return the stations as they change with each published version."""
    live: Live = current_app.extensions["locator.live"]
    return live


def current() -> Served:
    """Return the data of this request, which stay the same even if something is published meanwhile."""
    served: Served | None = g.get("served")
    if served is None:
        served = g.served = current_live().served
    return served


def current_catalog() -> Catalog:
    """Return the stations this request is about."""
    return current().catalog


def current_studies() -> Studies:
    """Return the planner's studies of those stations."""
    return current().studies


def current_feedback() -> Feedback:
    """Return the reports and requests; only where the settings name a store."""
    feedback: Feedback = current_app.extensions["locator.feedback"]
    return feedback


def storage_fault() -> str | None:
    """Return why reports and requests could not be stored a few seconds ago; ``None``: they could."""
    storage: Storage | None = current_app.extensions.get("locator.storage")
    return storage.fault() if storage else None


def current_settings() -> Settings:
    """Return the operator's settings."""
    settings: Settings = current_app.extensions["locator.settings"]
    return settings


def current_document(key: str, make: Callable[[], Document], stamp: Hashable = None) -> Document:
    """Return a document of the current data, making it where there is none yet or its stamp differs."""
    return current().documents.get(key, make, stamp)


def check_version() -> None:
    """Look for a newer version if the address names another one than this process serves.

    Another process may be half a second ahead. If the versions still differ, caches must not keep the answer: a
    page would show stations of one version beside facts of another.
    """
    asked = request.args.get("v")
    if asked is None or asked == current_catalog().version:
        return
    live = current_live()
    live.look_soon()
    g.served = live.served
    if asked != g.served.catalog.version:
        after_this_request(no_store)
