"""Files that stewards sent, each in a folder of its own, until they are used, discarded, or a day old."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Final

from flask import request
from werkzeug.datastructures import FileStorage

from locator.errors import UsageError

KEPT_S: Final = 24 * 3600
"""A file is discarded after a day, because it may contain telephone numbers."""


class SentFiles:
    """Folders in one folder of the store, each named by a token that cannot be guessed.

    ``gone`` is the error for a file that is not there any more.
    """

    def __init__(self, folder: Path, gone: UsageError) -> None:
        self.folder, self.gone = folder, gone

    def new_token(self) -> str:
        """Return a token for a new folder, which the caller makes; discard the folders that are a day old."""
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(OSError):  # another worker tidies too
                if not time() - KEPT_S < folder.stat().st_mtime:
                    shutil.rmtree(folder, ignore_errors=True)
        return secrets.token_urlsafe(16)

    def folder_of(self, token: str) -> Path:
        """Return the folder of a file."""
        # The token comes from a URL and must not lead out of the folder.
        if not re.fullmatch(r"[A-Za-z0-9_-]{22}", token) or not (self.folder / token).is_dir():
            raise self.gone
        return self.folder / token

    def discard(self, token: str) -> None:
        """Delete a file and what was made of it."""
        shutil.rmtree(self.folder_of(token), ignore_errors=True)


def sent_file(field: str, missing: UsageError) -> tuple[FileStorage, str]:
    """Return the file that a form sent, and its name."""
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        raise missing
    return sent, sent.filename


def safe_name(name: str, otherwise: str) -> str:
    """Return a safe file name, by which messages name the file and readers tell its format."""
    return re.sub(r"[^\w.()（）-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-100:] or otherwise
