"""What was chosen for a source is there next time, whatever happens to the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.importing.deciding.profiles import FILE, Profile, load_profile, save_profile

DONGCHENG = Profile(
    source="东城区总工会",
    kind="warm_station",
    choices={"name": "站点名称", "phone": ""},
    datum="gcj02",
    crs=None,
    encoding="gb18030",
    at="2026-11-05T10:00:00+08:00",
)
XICHENG = Profile(source="西城区总工会", kind="worker_home")


def test_a_profile_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """The folder is made; a source never saved has none."""
    folder = tmp_path / "store"
    assert load_profile(folder, "东城区总工会") is None
    save_profile(folder, DONGCHENG)
    assert load_profile(folder, "东城区总工会") == DONGCHENG
    assert load_profile(folder, "西城区总工会") is None


def test_one_source_leaves_the_others(tmp_path: Path) -> None:
    """And a profile takes the place of its own old one."""
    save_profile(tmp_path, DONGCHENG)
    save_profile(tmp_path, XICHENG)
    save_profile(tmp_path, Profile(source="东城区总工会", kind="community_station"))
    assert load_profile(tmp_path, "西城区总工会") == XICHENG
    assert load_profile(tmp_path, "东城区总工会") == Profile(source="东城区总工会", kind="community_station")


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    """No file that was only on the way."""
    save_profile(tmp_path, DONGCHENG)
    assert os.listdir(tmp_path) == [FILE]  # noqa: PTH208 - names are what is compared


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"a": {"kind": "warm_sta',
        b"[]",
        b'{"a": []}',
        b'{"a": {}}',
        b'{"a": {"kind": 7}}',
        b'{"a": {"kind": "warm_station", "choices": ["name"]}}',
        b'{"a": {"kind": "warm_station", "choices": {"name": 1}}}',
        b'{"a": {"kind": "warm_station", "colour": "red"}}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    """Neither reading nor saving writes over it."""
    path = tmp_path / FILE
    path.write_bytes(content)
    with pytest.raises(GeodataError, match=FILE):
        load_profile(tmp_path, "a")
    with pytest.raises(GeodataError, match=FILE):
        save_profile(tmp_path, DONGCHENG)
    assert path.read_bytes() == content


def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old profiles are whole and nothing is left beside them."""
    save_profile(tmp_path, DONGCHENG)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GeodataError, match="No space left"):
        save_profile(tmp_path, XICHENG)
    assert load_profile(tmp_path, "东城区总工会") == DONGCHENG
    assert os.listdir(tmp_path) == [FILE]  # noqa: PTH208 - names are what is compared
