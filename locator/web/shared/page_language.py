"""The reader's language: one file of translations per language, compiled in memory at start."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from locator.config import LANGUAGES, TRANSLATIONS
from locator.errors import LocatorError
from locator.language.messages import Sentence
from locator.web.shared.context import current_settings
from locator.web.shared.documents import MAX_REMEMBERED

# Babel's name of a language where it is not our own.
_LOCALES: Final = {"zh": "zh_Hans_CN"}
# Languages of their own to whom speaks them, whose readers read Chinese.
_WRITTEN: Final = dict.fromkeys(("cmn", "gan", "hak", "hsn", "nan", "wuu", "yue"), "zh")


class PoDomain(Domain):  # type: ignore[misc] # the package has no types
    """Translations straight from the .po files, so that adding a language is adding one file."""

    def get_translations(self) -> NullTranslations:
        """Return the translations into the reader's language."""
        return load_translations(current_language())


@cache
def load_translations(lang: str) -> NullTranslations:
    """Compile one language's file; English, the language of the source, needs none."""
    path = TRANSLATIONS / f"{lang}.po"
    if lang == "en":
        return Translations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=_LOCALES.get(lang, lang)))
    compiled.seek(0)
    return Translations(compiled)


def init_language(app: Flask) -> None:
    """Let pages speak the reader's language."""
    babel = Babel(
        app,
        locale_selector=lambda: _LOCALES.get(current_language(), current_language()),
        default_timezone="Asia/Shanghai",
    )
    babel.domain_instance = PoDomain()
    app.jinja_env.globals["languages"] = LANGUAGES
    # Flask-Babel's own looks up the language and fills in the fields of a text anew each time: a tenth of a page.
    app.jinja_env.globals["_"] = lambda text: _marked(current_language(), text)
    app.jinja_env.filters["say"] = say
    app.context_processor(lambda: {"lang": current_language(), "chosen_lang": chosen_language()})
    app.url_defaults(_keep_chosen_language)


def current_language() -> str:
    """Return the language of this request: ``?lang=``, else what the browser asks for, else the setting."""
    if "language" not in g:
        g.language = chosen_language() or _preferred_language()
    language: str = g.language
    return language


@lru_cache(maxsize=4096)
def _marked(lang: str, text: str) -> Markup:
    """Translate a text of a template, where what is filled into its fields is escaped."""
    return Markup(load_translations(lang).gettext(text))  # noqa: S704 - our own texts


def translate_error(error: LocatorError) -> str:
    """Return an error's message in the reader's language."""
    return say(error.said)


def say(text: str) -> str:
    """Return a sentence in the reader's language, any other text as it is."""
    return sayer(current_language())(text)


def sayer(lang: str) -> Callable[[str], str]:
    """Make what says sentences in a language; it needs no request."""
    translate = load_translations(lang).gettext
    return lambda text: text.said(translate) if isinstance(text, Sentence) else text


def best_language(ranges: Iterable[tuple[str, float]], setting: str) -> str:
    """Choose the language that a reader likes best.

    Parameters
    ----------
    ranges
        The header's language ranges with their q, in order; a range counts for its primary tag, so that
        ``zh-Hant-HK`` asks for the Chinese there is. ``*`` stands for all languages that no other range names.
    setting
        The operator's choice, taken where the reader has none: where nothing that is known is named, or all that
        is known is excluded by ``q=0``.
    """
    liking: dict[str, float] = {}
    for tag, q in ranges:
        primary = re.split("[-_]", tag.strip().casefold())[0]
        lang = _WRITTEN.get(primary, primary)
        liking[lang] = max(q, liking.get(lang, 0.0))

    def rank(lang: str) -> float:
        q = liking.get(lang, liking.get("*"))
        return 0.0 if q is None else q or -1.0

    # The first of the best: those that are named in their order, then the setting.
    best = max([*(lang for lang in liking if lang in LANGUAGES), setting, *LANGUAGES], key=rank)
    return best if rank(best) >= 0 else setting


def _preferred_language() -> str:
    said, setting = request.environ.get("HTTP_ACCEPT_LANGUAGE", ""), current_settings().lang
    return (_liked if len(said) <= MAX_REMEMBERED else _liked.__wrapped__)(said, setting)


@lru_cache(maxsize=256)
def _liked(said: str, setting: str) -> str:
    return best_language(parse_accept_header(said, LanguageAccept), setting)


def chosen_language() -> str | None:
    """Return the language that was chosen by hand: the address says it; ``None``: none was."""
    asked = request.args.get("lang") if request.query_string else None
    return asked if asked in LANGUAGES else None


def _keep_chosen_language(endpoint: str, values: dict[str, object]) -> None:
    """Carry a language that was chosen by hand along the links between pages: there is no cookie to hold it."""
    asked = chosen_language() if request else None
    if asked and endpoint.startswith(("finder.", "manage.")):
        values.setdefault("lang", asked)
