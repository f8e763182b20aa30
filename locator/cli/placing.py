"""The command for rows that wait: to list them, write them to a file, and take the file back filled in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click
import orjson

from locator.cli.group import FilePath, align, command, echo, option, plain_errors, tell
from locator.cli.versioning import WHO, load_published, store_of, who_publishes
from locator.config import Settings, command_language, read_settings
from locator.errors import UsageError
from locator.files.writing import replace_file
from locator.geo.datum import parse_datum
from locator.importing.deciding.pending_rows import REFUSED, TO_PLACE, PendingRow, PendingRows
from locator.importing.deciding.places import placed_ids
from locator.importing.pending_files import BroughtBack, bring_back, pending_table, read_pending_table
from locator.language.messages import joined, localize, message

FILE: Final = FilePath()
SHOWN: Final = 50
"""The most rows that are printed; --json and --out have them all."""


@command("to-place")
@option("--district", help="Only rows of this district, such as 东城区.")
@option("--refused", is_flag=True, help="The rows that were refused, instead of those without a position.")
@option("--out", type=FILE, help="Write them, to be filled in or mended: .xlsx or .csv.")
@option("--in", "filled", type=FILE, help="Take such a file back: publish what was filled in or mended.")
@option("--datum", help="What filled-in degrees mean: wgs84 (GPS), gcj02 (Amap, Tencent) or bd09 (Baidu).")
@option("--why", default="", help="What the versions' entries say.  [default: the name of the file]")
@WHO
@option("--json", "as_json", is_flag=True, help="Print everything that is known of each row.")
@plain_errors
def to_place(filled: Path | None, out: Path | None, refused: bool, as_json: bool, **fields: Any) -> None:
    """List the rows of lists that wait for a position, write them to a file, or take the file back filled in."""
    settings = read_settings()
    if filled:
        if out or refused or fields["district"]:
            raise UsageError("--in takes a file back and goes with --datum, --who, --why and --json alone.")
        _take_back(filled, settings, as_json=as_json, **fields)
        return
    rows = _rows(settings, REFUSED if refused else TO_PLACE, fields["district"])
    if out:
        replace_file(out, pending_table(rows, out.suffix.lower().removeprefix("."), command_language()))
        tell(message("Written: {file}", file=out))
    elif as_json:
        click.echo(orjson.dumps({"rows": [_record(row) for row in rows]}))
    else:
        _print(rows)


def _rows(settings: Settings, what: str, district: str | None) -> list[PendingRow]:
    store, loaded = store_of(settings), load_published(settings)
    placed = placed_ids(store.contents(loaded.number, loaded)) if what == TO_PLACE else set()
    rows = PendingRows(store.writable()).rows(what, placed)
    return [row for row in rows if district in (None, row.listed.district)]


def _record(row: PendingRow) -> dict[str, Any]:
    listed, lang = row.listed, command_language()
    return {
        "number": row.number,
        "station_id": listed.station_id,
        "name": listed.name,
        "address": listed.address,
        "district": listed.district,
        "source": row.source,
        "file": row.file,
        "worksheet": listed.worksheet,
        "row": listed.row,
        "reason": localize(listed.reason, lang),
        "position": listed.written,
        "is_listed": row.is_listed,
        "came": row.came.isoformat(timespec="seconds"),
        "who": row.who,
        "facts": listed.facts,
    }


def _print(rows: list[PendingRow]) -> None:
    if not rows:
        echo(message("None."))
        return
    heading = (
        message("number"),
        message("name"),
        message("address"),
        message("district"),
        message("list"),
        message("row"),
        message("reason"),
    )
    lines = [
        (
            str(row.number),
            row.listed.name or "-",
            row.listed.address or "-",
            row.listed.district or "-",
            row.source,
            str(row.listed.row),
            row.listed.reason if row.is_listed else joined((message("No longer on the list."), row.listed.reason)),
        )
        for row in rows[:SHOWN]
    ]
    click.echo("\n".join(align([heading, *lines])))
    if (more := len(rows) - SHOWN) > 0:
        echo(message("and {more} more; --out FILE.xlsx has them all.", more=more))


def _take_back(
    path: Path, settings: Settings, *, as_json: bool, datum: str | None, who: str | None, why: str, **_: Any
) -> None:
    sheet = read_pending_table(path)
    meant = parse_datum(datum) if datum else None
    found = bring_back(sheet, store_of(settings), datum=meant, who=who_publishes(who), why=why or path.name)
    if as_json:
        click.echo(orjson.dumps(_result(found)))
    else:
        _print_result(found)
    sys.exit(1 if found.faults else 0)


def _result(found: BroughtBack) -> dict[str, Any]:
    lang = command_language()
    faults = [
        {"row": fault.row, "name": fault.name, "reason": localize(fault.reason, lang)} for fault in found.faults
    ]
    counts = {"placed": found.placed, "mended": found.mended, "waiting": found.waiting, "left": found.left}
    return {**counts, "faults": faults, "versions": found.versions}


def _print_result(found: BroughtBack) -> None:
    for fault in found.faults:
        named = joined(filter(None, (fault.name, fault.reason)), ": ")
        echo(message("Row {row}: {reason}", row=fault.row, reason=named))
    for text, count in (
        (message("{n} rows were placed.", n=found.placed), found.placed),
        (message("{n} rows were mended.", n=found.mended), found.mended),
        (message("{n} rows wait for a position now.", n=found.waiting), found.waiting),
        (message("{n} rows have no position yet and stay.", n=found.left), found.left),
    ):
        if count:
            echo(text)
    for number in found.versions:
        tell(message("Published as version {n}.", n=number))
