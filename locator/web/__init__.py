"""The web application: blueprints, errors to statuses, security headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from flask import Flask, Response, render_template, request, url_for
from flask_babel import gettext
from flask_compress import Compress
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from locator.config import Settings, bundled
from locator.errors import BusyError, ConflictError, GeodataError, LocatorError, StationNotFoundError, UsageError
from locator.stations.schema import HOTLINE
from locator.web import framing
from locator.web.dear import MAX_BODY_BYTES
from locator.web.documents import Packed
from locator.web.language import init_language, translate_error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from locator.web.live import Live

STATIC_MAX_AGE_S: Final = 31_536_000

RETRY_AFTER_S: Final = 30

STATUS_OF_ERROR: Final[dict[type[LocatorError], HTTPStatus]] = {
    UsageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StationNotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    GeodataError: HTTPStatus.SERVICE_UNAVAILABLE,  # a full disk, a damaged file: the operator can end it
}


def build_app(settings: Settings, live: Live) -> Flask:
    """Make the application around loaded stations."""
    from locator.maps import read_tiles
    from locator.web import addresses, limits

    app = Flask(
        "locator",
        static_folder=str(bundled("static")),
        static_url_path="/static",
    )
    read_tiles(settings.tiles)  # a setting that cannot be used is told now, not to a visitor
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE_S
    app.extensions["locator.live"] = live
    app.extensions["locator.settings"] = settings
    if settings.store:
        _add_feedback(app, settings, settings.store, live)
    init_language(app)
    _compress(app)
    app.wsgi_app = _secured(app.wsgi_app)  # type: ignore[assignment, method-assign] # the way Flask says
    addresses.init_addresses(app, settings)
    _add_views(app)
    if settings.admin_password_hash and settings.store:
        from locator.web.manage import init_manage  # half a second for what most services do not have

        init_manage(app, settings.store)  # whatever is wrong there, the finder answers
    if settings.metrics:
        from locator.web.metrics import init_metrics

        init_metrics(app)
    limits.init_limits(app, settings)
    app.register_error_handler(LocatorError, answer_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    _prepare_templates(app)
    return app


def _add_feedback(app: Flask, settings: Settings, folder: Path, live: Live) -> None:
    """Keep what workers say, and lay what they found over the stations that are served."""
    from locator.feedback import storage
    from locator.feedback.lighting import light_up
    from locator.feedback.service import Feedback
    from locator.stations.store import Store

    feedback = Feedback(folder / storage.FILE, retention_days=settings.retention_days)
    app.extensions["locator.feedback"] = feedback
    app.extensions["locator.storage"] = storage.Storage(settings)
    live.overlay = feedback.overlay.read
    store = Store(folder, settings.geodata)
    live.chores = (feedback.forget, partial(light_up, feedback.requests, store))


def _compress(app: Flask) -> None:
    app.config["COMPRESS_REGISTER"] = False
    # What has one reader: the next steps take twice the time for a twentieth of the bytes.
    app.config["COMPRESS_BR_LEVEL"], app.config["COMPRESS_LEVEL"] = 2, 4
    # The package leaves gzip out for files, and some phones take nothing else.
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip"]
    app.after_request(partial(_finish, Compress(app)))


def _prepare_templates(app: Flask) -> None:
    from locator.web.addresses import public_url
    from locator.web.pages import KeptParts
    from locator.web.policy import inline_script, inline_style
    from locator.web.single_file import WITHOUT_SCRIPT

    app.jinja_env.add_extension(KeptParts)
    app.jinja_env.policies["json.dumps_function"] = _json_text
    app.jinja_env.globals.update(
        asset=asset,
        hotline=HOTLINE,
        inline_script=inline_script,
        inline_style=inline_style,
        public_url=public_url,
        without_script=Markup(WITHOUT_SCRIPT),  # noqa: S704 - our own text
    )


def _add_views(app: Flask) -> None:
    from locator.web import api, assets, builder, coverage_api, embed, feedback, finder, health, offline, planner

    for module in (api, assets, builder, coverage_api, embed, feedback, finder, health, offline, planner):
        app.register_blueprint(module.blueprint)


def asset(name: str) -> str:
    """Return the address of a file in static/, which changes when the file does."""
    return _asset_url(request.root_path, name)


@lru_cache(maxsize=512)
def _asset_url(root_path: str, name: str) -> str:  # noqa: ARG001 - it is in front of the address
    return url_for("static", filename=name, v=_fingerprint(name))


def _json_text(value: object, **_: object) -> str:
    """Write JSON for a script: each letter as it is, which for Chinese takes half of the room."""
    return orjson.dumps(value).decode()


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((bundled("static") / name).read_bytes()).hexdigest()[:10]


def answer_error(error: LocatorError, status: HTTPStatus | None = None) -> Response:
    """Answer with an error's message, as a page or for a program; its status is that of its class."""
    status = status or next(
        (status for kind, status in STATUS_OF_ERROR.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    answer = _tell(status, str(error), translate_error(error))
    if isinstance(error, BusyError):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _answer_http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    response = error.get_response()
    if status < 400:
        return Response(response.response, status, response.headers)
    detail = _DETAIL.get(status) or error.description or ""
    answer = _tell(status, detail, gettext(detail))
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


_DETAIL: Final = {
    HTTPStatus.NOT_FOUND: "There is no such page. Start again from the first page.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than 1 MB. Send fewer points at a time.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side. Try again in a minute.",
}


def _tell(status: HTTPStatus, detail: str, said: str) -> Response:
    """Answer an error as a page or for a program; to a script of ours in the language of its reader."""
    from locator.web import feedback

    if feedback.for_script():
        return _problem(status, said)
    return _problem(status, detail) if is_for_program() else _error_page(status, said)


def is_for_program() -> bool:
    """Tell whether a program asks, which reads problem details and no pages."""
    return request.path.startswith("/api/") or request.path == "/oembed"


def _problem(status: HTTPStatus, detail: str) -> Response:
    """Answer an error as RFC 9457 problem details."""
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    response = Response(orjson.dumps(body), status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _error_page(status: HTTPStatus, detail: str) -> Response:
    page = render_template("error.html", status=status.value, title=status.phrase, detail=detail)
    return Response(page, status, mimetype="text/html")


def _secured(serve: WSGIApplication) -> WSGIApplication:
    """Add to every answer the headers that forbid what nothing of ours needs.

    Here and not in a hook of Flask's, whose headers are checked one by one: a tenth of a short answer's time.
    """

    def serve_secured(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        ours = framing.headers_for(environ["PATH_INFO"], environ["REQUEST_METHOD"])

        def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *ours], *fault)

        return serve(environ, start)

    return serve_secured


def _finish(compress: Compress, response: Response) -> Response:
    """Give pages their policy, and compress for whoever takes it."""
    from locator.web.policy import policy

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
