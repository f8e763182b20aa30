"""Archives that promise or hold too much."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.files.archives import check_parts, open_archive, read_member


def pack(path: Path, members: dict[str, bytes]) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_members_are_unpacked_as_they_were(tmp_path: Path) -> None:
    """What went in comes out."""
    with open_archive(pack(tmp_path / "a.zip", {"doc.kml": b"<kml/>"})) as archive:
        assert read_member(archive, "doc.kml") == b"<kml/>"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "C:\\evil", "..\\evil"])
def test_names_that_lead_out_of_it_are_refused(tmp_path: Path, name: str) -> None:
    """Whatever the system that they are meant for."""
    with pytest.raises(GeodataError, match="leads out"), open_archive(pack(tmp_path / "a.zip", {name: b""})):
        pass


def test_what_grows_without_measure_is_refused_by_its_directory(tmp_path: Path) -> None:
    """Thirty million zeros fit into thirty thousand bytes."""
    bomb = pack(tmp_path / "bomb.zip", {"doc.kml": bytes(30_000_000)})
    with pytest.raises(GeodataError, match="would be 30 MB when unpacked"), open_archive(bomb):
        pass


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    """A list needs a few files, not thousands."""
    crowd = pack(tmp_path / "crowd.zip", dict.fromkeys(map(str, range(5_001)), b""))
    with pytest.raises(GeodataError, match="holds 5001 files"), open_archive(crowd):
        pass


def test_a_directory_that_lies_about_a_size_is_found_out(tmp_path: Path) -> None:
    """A member that unpacks to more than was promised is damaged."""
    path = pack(tmp_path / "a.zip", {"part.xml": b"x" * 5_000})
    path.write_bytes(path.read_bytes().replace((5_000).to_bytes(4, "little"), (7).to_bytes(4, "little")))
    with pytest.raises(GeodataError, match="damaged"), open_archive(path) as archive:
        check_parts(archive, "a.zip")


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    """The flag in the directory says it."""
    path = pack(tmp_path / "a.zip", {"part.xml": b"x"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(GeodataError, match="encrypted"), open_archive(path):
        pass


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", [0, (1 << 20) - 4])
def test_declarations_in_xml_are_refused_wherever_they_stand(tmp_path: Path, encoding: str, before: int) -> None:
    """Also across the border of two chunks, and in characters of two bytes."""
    text = " " * before + '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    path = pack(tmp_path / "a.zip", {"part.xml": text.encode(encoding)})
    with pytest.raises(GeodataError, match="DOCTYPE or ENTITY"), open_archive(path) as archive:
        check_parts(archive, "a.zip")


def test_words_are_counted_once_each(tmp_path: Path) -> None:
    """Also the one that a border of chunks cuts."""
    text = b'<c t="e"/>' + b" " * ((1 << 20) - 12) + b't="e"' + b" " * 40
    with open_archive(pack(tmp_path / "a.zip", {"a": text, "b": b't="e"'})) as archive:
        assert check_parts(archive, "a.zip", [b't="e"', b"r"]) == {b't="e"': 3, b"r": 0}


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    """With the library's reason."""
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(GeodataError, match="damaged or cut off"), open_archive(path):
        pass
