"""The public address of the service, under a path and behind proxies.

Everything that writes or compares a whole address goes through here. With LOCATOR_PUBLIC_URL the address is fixed,
and a request for another host is refused. Without it the address is taken from each request, and shared caches
must not keep an answer that contains it.
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
    """Makes the answer to a request that no view is to see."""

BY_ANY_NAME: Final = frozenset(("/healthz", "/readyz", "/metrics"))
"""What monitoring requests by an IP address or an internal name: the answer does not depend on the host."""

_ANSWER: Final = "locator.answer"
_MAX_LABEL: Final = 63  # RFC 1035, 2.3.4
_NAME: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_IPV6: Final = re.compile(r"\[([0-9a-f:.]+)\](?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*", re.ASCII)
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_SINGLE_VALUED: Final = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PREFIX")


# Writing and comparing addresses


def here() -> str:
    """Return the whole address of the first page, without the slash at its end: ``https://host/prefix``.

    A cached document that contains an address has this one in its key.
    """
    if "here" not in g:
        g.here = f"{request.scheme}://{_host()}{request.root_path}"
        if current_settings().public_url is None:
            after_this_request(_not_for_shared_caches)
    address: str = g.here
    return address


def public_url(endpoint: str, **values: str) -> str:
    """Return the whole address of a page, for use on other sites and in other programs."""
    return here() + url_for(endpoint, **values).removeprefix(request.root_path)  # type: ignore[arg-type]


def is_same_origin(origin: str) -> bool:
    """Tell whether an ``Origin`` or an address, which may be any text, has our host and port."""
    parts = split_address(origin)
    return parts is not None and _netloc(parts.scheme, parts.netloc) == _host()


def path_here(address: str) -> SplitResult | None:
    """Return the parts of a whole address of ours, its path without the prefix; ``None`` for any other text."""
    parts = split_address(address)
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not is_same_origin(address):
        return None
    rest = parts.path.removeprefix(request.root_path)
    is_under = parts.path.startswith(f"{request.root_path}/")
    return parts._replace(path=rest) if is_under else None


def split_address(text: str) -> SplitResult | None:
    """Split an address that somebody sent; ``None`` if it is malformed."""
    try:
        return urlsplit(text)
    except ValueError:  # brackets without an IPv6 address, or characters that NFKC turns into delimiters
        return None


def is_host(text: str) -> bool:
    """Tell whether a text is a host, with a port or without, as browsers send it."""
    match = _NAME.fullmatch(text)
    if match:
        # The last label includes the port, as it does for Werkzeug.
        is_short = len(text) <= 255 and max(map(len, text.split("."))) <= _MAX_LABEL
        return is_short and int(match[1] or 0) <= 65535
    match = _IPV6.fullmatch(text)
    return match is not None and _is_ipv6(match[1]) and int(match[2] or 0) <= 65535


def _host() -> str:
    """Return host and port of this request, without the default port of the scheme."""
    environ = request.environ
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return _netloc(request.scheme, host)


def _netloc(scheme: str, host: str) -> str:
    return host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, " "))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _not_for_shared_caches(response: Response) -> Response:
    """Keep shared caches from giving an address that one request named to other readers."""
    if response.cache_control.public:
        response.cache_control.public = False
        response.cache_control.private = True
    return response


# Seeing through proxies


class DatabaseIdConverter(IntegerConverter):
    """An integer in a path of at most 18 digits, which SQLite can hold; a longer one matches no route."""

    regex = r"[0-9]{1,18}"


def init_addresses(app: Flask, settings: Settings) -> None:
    """Give every request the address that its reader sees, and refuse requests for others; before views are added.

    This wraps everything else, so that routes, links, cookies and headers need not know of proxies.
    """
    app.url_map.converters["int"] = DatabaseIdConverter
    app.before_request(_answer_at_once)
    check = partial(_set_public, _Public(app, settings.public_url)) if settings.public_url else _check_address
    serve = app.wsgi_app

    def serve_checked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = check(environ)
        if answer:
            environ[_ANSWER] = answer
        return serve(environ, start_response)

    app.wsgi_app = _seen_through(serve_checked, settings.proxies)  # type: ignore[assignment, method-assign]


def path_below(app: Flask, settings: Settings) -> Callable[[str, str], str]:
    """Return a function of a request's path, as text, and its method that gives the path without the prefix."""
    if settings.public_url is None:
        return lambda path, _: path
    public = _Public(app, settings.public_url)
    # WSGI decodes paths as Latin-1.
    return lambda path, method: (
        public.cut(path.encode().decode("latin1"), method).encode("latin1").decode(errors="replace")
    )


