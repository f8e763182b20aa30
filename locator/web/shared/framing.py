"""Security headers by path: who may frame a page, and which origins may read an answer."""

from __future__ import annotations

from typing import Final

from locator.config import Settings
from locator.web.shared.cache_times import PREFLIGHT_S

Headers = tuple[tuple[str, str], ...]

FRAME: Final = "/embed"
"""The one page that is made for frames on other pages."""
BUILDER: Final = "/embed/builder"
"""The page of ours that shows that one in a frame."""

_ALL: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}
_CLOSED: Final[Headers] = tuple(
    {
        **_ALL,
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # For browsers that do not know frame-ancestors.
        "X-Frame-Options": "DENY",
    }.items()
)
# The links of a frame lead here. From a sandboxed one the new window is in the sandbox too, and there browsers
# refuse every page with an opener policy; these have no secret that it could keep.
_LINKED: Final = tuple((name, value) for name, value in _CLOSED if name != "Cross-Origin-Opener-Policy")
# A page in a sandbox has no origin of its own, so that even its own files come to it from another one.
_OPEN: Final[Headers] = tuple(
    {
        **dict(_CLOSED),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }.items()
)
_PREFLIGHT: Final[Headers] = (
    *_OPEN,
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Max-Age", str(PREFLIGHT_S)),
)
_FRAMED: Final[Headers] = tuple(
    {
        **_ALL,
        # The page around it decides: what it does not allow a frame cannot take.
        "Permissions-Policy": "geolocation=*, camera=(), microphone=()",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }.items()
)
_OF_PATH: Final = {
    FRAME: _FRAMED,
    "/embed.js": _OPEN,
    "/oembed": _OPEN,
    **dict.fromkeys(("/", "/map", "/about", "/planner"), _LINKED),
}


def headers_for(path: str, method: str) -> Headers:
    """Return the headers of every answer under a path; any origin may read the API and the files of pages."""
    if path.startswith(("/api/", "/static/", "/vendor/")):
        return _PREFLIGHT if method == "OPTIONS" else _OPEN
    if path.startswith("/stations/"):
        return _LINKED
    return _OF_PATH.get(path, _CLOSED)


def policy_for(path: str, settings: Settings) -> str:
    """Return the frame-src and frame-ancestors of a page's content security policy."""
    frames = "frame-src 'self'" if path == BUILDER else "frame-src 'none'"
    if path != FRAME:
        return f"{frames}; frame-ancestors 'none'"
    if "*" in settings.embed_origins:
        # `frame-ancestors *` would still refuse pages opened from a disk and those in a sandbox.
        return frames
    # 'self' is for the builder, which shows a preview.
    return f"{frames}; frame-ancestors 'self' {' '.join(settings.embed_origins)}"
