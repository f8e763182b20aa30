"""What an import found, on a page: the words for it, its map, and all of it as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from flask import render_template
from markupsafe import Markup

from locator import maps
from locator.config import Settings
from locator.importing.intake import Proposal
from locator.importing.summary import points, record
from locator.language.messages import message, texts_in
from locator.stations.answer_json import districts_collection
from locator.stations.catalog import Catalog
from locator.web.shared.page_language import current_language
from locator.web.shared.page_words import script_words
from locator.web.shared.single_file import WITHOUT_SCRIPT, data_url, digest, joined

STYLES: Final = (("leaflet", "leaflet.css"), "shared/app.css", "manage/import.css", "embed/export.css")
SCRIPTS: Final = (("leaflet", "leaflet.js"), "shared/map.js", "manage/import.js")

VERDICTS: Final = {
    "added": message("New"),
    "changed": message("Changed"),
    "moved": message("Moved"),
    "gone": message("Gone"),
    "reopened": message("Back again"),
    "unchanged": message("Unchanged"),
    "doubtful": message("In doubt"),
    "refused": message("Refused"),
}
DATUMS: Final = {
    "wgs84": message("WGS 84 (GPS)"),
    "gcj02": message("GCJ-02 (Amap, Tencent)"),
    "bd09": message("BD-09 (Baidu)"),
}
FIELDS: Final = {
    "station_id": message("Station id"),
    "name": message("Name"),
    "name_en": message("English name"),
    "lat": message("Latitude"),
    "lon": message("Longitude"),
    "x": message("X (east)"),
    "y": message("Y (north)"),
    "position": message("Latitude and longitude in one cell"),
    "address": message("Address"),
    "district": message("District"),
    "sub_district": message("Sub-district"),
    "kind": message("Kind"),
    "sub_kind": message("Sub-kind"),
    "tier": message("Tier"),
    "venue": message("Venue"),
    "operator": message("Run by"),
    "phone": message("Phone"),
    "hours_text": message("Hours in words"),
    "hours": message("Hours (OSM)"),
    "opens": message("Opens at"),
    "closes": message("Closes at"),
    "open_days": message("Open on"),
    "amenities": message("Amenities"),
    "seats": message("Seats"),
    "area_m2": message("Floor area"),
    "entry": message("Entry"),
    "checked_on": message("Last checked"),
    "photo_url": message("Photo"),
    "parent": message("Belongs to"),
    "position_accuracy_m": message("How exact"),
}
COLUMNS: Final = {
    "pinyin": message("Pinyin"),
    "source": message("Source"),
    "licence": message("Licence"),
    "synthetic": message("Sample data"),
    "doubts": message("Doubts"),
}
"""What a station has besides, and no list says in a column that could be chosen."""
REPORT_WORDS: Final = {"row": message("row {n}"), "nameless": message("without a name")}


def import_words() -> dict[str, Any]:
    """Gather what the report and its map say, in the reader's language."""
    tables = {"verdicts": VERDICTS, "datums": DATUMS, "fields": FIELDS, "columns": COLUMNS}
    lang = current_language()
    return script_words(REPORT_WORDS) | {name: texts_in(words, lang) for name, words in tables.items()}


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

    with build_app(settings, Live(settings, catalog)).test_request_context(query_string={"lang": settings.lang}):
        return _render(record(proposal, settings.lang) | {"points": points(proposal, settings.lang)}, catalog)


def _render(found: Mapping[str, Any], catalog: Catalog) -> str:
    districts_url = data_url(districts_collection(catalog.districts))
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
