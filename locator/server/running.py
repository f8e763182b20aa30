"""One worker: the application, its front and the server, until SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING, Final

import uvicorn

from locator.config import Settings
from locator.server.connections import Limits, connection_class
from locator.server.front import Front, open_access_log

if TYPE_CHECKING:
    from flask import Flask

BACKLOG: Final = 256
"""So many connections may wait to be taken in: a tenth of a second's work. Among them are those of clients that
have gone; in a longer row others would wait for seconds behind one who connects and goes, again and again."""
MOST_CONNECTIONS: Final = 8192
"""Of one process: an idle one takes 20 kB."""
SPARE_FILES: Final = 200
"""Of the files that a process may have open, connections leave so many to databases and files."""


class WorkerServer(uvicorn.Server):
    """uvicorn's server, which says when it begins to answer, and ends as a worker does: by itself."""

    def __init__(self, config: uvicorn.Config, ready: Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Finish what is under way at SIGTERM; uvicorn's own way would then die of that signal."""
        signal.signal(signal.SIGTERM, self.handle_exit)
        yield


def serve_app(app: Flask, settings: Settings, listener: socket.socket, ready: Event) -> None:
    """Serve an application on a socket until SIGTERM; then finish what is under way, as far as there is time."""
    open_access_log(sys.stdout)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_a_trace)
    limits = Limits(
        most=raise_open_files() - SPARE_FILES,
        # A proxy of the operator's speaks for everybody, so that there is nothing to tell apart.
        most_of_address=0 if settings.proxies else settings.connections_per_address,
    )
    config = uvicorn.Config(
        Front(app, settings),
        http=connection_class(limits),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the application reads them, from as many proxies as the operator has
        backlog=BACKLOG,
        timeout_keep_alive=limits.idle_s,
        timeout_graceful_shutdown=settings.grace_s,
    )
    WorkerServer(config, ready).run(sockets=[listener])


def _is_worth_a_trace(record: logging.LogRecord) -> bool:
    """Leave out the traces of requests that are cut in the end: uvicorn says in one line how many those are."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def raise_open_files() -> int:
    """Allow this process as many open files as the system lets it have, and return how many those are."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST_CONNECTIONS + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
