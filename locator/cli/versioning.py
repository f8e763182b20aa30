"""Commands about published versions: list, compare, roll back, export."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import orjson

from locator.cli.group import Count, align, command, echo, option, plain_errors, tell
from locator.config import Settings, read_settings
from locator.errors import UsageError
from locator.files.writing import replace_file
from locator.language.messages import Message, joined, message
from locator.stations.differences import Differences, StationDifference, differences
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import to_feature, to_stations
from locator.stations.schema import Station
from locator.stations.store import BASE, Loaded, Store, Version
from locator.stations.version_export import FORMS, render

WHO: Final = option("--who", help="Who publishes.  [default: the user of this machine]")
NUMBER: Final = Count(min=0)
SHOWN: Final = 20
"""How many stations of each kind of change are printed; --json prints them all."""


def who_publishes(name: str | None) -> str:
    """Return the given name, by default the user's name on this machine."""
    if name and name.strip():
        return name.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


def store_of(settings: Settings) -> Store:
    """Return the store that the settings name."""
    return Store(settings.store, settings.geodata)


def load_published(settings: Settings) -> Loaded:
    """Load the highest sound version, or else the geodata folder, as the service does; report damaged versions."""
    loaded = store_of(settings).current()
    for sentence in loaded.damaged:
        tell(sentence)
    return loaded


@command()
@option("--json", "as_json", is_flag=True, help="Print everything that is known about each version.")
@plain_errors
def versions(as_json: bool) -> None:
    """List the published versions, newest first; * is the one that is served."""
    settings = read_settings()
    served, listed = load_published(settings).number, store_of(settings).versions()
    if as_json:
        click.echo(orjson.dumps({"served": served, "versions": [_record(version) for version in listed]}))
        return
    heading = (
        "",
        message("version"),
        message("when"),
        message("who"),
        message("stations", context="figure"),
        message("retired"),
        message("change"),
        message("why"),
    )
    rows = [heading, *(_line(version, served) for version in listed)]
    rows.append(("*" * (served == BASE), str(BASE), "", "", "", "", "", str(settings.geodata)))
    click.echo("\n".join(align(rows)))


@command()
@click.argument("number", type=NUMBER)
@option("--why", help="What the new version's entry says.  [default: rollback to NUMBER]")
@WHO
@plain_errors
def rollback(number: int, why: str | None, who: str | None) -> None:
    """Publish version NUMBER again, as a new version; 0 is the geodata folder."""
    made = store_of(read_settings()).rollback(number, who=who_publishes(who), why=why)
    changes = _some_changes(made.change) or message("nothing changes")
    echo(message("Published as version {n}: {changes}.", n=made.number, changes=changes))


@command()
@click.argument("one", type=NUMBER, metavar="A")
@click.argument("other", type=NUMBER, metavar="B")
@option("--json", "as_json", is_flag=True, help="Print every station that differs.")
@plain_errors
def diff(one: int, other: int, as_json: bool) -> None:
    """Say what version B has that version A has not, and the other way round; 0 is the geodata folder."""
    store = store_of(read_settings())
    result = differences(store.contents(one).stations, store.contents(other).stations)
    if as_json:
        click.echo(orjson.dumps(_difference_record(result)))
        return
    for line in _difference_lines(result):
        echo(line)
    echo(_some_changes(result.counts()) or message("The two have the same stations."))


@command()
@option("--format", "form", type=click.Choice(list(FORMS)), help="[default: what the suffix of --out says]")
@option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write.  [default: the output]")
@option("--version", "number", type=NUMBER, help="Which version.  [default: the one that is served]")
@plain_errors
def export(form: str | None, out: Path | None, number: int | None) -> None:
    """Write all stations of a version as one file, which can be changed and imported again."""
    if form is None and out is None:
        raise UsageError("Choose a format: --format {known}.", known=", ".join(FORMS))
    settings = read_settings()
    loaded = load_published(settings) if number is None else store_of(settings).load(number)
    stations = [station for table in loaded.geodata.tables for station in to_stations(table)]
    suffix = out.suffix.lower().removeprefix(".") if out else ""
    members = {"data_version": loaded.geodata.version, "number": loaded.number}
    made = render(form or suffix, stations, members)
    if out is None:
        click.echo(made, nl=False)
    else:
        replace_file(out, made)
        tell(message("{count} stations of version {n}: {file}", count=len(stations), n=loaded.number, file=out))


def _line(version: Version, served: int) -> tuple[str, ...]:
    mark, manifest = "*" * (version.number == served), version.manifest
    damage = message("DAMAGED: {fault}", fault=version.damage) if version.damage else ""
    if manifest is None:
        return mark, str(version.number), "", "", "", "", "", damage
    count = sum(manifest.counts.values()) - manifest.counts["retired"]
    when = f"{manifest.at.astimezone(STATION_TIMEZONE):%Y-%m-%d %H:%M}"
    figures = (f"{count:,}", str(manifest.counts["retired"]), _some_changes(manifest.change) or "-")
    return mark, str(version.number), when, manifest.who, *figures, joined(filter(None, (damage, manifest.why)))


def _record(version: Version) -> dict[str, Any]:
    members = asdict(version.manifest) if version.manifest else {}
    return {**members, "number": version.number, "damage": version.damage}


_COUNTS: Final = {
    "added": message("{n} added"),
    "removed": message("{n} removed"),
    "changed": message("{n} changed"),
    "moved": message("{n} moved"),
    "gone": message("{n} gone"),
    "reopened": message("{n} reopened"),
}


def changes_in_words(counts: Mapping[str, object]) -> Message:
    """Return the numbers of changed stations in words, empty if there are none."""
    texts = (Message(_COUNTS.get(what, "{n} {what}"), {"n": n, "what": what}) for what, n in counts.items())
    return joined(texts, message(", "))


def _some_changes(counts: Mapping[str, int]) -> Message:
    return changes_in_words({what: f"{count:,}" for what, count in counts.items() if count})


def _difference_lines(diffs: Differences) -> Iterator[str]:
    yield from _some(message("added"), [_named(station) for station in diffs.added])
    yield from _some(message("removed"), [_named(station) for station in diffs.removed])
    changed = [f"{_named(one.after)}: {', '.join(one.fields)}" for one in diffs.changed]
    yield from _some(message("changed"), changed)
    moved = [
        message("{station}: {metres:.0f} m", station=_named(one.after), metres=one.moved_m) for one in diffs.moved
    ]
    yield from _some(message("moved"), moved)


def _some(what: Message, lines: Sequence[str]) -> Iterator[str]:
    yield from (joined((what, line), "  ") for line in lines[:SHOWN])
    if (more := len(lines) - SHOWN) > 0:
        yield joined((what, message("… and {more:,} more", more=more)), "  ")


def _named(station: Station) -> str:
    return f"{station.station_id}  {station.name}"


def _difference_record(diffs: Differences) -> dict[str, Any]:
    return {
        "counts": diffs.counts(),
        "added": [to_feature(station) for station in diffs.added],
        "removed": [to_feature(station) for station in diffs.removed],
        "changed": [_change_record(change) for change in diffs.changed],
        "moved": [_change_record(change) for change in diffs.moved],
    }


def _change_record(change: StationDifference) -> dict[str, Any]:
    return {
        "station_id": change.after.station_id,
        "fields": change.fields,
        "moved_m": round(change.moved_m, 1),
        "before": to_feature(change.before),
        "after": to_feature(change.after),
    }
