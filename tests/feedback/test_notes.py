"""Notes are short plain text."""

from __future__ import annotations

import pytest

from locator.errors import UsageError
from locator.feedback.notes import plain_note


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("门锁着，没人应", "门锁着，没人应"),
        ("  two\r\nlines\tand a tab ", "two lines and a tab"),
        ("\u202eevil\u202c \u2066turned\u2069 \u200f\u200ehere", "evil turned here"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("bell\x07 escape\x1b[31m nul\x00", "bell escape[31m nul"),
        ("half a character \ud83d here", "half a character here"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("line\u2028separator", "line separator"),
        ("<b>bold</b> & so on", "<b>bold</b> & so on"),
        (" \u200b\n ", None),
        ("", None),
        (None, None),
    ],
)
def test_only_what_can_be_seen_is_kept(typed: str | None, kept: str | None) -> None:
    """Control, bidirectional and unseen characters go; letters, signs and markup stay what they are: text."""
    assert plain_note(typed) == kept


def test_a_note_has_at_most_300_characters() -> None:
    """Counted after cleaning: 300 pass and 301 do not."""
    assert plain_note(" " * 50 + "字" * 300) == "字" * 300
    with pytest.raises(UsageError, match="300 characters, not 301"):
        plain_note("字" * 301)
