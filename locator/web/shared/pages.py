"""Caching of whole pages, and of the parts that pages share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, TypeVar

from flask import Response, request
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from locator.stations.hours import current_day
from locator.web.shared.bounded_cache import BoundedCache
from locator.web.shared.content_policy import policy
from locator.web.shared.context import current
from locator.web.shared.documents import Document
from locator.web.shared.page_language import chosen_language, current_language

QUALITY: Final = 5
"""Brotli quality of pages: lower than for documents, as some are made anew every minute."""
Part = TypeVar("Part")

READERS: Final = "Accept-Language, Accept-Encoding"


def kept_page(
    pages: BoundedCache[Document],
    make: Callable[[], str],
    *options: Hashable,
    stamp: Hashable = None,
    vary: str = READERS,
) -> Response:
    """Answer with a page that is the same for all requests with the same options.

    Parameters
    ----------
    pages
        The cache.
    make
        Renders the page.
    options
        What the page depends on besides the language, the address and the day.
    stamp
        What it depends on that changes with time, such as the minute; a new stamp replaces the page.
    vary
        The request headers that the page depends on.
    """

    def document() -> Document:
        body = make().encode()
        headers = {"Content-Security-Policy": policy(), "Cache-Control": "no-cache", "Vary": vary}
        return Document(body, "text/html", QUALITY, headers)

    return pages.get((request.endpoint, _base(), page_key(), *options), document, stamp).respond()


def page_key() -> Hashable:
    """Return what every page depends on: the reader's language, the path to the site, and the day."""
    today = current_day()
    return current_language(), chosen_language(), request.root_path, today


def shared(name: str, make: Callable[[], Part], *options: Hashable) -> Part:
    """Return a part of a page that is the same for all requests with one endpoint, `page_key` and options."""
    part: Part = current().parts.get((name, request.endpoint, page_key(), *options), make)
    return part


def _base() -> Hashable:
    """Return the scheme and the host, without a call of `here`, which takes 7 % of the first page's time."""
    environ = request.environ
    return environ["wsgi.url_scheme"], environ.get("HTTP_HOST") or (environ["SERVER_NAME"], environ["SERVER_PORT"])


class KeptParts(Extension):
    """The tag ``{% kept %}``, whose content is cached for all requests with the same endpoint and `page_key`.

    Rendering these parts takes a fifth of the time of a page with an answer. What else the content depends on is
    named in the tag, ``{% kept datum %}``. It must not depend on a person, a position or a time, nor hold a block,
    nor an inline script, whose hash would be missing from the policy of the next page.
    """

    tags = {"kept"}  # noqa: RUF012 - as Jinja has it

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn the tag into a call with its content."""
        line = next(parser.stream).lineno
        more = [] if parser.stream.current.type == "block_end" else [parser.parse_expression()]
        name = nodes.Const(f"{parser.name} {line}")
        inside = parser.parse_statements(("name:endkept",), drop_needle=True)
        call = self.call_method("_kept", [name, *more])
        return nodes.CallBlock(call, [], [], inside).set_lineno(line)

    def _kept(self, name: str, more: Hashable = None, *, caller: Callable[[], str]) -> Markup:
        return Markup(shared(name, caller, more))  # noqa: S704 - what the template wrote
