"""One worker process: uvicorn with the application behind its front, until SIGTERM."""

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
"""How many connections the kernel may keep until they are accepted: a tenth of a second's work. A client that
connects and leaves in a loop fills this queue with dead connections; in a longer one others would wait behind them
for seconds."""
MOST_CONNECTIONS: Final = 8192
"""Per process; an idle connection takes 20 kB (measured), all together 164 MB."""
SPARE_FILES: Final = 200
"""How many of the files that a process may open are kept from connections, for databases, lists and logs."""


class WorkerServer(uvicorn.Server):
    """uvicorn's server, which signals that it is ready and, at SIGTERM, returns instead of killing itself."""

    def __init__(self, config: uvicorn.Config, ready: Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections, and set the event."""
        await super().startup(sockets)
        self._ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM alone. uvicorn's own method raises the signal again when it has finished its requests."""
        signal.signal(signal.SIGTERM, self.handle_exit)
        yield


def serve_app(app: Flask, settings: Settings, listener: socket.socket, ready: Event) -> None:
    """Serve an application on a socket until SIGTERM, then finish requests for at most `Settings.grace_s`."""
    open_access_log(sys.stdout)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_a_trace)
    limits = Limits(
        most=raise_open_files() - SPARE_FILES,
        # Behind a proxy all connections come from one address.
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
        proxy_headers=False,  # the application reads them: it knows how many proxies to trust
        backlog=BACKLOG,
        timeout_keep_alive=limits.idle_s,
        timeout_graceful_shutdown=settings.grace_s,
    )
    WorkerServer(config, ready).run(sockets=[listener])


def _is_worth_a_trace(record: logging.LogRecord) -> bool:
    """Return whether to log a record: uvicorn counts the requests cut at the end, their traces add nothing."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def raise_open_files() -> int:
    """Raise this process's limit of open files as far as needed and allowed, and return the limit."""
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
