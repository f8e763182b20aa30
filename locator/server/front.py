"""From the network to the application: no thread is taken before a request is complete and its lane has room."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from io import SEEK_END, BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from locator.language.messages import message
from locator.notices import notice
from locator.server.answers import Answer, Outbox, Send
from locator.server.bodies import (
    LARGE_BYTES,
    Bodies,
    BodyTooLargeError,
    BodyTooSlowError,
    ClientGoneError,
    NoRoomError,
    Receive,
)
from locator.server.gateway import Scope, call, environ_of, sender_of
from locator.server.lanes import LaneFullError, open_lanes
from locator.server.refusals import BUSY, ENDING, FAILED, TOO_LARGE, TOO_SLOW, Reason, Refusals
from locator.server.routes import Route, Routes
from locator.web.shared.metrics import inside, metrics_of
from locator.web.shared.view_costs import BULK, PLANNER

if TYPE_CHECKING:
    from flask import Flask

    from locator.config import Settings

ACCESS_LOG: Final = logging.getLogger("locator.access")
ERROR_LOG: Final = logging.getLogger("locator.server")
LARGE: Final = (BULK, PLANNER)
"""The lanes whose answers may be megabytes."""
CLOSE: Final = (b"connection", b"close")
"""Sent where the rest of the request is not read: its bytes would otherwise be taken for the next request."""
REFUSAL_PAUSE_S: Final = 0.5
"""Delay before an answer 503. A client that ignores Retry-After and tries again at once is slowed down by it."""
LOGGED_CHARACTERS: Final = 200
"""Of a path. Our own paths are shorter; longer ones from scanners must not fill the disk."""


class Front:
    """An ASGI application that runs a Flask application in threads.

    Parameters
    ----------
    app
        The application.
    settings
        What the operator chose.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._refusals = Refusals(settings.lang)
        self._routes = Routes(app, settings)
        self._lanes = open_lanes()
        self._bodies, self._outbox = Bodies(), Outbox()
        self._metrics = metrics_of(app)
        self._proxies = settings.proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun_at = time.perf_counter()
        route = self._routes.find(scope["method"], scope["path"])
        try:
            answer = await self._answer(scope, receive, route)
        except ClientGoneError:
            return
        if self._metrics:
            self._metrics.answered(route.template, answer.status, time.perf_counter() - begun_at)
        await self._outbox.send(send, answer, is_head=scope["method"] == "HEAD")
        _log(scope, answer.status, time.perf_counter() - begun_at)

    async def _answer(self, scope: Scope, receive: Receive, route: Route) -> Answer:
        sender = sender_of(scope, self._proxies)
        try:
            if self._is_full(route, sender):
                raise LaneFullError
            announced = _announced_bytes(scope)
            if route.most_body_bytes > LARGE_BYTES and announced != 0:
                refused = await self._refusal_of_page(scope, route, sender)
                if refused:
                    return refused
            with await self._bodies.read(receive, announced, route.most_body_bytes) as body:
                return await self._call(scope, body, route, sender)
        except BodyTooLargeError:
            return self._refuse(scope, route, TOO_LARGE)
        except BodyTooSlowError:
            return self._refuse(scope, route, TOO_SLOW)
        except (NoRoomError, LaneFullError):
            await asyncio.sleep(REFUSAL_PAUSE_S)
            return self._refuse(scope, route, BUSY)
        except asyncio.CancelledError:  # the server is stopping, and LOCATOR_GRACE_S are over
            return self._refuse(scope, route, ENDING)

    async def _call(self, scope: Scope, body: IO[bytes], route: Route, sender: str) -> Answer:
        environ = environ_of(scope, body, body.seek(0, SEEK_END))
        body.seek(0)
        try:
            with inside(self._metrics, route.lane):
                return await self._lanes[route.lane].run(partial(call, self._app.wsgi_app, environ), sender)
        except LaneFullError:
            raise
        except Exception:
            ERROR_LOG.exception("A request could not be answered.")
            return self._refuse(scope, route, FAILED)

    async def _refusal_of_page(self, scope: Scope, route: Route, sender: str) -> Answer | None:
        """Return the answer to a client that may not open the page with the form; ``None`` if it may.

        Only for routes with large bodies: without it anybody could send 100 MB before the sign-in is checked.
        """
        asked = scope | {"method": "GET", "query_string": b""}
        answer = await self._call(asked, BytesIO(), route, sender)
        return None if answer.status == HTTPStatus.OK else replace(answer, headers=[*answer.headers, CLOSE])

    def _is_full(self, route: Route, sender: str) -> bool:
        """Return whether to refuse a request for now: its lane is full, or large answers wait to be read."""
        return self._lanes[route.lane].is_full(sender) or (route.lane in LARGE and self._outbox.is_full())

    def _refuse(self, scope: Scope, route: Route, reason: Reason) -> Answer:
        if self._metrics and reason is not FAILED:
            self._metrics.refused(route.lane, reason.status)
        # Scripts of our pages ask for JSON and show its `detail` to people.
        accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        return self._refusals.answer(
            reason, is_program=scope["path"].startswith("/api/") or accepted == b"application/json"
        )


def _announced_bytes(scope: Scope) -> int | None:
    """Return the length of the body from the headers: 0 without a body, ``None`` for a body in chunks."""
    length = None
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value)  # httptools has refused everything that is not a number
    return length or 0


def _log(scope: Scope, status: int, took_s: float) -> None:
    """Log a request without its address and query: they could show who asked, and from where.

    The path stays percent-encoded as it came, so that it cannot contain a line break and forge another entry.
    """
    ACCESS_LOG.info(
        "[%s] %s %s %d %.1f ms",
        time.strftime("%Y-%m-%d %H:%M:%S %z"),
        scope["method"],
        scope["raw_path"][:LOGGED_CHARACTERS].decode("ascii"),
        status,
        1000 * took_s,
    )


class _AccessLog(logging.StreamHandler[Any]):
    """A log that may become unwritable, when the reader of the pipe has ended or the disk is full."""

    _is_reported = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - a method of logging's
        """Report the error once; later lines are tried all the same."""
        if not self._is_reported:
            self._is_reported = True
            notice(
                message(
                    "The access log cannot be written: {fault}. Requests are answered all the same.",
                    fault=sys.exception(),
                )
            )


def open_access_log(stream: Any) -> None:
    """Write the access log to a stream, one line for each answer."""
    handler = _AccessLog(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    ACCESS_LOG.addHandler(handler)
    ACCESS_LOG.setLevel(logging.INFO)
    ACCESS_LOG.propagate = False
