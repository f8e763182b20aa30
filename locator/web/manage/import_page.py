"""What an import found, on a page: the words for it, its map, and all of it as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from flask import render_template
from flask_babel import lazy_gettext
from markupsafe import Markup

from locator import maps
from locator.config import Settings
from locator.importing.intake import Proposal
from locator.importing.summary import points, record
from locator.stations.catalog import Catalog
from locator.web.api.station_answers import districts_collection
from locator.web.shared.page_language import current_language, sayer
from locator.web.shared.page_words import script_words
from locator.web.shared.single_file import WITHOUT_SCRIPT, data_url, digest, joined

STYLES: Final = (("leaflet", "leaflet.css"), "shared/app.css", "manage/import.css", "embed/export.css")
SCRIPTS: Final = (("leaflet", "leaflet.js"), "shared/map.js", "manage/import.js")

VERDICTS: Final = {
    "added": lazy_gettext("New"),
    "changed": lazy_gettext("Changed"),
    "moved": lazy_gettext("Moved"),
    "gone": lazy_gettext("Gone"),
    "reopened": lazy_gettext("Back again"),
    "unchanged": lazy_gettext("Unchanged"),
    "doubtful": lazy_gettext("In doubt"),
    "refused": lazy_gettext("Refused"),
}
DATUMS: Final = {
    "wgs84": lazy_gettext("WGS 84 (GPS)"),
    "gcj02": lazy_gettext("GCJ-02 (Amap, Tencent)"),
    "bd09": lazy_gettext("BD-09 (Baidu)"),
}
FIELDS: Final = {
    "station_id": lazy_gettext("Station id"),
    "name": lazy_gettext("Name"),
    "name_en": lazy_gettext("English name"),
    "lat": lazy_gettext("Latitude"),
    "lon": lazy_gettext("Longitude"),
    "x": lazy_gettext("X (east)"),
    "y": lazy_gettext("Y (north)"),
    "position": lazy_gettext("Latitude and longitude in one cell"),
    "address": lazy_gettext("Address"),
    "district": lazy_gettext("District"),
    "sub_district": lazy_gettext("Sub-district"),
    "kind": lazy_gettext("Kind"),
    "sub_kind": lazy_gettext("Sub-kind"),
    "tier": lazy_gettext("Tier"),
    "venue": lazy_gettext("Venue"),
    "operator": lazy_gettext("Run by"),
    "phone": lazy_gettext("Phone"),
    "hours_text": lazy_gettext("Hours in words"),
    "hours": lazy_gettext("Hours (OSM)"),
    "opens": lazy_gettext("Opens at"),
    "closes": lazy_gettext("Closes at"),
    "open_days": lazy_gettext("Open on"),
    "amenities": lazy_gettext("Amenities"),
    "seats": lazy_gettext("Seats"),
    "area_m2": lazy_gettext("Floor area"),
    "entry": lazy_gettext("Entry"),
    "checked_on": lazy_gettext("Last checked"),
    "photo_url": lazy_gettext("Photo"),
    "parent": lazy_gettext("Belongs to"),
    "position_accuracy_m": lazy_gettext("How exact"),
}
COLUMNS: Final = {
    "pinyin": lazy_gettext("Pinyin"),
    "source": lazy_gettext("Source"),
    "licence": lazy_gettext("Licence"),
    "synthetic": lazy_gettext("Sample data"),
    "doubts": lazy_gettext("Doubts"),
}
"""What a station has besides, and no list says in a column that could be chosen."""
REPORT_WORDS: Final = {"row": lazy_gettext("row {n}"), "nameless": lazy_gettext("without a name")}


def import_words() -> dict[str, Any]:
    """Gather what the report and its map say, in the reader's language."""
    tables = {"verdicts": VERDICTS, "datums": DATUMS, "fields": FIELDS, "columns": COLUMNS}
    said = {name: {key: str(text) for key, text in words.items()} for name, words in tables.items()}
    return script_words(REPORT_WORDS) | said


def drawn_map(found: Sequence[Mapping[str, Any]], catalog: Catalog, sources: maps.Sources) -> maps.MapParts:
    """Draw the map of what `locator.importing.summary.points` gives."""
    lonlat = np.array([[point["lon"], point["lat"]] for point in found], dtype=np.float64).reshape(-1, 2)
    return maps.import_map(catalog, lonlat, sources)


def report_file(proposal: Proposal, catalog: Catalog, settings: Settings) -> str:
    """Write what an import found as one HTML file, in the language of the settings.

    Parameters
    ----------
    proposal
        What was found; it need not have been published.
    catalog
        The published stations.
    settings
        Its base map is left out: the file asks no host for anything.
    """
    from locator.web.application import build_app
    from locator.web.shared.live import Live

    say = sayer(settings.lang)
    with build_app(settings, Live(settings, catalog)).test_request_context(query_string={"lang": settings.lang}):
        return _render(record(proposal, say) | {"points": points(proposal, say)}, catalog)


def _render(found: Mapping[str, Any], catalog: Catalog) -> str:
    districts_url = data_url(districts_collection(catalog))
    drawn = drawn_map(found["points"], catalog, maps.Sources("none", (), (), districts_url))
    style, script = joined(STYLES), f"{joined(SCRIPTS)}\n{drawn.script}"
    return render_template(
        "manage/import_report.html",
        lang=current_language(),
        found=found,
        map=drawn,
        words=import_words(),
        # Ours and Leaflet's, with nothing of the data in it but base64.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        without_script=WITHOUT_SCRIPT,
        script_hash=digest(script),
        style_hashes=[digest(style), digest(WITHOUT_SCRIPT)],
    )
