"""The command that serves the map and the API."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from locator import create_app, maps
from locator.cli.browser_address import browser_url
from locator.cli.finding import write_sample
from locator.cli.group import Count, command, fault_of, option, plain_errors, tell
from locator.cli.versioning import store_of
from locator.config import STORE, read_settings
from locator.errors import ConfigError, LocatorError
from locator.feedback.storage import writable_fault
from locator.language.messages import joined, message
from locator.language.pinyin import pinyin
from locator.server.workers import Workers

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event


@command()
@option("--host", default="127.0.0.1", show_default=True)
@option("--port", default=8000, show_default=True, type=Count(1, 65535))
@option("--workers", default=1, show_default=True, type=Count(1, 64), help="Processes.")
@option("--sample", "with_sample", is_flag=True, help="Serve a synthetic city instead of the geodata.")
@plain_errors
def serve(host: str, port: int, workers: int, with_sample: bool) -> None:
    """Serve the map and the API until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="locator-") as folder:
        if with_sample:
            tell(message("Making a synthetic city …"))
            write_sample("beijing", 1, Path(folder))
            # Workers are processes of their own and read their settings from the environment.
            os.environ["LOCATOR_GEODATA"] = folder
            os.environ["LOCATOR_STORE"] = str(Path(folder, STORE))  # deleted with the folder, apart from real ones
        settings = read_settings()
        # Checked here so that a fault is reported once and not by every worker.
        maps.read_tiles(settings.tiles)
        listener = listen(host, port)
        store = store_of(settings)
        loaded = store.current()  # damaged versions are reported by the workers
        count = sum(map(len, loaded.geodata.tables))
        tell(message("{count} stations from {folder}", count=count, folder=store.path(loaded.number)))
        if fault := writable_fault(settings):
            tell(joined((message("Nothing can be stored, everything else is served."), fault)))
        here = browser_url(host, port)
        public = settings.public_url
        address = message("{public}/, which leads to {here},", public=public, here=here) if public else here
        tell(message("Open {address} in a browser; Ctrl-C ends the service.", address=address))
        died = _share_metrics(Path(folder, "metrics")) if settings.metrics else _ignore
        code = Workers(work, listener, workers, settings.grace_s, died).serve()
    if code:
        sys.exit(code)


def _share_metrics(folder: Path) -> Callable[[int], object]:
    """Let all workers write their metrics to one folder; return what removes those of a worker that died."""
    # Flask comes with it, which the parent of the workers does not need for anything else.
    from locator.web.shared.metrics import forget_worker

    folder.mkdir()
    # prometheus_client reads this variable when it is imported, here and in each worker.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return forget_worker


def _ignore(pid: int) -> None:
    """Do nothing for a worker that died."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise `ConfigError` if the address cannot be used."""
    host = host.removeprefix("[").removesuffix("]")
    if not host:  # the system would take it for all addresses of the machine
        raise ConfigError("--host is empty. Name an address of this machine, such as 127.0.0.1; all are 0.0.0.0.")
    try:
        host.encode("idna")
        # Bound once, in the parent: a port in use is reported before any worker starts.
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as fault:
        raise ConfigError(
            "{host}, port {port} cannot be used: {fault}. Choose another with --host or --port.",
            host=host,
            port=port,
            fault=fault.strerror if isinstance(fault, OSError) else message("no host can have this name"),
        ) from None


def work(listener: socket.socket, ready: Event) -> None:
    """Run one worker: load the stations and serve them; slow imports are done in a thread meanwhile."""
    # Not in the parent, which imports this module too: with uvicorn come Flask and the application's packages.
    from locator.server.running import serve_app

    def warm_up() -> None:
        maps.preload()
        pinyin("")  # loads the dictionary, for which the first search by name would wait otherwise

    Thread(target=warm_up, daemon=True).start()
    settings = read_settings()
    try:
        app = create_app(settings)
    except LocatorError as fault:
        tell(fault_of(fault))
        sys.exit(2)
    serve_app(app, settings, listener, ready)
