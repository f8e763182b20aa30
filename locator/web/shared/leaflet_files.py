"""Leaflet's own files, served from the installed packages."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort, send_from_directory, url_for

from locator.handouts.packaged_files import FOLDERS, package_folder, package_version

blueprint = Blueprint("assets", __name__)

YEAR_S: Final = 31_536_000


@blueprint.get("/vendor/<package>/<path:name>")
def vendor(package: str, name: str) -> Response:
    """Send a file of an installed package."""
    if package not in FOLDERS:
        abort(404)
    return send_from_directory(package_folder(package), name, max_age=YEAR_S)


def vendor_url(package: str, name: str) -> str:
    """Return the address of a package's file, which changes with the package's version."""
    return url_for("assets.vendor", package=package, name=name, v=package_version(package))
