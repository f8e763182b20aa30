"""Commands about stations: which are near, what is wrong with them, a city to try things on."""

from __future__ import annotations

import sys
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from locator.cli.group import ONLY_AMENITIES, ONLY_KINDS, Whole, align, command, echo, option, plain_errors
from locator.cli.versioning import load_published, store_of
from locator.config import bundled, read_settings
from locator.language.messages import message
from locator.stations import nearest_query, request_fields
from locator.stations.answer_json import AnswerJson
from locator.stations.catalog import Catalog, Hit, NearestAnswer
from locator.stations.checking import find_faults
from locator.stations.geodata import DISTRICTS, FILES, HOLIDAYS, LAYERS, read_districts, read_holidays
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import read_stations, write_stations
from locator.stations.sample import make_city
from locator.stations.schema import CLOSED, CLOSED_FOR_NOW, KINDS, PLANNED, STATUSES
from locator.stations.walking import DETOUR, SPEED_KM_H


@command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="LAT LON")
@option("--radius", default=None, help="Metres, above 0 and at most 20000.  [default: 1000]")
@option("--limit", default="10", show_default=True, help="How many stations at most, 1 to 100.")
@option("--kind", default="", help=ONLY_KINDS)
@option("--amenity", default="", help=ONLY_AMENITIES)
@option("--open-at", default="", help="Only stations open then: now, or a time such as 2026-11-21T19:45.")
@option("--datum", default="wgs84", show_default=True, help="What LAT LON mean: wgs84, gcj02 or bd09.")
@option("--lang", default=None, help="Language of the open states.")
@option("--json", "as_json", is_flag=True, help="Print what the API answers.")
@plain_errors
def nearest(words: tuple[str, ...], as_json: bool, lang: str | None, **fields: Any) -> None:
    """Print the stations near LAT LON, nearest first: degrees as people write them, in two words or in one."""
    for word in words:
        if word.startswith("--"):  # a negative number is no option, so click takes what it does not know for one
            raise click.NoSuchOption(word)
    settings = read_settings()
    now = datetime.now(STATION_TIMEZONE)
    lat, lon = words if len(words) == 2 else (" ".join(words), "")
    query = nearest_query.read_nearest_query({**fields, "lat": lat, "lon": lon}, settings, now)
    lang = request_fields.read_language({"lang": lang}, settings.lang)
    catalog = Catalog(load_published(settings).geodata)
    answer = catalog.nearest(query, now)
    if as_json:
        click.echo(AnswerJson(catalog).nearest(answer, lang))
    else:
        _print_answer(catalog, answer, lang)


@command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@plain_errors
def check(files: tuple[Path, ...]) -> None:
    """List every fault in geodata FILES, by default those that are served; exit code 1 if there are any."""
    if not files:
        store = store_of(read_settings())
        files = tuple(store.path(store.sound()) / name for name in FILES)
    others = {DISTRICTS: read_districts, HOLIDAYS: read_holidays}
    tables = [read_stations(path) for path in files if path.name not in others]
    faults = find_faults(tables)
    for fault in faults:
        echo(fault.message)
    for path in files:
        if path.name in others:
            others[path.name](path)
    count = sum(map(len, tables))
    echo(
        message(
            "{count} stations in {files} files, {faults} faults.",
            count=count,
            files=len(files),
            faults=len(faults),
        )
    )
    words = [word for table in tables for word in table.columns["status"]]
    for status in (CLOSED_FOR_NOW, PLANNED, CLOSED):
        if n := words.count(status):
            echo(message("{status}: {n} stations, which are never open.", status=STATUSES[status], n=n))
    sys.exit(1 if faults else 0)


@command()
@option("--city", default="beijing", show_default=True, help="Which city to imitate.")
@option("--seed", type=Whole(), default=1, show_default=True, help="The same seed makes the same city.")
@option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@plain_errors
def sample(city: str, seed: int, out: Path) -> None:
    """Write a synthetic city at the real scale: a geodata folder in which no station exists."""
    count = write_sample(city, seed, out)
    echo(
        message(
            "{count} synthetic stations in {folder}. Serve them with LOCATOR_GEODATA={folder} locator serve",
            count=count,
            folder=out,
        )
    )


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


def _print_answer(catalog: Catalog, answer: NearestAnswer, lang: str) -> None:
    def row(hit: Hit) -> tuple[str, ...]:
        text = catalog.open_facts(hit.number, answer.as_of, lang)["text"] or ""
        name, kind = catalog.fact(hit.number, "name"), KINDS[catalog.fact(hit.number, "kind")].to(lang)
        return f"{hit.distance_m:.1f}", str(hit.walk_min), name, kind, text

    heading = message("m"), message("min"), message("station"), message("kind"), message("open", context="heading")
    usable = [hit for hit in answer.hits if catalog.is_in_service(hit.number)]
    others = answer.hits[len(usable) :]
    beyond = [answer.beyond] if answer.beyond else []
    lines = iter(align([heading, *map(row, [*usable, *beyond, *others])]))
    radius_m, head = answer.query.radius_m, next(lines)
    if usable:
        click.echo(head)
    else:
        echo(message("No station within {radius:g} m.", radius=radius_m))
    for line in islice(lines, len(usable)):
        click.echo(line)
    if beyond:
        echo(message("The nearest beyond {radius:g} m:", radius=radius_m))
        click.echo(next(lines))
    if others:
        echo(message("Within {radius:g} m, but not in service:", radius=radius_m))
        click.echo("\n".join(lines))
    echo(
        message(
            "min: walking minutes, an estimate (straight line × {detour} at {speed} km/h)",
            detour=DETOUR,
            speed=SPEED_KM_H,
        )
    )
