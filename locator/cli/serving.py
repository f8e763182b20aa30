"""The command that serves the map and the API."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from locator.cli.finding import write_sample
from locator.cli.group import plain_errors
from locator.cli.publishing import store_of
from locator.config import STORE, read_settings
from locator.errors import ConfigError

if TYPE_CHECKING:
    from flask import Flask

# No address and no query: neither who asked nor where they stood is written down.
ACCESS_LOG: Final = "[%(time)s] %(method)s %(path)s %(status)d %(dt_ms).1f ms"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--sample", "with_sample", is_flag=True, help="Serve a synthetic city instead of the geodata.")
@plain_errors
def serve(host: str, port: int, workers: int, with_sample: bool) -> None:
    """Serve the map and the API until Ctrl-C."""
    from locator.maps import read_tiles

    with tempfile.TemporaryDirectory(prefix="locator-") as folder:
        if with_sample:
            click.echo("Making a synthetic city …", err=True)
            write_sample("beijing", 1, Path(folder))
            # Workers are processes of their own and read their settings from the environment.
            os.environ["LOCATOR_GEODATA"] = folder
            os.environ["LOCATOR_STORE"] = str(Path(folder, STORE))  # nothing of it is to be kept or mixed in
        settings = read_settings()
        # Faults are told here, once, before any worker starts.
        read_tiles(settings.tiles)
        refuse_taken_port(host, port)
        store = store_of(settings)
        loaded = store.current()  # what is damaged, the workers tell
        count = sum(map(len, loaded.geodata.tables))
        click.echo(f"{count} stations from {store.path(loaded.number)}", err=True)
        click.echo(f"Open http://{host}:{port}/ in a browser; Ctrl-C ends the service.", err=True)
        run_server(host, port, workers)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise `ConfigError` where nobody can listen: the server would share a port with another without a word."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as fault:
        raise ConfigError(
            "{host}, port {port} cannot be used: {fault}. Choose another with --host or --port.",
            host=host,
            port=port,
            fault=fault.strerror,
        ) from None


def run_server(host: str, port: int, workers: int) -> None:
    """Run the production server until it is told to stop."""
    import multiprocessing

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from locator.web.studies import WAITING

    # A forked worker would keep the parent's signal handlers and miss a Ctrl-C while it loads.
    multiprocessing.set_start_method("spawn", force=True)
    Server(
        "locator.cli.serving:served_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        # The work is Python's, and more threads only take turns: one for the finder, and one each for the question
        # that the planner works out and for the one that waits for it.
        blocking_threads=2 + WAITING,
        # Without it Ctrl-C may wait for ever: a worker of Granian 2.8 does not always end when it is told to.
        workers_kill_timeout=2,
        log_access=True,
        log_access_format=ACCESS_LOG,
        log_level=LogLevels.warning,
    ).serve()


def served_app() -> Flask:
    """Make the application of one worker, while what takes a second or two to import is imported beside it."""
    from threading import Thread

    from locator import create_app, maps
    from locator.stations.naming import pinyin

    def warm_up() -> None:
        maps.preload()
        pinyin("")  # the first search by name would wait for the readings

    # A terminal sends Ctrl-C to every process. The first one answers it and ends its workers; a worker that ended
    # by itself would pass for one that failed.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Thread(target=warm_up, daemon=True).start()
    return create_app()
