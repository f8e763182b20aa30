"""The addresses of files in static/, each of which changes when its file does."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache

from flask import request, url_for

from locator.config import bundled


def asset(name: str) -> str:
    """Return the address of a file in static/, which changes when the file does."""
    return _asset_url(request.root_path, name)


@lru_cache(maxsize=512)
def _asset_url(root_path: str, name: str) -> str:  # noqa: ARG001 - it is in front of the address
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((bundled("static") / name).read_bytes()).hexdigest()[:10]
