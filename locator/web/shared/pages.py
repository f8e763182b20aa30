"""Pages that are the same for all who ask for the same, made once for them; and the parts that pages share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Final, TypeVar

from flask import Response, request
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from locator.stations.hours import STATION_TIMEZONE
from locator.web.shared.bounded_cache import Kept
from locator.web.shared.content_policy import policy
from locator.web.shared.context import current
from locator.web.shared.documents import Document
from locator.web.shared.page_language import chosen_language, current_language

QUALITY: Final = 5
"""How hard a page is compressed, which may be made anew every minute."""
Part = TypeVar("Part")

READERS: Final = "Accept-Language, Accept-Encoding"


def kept_page(
    pages: Kept[Document],
    make: Callable[[], str],
    *options: Hashable,
    stamp: Hashable = None,
    vary: str = READERS,
) -> Response:
    """Answer with a page that is the same for all who ask with the same options.

    Parameters
    ----------
    pages
        Where it is kept.
    make
        Writes the page.
    options
        What the page depends on beside what every page does: the language, the address and the day.
    stamp
        What it depends on that passes, such as the minute; a page of an older stamp is not kept beside it.
    vary
        The headers by which readers differ.
    """

    def document() -> Document:
        body = make().encode()
        headers = {"Content-Security-Policy": policy(), "Cache-Control": "no-cache", "Vary": vary}
        return Document(body, "text/html", QUALITY, headers)

    return pages.get((request.endpoint, _base(), page_key(), *options), document, stamp).respond()


def page_key() -> Hashable:
    """Return what every page of ours depends on: the reader's language, the path to the site, and the day."""
    today = datetime.now(STATION_TIMEZONE).date()
    return current_language(), chosen_language(), request.root_path, today


def shared(name: str, make: Callable[[], Part], *options: Hashable) -> Part:
    """Return a part of a page that is the same for all requests with one endpoint, `page_key` and options."""
    part: Part = current().parts.get((name, request.endpoint, page_key(), *options), make)
    return part


def _base() -> Hashable:
    """Return what `here` depends on, but for the path to the site.

    To call that would take 7 % of the first page's time.
    """
    said = request.environ
    return said["wsgi.url_scheme"], said.get("HTTP_HOST") or (said["SERVER_NAME"], said["SERVER_PORT"])


class KeptParts(Extension):
    """The tag ``{% kept %}``: what stands in it is the same for all requests with one endpoint and `page_key`.

    To write these parts anew would take a fifth of the time of a page with an answer.
    What else it depends on is named in the tag, ``{% kept datum %}``. Nothing of a person, a position or an hour
    may stand in it, nor a block, nor an inline script, which the policy of the next page would not know.
    """

    tags = {"kept"}  # noqa: RUF012 - as Jinja has it

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn the tag into a call that is given what stands in it."""
        line = next(parser.stream).lineno
        more = [] if parser.stream.current.type == "block_end" else [parser.parse_expression()]
        place = nodes.Const(f"{parser.name} {line}")
        inside = parser.parse_statements(("name:endkept",), drop_needle=True)
        call = self.call_method("_kept", [place, *more])
        return nodes.CallBlock(call, [], [], inside).set_lineno(line)

    def _kept(self, place: str, more: Hashable = None, *, caller: Callable[[], str]) -> Markup:
        return Markup(shared(place, caller, more))  # noqa: S704 - what the template wrote
