"""Telephone numbers in texts, with the ``tel:`` links that dial them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
# A number and its parts in half-width text; digits may have a space or a dash between them.
_AREA: Final = r"(?P<{}>0(?:10|2\d|[3-9]\d\d))"
# A bare 86 may also begin a local number in Beijing.
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
    """A part of a text, and the URI that dials it."""

    text: str
    """As written."""
    uri: str
    """``tel:`` and the number; empty for text between numbers."""


def phone_parts(text: str) -> list[Part]:
    """Split a text into telephone numbers and the text between them.

    A number is a Chinese landline, mobile, 400 or 800 number, a service line such as 12351, or one with ``+`` and
    a country code, in characters of any width, with or without an extension. A number without an area code takes
    that of the number before it.

    An extension is dialled after a pause, written as a comma: ``tel:01065131212,8001``, as Android (``PAUSE`` of
    ``PhoneNumberUtils``) and iOS do. Android would read the ``;ext=8001`` of RFC 3966 as keypad letters, 398.

    Parameters
    ----------
    text
        Such as ``张师傅 010-65131212转8001、13800138000``.

    Returns
    -------
    list
        Parts whose texts add up to the whole text; empty for an empty text.
    """
    parts: list[Part] = []
    end, area = 0, ""
    for match in _NUMBER.finditer(_plain(text)):
        area = match["area"] or match["code"] or area
        parts += [Part(text[end : match.start()], "")] * (match.start() > end)
        parts.append(Part(text[match.start() : match.end()], f"tel:{_dialled(match, area)}"))
        end = match.end()
    return parts + [Part(text[end:], "")] * (end < len(text))


def phone_numbers(text: str | None) -> list[dict[str, str]]:
    """List the numbers of a text in the form of the API: as written, and with the URI that dials it."""
    return [{"number": part.text, "uri": part.uri} for part in phone_parts(text or "") if part.uri]


def _plain(text: str) -> str:
    """Return a text half-width, without changing any character's position."""
    return "".join(_narrow(character) for character in text).translate(_DASHES)


def _narrow(character: str) -> str:
    narrow = unicodedata.normalize("NFKC", character)
    return narrow if len(narrow) == 1 else character


def _dialled(match: re.Match[str], area: str) -> str:
    """Return the number to dial."""
    if match["inland"]:
        # The 0 of the area code is not dialled after +86.
        number = "+86" + _digits(match["inland"]).lstrip("0")
    elif match["abroad"]:
        number = "+" + _digits(match["abroad"]).removeprefix("00")
    elif local := match["near"] or match["local"]:
        number = area + _digits(local)
    else:
        number = _digits(match["whole"] or match["line"])
    extension = match["extension"] or match["behind"]
    return f"{number},{extension}" if extension else number


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
