"""Lists that were sent stay until they are published or thrown away, whoever dies meanwhile."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from locator.errors import ConflictError, GeodataError, UsageError
from locator.geo.datum import Datum
from locator.importing.intake import Choices
from locator.stations.store import Store
from locator.web.manage.sent_files import KEPT_S
from locator.web.manage.uploads import Uploads

LIST = "站点名称,地址,区,经度,纬度\n王府井驿站,王府井大街1号,东城区,116.4110,39.9140\n".encode()
CHOICES = Choices("warm_station", "驿站", {"name": "站点名称"}, Datum.GCJ02, anywhere=True)
WORKER = """
import sys, time
from pathlib import Path
from locator.web.manage.uploads import Uploads
job = Uploads(Path(sys.argv[1])).begin(sys.argv[2])
print("begun", flush=True)
time.sleep(60)
"""


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path)


@pytest.fixture
def token(uploads: Uploads) -> str:
    """A list that is kept."""
    return uploads.keep(io.BytesIO(LIST), "名单.csv", CHOICES)


@pytest.fixture
def worker(uploads: Uploads, token: str) -> Iterator[subprocess.Popen[str]]:
    """A process that works on it."""
    command = [sys.executable, "-c", WORKER, str(uploads.folder.parent), token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def test_work_of_a_process_that_was_killed_is_interrupted(
    uploads: Uploads, token: str, worker: subprocess.Popen[str], donghuamen: Path, tmp_path: Path
) -> None:
    """At once, not after some time; and it can be done by another, from the same file and choices."""
    assert uploads.state(token).stage == "working"
    with pytest.raises(ConflictError, match="being worked out already"):
        uploads.begin(token)
    assert uploads.state(token).stage == "working"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert uploads.state(token).stage == "interrupted"
    assert uploads.file(token).read_bytes() == LIST
    assert uploads.choices(token) == CHOICES
    uploads.work_out(token, Store(tmp_path, donghuamen), uploads.begin(token))
    assert uploads.state(token).stage == "ready"
    uploads.begin(token).close()


def test_work_that_fails_says_so_and_is_not_taken_for_interrupted(uploads: Uploads, token: str) -> None:
    """An error that nobody thought of ends the work too."""
    with pytest.raises(AttributeError):
        uploads.work_out(token, None, uploads.begin(token))  # type: ignore[arg-type]
    state = uploads.state(token)
    assert (state.stage, state.words) == ("refused", "The list could not be worked out. Nothing was changed.")


@pytest.mark.parametrize(
    "content",
    [b"", b'{"stage": "rea', b"[]", b'{"step": 1}', b'{"stage": "ready", "share": 1, "found": {}}', None],
)
def test_a_state_that_a_power_cut_left_is_interrupted(uploads: Uploads, token: str, content: bytes | None) -> None:
    """The list is still there; one of an earlier version of the service can be worked out again too."""
    uploads.begin(token).close()
    path = uploads.folder / token / "state.json"
    path.unlink() if content is None else path.write_bytes(content)
    assert uploads.state(token).stage == "interrupted"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kind": "warm_station"}', b'{"datum": "mars"}', None])
def test_a_list_of_which_nobody_knows_what_was_said_is_gone(
    uploads: Uploads, token: str, content: bytes | None
) -> None:
    """It has to be sent again."""
    path = uploads.folder / token / "choices.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(UsageError, match="no longer here"):
        uploads.choices(token)


def test_a_list_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    """With the setting that says where."""
    (tmp_path / "uploads").write_text("no folder")
    with pytest.raises(GeodataError, match=r"cannot be kept: .* LOCATOR_STORE"):
        Uploads(tmp_path).keep(io.BytesIO(LIST), "名单.csv", CHOICES)


def test_a_list_is_thrown_away_after_a_day(uploads: Uploads, token: str) -> None:
    """It may hold telephone numbers; so it goes when the next one is sent."""
    old = time.time() - KEPT_S - 1
    os.utime(uploads.folder / token, (old, old))
    other = uploads.keep(io.BytesIO(LIST), "名单.csv", CHOICES)
    assert [found.name for found in uploads.folder.iterdir()] == [other]
