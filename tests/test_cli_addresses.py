"""Addresses that can be opened, whatever a service listens on."""

from __future__ import annotations

import pytest

from locator.cli.browser_address import browser_url


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000/"),
        ("::1", 9253, "http://[::1]:9253/"),
        ("[::1]", 9253, "http://[::1]:9253/"),
        ("0.0.0.0", 8000, "http://127.0.0.1:8000/"),  # noqa: S104 - to be shown otherwise
        ("::", 8000, "http://[::1]:8000/"),
        ("::ffff:127.0.0.1", 8000, "http://[::ffff:127.0.0.1]:8000/"),
        ("fe80::1%eth0", 8000, "http://[fe80::1%25eth0]:8000/"),
        ("2001:db8::7", 80, "http://[2001:db8::7]/"),
        ("localhost", 8000, "http://localhost:8000/"),
        ("stations.example", 80, "http://stations.example/"),
    ],
)
def test_an_address_can_be_opened(host: str, port: int, url: str) -> None:
    """IPv6 stands in brackets, and all addresses are this machine's own."""
    assert browser_url(host, port) == url
