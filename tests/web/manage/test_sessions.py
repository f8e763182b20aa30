"""A session ends when it should, for every process, and a copy of its cookie with it."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from locator.errors import GeodataError
from locator.server.lanes import LANES
from locator.web.manage.sessions import Sessions

SENTENCE = "a warm room for everyone"
HOUR = 3600.0
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(tmp_path / "sessions", clock)


def is_open(sessions: Sessions, word: str, account: str = "a") -> bool:
    """Tell whether a word opens a session."""
    return sessions.find(word, account) is not None


# When a session ends


def test_a_session_is_open_for_all_who_share_the_folder(tmp_path: Path, sessions: Sessions, clock: Clock) -> None:
    """By its word alone."""
    word = sessions.begin("a", "Lin")
    found = Sessions(tmp_path / "sessions", clock).find(word, "a")
    assert found is not None
    assert (found.name, found.began) == ("Lin", clock.now)
    for other in ("", word[:-1], word + "x", "../" + word):
        assert not is_open(sessions, other)


def test_it_ends_after_eight_hours_without_use(sessions: Sessions, clock: Clock) -> None:
    """To the second."""
    word = sessions.begin("a", "Lin")
    clock.now += 8 * HOUR - 1
    assert is_open(sessions, word)
    clock.now += 8 * HOUR
    assert not is_open(sessions, word)


def test_it_ends_twelve_hours_after_it_began(sessions: Sessions, clock: Clock) -> None:
    """However much it is used, to the second."""
    word, end = sessions.begin("a", "Lin"), clock.now + 12 * HOUR
    while clock.now < end - HOUR:
        clock.now += HOUR
        assert is_open(sessions, word)
    clock.now = end - 1
    assert is_open(sessions, word)
    clock.now = end
    assert not is_open(sessions, word)


def test_use_within_a_minute_writes_nothing(tmp_path: Path, sessions: Sessions, clock: Clock) -> None:
    """A page with its parts is not several writes."""
    word, began = sessions.begin("a", "Lin"), clock.now
    (path,) = (tmp_path / "sessions").iterdir()
    clock.now += 60
    assert is_open(sessions, word)
    assert path.stat().st_mtime == began
    clock.now += 1
    assert is_open(sessions, word)
    assert path.stat().st_mtime == clock.now


@pytest.mark.parametrize("jump_s", [-400 * 24 * HOUR, -61, 400 * 24 * HOUR])
def test_a_clock_that_jumps_makes_no_session_longer(sessions: Sessions, clock: Clock, jump_s: float) -> None:
    """One that seems to begin later than now is not open for another year."""
    word = sessions.begin("a", "Lin")
    clock.now += jump_s
    assert not is_open(sessions, word)


def test_ending_one_leaves_the_others(sessions: Sessions) -> None:
    """Of the same person too; and what has ended can be ended again."""
    first, second, other = sessions.begin("a", "Lin"), sessions.begin("a", "Lin"), sessions.begin("a", "Wang")
    sessions.end(first)
    sessions.end(first)
    assert [is_open(sessions, word) for word in (first, second, other)] == [False, True, True]


def test_ending_all_is_of_one_person(sessions: Sessions) -> None:
    """Wherever that person is signed in."""
    mine, other = [sessions.begin("a", "Lin") for _ in range(3)], sessions.begin("a", "Wang")
    sessions.end_all("Lin")
    assert not any(is_open(sessions, word) for word in mine)
    assert is_open(sessions, other)


def test_another_password_ends_all_for_good(sessions: Sessions) -> None:
    """They do not come back with the old one, once somebody signed in with the new one."""
    word = sessions.begin("a", "Lin")
    assert not is_open(sessions, word, "b")
    assert is_open(sessions, word)
    sessions.begin("b", "Lin")
    assert not is_open(sessions, word)


def test_what_has_ended_is_removed(tmp_path: Path, sessions: Sessions, clock: Clock) -> None:
    """When somebody signs in; what else lies in the folder is nobody's session."""
    for _ in range(5):
        sessions.begin("a", "Lin")
    (tmp_path / "sessions" / "notes").write_text("x")
    clock.now += 9 * HOUR
    sessions.begin("a", "Lin")
    assert len(list((tmp_path / "sessions").iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'{"name": "Lin"}', b'{"account": "a", "name": "L"}'])
def test_a_damaged_file_is_no_session(tmp_path: Path, sessions: Sessions, content: bytes) -> None:
    """Who had it signs in again."""
    word = sessions.begin("a", "Lin")
    (path,) = (tmp_path / "sessions").iterdir()
    path.write_bytes(content)
    assert not is_open(sessions, word)
    sessions.begin("a", "Lin")
    assert not path.exists()


