"""How often one device may ask: what is expensive or written is counted, the finder never is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from locator import create_app
from locator.config import Settings
from locator.errors import ConfigError
from locator.web.limits import EXPENSIVE, device

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

WRONG = "a cold room for nobody"
BATCH = {"points": [[116.405, 39.9155]]}


@pytest.fixture
def make(donghuamen: Path) -> Callable[..., FlaskClient]:
    """Make a client of an app with settings of its own."""
    return lambda **settings: create_app(Settings(geodata=donghuamen, **settings)).test_client()


def batches(client: FlaskClient, n: int, **options: Any) -> list[TestResponse]:
    """Ask for the same batch n times."""
    return [client.post("/api/nearest/batch", json=BATCH, **options) for _ in range(n)]


def test_the_expensive_is_refused_after_sixty_times_a_minute(make: Callable[..., FlaskClient]) -> None:
    """429 with a problem document and the seconds to wait; another device is answered."""
    client = make()
    *answered, refused = batches(client, 61)
    assert EXPENSIVE.often == "60 per minute"
    assert {response.status_code for response in answered} == {200}
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Cache-Control"] == "no-store"
    problem = refused.get_json()
    assert problem["status"] == 429
    assert f"Try again in {refused.headers['Retry-After']} seconds" in problem["detail"]
    (elsewhere,) = batches(client, 1, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200


def test_the_finder_is_never_counted(make: Callable[..., FlaskClient]) -> None:
    """Somebody who asks twice a second is answered."""
    client = make()
    found = {client.get("/api/nearest?lat=39.9155&lon=116.405").status_code for _ in range(130)}
    assert found == {200}


def test_a_page_says_when_to_come_again(make: Callable[..., FlaskClient]) -> None:
    """In the reader's language; questions that make no sense are counted too."""
    client = make()
    for _ in range(60):
        client.get("/planner?sense=none")
    for lang, words in (("en", "That was too often for one device"), ("zh-CN", "操作太频繁")):
        response = client.get("/planner?sense=none", headers={"Accept-Language": lang})
        assert response.status_code == 429
        assert response.mimetype == "text/html"
        assert words in response.text
        assert int(response.headers["Retry-After"]) >= 1


def test_signing_in_is_tried_five_times_a_minute(desk: Any) -> None:
    """The sixth try is refused with a page, even with the right password, and is not in the log."""
    assert [desk.sign_in(password=WRONG).status_code for _ in range(5)] == [403] * 5
    refused = desk.sign_in()
    assert refused.status_code == 429
    assert refused.headers["Cache-Control"] == "no-store"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "That was too often for one device" in refused.text
    assert desk.get("/manage").status_code == 303
    assert len(desk.feedback.audit.latest(9)) == 5


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        (None, "unknown"),
    ],
)
def test_a_device_is_its_address_or_its_network(make: Callable[..., Any], address: str, known_as: str) -> None:
    """A device changes the second half of an IPv6 address as it likes."""
    with make().application.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        assert device() == known_as


@pytest.mark.parametrize(
    ("proxies", "forwarded", "known_as"),
    [
        (0, "198.51.100.7", "127.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "192.0.2.1, 198.51.100.7", "198.51.100.7"),
        (2, "192.0.2.1, 198.51.100.7", "192.0.2.1"),
    ],
)
def test_only_the_operators_proxies_are_believed(
    make: Callable[..., FlaskClient], proxies: int, forwarded: str, known_as: str
) -> None:
    """What a device says of itself in front of them is not."""
    client, seen = make(proxies=proxies), []
    client.application.before_request(lambda: seen.append(device()))
    client.get("/healthz", headers={"X-Forwarded-For": forwarded})
    assert seen == [known_as]


def test_where_redis_does_not_answer_each_process_counts_by_itself(make: Callable[..., FlaskClient]) -> None:
    """Neither is everybody let in nor anybody shut out: the same limits hold."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = make(limits=f"redis://127.0.0.1:{port}")
    assert [response.status_code for response in batches(client, 61)] == [200] * 60 + [429]


def test_a_place_that_cannot_be_is_told_at_start(make: Callable[..., FlaskClient]) -> None:
    """The message names the setting."""
    with pytest.raises(ConfigError, match="LOCATOR_LIMITS is 'redis://host:port'"):
        make(limits="redis://host:port")


def test_no_address_is_in_what_is_counted(make: Callable[..., FlaskClient]) -> None:
    """The counts stand under marks of the day, from which nobody learns who asked."""
    client = make()
    batches(client, 3, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    (limiter,) = client.application.extensions["limiter"]
    kept = repr(vars(limiter.storage))
    assert "203.0.113" not in kept
    assert len(limiter.storage.events) == 1
