"""A request as PEP 3333 describes it, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request, Response

from locator.server.gateway import call, environ_of, sender_of


def scope(path: bytes = b"/", *headers: tuple[bytes, bytes], query: bytes = b"") -> dict[str, Any]:
    return {
        "type": "http", "method": "POST", "http_version": "1.1", "scheme": "http", "raw_path": path,
        "query_string": query, "server": ("127.0.0.1", 8000), "client": ("192.0.2.7", 5000),
        "headers": list(headers),
    }  # fmt: skip


def test_an_application_reads_what_was_sent() -> None:
    """As werkzeug understands it: path and query with escapes, body, headers, who asks."""
    asked = scope(
        b"/stations/%E6%9A%96%0A",
        (b"content-type", b"application/json"),
        (b"content-length", b"999"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"accept", b"text/html"),
        (b"accept", b"*/*"),
        query=b"place=%E7%AB%99&x=1",
    )
    request = Request(environ_of(asked, BytesIO(b'{"a": 1}'), 8))
    assert request.path == "/stations/暖\n"
    assert request.args.to_dict() == {"place": "站", "x": "1"}
    assert request.get_json() == {"a": 1}
    assert request.content_length == 8
    assert request.cookies.to_dict() == {"a": "1", "b": "2"}
    assert request.headers["Accept"] == "text/html,*/*"
    assert request.remote_addr == "192.0.2.7"


def test_a_client_cannot_spell_a_proxys_header_another_way() -> None:
    """X_Forwarded_For would be the same variable as X-Forwarded-For."""
    environ = environ_of(
        scope(b"/", (b"x_forwarded_for", b"10.0.0.1"), (b"x-forwarded-for", b"192.0.2.1")), BytesIO(), 0
    )
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "said", "sender"),
    [
        (0, [b"192.0.2.1"], "192.0.2.7"),
        (1, [b"192.0.2.1"], "192.0.2.1"),
        (1, [b"10.0.0.1, 192.0.2.1"], "192.0.2.1"),
        (2, [b"10.0.0.1, 192.0.2.1", b"192.0.2.2"], "192.0.2.1"),
        (2, [b"192.0.2.2"], "192.0.2.7"),
        (1, [], "192.0.2.7"),
        (1, [b"2001:db8:0:1:2:3:4:5"], "2001:db8:0:1::/64"),
        (1, [b"anything \xff"], "unknown"),
    ],
)
def test_who_sends_a_request_is_who_the_proxies_say(proxies: int, said: list[bytes], sender: str) -> None:
    """The nearest of them is the last of the list; what stands before theirs a client may have written."""
    asked = scope(b"/", *((b"x-forwarded-for", value) for value in said))
    assert sender_of(asked, proxies) == sender
    if sender != "unknown" and ":" not in sender:  # as the application sees it
        fixed: dict[str, Any] = {}
        app = ProxyFix(lambda environ, _: fixed.update(environ) or [], x_for=proxies)  # type: ignore[func-returns-value]
        app(environ_of(asked, BytesIO(), 0), lambda *_: lambda _: None)
        assert fixed["REMOTE_ADDR"] == sender


def test_it_keeps_to_the_letter_of_the_standard() -> None:
    """By the standard library's own validator."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("201 Created", [("Content-Type", "text/plain"), ("X-Found", "yes")])
        return [b"one ", environ["wsgi.input"].read(3)]

    environ = environ_of(scope(), BytesIO(b"two"), 3)
    answer = call(validator(application), environ)  # type: ignore[arg-type]
    assert (answer.status, answer.body) == (201, b"one two")
    assert (b"x-found", b"yes") in answer.headers


def test_the_only_part_of_a_body_is_not_copied() -> None:
    """Thousands may read one document: they all read the same bytes."""
    body = b"x" * 100_000
    answer = call(Response(body), environ_of(scope(), BytesIO(), 0))
    assert answer.body is body


def test_the_end_of_an_answer_is_told() -> None:
    """Also where it breaks off: Flask cleans up after a request then."""
    closed: list[bool] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b"x"
            raise ValueError

        def close(self) -> None:
            closed.append(True)

    def application(_: Any, start_response: Callable[..., Any]) -> Any:
        start_response("200 OK", [])
        return Parts()

    try:
        call(application, environ_of(scope(), BytesIO(), 0))
    except ValueError:
        assert closed == [True]
