"""The content security policy of pages.

It allows inline elements by hashes and not by nonces: a nonce must be new each time, so no page could be cached.
"""

from __future__ import annotations

from flask import g, request
from markupsafe import Markup, escape

from locator.handouts.single_file import digest
from locator.maps import tile_hosts
from locator.web.shared import framing
from locator.web.shared.context import current_settings


def inline_script(text: Markup) -> Markup:
    """Write a script into the page and allow it in its policy."""
    return _inline("script", text)


def inline_style(text: Markup) -> Markup:
    """Write a style into the page and allow it in its policy."""
    return _inline("style", text)


def _inline(kind: str, text: Markup) -> Markup:
    written = escape(text)
    _allowed(kind).add(digest(written))
    return Markup("<{0}>{1}</{0}>").format(kind, written)


def policy() -> str:
    """Return the policy of the page that answers this request."""
    settings = current_settings()
    images = " ".join(("'self'", "data:", *tile_hosts(settings.tiles)))
    scripts, styles = (" ".join(("'self'", *sorted(_allowed(kind)))) for kind in ("script", "style"))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; "
        f"img-src {images}; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        f"base-uri 'none'; form-action 'self'; {framing.policy_for(request.path, settings)}"
    )


def _allowed(kind: str) -> set[str]:
    """Return the hashes of the inline elements of a kind that this request's page has so far."""
    allowed: dict[str, set[str]] = g.setdefault("inline", {})
    return allowed.setdefault(kind, set())
