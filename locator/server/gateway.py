"""From ASGI to WSGI: a whole request becomes the environment of PEP 3333, and what comes back a whole answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from locator.feedback.networks import origin
from locator.server.answers import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Scope = dict[str, Any]


def environ_of(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    """Describe a request with a body of some bytes as PEP 3333 says.

    Headers with an underscore are dropped: behind `HTTP_X_FORWARDED_FOR` a client could hide what only a proxy
    may say. A header that came twice is a list with commas, as RFC 9110 reads it.
    """
    server, client = scope.get("server") or ("localhost", 80), scope.get("client")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        if key in environ:
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
        environ[key] = value
    return environ


def sender_of(scope: Scope, proxies: int) -> str:
    """Return who sends a request, an address or a subnet, as so many proxies of the operator's say it."""
    client = scope.get("client")
    address: str = client[0] if client else ""
    if proxies:
        said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").split(b",")
        address = said[-proxies].decode("latin-1") if len(said) >= proxies and said[-proxies].strip() else address
    return origin(address).device


def call(application: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Return the whole answer of a WSGI application; runs in a thread."""
    begun: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], None]:
        begun[:] = [status, headers]
        return written.append

    parts = application(environ, start_response)
    try:
        body = _joined([*written, *parts])
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = begun
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Answer(int(status[:3]), encoded, body)


def _joined(parts: list[bytes]) -> bytes:
    """Return the body; the only part is the body itself and no copy of it: many may be reading it."""
    return parts[0] if len(parts) == 1 else b"".join(parts)
