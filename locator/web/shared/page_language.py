"""The reader's language, and messages in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from flask import Flask, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from locator.handouts.single_file import translated_markup
from locator.language.catalogue import language_name, language_tag, languages, local_name, reads_names
from locator.language.messages import localize
from locator.web.shared.context import current_settings
from locator.web.shared.documents import MAX_REMEMBERED

# ISO 639-3 codes of spoken Chinese languages, whose readers read the same written Chinese.
_WRITTEN: Final = dict.fromkeys(("cmn", "gan", "hak", "hsn", "nan", "wuu", "yue"), "zh")


def init_language(app: Flask) -> None:
    """Let pages speak the reader's language."""
    app.jinja_env.globals |= {
        "_": lambda text: translated_markup(text, current_language()),
        "languages": languages(),
        "language_name": language_name,
        "language_tag": language_tag,
        "local_name": local_name,
        "reads_names": reads_names,
    }
    app.jinja_env.filters["localized"] = localized
    app.context_processor(lambda: {"lang": current_language(), "chosen_lang": chosen_language()})
    app.url_defaults(_keep_chosen_language)


def current_language() -> str:
    """Return the language of this request: ``?lang=``, else what the browser asks for, else the setting."""
    if "language" not in g:
        g.language = chosen_language() or _preferred_language()
    language: str = g.language
    return language


def localized(text: str) -> str:
    """Return a message in the reader's language, any other text as it is."""
    translated: str = localize(text, current_language())
    return translated


def best_language(ranges: Iterable[tuple[str, float]], setting: str) -> str:
    """Choose the language that a reader prefers.

    Parameters
    ----------
    ranges
        The header's language ranges with their q, in order; a range counts for its primary tag, so that
        ``zh-Hant-HK`` asks for the Chinese there is. ``*`` stands for all languages that no other range names.
    setting
        The operator's choice, used where the header names no language of ours or excludes them all by ``q=0``.
    """
    weights: dict[str, float] = {}
    for tag, q in ranges:
        primary = re.split("[-_]", tag.strip().casefold())[0]
        lang = _WRITTEN.get(primary, primary)
        weights[lang] = max(q, weights.get(lang, 0.0))

    def rank(lang: str) -> float:
        q = weights.get(lang, weights.get("*"))
        return 0.0 if q is None else q or -1.0

    # Of equals `max` takes the first: the ranges in the order of the header, then the setting.
    best = max([*(lang for lang in weights if lang in languages()), setting, *languages()], key=rank)
    return best if rank(best) >= 0 else setting


def _preferred_language() -> str:
    header, setting = request.environ.get("HTTP_ACCEPT_LANGUAGE", ""), current_settings().lang
    return (_best if len(header) <= MAX_REMEMBERED else _best.__wrapped__)(header, setting)


# Browsers send few different headers, and parsing one takes 15 % of the first page's time.
@lru_cache(maxsize=256)
def _best(header: str, setting: str) -> str:
    return best_language(parse_accept_header(header, LanguageAccept), setting)


def chosen_language() -> str | None:
    """Return the language that was chosen by hand, from ``?lang=``; ``None``: none was."""
    asked = request.args.get("lang")
    return asked if asked in languages() else None


def _keep_chosen_language(endpoint: str, values: dict[str, object]) -> None:
    """Add a language that was chosen by hand to links between pages: there is no cookie that could hold it."""
    asked = chosen_language() if request else None
    if asked and endpoint.startswith(("finder.", "manage.")):
        values.setdefault("lang", asked)
