"""Plain text from people: short, without characters that hide text or change its direction."""

from __future__ import annotations

import unicodedata
from typing import Final

from locator.errors import UsageError

NOTE_CHARACTERS: Final = 300
"""The longest note."""

# Unicode categories: control characters, format characters (invisible ones, changes of direction), surrogates.
_UNSEEN: Final = {"Cc", "Cf", "Cs"}


def plain_text(text: str) -> str:
    """Return a text as one line: NFC, single spaces, no control, format or bidirectional characters."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    seen = "".join(letter for letter in spaced if unicodedata.category(letter) not in _UNSEEN)
    return " ".join(seen.split())


def plain_note(note: str | None) -> str | None:
    """Return a note as plain text, or ``None`` if nothing is left of it.

    Raises
    ------
    UsageError
        If it is longer than `NOTE_CHARACTERS`.
    """
    text = plain_text(note or "")
    if len(text) > NOTE_CHARACTERS:
        raise UsageError(
            "A note may have {most} characters, not {value}. Make it shorter.",
            most=NOTE_CHARACTERS,
            value=len(text),
        )
    return text or None
