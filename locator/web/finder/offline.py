"""Offline use and installation: the service worker, the manifest, and the pages that stand in for others."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson
from flask import Blueprint, Response, render_template, request, url_for

from locator.config import PACKAGE, __version__, bundled
from locator.language.catalogue import TRANSLATIONS, language_tag
from locator.language.messages import message
from locator.stations import nearest_query
from locator.web.finder.finder_pages import NAMED
from locator.web.shared.context import current_catalog, current_document, current_settings
from locator.web.shared.documents import Document
from locator.web.shared.leaflet_files import vendor_url
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.static_files import asset

blueprint = Blueprint("offline", __name__)

STAND_INS: Final = ("offline.last_page", "offline.unsent_page")
PAGES: Final = ("finder.home", "finder.city_map", "finder.about", *STAND_INS)
"""The pages that are cached at installation; those of stations are cached when they are visited."""
FILES: Final = (
    "shared/app.css",
    "shared/icon.svg",
    "shared/scene.svg",
    "shared/map.js",
    "shared/position.js",
    "shared/list.js",
    "finder/filters.js",
    "finder/places.js",
    "finder/walk.js",
    "finder/feedback.js",
    "finder/finder.js",
    "finder/handoff.js",
    "finder/engine.js",
    "finder/gazetteer.js",
    "finder/offline.js",
)
VENDOR_FILES: Final = (
    ("leaflet", "leaflet.js"),
    ("leaflet", "leaflet.css"),
    ("markercluster", "leaflet.markercluster.js"),
    ("markercluster", "MarkerCluster.css"),
)
DOCUMENTS: Final = {
    "compact": "api.stations_compact",
    "hours": "api.hours",
    "names": "api.names",
    "gazetteer": "api.gazetteer",
    "districts": "api.districts_geojson",
}
"""What answers on the device are made from, by the names in static/finder/offline.js."""
IN_EVERY_LANGUAGE: Final = ("gazetteer", "districts")

PAPER: Final = "#fdf6ee"
"""The colour behind every page, as in static/shared/app.css."""


@blueprint.get("/sw.js")
def worker() -> Response:
    """Send the service worker; where the operator wants none, one that removes itself and its caches."""
    if current_settings().offline:
        response = current_document("sw.js", _worker_document, stamp=request.root_path).respond()
    else:
        response = _script((bundled("static") / "finder/sw_off.js").read_bytes()).respond()
    response.headers["Cache-Control"] = "no-cache"
    # The policies of pages do not apply to a worker, so it needs one of its own.
    response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    return response


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Send the web app manifest: the name and the icons of the installed page."""
    response = Response(orjson.dumps(_manifest()), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/offline")
def last_page() -> Response:
    """Stand in for a page that is not cached on the device."""
    return _stand_in(is_form=False)


@blueprint.get("/offline/form")
def unsent_page() -> Response:
    """Stand in for the answer to a form that could not be sent."""
    return _stand_in(is_form=True)


def _stand_in(*, is_form: bool) -> Response:
    response = Response(render_template("finder/offline.html", is_form=is_form))
    response.vary.add("Accept-Language")
    return response


def shell() -> dict[str, Any]:
    """List what the service worker caches, and the version of all that."""
    known = {
        "data_version": current_catalog().version,
        "home": _plain_url("finder.home"),
        "named": NAMED,
        "last_page": _plain_url("offline.last_page"),
        "unsent_page": _plain_url("offline.unsent_page"),
        "stations": _plain_url("finder.station", station_id=""),
        "pages": [_plain_url(page) for page in PAGES],
        "files": [*(asset(name) for name in FILES), *(vendor_url(*name) for name in VENDOR_FILES)],
        "documents": [_plain_url(endpoint) for endpoint in DOCUMENTS.values()],
    }
    return known | {"version": _version_of(known)}


def _plain_url(endpoint: str, **values: Any) -> str:
    """Return an address without a language, even if this request has one."""
    return url_for(endpoint, lang=None, **values)


def _version_of(known: dict[str, Any]) -> str:
    """Hash what pages are made of; the addresses of static files already change with the files."""
    settings = current_settings()
    choices = (__version__, settings.tiles, settings.radius_m, settings.lang, settings.store is not None)
    digest = hashlib.sha256(orjson.dumps((known, choices)))
    for path in (*sorted((PACKAGE / "templates").rglob("*.html")), *sorted(TRANSLATIONS.glob("*.po"))):
        digest.update(path.read_bytes())
    digest.update((bundled("static") / "finder/sw.js").read_bytes())
    return digest.hexdigest()[:12]


def _worker_document() -> Document:
    script = (bundled("static") / "finder/sw.js").read_bytes()
    return _script(b"const SHELL = %b;\n\n%b" % (orjson.dumps(shell()), script))


def _script(body: bytes) -> Document:
    return Document(body, "text/javascript")


def _manifest() -> dict[str, Any]:
    scope = _plain_url("finder.home")
    return {
        "id": scope,
        "name": localized(message("Warm Station Map")),
        "short_name": localized(message("Warm stations")),
        "description": localized(
            message(
                "Places within 1 km where people who work outdoors may sit, drink water, heat a meal, warm up or"
                " cool down."
            )
        ),
        "lang": language_tag(current_language()),
        "dir": "ltr",
        "start_url": url_for("finder.home"),
        "scope": scope,
        "display": "standalone",
        "theme_color": PAPER,
        "background_color": PAPER,
        "icons": [
            {"src": asset("shared/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(_icon(f"shared/icon-{size}.png", size, "any") for size in (192, 512)),
            *(_icon(f"shared/icon-maskable-{size}.png", size, "maskable") for size in (192, 512)),
        ],
    }


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": asset(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@blueprint.app_context_processor
def _for_every_page() -> dict[str, object]:
    return {"offline": current_settings().offline and request.endpoint not in STAND_INS}


@blueprint.app_template_global("page_url")
def _page_url(datum: str | None = None) -> str:
    """Return the address of this page if the worker caches pages of its kind."""
    if request.endpoint is None or request.blueprint != "finder":
        return ""
    return url_for(request.endpoint, **{**(request.view_args or {}), "datum": datum or None})


@blueprint.app_template_global("offline_words")
def _words() -> dict[str, Any]:
    """Gather the texts and addresses of static/finder/offline.js."""
    lang, version = current_language(), current_catalog().version
    return {
        "lang": lang,
        "worker_url": url_for("offline.worker"),
        "engine_url": asset("finder/engine.js"),
        "gazetteer_url": asset("finder/gazetteer.js"),
        "documents": {
            name: url_for(endpoint, v=version, lang=None if name in IN_EVERY_LANGUAGE else lang)
            for name, endpoint in DOCUMENTS.items()
        },
        "radius_m": current_settings().radius_m,
        "limit": nearest_query.DEFAULT_LIMIT,
        "kept": localized(
            message("The network does not answer. You see what was kept on this device on {date} ({age}).")
        ),
        "nothing_kept": localized(message("The network does not answer, and nothing is kept on this device yet.")),
        "today": localized(message("today")),
        "yesterday": localized(message("yesterday")),
        "days_ago": localized(message("{n} days ago")),
    }
