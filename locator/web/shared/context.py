"""What every view needs: the stations, the settings and the documents of the running app."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flask import Response, after_this_request, current_app, g, request

from locator.config import Settings
from locator.feedback.service import Feedback
from locator.feedback.storage import Storage
from locator.stations.catalog import Catalog
from locator.web.shared.documents import Document
from locator.web.shared.live import Live, Served
from locator.web.shared.studies import Studies


def current_live() -> Live:
    """Return what follows the published versions."""
    live: Live = current_app.extensions["locator.live"]
    return live


def current() -> Served:
    """Return what this request is answered from; it stays the same even if something is published meanwhile."""
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
    """Return what people said; there is none where nothing is written."""
    feedback: Feedback = current_app.extensions["locator.feedback"]
    return feedback


def storage_fault() -> str | None:
    """Return why nothing that people say can be stored, as it was a few seconds ago; ``None``: it can."""
    storage: Storage | None = current_app.extensions.get("locator.storage")
    return storage.fault() if storage else None


def current_settings() -> Settings:
    """Return what the operator chose."""
    settings: Settings = current_app.extensions["locator.settings"]
    return settings


def current_document(key: str, make: Callable[[], Document], stamp: Hashable = None) -> Document:
    """Return a document of the current data, making it when it is first asked for, and anew for another stamp."""
    return current().documents.get(key, make, stamp)


def keep_up() -> None:
    """Look for a newer version if the address names another than this one, before anything is answered from it.

    Another process may be half a second ahead. What is answered under the address of another version, caches must
    not keep: a page would show stations of one version beside facts of another.
    """
    asked = request.args.get("v")
    if asked is None or asked == current_catalog().version:
        return
    live = current_live()
    live.look_soon()
    g.served = live.served
    if asked != g.served.catalog.version:
        after_this_request(_for_now_only)


def _for_now_only(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
