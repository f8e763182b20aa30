"""Every sentence a reader may see is translated into every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import locator
from locator import web
from locator.config import LANGUAGES, TRANSLATIONS

PACKAGE = Path(locator.__file__).parent
SHOWN_ERRORS = ("UsageError", "StationNotFoundError", "BusyError")
TRANSLATED = [lang for lang in LANGUAGES if lang != "en"]


def said_in_pages() -> set[str]:
    """Extract what templates and views hand to gettext."""
    methods = [("templates/**.html", "jinja2"), ("web/**.py", "python")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None}
    found = extract_from_dir(PACKAGE, methods, keywords=keywords)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def said_in_errors() -> set[str]:
    """Extract the templates of the errors that a reader's input can raise."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {text for path in paths for text in error_templates(path.read_text(encoding="utf-8"))}


def error_templates(source: str) -> Iterator[str]:
    """Give the first arguments of all shown errors in a module's text; a choice of two gives both."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWN_ERRORS:
            template = node.args[0]
            choices = (template.body, template.orelse) if isinstance(template, ast.IfExp) else (template,)
            for choice in choices:
                assert isinstance(choice, ast.Constant), f"{ast.unparse(node)}: a template must be a plain text"
                yield str(choice.value)


def translations(lang: str) -> dict[str, str]:
    """Read one language's file."""
    with (TRANSLATIONS / f"{lang}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def fields_of(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_sentence_is_translated(lang: str) -> None:
    """Nothing that pages or errors say is left in English."""
    said = said_in_pages() | said_in_errors() | set(web._DETAIL.values())
    assert len(said) > 150
    known = translations(lang)
    assert sorted(text for text in said if not known.get(text)) == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_keeps_the_fields(lang: str) -> None:
    """Each {field} of the original is in the translation, and no other."""
    for original, translated in translations(lang).items():
        assert fields_of(translated) == fields_of(original), original


def test_the_extractor_sees_what_it_must() -> None:
    """A template's, a view's and an error's sentence are found, both sides of a choice among them."""
    assert {"Or say where you are", "Still looking, less exactly now …"} <= said_in_pages()
    source = (
        'raise UsageError("one {value}" if x else "two {value}", value=x)\nraise StationNotFoundError("three")'
    )
    assert set(error_templates(source)) == {"one {value}", "two {value}", "three"}
