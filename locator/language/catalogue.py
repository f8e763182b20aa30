"""The catalogue of messages: a file of translations for every language, ``translations/*.po``.

A language is added by adding its file. The keys are the messages in English; ``en.po`` may say some of them
otherwise.
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
"""The language of names in data, beside which there may be an English one: ``name`` and ``name_en``."""


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, in the order of their codes: one for every file of translations."""
    return tuple(sorted(path.stem for path in TRANSLATIONS.glob("*.po")))


def translation(template: str, lang: str, context: str = "") -> str:
    """Return a template in a language; the template itself where there is no translation.

    Parameters
    ----------
    template
        The text in English, with its fields.
    lang
        One of `languages`; in any other the text stays English.
    context
        Its ``msgctxt``; empty: it has none.
    """
    return _templates(lang).get((template, context)) or template


def language_name(lang: str) -> str:
    """Return what a language calls itself, such as 中文; its code where nobody knows."""
    locale = _locale(lang)
    return (locale and locale.language_name) or lang


def language_tag(lang: str) -> str:
    """Return the tag of a language for HTML, such as ``zh-CN``: with the territory that its file names."""
    locale = _locale(lang)
    return "-".join(filter(None, (locale.language, locale.territory))) if locale else lang


def counting_unit(lang: str) -> int:
    """Return in what a language counts tens of thousands: 10,000 where it has a word for them, else 1,000."""
    locale = _locale(lang)
    digits = locale.compact_decimal_formats["long"]["other"]["10000"].pattern.count("0") if locale else 2
    return int(10 ** (5 - digits))


# Names in data


def reads_names(lang: str) -> bool:
    """Tell whether readers of a language read names as data have them, without an English one."""
    return lang.partition("_")[0] == NAMES


def local_name(name: str, name_en: str | None, lang: str) -> str:
    """Return the name of a thing that readers of a language know; where there is no English one, the only one."""
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
    # Importing it takes 50 ms, which a command that has nothing to say need not wait for.
    from babel.messages.pofile import read_po

    with (TRANSLATIONS / f"{lang}.po").open("rb") as file:
        return read_po(file)
