"""The command that imports a list: it shows the changes and publishes them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import orjson

from locator.cli.group import FilePath, align, command, echo, option, plain_errors, progress, spoken, tell
from locator.cli.versioning import WHO, changes_in_words, who_publishes
from locator.config import Settings, read_settings
from locator.errors import UsageError
from locator.files.heading_search import read_choices
from locator.files.writing import replace_file
from locator.geo.datum import parse_datum
from locator.importing.intake import Choices, Proposal, propose, publish, source_of
from locator.importing.summary import record, report_csv
from locator.language.messages import Message, joined, message
from locator.stations.catalog import Catalog
from locator.stations.geodata import write_districts
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import KINDS
from locator.stations.store import Store

FILE: Final = FilePath()
SHOWN: Final = 20
"""The most rows of each verdict that are printed; a report has them all."""


@command("import")
@click.argument("file", type=FILE)
@option(
    "--kind",
    required=True,
    help=message("The kind of rows that do not name theirs: {known}.", known=", ".join(KINDS)),
)
@option("--source", help="The list's name; what it had and has no longer is retired.  [default: after FILE]")
@option("--map", "columns", multiple=True, metavar="FIELD=HEADING", help="Which column holds what.")
@option("--datum", help="What degrees mean: wgs84 (GPS), gcj02 (Amap, Tencent) or bd09 (Baidu).")
@option("--crs", help="The reference system of X and Y, such as EPSG:5186.")
@option("--encoding", help="How text is encoded, such as gb18030, where it is not found rightly.")
@option("--districts", type=FILE, help="Outlines to publish with the list: the area that is served.")
@option("--anywhere", is_flag=True, help="Take stations outside the area that is served too.")
@option("--swap", is_flag=True, help="Latitude and longitude stand in each other's place.")
@option("--why", default="", help="What the version's entry says.  [default: the name of the list]")
@WHO
@option("--report", type=FILE, help="Write what was found: .csv (rows to mend) or .html (with a map).")
@option("--dry-run", is_flag=True, help="Publish nothing.")
@option("--yes", is_flag=True, help="Publish without asking.")
@option("--json", "as_json", is_flag=True, help="Print what was found as JSON; publishes without asking.")
@plain_errors
def import_(file: Path, report: Path | None, dry_run: bool, as_json: bool, **fields: Any) -> None:
    """Take a list of stations FILE in: CSV, XLSX, XLS, ODS, JSON, GeoJSON, GPKG, FlatGeobuf, Shapefile, KML."""
    settings = read_settings()
    store = Store(settings.store, settings.geodata)
    fields["districts"] = ready_outlines(fields["districts"])
    with progress() as show:
        proposal = propose(file, choices_of(file, fields), store, show)
    if report:
        write_report(report, proposal, store, settings)
    if not as_json:
        print_proposal(proposal)
    published = None
    if not dry_run and (proposal.stations or proposal.waiting) and (as_json or fields["yes"] or is_agreed()):
        published = publish(
            proposal, store, who=who_publishes(fields["who"]), why=fields["why"] or proposal.choices.source
        ).number
    if as_json:
        click.echo(orjson.dumps(record(proposal) | {"published": published}))
    elif published:
        tell(
            message(
                "Published as version {n}. `locator rollback {parent}` takes it back.",
                n=published,
                parent=proposal.parent,
            )
        )
    sys.exit(0 if proposal.stations or proposal.waiting else 1)


def choices_of(file: Path, fields: dict[str, Any]) -> Choices:
    """Return the choices for the list from the options."""
    return Choices(
        kind=fields["kind"],
        source=fields["source"] or source_of(file.name),
        columns=read_choices(fields["columns"]),
        datum=parse_datum(fields["datum"]) if fields["datum"] else None,
        crs=fields["crs"],
        encoding=fields["encoding"],
        anywhere=fields["anywhere"],
        swap=fields["swap"],
        districts=fields["districts"],
    )


def ready_outlines(path: Path | None) -> Path | None:
    """Write outlines of any format as they are served, until the command ends; say what is doubtful in them."""
    if path is None:
        return None
    from locator.planning.inputs.district_files import read_outlines  # the planner's readers: a third of a second

    found = read_outlines(path)
    for note in found.notes:
        tell(note)
    ready = Path(click.get_current_context().with_resource(TemporaryDirectory()), path.stem + ".geojson")
    write_districts(ready, found.districts)
    return ready


def is_agreed() -> bool:
    """Ask whether to publish, unless standard input is no terminal: a script is not asked."""
    return not sys.stdin.isatty() or click.confirm(spoken(message("Publish?")), err=True)


def write_report(path: Path, proposal: Proposal, store: Store, settings: Settings) -> None:
    """Write the results in the format of the suffix."""
    if path.suffix == ".csv":
        made = report_csv(proposal, settings.lang)
    elif path.suffix == ".html":
        from locator.handouts.import_report import import_report  # templates: a tenth of a second for .html alone

        catalog, today = Catalog(store.current().geodata), datetime.now(STATION_TIMEZONE).date()
        made = import_report(proposal, catalog, settings.lang, settings.radius_m, today).encode()
    else:
        raise UsageError("The report is .csv or .html, not {value}.", value=repr(path.suffix))
    replace_file(path, made)
    tell(message("Written: {file}", file=path))


def print_proposal(proposal: Proposal) -> None:
    """Print how the list was read, its refused and doubtful rows, and what would change."""
    judgement, sheet = proposal.positions.judgement, proposal.sheet
    kind = joined(filter(None, (sheet.kind, sheet.encoding)), ", ")
    tell(message("{file}: {count} rows, read as {kind}", file=proposal.file, count=len(sheet), kind=kind))
    for note in sheet.notes:
        tell(joined(("  ", note), ""))
    how = message("given") if judgement.is_given else message("judged")
    tell(message("Datum: {datum} ({how})", datum=judgement.datum, how=how))
    for evidence in judgement.evidence:
        tell(joined(("  ", evidence), ""))
    match = proposal.match
    rows: list[tuple[str, ...]] = [(message("field"), message("heading"), message("samples"))]
    rows += [(name, heading, " | ".join(match.samples.get(heading, ()))) for name, heading in match.fields.items()]
    click.echo("\n".join(align(rows)))
    if match.unused:
        echo(message("Not used: {columns}", columns=", ".join(match.unused)))
    _print_unread(proposal)
    refused = [(one.row, joined(filter(None, (one.reason, one.repair)))) for one in proposal.refused]
    doubtful = [(doubt.row, joined((doubt.station_id, doubt.reason), ": ")) for doubt in proposal.doubts]
    waiting = [(one.row, joined((one.name, one.reason), ": ")) for one in proposal.waiting]
    _print_rows(message("refused"), refused)
    _print_rows(message("to be placed"), waiting)
    _print_rows(message("doubtful"), doubtful)
    echo(
        message(
            "{accepted} of {rows} rows accepted: {changes}, {unchanged} unchanged.",
            accepted=len(proposal.stations),
            rows=len(sheet),
            changes=changes_in_words(proposal.changes),
            unchanged=proposal.diff.unchanged,
        )
    )


def _print_unread(proposal: Proposal) -> None:
    counts = Counter((cell.field, cell.value) for cell in proposal.draft.unread if not cell.is_fault)
    for (name, value), count in counts.most_common(SHOWN):
        echo(
            message(
                "Not understood, left unknown: {field} {value!r} ({count} rows)",
                field=name,
                value=value,
                count=count,
            )
        )
    for name, words in proposal.draft.words.items():
        if missing := [text for text, meaning in words.items() if meaning is None]:
            echo(message("Not mapped: {field}: {texts}", field=name, texts=", ".join(missing[:SHOWN])))


def _print_rows(what: Message, rows: Sequence[tuple[int, str]]) -> None:
    for row, reason in rows[:SHOWN]:
        echo(message("Row {row}, {what}: {reason}", row=row, what=what, reason=reason))
    if (more := len(rows) - SHOWN) > 0:
        echo(message("and {more} more {what}; --report FILE.csv has them all.", more=more, what=what))
