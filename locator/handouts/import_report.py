"""The report of an import as one HTML file, with its labels and map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from locator import maps
from locator.handouts import single_file
from locator.handouts.map_words import labels_in, map_words
from locator.importing.field_words import COLUMNS, FIELDS
from locator.importing.intake import Proposal
from locator.importing.summary import points, record
from locator.language.messages import message, texts_in
from locator.stations.answer_json import districts_collection
from locator.stations.catalog import Catalog

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
    "waiting": message("To be placed"),
    "refused": message("Refused"),
}
MAPS: Final = {
    "gcj02": message("Amap or Tencent"),
    "bd09": message("Baidu"),
    "wgs84": message("GPS or Tianditu"),
}
"""Datum to the maps that positions may have been picked on."""
REPORT_WORDS: Final = {
    "row": message("row {n}"),
    "sheet_row": message("{sheet}, row {n}"),
    "nameless": message("without a name"),
}


def import_words(lang: str) -> dict[str, dict[str, str]]:
    """Return the labels of an import's results in a language."""
    tables = {"verdicts": VERDICTS, "maps": MAPS, "fields": FIELDS, "columns": COLUMNS}
    return {name: texts_in(words, lang) for name, words in tables.items()}


def drawn_map(stations: Sequence[Mapping[str, Any]], catalog: Catalog, sources: maps.Sources) -> maps.MapParts:
    """Draw the map of what `locator.importing.summary.points` gives."""
    lonlat = np.array([[point["lon"], point["lat"]] for point in stations], dtype=np.float64).reshape(-1, 2)
    return maps.import_map(catalog, lonlat, sources)


def import_report(proposal: Proposal, catalog: Catalog, lang: str, radius_m: float, today: date) -> str:
    """Write the results of an import, published or not, as one HTML file about the day `today`."""
    report = record(proposal, lang) | {"points": points(proposal, lang)}
    districts_url = single_file.data_url(districts_collection(catalog.districts))
    drawn = drawn_map(report["points"], catalog, maps.Sources("none", (), (), districts_url))
    words = map_words(lang, radius_m, today, REPORT_WORDS) | import_words(lang)
    return single_file.render(
        "handouts/import_report.html",
        lang,
        styles=STYLES,
        scripts=SCRIPTS,
        script=drawn.script,
        inside={"words": words, "import-points": report["points"]},
        words=words,
        labels=labels_in(lang),
        report=report,
        map=drawn,
    )
