"""The command that takes a list in: shows what it would change, and publishes it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import orjson

from locator.cli.group import FilePath, align, plain_errors, progress, tell
from locator.cli.versioning import WHO, who_publishes
from locator.config import Settings, read_settings
from locator.errors import UsageError
from locator.files.heading_search import read_choices
from locator.files.writing import replace_file
from locator.geo.datum import Datum, parse_datum
from locator.importing.intake import Choices, Proposal, propose, publish, source_of
from locator.importing.summary import record, report_csv
from locator.stations.catalog import Catalog
from locator.stations.schema import KINDS
from locator.stations.store import Store

FILE: Final = FilePath()
SHOWN: Final = 20
"""So many rows of each kind of trouble are printed; a report has them all."""


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--kind", required=True, help=f"What a row is that does not say itself: {', '.join(KINDS)}.")
@click.option("--source", help="The list's name; what it had and has no longer is retired.  [default: after FILE]")
@click.option("--map", "columns", multiple=True, metavar="FIELD=HEADING", help="Which column holds what.")
@click.option("--datum", help="What degrees mean: wgs84 (GPS), gcj02 (Amap, Tencent) or bd09 (Baidu).")
@click.option("--crs", help="The reference system of X and Y, such as EPSG:5186.")
@click.option("--encoding", help="How text is encoded, such as gb18030, where it is not found rightly.")
@click.option("--districts", type=FILE, help="Outlines to publish with the list: the area that is served.")
@click.option("--anywhere", is_flag=True, help="Take stations outside the area that is served too.")
@click.option("--swap", is_flag=True, help="Latitude and longitude stand in each other's place.")
@click.option("--why", default="", help="What the version's entry says.  [default: the name of the list]")
@WHO
@click.option("--report", type=FILE, help="Write what was found: .csv (rows to mend) or .html (with a map).")
@click.option("--dry-run", is_flag=True, help="Publish nothing.")
@click.option("--yes", is_flag=True, help="Publish without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON; publishes without asking.")
@plain_errors
def import_(file: Path, report: Path | None, dry_run: bool, as_json: bool, **fields: Any) -> None:
    """Take a list of stations FILE in: CSV, XLSX, XLS, ODS, JSON, GeoJSON, GPKG, FlatGeobuf, Shapefile, KML."""
    settings = read_settings()
    store = Store(settings.store, settings.geodata)
    with progress() as show:
        proposal = propose(file, read_said(file, fields), store, show)
    if report:
        write_report(report, proposal, store, settings)
    if not as_json:
        print_proposal(proposal)
    published = None
    if not dry_run and proposal.stations and (as_json or fields["yes"] or is_agreed()):
        published = publish(
            proposal, store, who=who_publishes(fields["who"]), why=fields["why"] or proposal.choices.source
        ).number
    if as_json:
        click.echo(orjson.dumps(record(proposal) | {"published": published}))
    elif published:
        tell(f"Published as version {published}. `locator rollback {proposal.parent}` takes it back.")
    sys.exit(0 if proposal.stations else 1)


def read_said(file: Path, fields: dict[str, Any]) -> Choices:
    """Read what the options say of the list."""
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


def is_agreed() -> bool:
    """Ask a person whether to publish what was shown; a script has nobody to ask."""
    return not sys.stdin.isatty() or click.confirm("Publish?", err=True)


def write_report(path: Path, proposal: Proposal, store: Store, settings: Settings) -> None:
    """Write what was found in the form that the suffix says."""
    if path.suffix == ".csv":
        made = report_csv(proposal, settings.lang)
    elif path.suffix == ".html":
        from locator.web.manage.import_page import report_file

        made = report_file(proposal, Catalog(store.current().geodata), settings).encode()
    else:
        raise UsageError("The report is .csv or .html, not {value}.", value=repr(path.suffix))
    replace_file(path, made)
    tell(f"Written: {path}")


def print_proposal(proposal: Proposal) -> None:
    """Print what was understood, what is wrong, and what would change."""
    judgement, sheet = proposal.placed.judgement, proposal.sheet
    tell(
        f"{proposal.file}: {len(sheet)} rows, read as {sheet.kind}"
        + (f", {sheet.encoding}" if sheet.encoding else "")
    )
    for note in sheet.notes:
        tell(f"  {note}")
    datum = judgement.datum or Datum.WGS84
    tell(f"Datum: {datum} ({'given' if judgement.is_given else 'judged'})")
    for sentence in judgement.evidence:
        tell(f"  {sentence}")
    samples = proposal.match.samples
    rows = [("field", "heading", "samples")]
    rows += [(name, said, " | ".join(samples.get(said, ()))) for name, said in proposal.match.fields.items()]
    click.echo("\n".join(align(rows)))
    if proposal.match.unused:
        click.echo(f"Not used: {', '.join(proposal.match.unused)}")
    _print_unread(proposal)
    _print_rows("refused", [(no.row, " ".join(filter(None, (no.reason, no.repair)))) for no in proposal.refused])
    _print_rows("doubtful", [(doubt.row, f"{doubt.station_id}: {doubt.reason}") for doubt in proposal.doubts])
    changes = ", ".join(f"{count} {name}" for name, count in proposal.changes.items())
    click.echo(
        f"{len(proposal.stations)} of {len(sheet)} rows accepted: {changes}, {proposal.diff.unchanged} unchanged."
    )


def _print_unread(proposal: Proposal) -> None:
    counts = Counter((cell.field, cell.value) for cell in proposal.draft.unread if not cell.is_fault)
    for (name, value), count in counts.most_common(SHOWN):
        click.echo(f"Not understood, left unknown: {name} {value!r} ({count} rows)")
    for name, words in proposal.draft.words.items():
        if missing := [text for text, taken in words.items() if taken is None]:
            click.echo(f"Not mapped: {name}: {', '.join(missing[:SHOWN])}")


def _print_rows(what: str, rows: Sequence[tuple[int, str]]) -> None:
    for row, reason in rows[:SHOWN]:
        click.echo(f"Row {row}, {what}: {reason}")
    if len(rows) > SHOWN:
        click.echo(f"and {len(rows) - SHOWN} more {what}; --report FILE.csv has them all.")
