"""The catalogue of messages, one file for each language: ``translations/*.po``.

A language is added by adding its file. The keys are the messages in English; ``en.po`` may reword some of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Catalog

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
SOURCE: Final = "en"
"""The language of the messages in the source."""
NAMES: Final = "zh"
"""The language of names in the data (``name``); an English name is optional (``name_en``)."""


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the available languages, sorted: one for each file of translations."""
    return tuple(sorted(path.stem for path in TRANSLATIONS.glob("*.po")))


def translation(template: str, lang: str, context: str = "") -> str:
    """Return a template in a language, or the template itself if there is no translation.

    Parameters
    ----------
    template
        The text in English with ``{name}`` fields.
    lang
        One of `languages`; any other gives the English text.
    context
        Its ``msgctxt``; empty for none.
    """
    return _templates(lang).get((template, context)) or template


def language_name(lang: str) -> str:
    """Return the name of a language in itself, such as 中文, or its code if the name is not known."""
    locale = _locale(lang)
    return (locale and locale.language_name) or lang


def language_tag(lang: str) -> str:
    """Return the language tag for HTML, such as ``zh-CN``, with the territory from the language's file."""
    locale = _locale(lang)
    return "-".join(filter(None, (locale.language, locale.territory))) if locale else lang


def counting_unit(lang: str) -> int:
    """Return the unit of large numbers: 10,000 in languages with a word for it, such as 万, else 1,000."""
    formats = locale.compact_decimal_formats if (locale := _locale(lang)) else {}
    # Before Babel 2.17 a language whose long forms are its short ones has these alone.
    forms = formats.get("long") or formats.get("short")
    # CLDR writes 10,000 as "0万" (one digit) or "00 thousand" (two digits).
    digits = forms["other"]["10000"].pattern.count("0") if forms else 2
    return int(10 ** (5 - digits))


# Names in data


def reads_names(lang: str) -> bool:
    """Tell whether readers of a language read the names of the data and need no English ones."""
    return lang.partition("_")[0] == NAMES


def local_name(name: str, name_en: str | None, lang: str) -> str:
    """Return the name to show in a language: the English one for all but `NAMES`, if there is one."""
    return name if reads_names(lang) else name_en or name


# The files


@cache
def _templates(lang: str) -> Mapping[tuple[str, str], str]:
    catalog = _read(lang)
    return {(str(entry.id), entry.context or ""): str(entry.string) for entry in catalog or () if entry.id}


@cache
def _locale(lang: str) -> Locale | None:
    catalog = _read(lang)
    return None if catalog is None else catalog.locale


@cache
def _read(lang: str) -> Catalog | None:
    if lang not in languages():
        return None
    # Imported late: it takes 50 ms, and not every command needs translations.
    from babel.messages.pofile import read_po

    with (TRANSLATIONS / f"{lang}.po").open("rb") as file:
        return read_po(file)
