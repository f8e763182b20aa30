"""Leaflet's own files, served from the installed packages."""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_from_directory, url_for

from locator.handouts.packaged_files import FOLDERS, package_folder, package_version
from locator.web.shared.cache_times import FOR_GOOD_S

blueprint = Blueprint("assets", __name__)


@blueprint.get("/vendor/<package>/<path:name>")
def vendor(package: str, name: str) -> Response:
    """Send a file of an installed package."""
    if package not in FOLDERS:
        abort(404)
    return send_from_directory(package_folder(package), name, max_age=FOR_GOOD_S)


def vendor_url(package: str, name: str) -> str:
    """Return the address of a package's file, which changes with the package's version."""
    return url_for("assets.vendor", package=package, name=name, v=package_version(package))
