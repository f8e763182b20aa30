"""Where the service is put: the address that people know it by, under a path and behind proxies.

Everything that writes or compares a whole address goes through here. Where the operator names the address with
LOCATOR_PUBLIC_URL, nothing a request says changes it, and a request for another host is refused. Where not, it is
what the request says, and an answer that holds it is not for caches that many share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, after_this_request, g, render_template, request, url_for
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from locator.config import Settings
from locator.errors import UsageError
from locator.web.shared.context import current_settings
from locator.web.shared.error_answers import answer_error, is_for_program
from locator.web.shared.page_language import localized

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Answer = Callable[[], Response]
    """Makes the answer to a request that is not one of ours."""

BY_ANY_NAME: Final = frozenset(("/healthz", "/readyz", "/metrics"))
"""What machines ask for by an IP address, or by a name inside: it says nothing that depends on the name."""

_ANSWER: Final = "locator.answer"
_LABEL: Final = 63
_NAME: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_IPV6: Final = re.compile(r"\[([0-9a-f:.]+)\](?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*", re.ASCII)
_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}
_SAID_ONCE: Final = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PREFIX")


# Writing and comparing addresses


def here() -> str:
    """Return the whole address of the first page, without the slash at its end: ``https://host/prefix``.

    What is kept for several requests and has an address in it is kept under this one.
    """
    if "here" not in g:
        g.here = f"{request.scheme}://{_host()}{request.root_path}"
        if current_settings().public_url is None:
            after_this_request(_not_for_shared_caches)
    address: str = g.here
    return address


def public_url(endpoint: str, **values: str) -> str:
    """Return the whole address of a page, to be used on other pages and in other programs."""
    return here() + url_for(endpoint, **values).removeprefix(request.root_path)  # type: ignore[arg-type]


def is_same_origin(origin: str) -> bool:
    """Tell whether an ``Origin`` or an address, which may be anything, has this host and port."""
    parts = split_address(origin)
    return parts is not None and _netloc(parts.scheme, parts.netloc) == _host()


def path_here(address: str) -> SplitResult | None:
    """Return the parts of a whole address of ours, its path as the routes have it; ``None`` for any other text."""
    parts = split_address(address)
    if parts is None or parts.scheme not in _USUAL_PORTS or not is_same_origin(address):
        return None
    rest = parts.path.removeprefix(request.root_path)
    is_under = parts.path.startswith(f"{request.root_path}/")
    return parts._replace(path=rest) if is_under else None


def split_address(text: str) -> SplitResult | None:
    """Split an address that somebody sent; ``None`` for what is none."""
    try:
        return urlsplit(text)
    except ValueError:  # brackets that hold no IPv6 address, letters that stand for others
        return None


def is_host(text: str) -> bool:
    """Tell whether a text is a host, with a port or without, as browsers send it."""
    found = _NAME.fullmatch(text)
    if found:
        is_short = len(text) <= 255 and max(map(len, text.split("."))) <= _LABEL  # Werkzeug counts the port too
        return is_short and int(found[1] or 0) <= 65535
    found = _IPV6.fullmatch(text)
    return found is not None and _is_ipv6(found[1]) and int(found[2] or 0) <= 65535


def _host() -> str:
    """Return host and port that this request is for, without a port that is the scheme's own."""
    environ = request.environ
    said = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return _netloc(request.scheme, said)


def _netloc(scheme: str, said: str) -> str:
    return said.lower().removesuffix(_USUAL_PORTS.get(scheme, " "))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _not_for_shared_caches(response: Response) -> Response:
    """Keep an address that a request said out of caches that answer others with it."""
    if response.cache_control.public:
        response.cache_control.public = False
        response.cache_control.private = True
    return response


# Seeing through proxies


class Number(IntegerConverter):
    """A whole number in a path, none too large for a file of reports; a larger one is in nobody's address."""

    regex = r"[0-9]{1,18}"


def init_addresses(app: Flask, settings: Settings) -> None:
    """Let every request see the address that its reader sees, and refuse one for another; before views are added.

    Around everything else, so that routes, links, cookies and headers need to know of no proxy.
    """
    app.url_map.converters["int"] = Number
    app.before_request(_answer_at_once)
    place = partial(_place_at, _Public(app, settings.public_url)) if settings.public_url else _place_as_said
    serve = app.wsgi_app

    def serve_placed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = place(environ)
        if answer:
            environ[_ANSWER] = answer
        return serve(environ, start_response)

    app.wsgi_app = _seen_through(serve_placed, settings.proxies)  # type: ignore[assignment, method-assign]


def path_below(app: Flask, settings: Settings) -> Callable[[str, str], str]:
    """Make what turns the path of a request, as text, and its method into the path as the routes have it."""
    if settings.public_url is None:
        return lambda path, _: path
    public = _Public(app, settings.public_url)
    # WSGI writes the bytes of a path as if each were a letter.
    return lambda path, method: (
        public.cut(path.encode().decode("latin1"), method).encode("latin1").decode(errors="replace")
    )


