"""The application factory, and the headers that every response has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, request
from flask_compress import Compress
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from locator.config import Settings, bundled
from locator.errors import LocatorError
from locator.feedback import storage
from locator.feedback.answered import answer_requests
from locator.feedback.service import Feedback
from locator.handouts.single_file import WITHOUT_SCRIPT, json_text
from locator.maps import read_tiles
from locator.stations.schema import HOTLINE
from locator.stations.store import Store
from locator.stations.walking import DETOUR, SPEED_KM_H
from locator.web.api import coverage_answers, station_answers
from locator.web.embed import builder, frame
from locator.web.finder import feedback_views, finder_pages, offline
from locator.web.planner import planner_page
from locator.web.shared import framing, health, leaflet_files, rate_limits, service_address
from locator.web.shared.cache_times import FOR_GOOD_S
from locator.web.shared.content_policy import inline_script, inline_style, policy
from locator.web.shared.documents import Packed
from locator.web.shared.error_answers import answer_error, answer_http_error
from locator.web.shared.live import Live
from locator.web.shared.metrics import init_metrics
from locator.web.shared.page_language import init_language
from locator.web.shared.pages import KeptParts
from locator.web.shared.service_address import public_url
from locator.web.shared.static_files import asset
from locator.web.shared.view_costs import MAX_BODY_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DOORS: Final = (
    station_answers,
    leaflet_files,
    builder,
    coverage_answers,
    frame,
    feedback_views,
    finder_pages,
    health,
    offline,
    planner_page,
)
"""The modules with views of every service: those of the doors, Leaflet's files and the signs of life."""


def build_app(settings: Settings, live: Live) -> Flask:
    """Make the application around loaded stations."""
    app = Flask("locator", static_folder=str(bundled("static")), static_url_path="/static")
    read_tiles(settings.tiles)  # a bad setting fails at start, not with the first visitor
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = FOR_GOOD_S
    app.extensions["locator.live"] = live
    app.extensions["locator.settings"] = settings
    if settings.store:
        _add_feedback(app, settings, settings.store, live)
    init_language(app)
    _compress(app)
    app.wsgi_app = _secured(app.wsgi_app)  # type: ignore[assignment, method-assign] # the way Flask says
    service_address.init_addresses(app, settings)
    for door in DOORS:
        app.register_blueprint(door.blueprint)
    if settings.admin_password_hash and settings.store:
        from locator.web.manage import init_manage  # takes a sixth of the start, and most services do without

        init_manage(app, settings.store)  # a fault there leaves the finder working
    if settings.metrics:
        init_metrics(app)
    rate_limits.init_limits(app, settings)
    app.register_error_handler(LocatorError, answer_error)
    app.register_error_handler(HTTPException, answer_http_error)
    _prepare_templates(app)
    return app


def _add_feedback(app: Flask, settings: Settings, folder: Path, live: Live) -> None:
    """Store reports and requests, and revise the served stations by the reports."""
    feedback = Feedback(folder / storage.FILE, retention_days=settings.retention_days)
    app.extensions["locator.feedback"] = feedback
    app.extensions["locator.storage"] = storage.Storage(settings)
    live.overlay = feedback.overlay.read
    store = Store(folder, settings.geodata)
    live.chores = (feedback.forget, partial(answer_requests, feedback.requests, store))


def _compress(app: Flask) -> None:
    app.config["COMPRESS_REGISTER"] = False
    # For responses to a single reader: the next levels take twice the time to save a twentieth of the bytes.
    app.config["COMPRESS_BR_LEVEL"], app.config["COMPRESS_LEVEL"] = 2, 4
    # Flask-Compress leaves gzip out for files, and some phones accept nothing else.
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip"]
    app.after_request(partial(_finish, Compress(app)))


def _prepare_templates(app: Flask) -> None:
    app.jinja_env.add_extension(KeptParts)
    app.jinja_env.policies["json.dumps_function"] = json_text
    app.jinja_env.globals.update(
        asset=asset,
        hotline=HOTLINE,
        walking={"detour": DETOUR, "speed": SPEED_KM_H},
        inline_script=inline_script,
        inline_style=inline_style,
        public_url=public_url,
        without_script=Markup(WITHOUT_SCRIPT),  # noqa: S704 - our own text
    )


def _secured(serve: WSGIApplication) -> WSGIApplication:
    """Add the security headers to every response.

    In WSGI, as a hook of Flask's checks each header: that takes 5 % of the time of the first page, and 4 % of that
    of an API answer.
    """

    def serve_secured(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        ours = framing.headers_for(environ["PATH_INFO"], environ["REQUEST_METHOD"])

        def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *ours], *fault)

        return serve(environ, start)

    return serve_secured


def _finish(compress: Compress, response: Response) -> Response:
    """Give pages their policy, and compress for clients that accept it."""
    if isinstance(response, Packed):
        return response
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = policy()
        response.headers.setdefault("Cache-Control", "no-cache")
        response.vary.add("Accept-Language")
    if "HTTP_ACCEPT_ENCODING" not in request.environ:
        return response
    compressed: Response = compress.after_request(response)
    return compressed
