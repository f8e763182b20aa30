"""How many seconds browsers, proxies and other sites may keep what they were sent."""

from __future__ import annotations

from typing import Final

DOCUMENT_S: Final = 300
"""Documents of the data: what is newly published reaches every reader within five minutes."""
OPEN_STATE_S: Final = 60
"""Answers with open states, which are worked out to the minute."""
EMBEDDING_S: Final = 3600
"""What other sites load under an address that never changes: the custom element, and oEmbed."""
OEMBED_S: Final = 86_400
"""What oEmbed asks consumers to keep: the markup of a frame, which seldom changes."""
PREFLIGHT_S: Final = 86_400
"""CORS preflights: 24 hours is the most that Firefox allows; Chromium allows two."""
FOR_GOOD_S: Final = 31_536_000
"""Files whose addresses change with their content: a year, by custom the longest time."""
