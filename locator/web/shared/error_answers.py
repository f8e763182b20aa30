"""Errors as answers: the status of each, as a page for people or as problem details for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import orjson
from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from locator.errors import BusyError, ConflictError, GeodataError, LocatorError, StationNotFoundError, UsageError
from locator.language.messages import message
from locator.web.shared.documents import no_store
from locator.web.shared.page_language import localized

RETRY_AFTER_S: Final = 30

STATUS_OF_ERROR: Final[dict[type[LocatorError], HTTPStatus]] = {
    UsageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    StationNotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    GeodataError: HTTPStatus.SERVICE_UNAVAILABLE,  # a full disk or a damaged file, which the operator can repair
}


def answer_error(error: LocatorError, status: HTTPStatus | None = None) -> Response:
    """Answer with an error's message, as a page or for a program; its status is that of its class."""
    status = status or next(
        (status for kind, status in STATUS_OF_ERROR.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    answer = _respond(status, str(error), localized(error.message))
    if isinstance(error, BusyError):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def answer_http_error(error: HTTPException) -> Response:
    """Answer what Werkzeug refuses, in our own words where `_DETAIL` has them."""
    status = HTTPStatus(error.code or 500)
    response = error.get_response()
    if status < 400:
        return Response(response.response, status, response.headers)
    detail = _DETAIL.get(status) or error.description or ""
    answer = _respond(status, str(detail), localized(detail))
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


_DETAIL: Final = {
    HTTPStatus.NOT_FOUND: message("There is no such page. Start again from the first page."),
    HTTPStatus.METHOD_NOT_ALLOWED: message("The method is not allowed for the requested URL."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: message("The request is larger than 1 MB. Send fewer points at a time."),
    HTTPStatus.INTERNAL_SERVER_ERROR: message("Something went wrong on our side. Try again in a minute."),
}


def _respond(status: HTTPStatus, detail: str, translated: str) -> Response:
    """Answer with a page, or with problem details: translated for our scripts, in English for other programs."""
    if is_for_script():
        return _problem(status, translated)
    return _problem(status, detail) if is_for_program() else _error_page(status, translated)


def is_for_script() -> bool:
    """Tell whether a script of our pages sent the request, and not a form."""
    return request.blueprint == "feedback" and request.headers.get("Accept") == "application/json"


def is_for_program() -> bool:
    """Tell whether the request is for the API or oEmbed, whose clients read problem details and no pages."""
    return request.path.startswith("/api/") or request.path == "/oembed"


def _problem(status: HTTPStatus, detail: str) -> Response:
    """Answer an error as RFC 9457 problem details."""
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return no_store(Response(orjson.dumps(body), status, mimetype="application/problem+json"))


def _error_page(status: HTTPStatus, detail: str) -> Response:
    page = render_template("shared/error.html", status=status.value, title=status.phrase, detail=detail)
    return Response(page, status, mimetype="text/html")
