"""Publishing from the stewards' pages: into the store, and at once into this worker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from locator.errors import ConflictError, LocatorError
from locator.stations.store import Contents, Manifest, Store
from locator.web.manage.access import steward_name
from locator.web.shared.context import current_feedback, current_live, current_settings

TRIES: Final = 3
"""How often a change is tried again on a version that another steward published meanwhile."""
MAX_REASON: Final = 200


def current_store() -> Store:
    """Return the published versions."""
    settings = current_settings()
    return Store(settings.store, settings.geodata)


def publish(change: Callable[[Contents], Contents], why: str) -> Manifest:
    """Publish the newest version with a change made to it.

    Raises
    ------
    ConflictError
        If others published at each try, or if ``change`` raises it.
    GeodataError
        If the store cannot be written or the change has faults.
    """
    store, who = current_store(), steward_name()
    for attempt in range(TRIES):
        parent = store.current().number
        try:
            made = store.publish(change(store.contents(parent)), parent=parent, who=who, why=why)
        except ConflictError:
            if attempt + 1 == TRIES:
                raise
        else:
            return record_publication(made)
    raise AssertionError


def record_publication(made: Manifest) -> Manifest:
    """Log that a version was published, and serve it here at once."""
    current_feedback().audit.log(made.who, "publish", f"{made.number}: {made.why}")
    serve_at_once()
    return made


def serve_at_once() -> None:
    """Load what was just written; if that fails, the overview shows why, and the next check tries again."""
    with suppress(LocatorError):
        current_live().look()
