"""Leaflet's own files, from the installed packages: none of them is in this repository."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

# Name of a package in addresses -> distribution, and the one folder of it that is used.
FOLDERS: Final = {
    "leaflet": ("django-js-lib-leaflet", "js_lib_leaflet/static/js_lib_leaflet"),
    "markercluster": ("XStatic-Leaflet-MarkerCluster", "xstatic/pkg/leaflet_markercluster/data"),
}


@cache
def package_version(package: str) -> str:
    """Return which version of a package is installed."""
    return distribution(FOLDERS[package][0]).version


@cache
def package_folder(package: str) -> Path:
    """Return where a package keeps its scripts and styles."""
    name, folder = FOLDERS[package]
    return Path(str(distribution(name).locate_file(folder)))
