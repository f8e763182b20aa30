"""The command that imports a list: it shows the changes and publishes them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import orjson

from locator.cli.group import Count, FilePath, align, command, echo, option, plain_errors, progress, spoken, tell
from locator.cli.versioning import WHO, changes_in_words, who_publishes
from locator.config import Settings, read_settings
from locator.errors import UsageError
from locator.files.heading_search import read_choices
from locator.files.sheets import Sheet
from locator.files.tables import LeftOut
from locator.files.writing import replace_file
from locator.geo.datum import parse_datum
from locator.importing.field_words import field_label, heading_text
from locator.importing.intake import (
    AGREEMENTS,
    Choices,
    Proposal,
    agree,
    name_of_list,
    parse_day,
    propose,
    publish,
)
from locator.importing.summary import datum_sentence, record, report_csv
from locator.language.messages import Message, joined, message
from locator.stations.catalog import Catalog
from locator.stations.geodata import write_districts
from locator.stations.hours import current_day
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
@option("--sheet", "worksheets", multiple=True, help="A worksheet to read; may be given several times.")
@option("--heading-row", type=Count(min=1), help="The row of the headings, the lowest of several.")
@option("--listed-on", metavar="DAY", help="The day of the list: that of the last check of rows without one.")
@option("--datum", help="What degrees mean: wgs84 (GPS), gcj02 (Amap, Tencent) or bd09 (Baidu).")
@option("--crs", help="The reference system of X and Y, such as EPSG:5186.")
@option("--encoding", help="How text is encoded, such as gb18030, where it is not found rightly.")
@option("--districts", type=FILE, help="Outlines to publish with the list: the area that is served.")
@option("--anywhere", is_flag=True, help="Take stations outside the area that is served too.")
@option("--swap", is_flag=True, help="Latitude and longitude stand in each other's place.")
@option("--forget", is_flag=True, help="Use nothing that was chosen for the last list of this name.")
@option("--retire-many", is_flag=True, help="Agree that the list retires many stations.")
@option(
    "--add-again", is_flag=True, help="Agree that the list adds stations that are published from another list."
)
@option("--move-all", is_flag=True, help="Agree that the list moves its stations all the same way.")
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
        proposal = propose(file, choices_of(file, store, fields), store, show)
    if report:
        write_report(report, proposal, store, settings)
    if not as_json:
        print_proposal(proposal)
    published = None
    if not dry_run and (proposal.stations or proposal.waiting) and (as_json or fields["yes"] or is_agreed()):
        proposal = with_agreement(proposal)
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


def choices_of(file: Path, store: Store, fields: dict[str, Any]) -> Choices:
    """Return the choices for the list from the options."""
    return Choices(
        kind=fields["kind"],
        source=fields["source"] or name_of_list(file.name, store),
        columns=read_choices(fields["columns"]),
        datum=parse_datum(fields["datum"]) if fields["datum"] else None,
        crs=fields["crs"],
        encoding=fields["encoding"],
        anywhere=fields["anywhere"],
        swap=fields["swap"],
        districts=fields["districts"],
        worksheets=fields["worksheets"],
        heading_row=fields["heading_row"],
        listed_on=parse_day(fields["listed_on"]) if fields["listed_on"] else None,
        forget=fields["forget"],
        **{code: fields[code] for code in AGREEMENTS},
    )


def with_agreement(proposal: Proposal) -> Proposal:
    """Ask about each open stop where standard input is a terminal; elsewhere raise `UsageError`."""
    if proposal.open_stops and not sys.stdin.isatty():
        raise UsageError(
            "{reasons} Nothing was published. If that is meant, say {options}.",
            reasons=joined(stop.message for stop in proposal.open_stops),
            options=" ".join(f"--{stop.code.replace('_', '-')}" for stop in proposal.open_stops),
        )
    agreed = [
        stop.code
        for stop in proposal.stops
        if stop not in proposal.open_stops
        or click.confirm(f"{spoken(stop.message)}\n{spoken(message('Is that meant?'))}", err=True)
    ]
    return replace(proposal, choices=agree(proposal.choices, agreed))


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

        catalog, today = Catalog(store.current().geodata), current_day()
        made = import_report(proposal, catalog, settings.lang, settings.radius_m, today).encode()
    else:
        raise UsageError("The report is .csv or .html, not {value}.", value=repr(path.suffix))
    replace_file(path, made)
    tell(message("Written: {file}", file=path))


def print_proposal(proposal: Proposal) -> None:
    """Print how the list was read, its refused and doubtful rows, and what would change."""
    _print_reading(proposal)
    _print_unread(proposal)
    sheet, names = proposal.sheet, proposal.draft.columns["name"]

    def said(row: int, *reasons: str | None) -> tuple[Message, str]:
        texts = filter(None, (names[row - 1], joined(filter(None, reasons))))
        return place_text(sheet, row), joined(texts, message(": "))

    _print_rows(message("refused"), [said(one.row, one.reason, one.repair) for one in proposal.refused])
    _print_rows(message("to be placed"), [said(one.row, one.reason, one.repair) for one in proposal.waiting])
    _print_rows(message("closed for good"), [said(row, words) for row, words in sorted(proposal.closed.items())])
    _print_rows(message("doubtful"), [said(one.row, one.reason) for one in proposal.doubts])
    _print_rows(message("will be retired"), [(one.station_id, one.name) for one in proposal.diff.gone])
    for stop in proposal.stops:
        echo(message("To be agreed to: {reason}", reason=stop.message))
    echo(
        message(
            "{accepted} of {rows} rows accepted: {changes}, {unchanged} unchanged.",
            accepted=len(proposal.stations),
            rows=len(sheet),
            changes=changes_in_words(proposal.changes),
            unchanged=proposal.diff.unchanged,
        )
    )


def _print_reading(proposal: Proposal) -> None:
    """Print which parts of the file were read, what its positions mean, and what each column holds."""
    judgement, sheet, match = proposal.positions.judgement, proposal.sheet, proposal.match
    kind = joined(filter(None, (sheet.kind, sheet.encoding)), message(", "))
    tell(message("{file}: {count} rows, read as {kind}", file=sheet.name, count=len(sheet), kind=kind))
    for note in (*_shape_notes(sheet), *sheet.notes, *proposal.notes):
        tell(joined(("  ", note), ""))
    tell(datum_sentence(proposal))
    if proposal.datum_origin == "remembered":
        tell(message("  --forget leaves out what was chosen for this list before."))
    for evidence in judgement.evidence:
        tell(joined(("  ", evidence), ""))
    rows: list[tuple[str, ...]] = [(message("field"), message("heading"), message("samples"))]
    rows += [
        (
            joined((field_label(name), f"({name})")),
            joined((heading_text(heading), message("(guessed)")))
            if name in match.guessed
            else heading_text(heading),
            " | ".join(match.samples.get(heading, ())),
        )
        for name, heading in match.fields.items()
    ]
    click.echo("\n".join(align(rows)))
    if match.unused:
        echo(message("Not used: {columns}", columns=joined(map(heading_text, match.unused), message(", "))))


def _shape_notes(sheet: Sheet) -> Iterator[Message]:
    """Say which worksheets and rows were read, and why others were not."""
    for one in sheet.worksheets:
        if one.is_read:
            yield message(
                "Worksheet {name}: {count} rows, headings in row {rows}",
                name=one.name,
                count=one.rows,
                rows=joined(map(str, one.heading_rows), message(", ")),
            )
    together: dict[Message, list[Message]] = {}
    for row in sheet.left_out:
        together.setdefault(row.reason, []).append(_left_out_place(row))
    for reason, places in together.items():
        shown = joined(places[:SHOWN], message(", "))
        if (more := len(places) - SHOWN) > 0:
            shown = message("{places} and {more} more", places=shown, more=more)
        yield message("Not read: {places}: {reason}", places=shown, reason=reason)
    if sheet.listed_on:
        yield message(
            "The list is of {day}; --listed-on {day} takes that for the day of the last check.",
            day=sheet.listed_on.isoformat(),
        )


def _left_out_place(one: LeftOut) -> Message:
    if one.row is None:
        return message("worksheet {name}", name=one.worksheet)
    if one.worksheet is None:
        return message("row {n}", n=one.row)
    return message("{sheet}, row {n}", sheet=one.worksheet, n=one.row)


def place_text(sheet: Sheet, row: int) -> Message:
    """Say where a row, counted from 1, stands in the file."""
    worksheet, number = sheet.place_of(row)
    return (
        message("Row {n}", n=number)
        if worksheet is None
        else message("{sheet}, row {n}", sheet=worksheet, n=number)
    )


def _print_unread(proposal: Proposal) -> None:
    counts = Counter((cell.field, cell.value) for cell in proposal.draft.unread if not cell.is_fault)
    for (name, value), count in counts.most_common(SHOWN):
        echo(
            message(
                "Not understood, left unknown: {field} {value!r} ({count} rows)",
                field=field_label(name),
                value=value,
                count=count,
            )
        )
    for name, words in proposal.draft.words.items():
        if missing := [text for text, meaning in words.items() if meaning is None]:
            texts = joined(missing[:SHOWN], message(", "))
            echo(message("Not mapped: {field}: {texts}", field=field_label(name), texts=texts))


def _print_rows(what: Message, rows: Sequence[tuple[str, str]]) -> None:
    for where, reason in rows[:SHOWN]:
        echo(message("{where}, {what}: {reason}", where=where, what=what, reason=reason))
    if (more := len(rows) - SHOWN) > 0:
        echo(message("and {more} more {what}; --report FILE.csv has them all.", more=more, what=what))