def _seen_through(serve: WSGIApplication, proxies: int) -> WSGIApplication:
    """Trust the forwarded headers of that many proxies."""
    if not proxies:
        return serve
    fixed = ProxyFix(serve, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies)

    def serve_fixed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for name in _SINGLE_VALUED:
            value: str = environ.get(name, "")
            missing = proxies - 1 - value.count(",")
            # Most proxies append to X-Forwarded-For alone, but ProxyFix expects a value of each in every header.
            if value and missing > 0:
                environ[name] = f"{value.partition(',')[0]}," * missing + value
        return fixed(environ, start_response)

    return serve_fixed


def _answer_at_once() -> Response | None:
    answer: Answer | None = request.environ.get(_ANSWER)
    return answer and answer()


# Without LOCATOR_PUBLIC_URL: the address of each request


def _check_address(environ: WSGIEnvironment) -> Answer | None:
    if environ["wsgi.url_scheme"] not in _DEFAULT_PORTS:
        environ["wsgi.url_scheme"] = "http"
    prefix = environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "").rstrip("/")
    host = environ.get("HTTP_HOST")
    if host is not None and not is_host(host):
        environ.update(HTTP_HOST="localhost", SCRIPT_NAME="")  # so that the refusal itself can be built
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
    return partial(answer_error, error, HTTPStatus.BAD_REQUEST)


def _refuse_prefix(prefix: str) -> Answer:
    error = UsageError(
        "The path {value} that a proxy gives in X-Forwarded-Prefix cannot be used. It begins with / and has"
        " letters, digits and . _ ~ - between slashes.",
        value=repr(prefix[:80]),
    )
    return partial(answer_error, error, HTTPStatus.BAD_REQUEST)


# With LOCATOR_PUBLIC_URL: that address


class _Public:
    """The address that the operator set, and the routes below it."""

    def __init__(self, app: Flask, address: str) -> None:
        parts = urlsplit(address)
        self.address, self.scheme, self.host, self.prefix = address, parts.scheme, parts.netloc, parts.path
        self._map = app.url_map

    def is_known(self, path: str, method: str) -> bool:
        """Tell whether a path has a view."""
        text = path.encode("latin1").decode(errors="replace")  # WSGI decodes paths as Latin-1
        return self._map.bind("localhost").test(text, method)

    def cut(self, path: str, method: str) -> str:
        """Return a path without the prefix, unless a proxy has removed that already.

        Where the prefix is also the beginning of a route, as /stations is, the routes decide: the prefix stays if
        only the path with it has a view.
        """
        if not f"{path}/".startswith(f"{self.prefix}/"):
            return path
        rest = path.removeprefix(self.prefix)
        is_cut_already = rest and self.is_known(path, method) and not self.is_known(rest, method)
        return path if is_cut_already else rest


def _set_public(public: _Public, environ: WSGIEnvironment) -> Answer | None:
    """Replace the address in the request by the operator's; refuse a request for another host."""
    host = environ.get("HTTP_HOST", "")
    is_cut = bool(environ.get("SCRIPT_NAME"))  # from X-Forwarded-Prefix
    path = environ["PATH_INFO"] if is_cut else public.cut(environ["PATH_INFO"], environ["REQUEST_METHOD"])
    environ.update(SCRIPT_NAME=public.prefix, PATH_INFO=path)
    environ.update({"wsgi.url_scheme": public.scheme, "HTTP_HOST": public.host})
    if path not in BY_ANY_NAME and _netloc(public.scheme, host) != public.host:
        return _refuse_other_host(public.address, host) if is_host(host) else _refuse_host(host)
    return None if path else partial(_redirect_to_first_page, public, environ.get("QUERY_STRING", ""))


def _refuse_other_host(address: str, host: str) -> Answer:
    error = UsageError(
        "This service is at {address} and not at {value}. A proxy before it has to hand on the host that was asked"
        " for.",
        address=address,
        value=repr(host[:80]),
    )
    return partial(_show_address, error, address)


def _show_address(error: UsageError, address: str) -> Response:
    if is_for_program() or request.method != "GET":
        return answer_error(error, HTTPStatus.MISDIRECTED_REQUEST)
    page = render_template("shared/elsewhere.html", detail=localized(error.message), address=address)
    return Response(page, HTTPStatus.MISDIRECTED_REQUEST)


def _redirect_to_first_page(public: _Public, query: str) -> Response:
    """Redirect from the prefix to the address with a slash: the scope of the service worker begins there."""
    target = f"{public.prefix}/?{query}" if query else f"{public.prefix}/"
    return Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": target})
