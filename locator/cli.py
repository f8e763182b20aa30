"""The command line: one command per verb."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import click

from locator.config import __version__, bundled, read_settings
from locator.errors import ConfigError, LocatorError
from locator.stations.catalog import Answer, Catalog
from locator.stations.checking import find_faults
from locator.stations.hours import STATION_TIMEZONE, say
from locator.stations.reading import read_stations, write_stations
from locator.stations.sample import make_city
from locator.stations.schema import AMENITIES, KINDS
from locator.stations.store import DISTRICTS, HOLIDAYS, LAYERS, load_geodata, read_districts, read_holidays

if TYPE_CHECKING:
    from flask import Flask

P = ParamSpec("P")
R = TypeVar("R")

EXIT_FAULT: Final = 2
# No address and no query: neither who asked nor where they stood is written down.
ACCESS_LOG: Final = "[%(time)s] %(method)s %(path)s %(status)d %(dt_ms).1f ms"


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """End a command with a sentence and exit code 2 where it raises an error on purpose or a file is denied."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # whoever read the output has left, as `| head` does; click ends without a word
        except (LocatorError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(EXIT_FAULT)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Find the nearest place to rest within 1 km."""


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@click.option("--radius", default=None, help="Metres, above 0 and at most 20000.  [default: 1000]")
@click.option("--limit", default="10", show_default=True, help="How many stations at most, 1 to 100.")
@click.option("--kind", default="", help=f"Only these kinds, with commas: {', '.join(KINDS)}.")
@click.option("--amenity", default="", help=f"Only with all of these: {', '.join(AMENITIES)}.")
@click.option("--open-at", default="", help="Only stations open then: now, or a time such as 2026-11-21T19:45.")
@click.option("--datum", default="wgs84", show_default=True, help="What LAT LON mean: wgs84, gcj02 or bd09.")
@click.option("--lang", default=None, help="Language of the open states.")
@click.option("--json", "as_json", is_flag=True, help="Print what the API answers.")
@plain_errors
def nearest(as_json: bool, lang: str | None, **fields: Any) -> None:
    """Print the stations near LAT LON (degrees), nearest first."""
    from locator.web import api, params

    settings = read_settings()
    now = datetime.now(STATION_TIMEZONE)
    query = params.nearest_query(fields, settings, now)
    lang = params.language({"lang": lang}, settings.lang)
    catalog = Catalog(load_geodata(settings.geodata))
    answer = catalog.nearest(query, now)
    if as_json:
        click.echo(api.answer_json(catalog, answer, lang))
    else:
        _print_answer(catalog, answer, lang)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@plain_errors
def check(files: tuple[Path, ...]) -> None:
    """List every fault in geodata FILES, by default those of the geodata folder; exit code 1 if there are any."""
    if not files:
        files = tuple(read_settings().geodata / name for name in (*LAYERS.values(), DISTRICTS, HOLIDAYS))
    others = {DISTRICTS: read_districts, HOLIDAYS: read_holidays}
    tables = [read_stations(path) for path in files if path.name not in others]
    faults = find_faults(tables)
    for fault in faults:
        click.echo(str(fault))
    for path in files:
        if path.name in others:
            others[path.name](path)
    click.echo(f"{sum(map(len, tables))} stations in {len(files)} files, {len(faults)} faults.")
    sys.exit(1 if faults else 0)


@main.command()
@click.option("--city", default="beijing", show_default=True, help="Which city to imitate.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same city.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@plain_errors
def sample(city: str, seed: int, out: Path) -> None:
    """Write a synthetic city at the real scale: a geodata folder in which no station exists."""
    count = write_sample(city, seed, out)
    click.echo(f"{count} synthetic stations in {out}. Serve them with LOCATOR_GEODATA={out} locator serve")


@main.command()
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
        settings = read_settings()
        # Faults are told here, once, before any worker starts.
        read_tiles(settings.tiles)
        refuse_taken_port(host, port)
        count = sum(map(len, load_geodata(settings.geodata).tables))
        click.echo(f"{count} stations from {settings.geodata}", err=True)
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

    # A forked worker would keep the parent's signal handlers and miss a Ctrl-C while it loads.
    multiprocessing.set_start_method("spawn", force=True)
    Server(
        "locator.cli:served_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        # One thread answers at a time: the work is Python's, and more threads only take turns.
        blocking_threads=1,
        # Without it Ctrl-C may wait for ever: a worker of Granian 2.8 does not always end when it is told to.
        workers_kill_timeout=2,
        log_access=True,
        log_access_format=ACCESS_LOG,
        log_level=LogLevels.warning,
    ).serve()


def served_app() -> Flask:
    """Make the application of one worker, while Folium, which takes a second or two, is imported beside it."""
    from threading import Thread

    from locator import create_app, maps

    # A terminal sends Ctrl-C to every process. The first one answers it and ends its workers; a worker that ended
    # by itself would pass for one that failed.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Thread(target=maps.preload, daemon=True).start()
    return create_app()


def write_sample(city: str, seed: int, out: Path) -> int:
    """Write a synthetic city as a geodata folder and return how many stations it has."""
    shipped = bundled("geodata")
    stations = make_city(city, seed, read_districts(shipped / DISTRICTS))
    out.mkdir(parents=True, exist_ok=True)
    members = {"datum": "WGS84", "licence": "CC0-1.0", "source": f"synthetic: locator sample, seed {seed}"}
    for kind, name in LAYERS.items():
        write_stations(out / name, (station for station in stations if station.kind == kind), members)
    for name in (DISTRICTS, HOLIDAYS):
        (out / name).write_bytes((shipped / name).read_bytes())
    return len(stations)


def _print_answer(catalog: Catalog, answer: Answer, lang: str) -> None:
    rows = [("m", "min", "station", "kind", "open")]
    for hit in (*answer.hits, *([answer.beyond] if answer.beyond else [])):
        station = catalog.station(hit.number)
        text = say(catalog.status(hit.number, answer.as_of), answer.as_of, lang)
        rows.append(
            (f"{hit.distance_m:.1f}", str(hit.walk_min), station.name, KINDS[station.kind].label(lang), text)
        )
    radius_m = answer.query.radius_m
    if not answer.hits:
        click.echo(f"No station within {radius_m:g} m.")
    lines = _align(rows)
    beyond = lines.pop() if answer.beyond else None
    for line in lines if answer.hits else []:
        click.echo(line)
    if beyond:
        click.echo(f"The nearest beyond {radius_m:g} m:\n{beyond}")
    click.echo("min: walking minutes, an estimate (straight line × 1.3 at 4.8 km/h)")


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay rows out as columns; a Chinese character is two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
