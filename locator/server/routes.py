"""What a request needs, known before a thread is taken: which lane, and how large a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from locator.config import Settings
from locator.server.bodies import USUAL_BYTES
from locator.server.lanes import FINDER
from locator.web.shared.metrics import OTHER
from locator.web.shared.service_address import path_below
from locator.web.shared.view_costs import MANAGE

if TYPE_CHECKING:
    from flask import Flask


class Route(NamedTuple):
    """What the requests of one view need."""

    lane: str
    most_body_bytes: int
    template: str
    """The path of the rule with its variables, for the metrics; `OTHER` where no view answers."""


class Routes:
    """The views of an application, by method and path.

    A view that needs more than usual has the attributes ``lane`` or ``most_body_bytes`` (`view_costs`).

    Parameters
    ----------
    app
        The application, with its views.
    settings
        For the path of `LOCATOR_PUBLIC_URL`, under which the service may stand.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._path_below = path_below(app, settings)
        self._usual = Route(FINDER, USUAL_BYTES, OTHER)
        self._most_of_stewards = app.config["MAX_CONTENT_LENGTH"]  # their forms have long texts
        templates = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
        self._of_endpoint = {
            name: self._route(view, templates[name])
            for name, view in app.view_functions.items()
            if name in templates
        }
        self._adapter = app.url_map.bind("")
        # A lookup takes a tenth of the time of werkzeug's matching, and most paths have no variables.
        self._fixed = {
            (method, rule.rule): self._of_endpoint[rule.endpoint]
            for rule in app.url_map.iter_rules()
            if not rule.arguments
            for method in rule.methods or ()
        }

    def find(self, method: str, path: str) -> Route:
        """Return what a request needs; one that no view answers gets the usual."""
        path = self._path_below(path, method)
        route = self._fixed.get((method, path))
        if route is not None:
            return route
        try:
            endpoint, _ = self._adapter.match(path, method)
        except (HTTPException, RequestRedirect):
            return self._usual
        return self._of_endpoint[endpoint]

    def _route(self, view: Callable[..., Any], template: str) -> Route:
        lane = getattr(view, "lane", FINDER)
        usual = self._most_of_stewards if lane == MANAGE else USUAL_BYTES
        return Route(lane, getattr(view, "most_body_bytes", usual), template)
