"""The command that writes a map as one HTML file, for use without a server or a network."""

from __future__ import annotations

from pathlib import Path

import click

from locator.cli.group import command, echo, option, plain_errors
from locator.cli.versioning import load_published
from locator.config import read_settings
from locator.errors import UsageError
from locator.files.writing import replace_file
from locator.language.catalogue import languages
from locator.language.messages import message
from locator.stations import request_fields
from locator.stations.catalog import Catalog
from locator.stations.hours import current_day


@command()
@option("--district", help="Write the stations of this district, by its Chinese or English name.")
@option("--all", "everything", is_flag=True, help="Write all stations.")
@option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@option("--lang", help=message("Language of the page: {known}.", known=", ".join(languages())))
@plain_errors
def export_html(district: str | None, everything: bool, out: Path, lang: str | None) -> None:
    """Write a map with its list as one HTML file that opens from a disk, without a server and a network."""
    # Not at the top: its templates take a tenth of a second, and `locator --help` reads this module.
    from locator.handouts.map_export import map_export, part_of

    if bool(district) == everything:
        raise UsageError("Name one district, --district 东城区, or take every station with --all.")
    settings = read_settings()
    lang = request_fields.read_language({"lang": lang}, settings.lang)
    geodata = load_published(settings).geodata
    catalog = Catalog(part_of(geodata, district) if district else geodata)
    today = current_day()
    page = map_export(catalog, lang, settings.radius_m, today, is_part=bool(district)).encode()
    replace_file(out, page)
    echo(message("{count} stations, {size:.0f} kB: {file}", count=len(catalog), size=len(page) / 1000, file=out))
