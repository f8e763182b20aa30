"""Zip archives from untrusted sources: checked before they are unpacked, and unpacked within limits."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from locator.errors import GeodataError, LocatorError

MAX_MEMBERS: Final = 5_000
MAX_UNPACKED: Final = 400_000_000
"""The most bytes that an archive may hold when it is unpacked."""
MAX_RATIO: Final = 200
"""How many times larger an archive may be when it is unpacked, where that is more than `SMALL` bytes."""
SMALL: Final = 20_000_000

_CHUNK: Final = 1 << 20
_FAULTS: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY")


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive after checking the sizes and names in its directory.

    Raises
    ------
    GeodataError
        If it is damaged, encrypted, too large when unpacked, or has names that lead out of it; also where a
        member turns out to be damaged later on.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_directory(archive, path.name)
            yield archive
    except LocatorError:
        raise
    except _FAULTS as fault:
        raise GeodataError(
            "{file} is a damaged or cut off archive: {fault}. Send or save it again.", file=path.name, fault=fault
        ) from None


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack one member, up to the size that the directory gives."""
    with archive.open(name) as member:
        return member.read(archive.getinfo(name).file_size + 1)


def check_parts(archive: zipfile.ZipFile, file: str, wanted: Sequence[bytes] = ()) -> Counter[bytes]:
    """Unpack every member to check it, without keeping the content.

    Parameters
    ----------
    archive, file
        The archive, and its name for messages.
    wanted
        Words to count.

    Returns
    -------
    Counter
        How often each of them stands in it.

    Raises
    ------
    GeodataError
        If a member declares a document type or entities, with which a short text can grow without end.
    """
    counts = Counter[bytes]()
    for info in archive.infolist():
        counts.update(_check_part(archive, info, file, wanted))
    return counts


def refuse_declarations(raw: bytes, file: str) -> None:
    """Refuse XML, in an encoding of one or more bytes, that declares a document type or entities."""
    plain = raw.replace(b"\0", b"")
    if any(word in plain for word in _DECLARATIONS):
        raise GeodataError(
            "{file} has a DOCTYPE or ENTITY declaration, which no list needs. Save it without.",
            file=file,
        )


def _check_directory(archive: zipfile.ZipFile, file: str) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise GeodataError(
            "{file} holds {count} files, more than {most}. Pack only the list.",
            file=file,
            count=len(members),
            most=MAX_MEMBERS,
        )
    size = sum(member.file_size for member in members)
    packed = max(1, archive.fp.seek(0, 2) if archive.fp else 1)
    if size > MAX_UNPACKED or size > max(SMALL, MAX_RATIO * packed):
        raise GeodataError(
            "{file} would be {size} MB when unpacked, {ratio} times its size; at most {most} MB and {times} times "
            "are read. Save only the list, as CSV.",
            file=file,
            size=round(size / 1e6),
            ratio=round(size / packed),
            most=MAX_UNPACKED // 1_000_000,
            times=MAX_RATIO,
        )
    for member in members:
        _check_member(member, file)


def _check_member(member: zipfile.ZipInfo, file: str) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in PurePosixPath(name).parts:
        raise GeodataError(
            "{file} holds {name!r}, a name that leads out of the archive. Pack the files again, without folders.",
            file=file,
            name=member.filename[:200],
        )
    if member.flag_bits & 1:
        raise GeodataError("{file} is encrypted. Save it without a password.", file=file)


def _check_part(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str, wanted: Sequence[bytes]
) -> Counter[bytes]:
    """Check a member chunk by chunk; each keeps the end of the one before, so that no word is missed."""
    counts, kept = Counter[bytes](), b""
    overlap = max(4 * len(_DECLARATIONS[0]), *map(len, wanted), 0) - 1
    with archive.open(info) as member:
        while chunk := member.read(_CHUNK):
            refuse_declarations(kept + chunk, file)
            for word in wanted:
                counts[word] += (kept[len(kept) - len(word) + 1 :] + chunk).count(word)
            kept = (kept + chunk)[-overlap:]
    return counts
