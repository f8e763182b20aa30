"""The addresses of files in static/, each of which changes when its file does."""

from __future__ import annotations

import hashlib
from functools import cache

from flask import url_for

from locator.config import bundled


def asset(name: str) -> str:
    """Return the address of a file in static/, which changes when the file does."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((bundled("static") / name).read_bytes()).hexdigest()[:10]
