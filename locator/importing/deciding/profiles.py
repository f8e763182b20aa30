"""What was chosen for the lists of a source, remembered for the next one."""

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
    """How the lists of one source are read."""

    source: str
    """Who gives the lists."""
    kind: str
    """What their rows are that do not say it themselves."""
    choices: dict[str, str] = field(default_factory=dict)
    """Field to heading, as `headings.match_headings` takes it; only what a sheet has is applied to it."""
    datum: str | None = None
    crs: str | None = None
    encoding: str | None = None
    at: str | None = None
    """When it was saved, an ISO time."""


def load_profile(folder: Path, source: str) -> Profile | None:
    """Return what is remembered of a source, ``None`` if nothing is.

    Raises
    ------
    GeodataError
        If the folder's file of profiles is damaged or cannot be read.
    """
    found = _read(folder / FILE).get(source)
    return None if found is None else Profile(source, **found)


def known_sources(folder: Path) -> list[str]:
    """Return the sources that something is remembered of, by name; raise `GeodataError` as `load_profile` does."""
    return sorted(_read(folder / FILE))


def save_profile(folder: Path, profile: Profile) -> None:
    """Remember a source's profile in place of its old one; those of others stay.

    The file is replaced whole: a reader sees the old one or the new one.

    Parameters
    ----------
    folder
        The folder of the store; it is made if it is not there.
    profile
        What to remember.

    Raises
    ------
    GeodataError
        If the file there is damaged, which is kept as it is, or the folder cannot be written.
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
    """Return what the file has for each source; nothing where there is no file."""
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


def _is_profile(found: Any) -> bool:
    """Tell whether an entry has the members of a profile and no others."""
    if not isinstance(found, dict) or not found.keys() <= {f.name for f in fields(Profile)} - {"source"}:
        return False
    choices = found.get("choices", {})
    plain = [
        found.get("kind"),
        *(found[name] for name in (("datum"), ("crs"), ("encoding"), ("at")) if found.get(name)),
    ]
    is_chosen = isinstance(choices, dict) and all(isinstance(heading, str) for heading in choices.values())
    return is_chosen and all(isinstance(value, str) for value in plain)


def _damaged(path: Path, fault: str) -> GeodataError:
    return GeodataError(
        "{file} is damaged: {fault}. Repair it or delete it; then columns must be chosen anew.",
        file=path,
        fault=fault,
    )
