"""The choices for the lists of each source, saved for the next list."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import orjson

from locator.errors import GeodataError
from locator.language.messages import message

FILE: Final = "profiles.json"


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices for the lists of one source."""

    source: str
    """The name of the source."""
    kind: str
    """The kind of rows that do not name theirs."""
    choices: dict[str, str] = field(default_factory=dict)
    """Field to heading, for `headings.match_headings`; headings that a sheet does not have are ignored."""
    datum: str | None = None
    crs: str | None = None
    encoding: str | None = None
    at: str | None = None
    """When it was saved, as an ISO time."""


def load_profile(folder: Path, source: str) -> Profile | None:
    """Return the profile of a source, ``None`` if there is none.

    Raises
    ------
    GeodataError
        If the folder's file of profiles is damaged or cannot be read.
    """
    members = _read(folder / FILE).get(source)
    return None if members is None else Profile(source, **members)


def known_sources(folder: Path) -> list[str]:
    """Return the names of all sources with a profile, sorted; raise `GeodataError` as `load_profile` does."""
    return sorted(_read(folder / FILE))


def save_profile(folder: Path, profile: Profile) -> None:
    """Save the profile of a source in place of its old one; those of other sources stay.

    The folder is made where it is missing. The file is replaced atomically.

    Raises
    ------
    GeodataError
        If the present file is damaged, which then stays as it is, or the folder cannot be written.
    """
    path = folder / FILE
    profiles = _read(path)
    profiles[profile.source] = {name: value for name, value in asdict(profile).items() if name != "source"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(path, orjson.dumps(profiles, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be written: {fault}. The columns that were chosen are not remembered.",
            file=path,
            fault=fault.strerror,
        ) from None


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".profiles-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - a plain name comes from mkstemp
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the members of each source's profile; none where there is no file."""
    try:
        profiles = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise GeodataError("{file} cannot be read: {fault}.", file=path, fault=fault.strerror) from None
    except orjson.JSONDecodeError as fault:
        raise _damaged(path, str(fault)) from None
    if not isinstance(profiles, dict):
        raise _damaged(path, message("it is not an object"))
    for source, profile in profiles.items():
        if not _is_profile(profile):
            raise _damaged(path, message("what it has for {source!r} is no profile", source=source))
    return profiles


def _is_profile(entry: Any) -> bool:
    """Tell whether an entry has the members of a profile and no others."""
    if not isinstance(entry, dict) or not entry.keys() <= {f.name for f in fields(Profile)} - {"source"}:
        return False
    choices = entry.get("choices", {})
    texts = [entry.get("kind"), *(entry[name] for name in ("datum", "crs", "encoding", "at") if entry.get(name))]
    return isinstance(choices, dict) and all(isinstance(text, str) for text in (*texts, *choices.values()))


def _damaged(path: Path, fault: str) -> GeodataError:
    return GeodataError(
        "{file} is damaged: {fault}. Repair it or delete it; then columns must be chosen anew.",
        file=path,
        fault=fault,
    )
