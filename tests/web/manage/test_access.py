"""Stewards come in with the password alone, nobody else does, and no other page knows of it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from locator.errors import ConfigError
from locator.web.manage.secret import read_key

WRONG = "a cold room for nobody"
OTHER_HASH = "pbkdf2:sha256:1$salt$00"
PAGES = [
    "/manage",
    "/manage/stations",
    "/manage/stations/tw-1",
    "/manage/versions",
    "/manage/versions/0/back",
    "/manage/queue",
    "/manage/audit",
]
PUBLIC = ["/", "/map", "/about", "/planner", "/stations/tw-1", "/embed/builder", "/nothing", "/managed"]
PUBLIC_ANSWERS = ["/api/nearest?lat=39.9155&lon=116.405", "/healthz", "/sw.js", "/static/manage/manage.css"]


@pytest.mark.parametrize("setting", ["admin_password_hash", "store"])
def test_without_a_password_or_a_folder_there_are_no_pages(make_desk: Callable[..., Any], setting: str) -> None:
    """They are 404 as any unknown page, and no cookie is set."""
    desk = make_desk(**{setting: None})
    for path in ("/manage", "/manage/sign-in", "/manage/stations/tw-1"):
        response = desk.get(path)
        assert response.status_code == 404
        assert "Set-Cookie" not in response.headers


def test_who_is_not_signed_in_is_led_to_the_form(desk: Any) -> None:
    """And from there to the page that was asked for."""
    for path in PAGES:
        response = desk.get(path)
        assert response.status_code == 303
        assert response.location.startswith("/manage/sign-in?next=")
    assert f'name="next" value="{PAGES[-1]}"' in desk.get(response.location).text
    assert desk.sign_in(next=PAGES[-1]).location == PAGES[-1]


def test_signing_in_leads_to_no_other_page(desk: Any) -> None:
    """An address elsewhere is left aside."""
    for target in (
        "https://evil.example/manage",
        "/manage\nSet-Cookie: a=b",
        "//evil.example/manage",
        "/\\evil.example",
        "/",
        "manage",
    ):
        query = urlencode({"next": target})
        assert 'name="next" value="/manage"' in desk.get(f"/manage/sign-in?{query}").text
    assert desk.sign_in(next="https://evil.example/manage").location == "/manage"


def test_nothing_can_be_sent_without_being_signed_in(desk: Any) -> None:
    """A form with a good token is led to the form too, and changes nothing."""
    response = desk.post("/manage/stations/tw-1/retire", why="because")
    assert (response.status_code, response.location) == (303, "/manage/sign-in")
    assert desk.store.numbers() == []


def test_a_wrong_password_is_refused_and_logged(desk: Any) -> None:
    """The one that came in is in the log, the other is counted by its name; neither with password or address."""
    refused = desk.sign_in(name="<b>Mallory</b>", password=WRONG)
    assert refused.status_code == 403
    assert "That is not the password." in refused.text
    assert "<b>Mallory" not in refused.text
    assert "a cold room" not in refused.text
    assert desk.get("/manage").status_code == 303
    assert desk.sign_in().status_code == 303
    entries = desk.feedback.audit.latest(9)
    assert [(entry.who, entry.what) for entry in entries] == [("Lin", "sign-in")]
    assert [(refused.who, refused.times) for refused in desk.feedback.audit.refusals(9)] == [("<b>Mallory</b>", 1)]
    page = desk.get("/manage/audit").text
    assert "Wrong passwords" in page
    assert "<strong>&lt;b&gt;Mallory&lt;/b&gt;</strong> × 1" in page
    assert not re.search(r"room|127\.0\.0\.1", " ".join(entry.detail for entry in entries))


def test_signing_in_needs_a_name(desk: Any) -> None:
    """A good password alone is not enough."""
    for name in ("", "   ", "x" * 41):
        assert desk.sign_in(name=name).status_code == 422
    assert desk.get("/manage").status_code == 303


def test_the_cookie_is_for_these_pages_alone(desk: Any) -> None:
    """Not for scripts, not for other sites, not for other paths, and gone after eight hours."""
    cookie = desk.sign_in().headers["Set-Cookie"]
    parts = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in cookie.split(";")}
    assert parts["Path"] == "/manage"
    assert parts["SameSite"] == "Strict"
    assert parts.keys() >= {"HttpOnly", "Expires"}
    assert "Secure" not in parts
    assert 'name="csrf_token"' not in cookie


def test_over_https_the_cookie_stays_there(desk: Any) -> None:
    """The form needs the page's own address as referrer then."""
    base, page = "https://stations.example", "/manage/sign-in"
    shown = desk.client.get(page, base_url=base)
    assert "Secure" in shown.headers["Set-Cookie"]
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', shown.text)
    form = {"csrf_token": token, "name": "Lin", "password": "a warm room for everyone"}
    elsewhere = desk.client.post(page, base_url=base, data=form, headers={"Referer": "https://evil.example/"})
    assert elsewhere.status_code == 400
    here = desk.client.post(page, base_url=base, data=form, headers={"Referer": base + page})
    assert here.status_code == 303
    assert "Secure" in here.headers["Set-Cookie"]


