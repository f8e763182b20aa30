"""Normal form of text for comparison: half-width, lower case, simplified characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opencc import OpenCC


class _Simplified(dict[int, str]):
    """A table for `str.translate` from each character to its simplified one, filled on demand.

    Characters are converted one by one and not in words, so that scripts get the same result from a plain table.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code < _FIRST_HAN:  # digits and signs among Chinese text are the most frequent of all
            return character
        is_surrogate = 0xD800 <= code < 0xE000
        converted = character if is_surrogate else _convert(character)
        simple = converted if len(converted) == 1 else character
        if code in _COMMON:  # caching any character that clients send would let them fill the memory
            self[code] = simple
        return simple


_FIRST_HAN: Final = 0x2E80
"""From here on there are characters that have a simplified form."""
_SIMPLIFIED: Final = _Simplified({code: chr(code) for code in range(0x80)})
# The Unicode blocks CJK Unified Ideographs and Extension A.
_COMMON: Final = range(0x3400, 0xA000)
_CHARACTERS: Final = "\n".join(map(chr, _COMMON))


def simplified(text: str) -> str:
    """Return a text with simplified Chinese characters in place of traditional ones."""
    return text if text.isascii() else text.translate(_SIMPLIFIED)


def plain(text: str) -> str:
    """Normalize a text for comparison: half-width, lower case, simplified characters, single spaces."""
    return " ".join(simplified(unicodedata.normalize("NFKC", text).casefold()).split())


def letters(text: str) -> str:
    """Return the letters and digits of a text in the form of `plain`, without blanks and signs."""
    return re.sub(r"[\W_]+", "", plain(text))


def traditional_of(texts: Iterable[str]) -> tuple[str, str]:
    """Return the traditional characters whose simplified forms occur in some texts, and those forms in order."""
    occurring = set(simplified("".join(texts)))
    pairs = [pair for pair in _all_pairs() if pair[1] in occurring]
    return "".join(character for character, _ in pairs), "".join(simple for _, simple in pairs)


@cache
def _all_pairs() -> list[tuple[str, str]]:
    # One character per line: OpenCC converts whole words otherwise.
    simple = _convert(_CHARACTERS).split("\n")
    return [pair for pair in zip(_CHARACTERS.split("\n"), simple, strict=True) if pair[0] != pair[1]]


def _convert(text: str) -> str:
    # Twice: 薴 becomes 苧, which is a traditional character itself.
    converted: str = _converter().convert(_converter().convert(text))
    return converted


@cache
def _converter() -> OpenCC:
    # Imported late: it takes 10 ms, and only Chinese text needs it.
    from opencc import OpenCC

    return OpenCC("t2s")
