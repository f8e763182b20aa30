"""How often one device may ask: what is expensive or written is counted, the finder never is."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.security import generate_password_hash

from locator import create_app
from locator.config import Settings
from locator.errors import ConfigError
from locator.feedback.service import Feedback
from locator.web.shared.rate_limits import EXPENSIVE, device

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
    """The sixth try is refused with a page, even with the right password, and is not counted as wrong."""
    assert [desk.sign_in(password=WRONG).status_code for _ in range(5)] == [403] * 5
    refused = desk.sign_in()
    assert refused.status_code == 429
    assert refused.headers["Cache-Control"] == "no-store"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "That was too often for one device" in refused.text
    assert desk.get("/manage").status_code == 303
    assert [refused.times for refused in desk.feedback.audit.refusals(9)] == [5]
    assert desk.feedback.audit.latest(9) == []


TRY = """
import re, sys
from pathlib import Path
from locator import create_app
from locator.config import Settings
geodata, store, secret = sys.argv[1:]
client = create_app(Settings(Path(geodata), store=Path(store), admin_password_hash=secret)).test_client()
print("ready", flush=True)
sys.stdin.readline()
for number in range(4):
    token = re.search('name="csrf_token" value="([^"]+)"', client.get("/manage/sign-in").text)[1]
    form = {"csrf_token": token, "name": "Mallory", "password": f"guess {number}"}
    agent = {"User-Agent": f"{sys.argv[0]} {number}"}
    print(client.post("/manage/sign-in", data=form, headers=agent).status_code, flush=True)
"""


def test_signing_in_is_counted_over_all_workers(donghuamen: Path, tmp_path: Path) -> None:
    """Two processes of one service, four tries in each, browsers of many names: five come through."""
    secret = generate_password_hash("a warm room for everyone", method="pbkdf2:sha256:1")
    command = [sys.executable, "-c", TRY, str(donghuamen), str(tmp_path / "store"), secret]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    said = [status for worker in workers for status in worker.communicate("go\n", timeout=60)[0].split()]
    assert sorted(said) == ["403"] * 5 + ["429"] * 3
    feedback = Feedback(tmp_path / "store" / "feedback.sqlite")
    assert sum(refused.times for refused in feedback.audit.refusals(9)) == 5
    kept = b"".join(file.read_bytes() for file in (tmp_path / "store").iterdir() if file.is_file())
    assert b"127.0.0.1" not in kept


def test_where_attempts_cannot_be_counted_nobody_signs_in(desk: Any, tmp_path: Path) -> None:
    """A sentence and 503, not a trace, and not a way round the limit."""
    path = tmp_path / "store" / "feedback.sqlite"
    path.write_bytes(b"no database at all" * 300)
    refused = desk.sign_in()
    assert refused.status_code == 503
    assert "Traceback" not in refused.text
    assert desk.get("/manage").status_code == 303


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("64:ff9b::203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("/run/locator.sock", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_device_is_its_address_or_its_network(make: Callable[..., Any], address: str, known_as: str) -> None:
    """A device changes the second half of an IPv6 address as it likes."""
    with make().application.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        assert device() == known_as


def test_two_addresses_in_ipv6_clothes_are_two_devices(make: Callable[..., FlaskClient]) -> None:
    """On a server that listens on IPv6 every IPv4 address comes so: one that asks too often shuts out no other."""
    client = make()
    mine, other = ({"REMOTE_ADDR": f"::ffff:203.0.113.{n}"} for n in (9, 10))
    assert batches(client, 61, environ_overrides=mine)[-1].status_code == 429
    assert batches(client, 1, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})[0].status_code == 429
    assert batches(client, 1, environ_overrides=other)[0].status_code == 200


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
