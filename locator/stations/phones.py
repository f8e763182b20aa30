"""Telephone numbers as people write them, each as a link that a phone dials."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
# A number and its parts, in a text of one width; digits may have a blank or a dash between them.
_AREA: Final = r"(?P<{}>0(?:10|2\d|[3-9]\d\d))"
# A bare 86 may also begin a number of Beijing's.
_CHINA: Final = r"(?:\(?(?:\+|00)\s?86\)?[\s-]*|\(86\)[\s-]*|86[\s-]+|86(?=1[3-9]\d{9}))"
_NUMBER: Final = re.compile(
    rf"""(?<![\d*])(?<!\d-)
    # +86 138 0013 8000, +86 (0)10 6513 1212
    (?:{_CHINA}(?P<inland>1[3-9](?:[\s-]?\d){{9}}
                         |\(?0?\)?\s?\(?[1-9]\d{{1,2}}\)?[\s-]*[1-9](?:[\s-]?\d){{6,7}})
    # +852 2345 6789
    |(?P<abroad>(?:\+|00)\s?[1-9](?:[\s()-]{{0,2}}\d){{6,14}})
    # 138 0013 8000, 400-650-1234, and 02-2133-1234 as in Seoul
    |(?P<whole>1[3-9](?:[\s-]?\d){{9}}
              |[48]00(?:[\s-]?\d){{7}}
              |0\d{{1,2}}[\s-]\d{{3,4}}[\s-]\d{{4}}(?!\d))
    # 010-65131212, (010)6513 1212, 010-96156
    |(?:\({_AREA.format("area")}\)|{_AREA.format("code")})[\s-]{{0,3}}
     (?P<local>[1-9](?:[\s-]?\d){{6,7}}|(?:12|96)\d{{3}})
    # 12351, 95588
    |(?P<line>(?:1[0-2]|9[56])\d{{3}}|9[56]\d{{4}})
    # 6513 1212
    |(?P<near>[2-8]\d{{2,3}}[\s-]?\d{{4}})
    )(?![\d*])
    (?:\s?\(?\s?(?:转|轉|分机|分機|内线|內線|ext(?:ension)?\.?|x|\#)[\s:.]*(?P<extension>\d{{1,6}})\)?
      |-(?P<behind>\d{{2,5}}))?
    (?!\d|-\d)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


class Part(NamedTuple):
    """A piece of a text, and the address that dials it."""

    text: str
    """As it was written."""
    uri: str
    """``tel:`` and what is dialled; empty where the piece is no number."""


def phone_parts(text: str) -> list[Part]:
    """Split what people write in place of a telephone number into numbers and what stands between them.

    A number is a Chinese landline, mobile, 400 or 800 number, a service line such as 12351, or one with ``+`` and
    a country code, in digits and signs of any width, with or without an extension. One without an area code has
    that of the number before it.

    An extension is dialled after a pause, written as a comma: ``tel:01065131212,8001``. That is what phones do
    (``PAUSE`` of Android's ``PhoneNumberUtils``, and iOS alike), whereas the ``;ext=8001`` of RFC 3966 is taken by
    Android for letters to be dialled on the keypad, 398.

    Parameters
    ----------
    text
        Such as ``张师傅 010-65131212转8001、13800138000``.

    Returns
    -------
    list
        Pieces whose texts put together are the text; empty for an empty one.
    """
    parts: list[Part] = []
    end, area = 0, ""
    for found in _NUMBER.finditer(_plain(text)):
        area = found["area"] or found["code"] or area
        parts += [Part(text[end : found.start()], "")] * (found.start() > end)
        parts.append(Part(text[found.start() : found.end()], f"tel:{_dialled(found, area)}"))
        end = found.end()
    return parts + [Part(text[end:], "")] * (end < len(text))


def phone_numbers(text: str | None) -> list[dict[str, str]]:
    """List the numbers of a text as the API gives them: as written, and the address that dials each."""
    return [{"number": part.text, "uri": part.uri} for part in phone_parts(text or "") if part.uri]


def _plain(text: str) -> str:
    """Write a text half-width, each character in its place."""
    return "".join(_narrow(character) for character in text).translate(_DASHES)


def _narrow(character: str) -> str:
    found = unicodedata.normalize("NFKC", character)
    return found if len(found) == 1 else character


def _dialled(found: re.Match[str], area: str) -> str:
    """Return the digits of a number in the order in which they are dialled."""
    if found["inland"]:
        # Whoever dials +86 leaves the 0 of the area code out.
        number = "+86" + _digits(found["inland"]).lstrip("0")
    elif found["abroad"]:
        number = "+" + _digits(found["abroad"]).removeprefix("00")
    elif found["near"]:
        number = area + _digits(found["near"])
    elif found["local"]:
        number = area + _digits(found["local"])
    else:
        number = _digits(found["whole"] or found["line"])
    extension = found["extension"] or found["behind"]
    return f"{number},{extension}" if extension else number


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
