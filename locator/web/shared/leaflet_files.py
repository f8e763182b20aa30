"""Leaflet's own files, served from the installed packages: none of them is in this repository."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, send_from_directory, url_for

blueprint = Blueprint("assets", __name__)

YEAR_S: Final = 31_536_000

# Name in the address -> distribution, and the one folder of it that is served.
_FOLDERS: Final = {
    "leaflet": ("django-js-lib-leaflet", "js_lib_leaflet/static/js_lib_leaflet"),
    "markercluster": ("XStatic-Leaflet-MarkerCluster", "xstatic/pkg/leaflet_markercluster/data"),
}


@blueprint.get("/vendor/<package>/<path:name>")
def vendor(package: str, name: str) -> Response:
    """Send a file of an installed package."""
    if package not in _FOLDERS:
        abort(404)
    return send_from_directory(_folder(package), name, max_age=YEAR_S)


def vendor_url(package: str, name: str) -> str:
    """Return the address of a package's file, which changes with the package's version."""
    return url_for("assets.vendor", package=package, name=name, v=_version(package))


def vendor_text(package: str, name: str) -> str:
    """Return a package's script or style, for a page that carries it inside."""
    return (_folder(package) / name).read_text(encoding="utf-8")


@cache
def _version(package: str) -> str:
    return distribution(_FOLDERS[package][0]).version


@cache
def _folder(package: str) -> Path:
    name, folder = _FOLDERS[package]
    return Path(str(distribution(name).locate_file(folder)))
