"""One form of what people type: half-width, small letters, simplified characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opencc import OpenCC


class _Simplified(dict[int, str]):
    """For `str.translate`: each character to its simplified one, looked up when it first occurs.

    One by one and not in words, so that a device with a table of characters comes to the same.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = character if 0xD800 <= code < 0xE000 else _convert(character)
        simple = found if len(found) == 1 else character
        if code in _COMMON:  # what else clients send must not fill the memory
            self[code] = simple
        return simple


_SIMPLIFIED: Final = _Simplified()
# Where Unicode has the Chinese characters that names are written in.
_COMMON: Final = range(0x3400, 0xA000)
_CHARACTERS: Final = "\n".join(map(chr, _COMMON))


def simplified(text: str) -> str:
    """Return a text with simplified Chinese characters in place of traditional ones."""
    return text if text.isascii() else text.translate(_SIMPLIFIED)


def plain(text: str) -> str:
    """Return one form of a text to compare: half-width, small letters, simplified characters, single blanks."""
    return " ".join(simplified(unicodedata.normalize("NFKC", text).casefold()).split())


def traditional_of(texts: Iterable[str]) -> tuple[str, str]:
    """List the characters that some texts may be written in otherwise.

    Returns
    -------
    tuple
        Traditional characters, and behind it as many simplified ones: what `simplified` turns each into. There are
        those alone that turn into a character of the texts.
    """
    occurring = set(simplified("".join(texts)))
    pairs = [(character, found) for character, found in _all_pairs() if found in occurring]
    return "".join(character for character, _ in pairs), "".join(found for _, found in pairs)


@cache
def _all_pairs() -> list[tuple[str, str]]:
    # A line each, so that neighbours make no word.
    simple = _convert(_CHARACTERS).split("\n")
    return [pair for pair in zip(_CHARACTERS.split("\n"), simple, strict=True) if pair[0] != pair[1]]


def _convert(text: str) -> str:
    # Twice: 薴 becomes 苧, which is a traditional character itself.
    found: str = _converter().convert(_converter().convert(text))
    return found


@cache
def _converter() -> OpenCC:
    # Importing it takes 10 ms, which whoever reads no Chinese should not wait for.
    from opencc import OpenCC

    return OpenCC("t2s")
