"""What a page of ours may load and run: its content security policy, which names inline elements by their hashes.

A hash lets exactly one text run, so that a page may be kept and sent to many; a nonce must be new each time.
"""

from __future__ import annotations

from flask import g, request
from markupsafe import Markup, escape

from locator.handouts.single_file import digest
from locator.maps import tile_hosts
from locator.web.shared import framing
from locator.web.shared.context import current_settings


def inline_script(text: Markup) -> Markup:
    """Write a script of ours into the page; its policy lets it run."""
    return _inline("script", text)


def inline_style(text: Markup) -> Markup:
    """Write a style of ours into the page; its policy lets it count."""
    return _inline("style", text)


def _inline(kind: str, text: Markup) -> Markup:
    written = escape(text)
    _allowed(kind).add(digest(written))
    return Markup("<{0}>{1}</{0}>").format(kind, written)


def policy() -> str:
    """Return the policy of the page that this request was answered with."""
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
