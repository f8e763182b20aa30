"""From ASGI to WSGI: a complete request becomes an environ (PEP 3333), and what Flask returns an `Answer`."""

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
    """Return the environ of a request whose body has ``size`` bytes.

    Headers with an underscore are dropped: `X_Forwarded_For` from a client would get the same key as a proxy's
    `X-Forwarded-For`. Headers that came twice are joined with commas, as RFC 9110, 5.3 allows; cookies with
    semicolons.
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
    """Return the address or IPv6 subnet of the client, by as many entries of ``X-Forwarded-For`` as are trusted.

    Each trusted proxy appends one entry. Those before them come from the client and can be made up.
    """
    client = scope.get("client")
    address: str = client[0] if client else ""
    if proxies:
        entries = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").split(b",")
        if len(entries) >= proxies and entries[-proxies].strip():
            address = entries[-proxies].decode("latin-1")
    return origin(address).device


def call(application: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Call a WSGI application and return its complete answer; runs in a thread of a lane."""
    begun: list[Any] = []
    written: list[bytes] = []  # by the function that start_response returns: PEP 3333 still asks for it

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
    """Join the parts of a body. A single one is not copied: `Outbox` counts cached bodies by their identity."""
    return parts[0] if len(parts) == 1 else b"".join(parts)