def test_behind_the_operators_proxy_https_is_known(make_desk: Callable[..., Any]) -> None:
    """The cookie is secure, and the referrer is compared with the address that browsers see."""
    said = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "stations.example",
    }
    client = make_desk(proxies=1).client
    shown = client.get("/manage/sign-in", headers=said)
    assert "Secure" in shown.headers["Set-Cookie"]
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', shown.text)
    form = {"csrf_token": token, "name": "Lin", "password": "a warm room for everyone"}
    referrer = {"Referer": "https://stations.example/manage/sign-in"}
    assert client.post("/manage/sign-in", data=form, headers=said | referrer).status_code == 303


@pytest.mark.parametrize("path", [*PUBLIC, *PUBLIC_ANSWERS])
def test_no_other_page_has_a_cookie_or_differs_by_one(reading: Any, path: str) -> None:
    """Not even for a browser that sends it everywhere."""
    client = reading.app.test_client()
    client.set_cookie("steward", reading.cookie())
    with client.get(path) as response:
        assert "Set-Cookie" not in response.headers
        assert "cookie" not in response.headers.get("Vary", "").lower()
    assert client.get("/manage").status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/manage/sign-in", "/manage/nothing"])
def test_nobody_keeps_frames_or_lists_these_pages(reading: Any, path: str) -> None:
    """No cache, no frame, no search engine, no script but ours, and no worker of the finder's."""
    response = reading.get(path)
    headers = response.headers
    assert headers.getlist("Cache-Control") == ["no-store"]
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers.getlist("X-Frame-Options") == ["DENY"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    if response.status_code == 303:
        return
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if response.status_code == 200:
        assert "offline.js" not in response.text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", response.text)


@pytest.mark.parametrize("token", [{}, {"csrf_token": ""}, {"csrf_token": "made-up"}])
def test_a_form_that_is_not_ours_is_refused(reading: Any, token: dict[str, str]) -> None:
    """400 with a page that says what to do, and nothing is changed."""
    form, english = {"why": "because", **token}, {"Accept-Language": "en"}
    response = reading.client.post("/manage/stations/tw-1/retire", data=form, headers=english)
    assert response.status_code == 400
    assert "This form is no longer valid" in response.text
    assert reading.store.numbers() == []


def test_the_token_of_another_session_is_refused(make_desk: Callable[..., Any]) -> None:
    """Tokens belong to the session that they were made for."""
    mine, other = make_desk(), make_desk()
    mine.sign_in()
    other.sign_in()
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', other.get("/manage").text))
    assert mine.client.post("/manage/sign-out", data={"csrf_token": token}).status_code == 400
    assert mine.get("/manage").status_code == 200


def test_signing_in_begins_a_new_session(desk: Any) -> None:
    """What was in the session before, its token too, is worth nothing afterwards."""
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', desk.get("/manage/sign-in").text)
    desk.sign_in()
    assert desk.client.post("/manage/sign-out", data={"csrf_token": token}).status_code == 400


def test_signing_out_ends_the_session(signed_in: Any) -> None:
    """The cookie is taken back."""
    response = signed_in.post("/manage/sign-out", seen="/manage")
    assert response.status_code == 303
    assert "steward=;" in response.headers["Set-Cookie"]
    assert signed_in.get("/manage").status_code == 303
    assert signed_in.feedback.audit.latest(1)[0].what == "sign-out"


def test_a_session_outlives_a_restart_but_not_a_new_password(make_desk: Callable[..., Any]) -> None:
    """All processes share the key in the store; a new password ends every session."""
    before = make_desk()
    before.sign_in()
    again, changed = make_desk(), make_desk(admin_password_hash=OTHER_HASH)
    for desk in (again, changed):
        desk.client.set_cookie("steward", before.cookie(), path="/manage")
    assert again.get("/manage").status_code == 200
    assert changed.get("/manage").status_code == 303


def test_the_key_is_whole_and_private(desk: Any) -> None:
    """32 bytes that nobody else may read, and no draft is left beside it."""
    path = desk.store.folder / "secret.key"
    assert len(path.read_bytes()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(desk.store.folder.glob(".secret*")) == []


@pytest.mark.parametrize("size", [0, 10, 33])
def test_a_key_that_is_not_whole_stops_these_pages_alone(
    make_desk: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    """The page and the log name the file and say what to do; who looks for a station is answered."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "secret.key").write_bytes(bytes(size))
    desk = make_desk()
    assert "secret.key is damaged. Delete it" in capsys.readouterr().err
    for path in ("/manage", "/manage/sign-in", "/manage/stations/tw-1"):
        for response in (desk.get(path), desk.client.post(path, headers={"Accept-Language": "en"})):
            assert response.status_code == 503
            assert "secret.key is damaged. Delete it from the folder of LOCATOR_STORE" in response.text
            assert str(tmp_path) not in response.text
            assert response.headers["Cache-Control"] == "no-store"
    assert "已损坏" in desk.client.get("/manage", headers={"Accept-Language": "zh-CN"}).text
    assert desk.get("/").status_code == 200
    assert desk.client.post("/stations/tw-1/reports", data={"what": "open"}).status_code == 303
    (tmp_path / "store" / "secret.key").unlink()
    assert make_desk().sign_in().status_code == 303


def test_a_store_that_cannot_be_written_stops_these_pages_alone(
    make_desk: Callable[..., Any], small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a disk that is read-only from the start."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    desk = make_desk(store=small_disk / "store")
    assert "secret.key cannot be made or read" in capsys.readouterr().err
    assert desk.get("/manage").status_code == 503
    assert desk.get("/").status_code == 200
    found = desk.client.post("/api/nearest", json={"lat": 39.9155, "lon": 116.405}).get_json()
    assert len(found["stations"]) == 5
    assert found["stations"][0]["name"] == "东华门街道工会服务站"
    assert desk.get("/readyz").get_json()["status"] == "degraded"


def test_where_the_disk_is_full_who_is_signed_in_reads_on(make_desk: Callable[..., Any], small_disk: Path) -> None:
    """What would be written is refused with a sentence for the operator."""
    desk = make_desk(store=small_disk)
    desk.sign_in()
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize))
    assert desk.get("/").status_code == 200
    assert desk.get("/manage/stations/tw-1").status_code == 200
    refused = desk.edit("tw-1", name="新名字", step="publish", why="because")
    assert refused.status_code == 503
    assert "cannot be written" in refused.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The message names the file and the setting."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError, match=r"secret\.key cannot be made .* LOCATOR_STORE"):
        read_key(tmp_path / "file" / "store")


def test_of_two_processes_one_makes_the_key(tmp_path: Path) -> None:
    """All threads that start at once read the same 32 bytes."""
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(read_key, [tmp_path / "store"] * 32))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
