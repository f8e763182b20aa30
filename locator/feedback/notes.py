"""Plain text from people: short, and nothing in it that could hide or turn what follows."""

from __future__ import annotations

import unicodedata
from typing import Final

from locator.errors import UsageError

NOTE_CHARACTERS: Final = 300
"""The longest note."""

# Control characters, those that are not seen or turn the direction of text, and halves of characters.
_UNSEEN: Final = {"Cc", "Cf", "Cs"}


def plain_text(text: str) -> str:
    """Return a text on one line: composed, single spaces, no control, formatting or bidirectional characters."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    seen = "".join(letter for letter in spaced if unicodedata.category(letter) not in _UNSEEN)
    return " ".join(seen.split())


def plain_note(note: str | None) -> str | None:
    """Return a note as plain text, ``None`` if nothing is left of it.

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
