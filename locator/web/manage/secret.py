"""The key that signs stewards' sessions: made once per store, the same for all processes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from locator.errors import ConfigError
from locator.files.folders import sync

KEY: Final = "secret.key"
LENGTH: Final = 32
"""Bytes."""


def read_key(folder: Path) -> bytes:
    """Return the key in a folder; make both where they are missing.

    Raises
    ------
    ConfigError
        If the folder cannot be written, or the key is not whole.
    """
    path = folder / KEY
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as fault:
        raise ConfigError(
            "{file} cannot be made or read: {fault}. Stewards need a folder that the service may write: see"
            " LOCATOR_STORE. Then start the service anew.",
            file=KEY,
            fault=fault.strerror,
        ) from None
    if len(key) != LENGTH:
        raise ConfigError(
            "{file} is damaged. Delete it from the folder of LOCATOR_STORE and start the service anew; stewards"
            " then sign in again.",
            file=KEY,
        )
    return key


def _make(path: Path) -> None:
    """Write a key and give it its name only when it is whole; of two processes the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{KEY}-{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
        sync(path.parent)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