def test_files_do_not_tell_the_words(tmp_path: Path, sessions: Sessions) -> None:
    """Who reads the folder, or a copy of it, can open no session; and nobody else may look into it."""
    word = sessions.begin("a", "Lin")
    (path,) = (tmp_path / "sessions").iterdir()
    assert word not in path.name
    assert word.encode() not in path.read_bytes()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, clock: Clock) -> None:
    """With the setting."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(GeodataError, match=r"cannot be written down: Not a directory\. .* LOCATOR_STORE"):
        Sessions(tmp_path / "file" / "sessions", clock).begin("a", "Lin")


def test_many_sign_in_and_out_at_once(tmp_path: Path, clock: Clock) -> None:
    """Nobody's session is lost, and none that ended is left."""

    def come_and_go(number: int) -> tuple[str, bool]:
        mine = Sessions(tmp_path / "sessions", clock)
        word = mine.begin("a", f"steward {number}")
        mine.find(word, "a")
        if number % 2:
            mine.end(word)
        return word, not number % 2

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(come_and_go, range(60)))
    assert all(is_open(Sessions(tmp_path / "sessions", clock), word) == expected for word, expected in found)


# Through the pages


def test_a_copied_cookie_is_worth_nothing_after_signing_out(signed_in: Any) -> None:
    """Neither to look nor to publish."""
    stolen, shown = signed_in.cookie(), signed_in.get("/manage/stations/tw-1")
    (token,) = set(TOKEN.findall(shown.text))
    assert signed_in.post("/manage/sign-out", seen="/manage").status_code == 303
    thief = signed_in.app.test_client()
    thief.set_cookie("steward", stolen, path="/manage")
    assert thief.get("/manage").status_code == 303
    sent = thief.post("/manage/stations/tw-1/retire", data={"csrf_token": token, "why": "because"})
    assert (sent.status_code, sent.location) == (303, "/manage/sign-in")
    assert signed_in.store.numbers() == []


def test_signing_out_everywhere_ends_the_other_browsers_too(make_desk: Callable[..., Any]) -> None:
    """Of who does it, and it is in the log."""
    here, there, other = make_desk(), make_desk(), make_desk()
    here.sign_in("Lin")
    there.sign_in("Lin")
    other.sign_in("Wang")
    assert "Sign out everywhere where Lin is signed in" in here.get("/manage").text
    here.post("/manage/sign-out", seen="/manage", everywhere="1")
    assert [desk.get("/manage").status_code for desk in (here, there, other)] == [303, 303, 200]
    assert here.feedback.audit.latest(1)[0].what == "sign-out everywhere"


def test_the_pages_keep_to_both_lifetimes(signed_in: Any, clock: Clock) -> None:
    """The clock of the service counts, not that of the browser."""
    clock.now = time.time()
    signed_in.app.extensions["locator.sessions"].clock = clock
    for _ in range(11):
        clock.now += HOUR
        assert signed_in.get("/manage").status_code == 200
    clock.now += HOUR
    assert signed_in.get("/manage").status_code == 303


def test_signing_in_again_ends_the_session_before(signed_in: Any) -> None:
    """The form is still open in another window."""
    before = signed_in.cookie()
    token = TOKEN.search(signed_in.get("/manage").text)
    assert token
    form = {"csrf_token": token[1], "name": "Wang", "password": SENTENCE}
    assert signed_in.client.post("/manage/sign-in", data=form).status_code == 303
    assert "Signed in as Wang" in signed_in.get("/manage").text
    thief = signed_in.app.test_client()
    thief.set_cookie("steward", before, path="/manage")
    assert thief.get("/manage").status_code == 303


def test_few_passwords_are_looked_at_at_once(desk: Any) -> None:
    """Each takes thirty megabytes: they have a lane with few threads."""
    threads, waiting = LANES[desk.app.view_functions["manage.check"].lane]
    assert threads <= 2
    assert waiting <= 16


# Two real workers


def test_two_workers_agree_on_who_is_signed_in(serve: Callable[[], Any]) -> None:
    """Twenty sign in at once; a copied cookie ends with its session whichever worker it comes to."""
    service = serve()
    browsers = [service.browser(number) for number in range(1, 21)]
    with ThreadPoolExecutor(20) as pool:
        signed = list(pool.map(lambda browser: browser.sign_in(f"steward {browser.address[-1]}"), browsers))
        assert signed == [303] * 20
        assert list(pool.map(lambda browser: browser.ask("/manage")[0], browsers)) == [200] * 20
    leaving, staying, everywhere, *_ = browsers
    thief = leaving.copy()
    assert leaving.send("/manage", "/manage/sign-out") == 303
    assert [thief.copy().ask("/manage")[0] for _ in range(12)] == [303] * 12
    # Those whose addresses end in 3 are one name: 3 and 13.
    assert everywhere.send("/manage", "/manage/sign-out", everywhere="1") == 303
    assert [browsers[12].copy().ask("/manage")[0] for _ in range(12)] == [303] * 12
    assert [staying.copy().ask("/manage")[0] for _ in range(12)] == [200] * 12
    again = serve().browser(2)
    again.cookie = staying.cookie
    assert again.ask("/manage")[0] == 200  # another start, the same store