def _seen_through(serve: WSGIApplication, proxies: int) -> WSGIApplication:
    """Believe so many proxies what they say of who asks, and for which address."""
    if not proxies:
        return serve
    fixed = ProxyFix(serve, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies)

    def serve_fixed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for name in _SAID_ONCE:
            said: str = environ.get(name, "")
            missing = proxies - 1 - said.count(",")
            if said and missing > 0:  # most proxies add to the list of who asks, and hand on the rest as it is
                environ[name] = f"{said.partition(',')[0]}," * missing + said
        return fixed(environ, start_response)

    return serve_fixed


def _answer_at_once() -> Response | None:
    answer: Answer | None = request.environ.get(_ANSWER)
    return answer and answer()


# Where no address is set, a request says it


def _place_as_said(environ: WSGIEnvironment) -> Answer | None:
    if environ["wsgi.url_scheme"] not in _USUAL_PORTS:
        environ["wsgi.url_scheme"] = "http"
    prefix = environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "").rstrip("/")
    host = environ.get("HTTP_HOST")
    if host is not None and not is_host(host):
        environ.update(HTTP_HOST="localhost", SCRIPT_NAME="")  # that one would be in the way of the answer
        return _refuse_host(host)
    if not _PREFIX.fullmatch(prefix):
        environ["SCRIPT_NAME"] = ""
        return _refuse_prefix(prefix)
    return None


def _refuse_host(host: str) -> Answer:
    error = UsageError(
        "The host {value} cannot be used. It is a name such as stations.example, or an IP address, with a port or"
        " without.",
        value=repr(host[:80]),
    )
    return partial(_refuse, error, HTTPStatus.BAD_REQUEST)


def _refuse_prefix(prefix: str) -> Answer:
    error = UsageError(
        "The path {value} that a proxy gives in X-Forwarded-Prefix cannot be used. It begins with / and has"
        " letters, digits and . _ ~ - between slashes.",
        value=repr(prefix[:80]),
    )
    return partial(_refuse, error, HTTPStatus.BAD_REQUEST)


def _refuse(error: UsageError, status: HTTPStatus) -> Response:
    return answer_error(error, status)


# Where it is set, it is that one


class _Public:
    """The address that the operator set, and which paths are ours."""

    def __init__(self, app: Flask, address: str) -> None:
        parts = urlsplit(address)
        self.address, self.scheme, self.host, self.prefix = address, parts.scheme, parts.netloc, parts.path
        self._map = app.url_map

    def is_known(self, path: str, method: str) -> bool:
        """Tell whether a view answers a path."""
        said = path.encode("latin1").decode(errors="replace")  # WSGI's way of writing bytes
        return self._map.bind("localhost").test(said, method)

    def cut(self, path: str, method: str) -> str:
        """Return a path without the prefix that it has, if it was not cut off by a proxy already.

        Of a prefix that is the beginning of a path of ours, as /stations is, the rest says which it is.
        """
        if not f"{path}/".startswith(f"{self.prefix}/"):
            return path
        rest = path.removeprefix(self.prefix)
        is_cut_already = rest and self.is_known(path, method) and not self.is_known(rest, method)
        return path if is_cut_already else rest


def _place_at(public: _Public, environ: WSGIEnvironment) -> Answer | None:
    """Put the operator's address in the place of what the request says; refuse one that is for another host."""
    host = environ.get("HTTP_HOST", "")
    is_cut = bool(environ.get("SCRIPT_NAME"))  # a proxy said X-Forwarded-Prefix
    path = environ["PATH_INFO"] if is_cut else public.cut(environ["PATH_INFO"], environ["REQUEST_METHOD"])
    environ.update(SCRIPT_NAME=public.prefix, PATH_INFO=path)
    environ.update({"wsgi.url_scheme": public.scheme, "HTTP_HOST": public.host})
    if path not in BY_ANY_NAME and _netloc(public.scheme, host) != public.host:
        return _refuse_foreign(public.address, host) if is_host(host) else _refuse_host(host)
    return None if path else partial(_lead_to_first_page, public, environ.get("QUERY_STRING", ""))


def _refuse_foreign(address: str, host: str) -> Answer:
    error = UsageError(
        "This service is at {address} and not at {value}. A proxy before it has to hand on the host that was asked"
        " for.",
        address=address,
        value=repr(host[:80]),
    )
    return partial(_lead_elsewhere, error, address)


def _lead_elsewhere(error: UsageError, address: str) -> Response:
    if is_for_program() or request.method != "GET":
        return _refuse(error, HTTPStatus.MISDIRECTED_REQUEST)
    page = render_template("shared/elsewhere.html", detail=localized(error.message), address=address)
    return Response(page, HTTPStatus.MISDIRECTED_REQUEST)


def _lead_to_first_page(public: _Public, query: str) -> Response:
    """Lead from the prefix to the address with the slash: what a phone keeps and installs is all below that."""
    target = f"{public.prefix}/?{query}" if query else f"{public.prefix}/"
    return Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": target})
