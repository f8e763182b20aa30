"""Every sentence a reader may see is translated into every language."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import locator
from locator.config import LANGUAGES, TRANSLATIONS
from locator.web.shared import error_answers

PACKAGE = Path(locator.__file__).parent
SHOWN = ("sentence", "UsageError", "StationNotFoundError", "BusyError")
# What a list of a steward's, and the store it goes to, can raise.
SHOWN_TO_STEWARDS = (*SHOWN, "GeodataError", "ConflictError")
STEWARDS = ("importing", "stations")
TRANSLATED = [lang for lang in LANGUAGES if lang != "en"]


def said_in_pages() -> set[str]:
    """Extract what templates and views hand to gettext."""
    methods = [("templates/**.html", "jinja2"), ("web/**.py", "python")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None}
    # A template that cannot be read would otherwise be passed over.
    options = {"templates/**.html": {"extensions": "locator.web.shared.pages.KeptParts", "silent": "false"}}
    found = extract_from_dir(PACKAGE, methods, options, keywords=keywords)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def said_in_sentences() -> set[str]:
    """Extract the templates of sentences, and of the errors that a reader's input can raise."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {
        text
        for path in paths
        for text in templates(
            path.read_text(encoding="utf-8"), SHOWN_TO_STEWARDS if path.parent.name in STEWARDS else SHOWN
        )
    }


def templates(source: str, makers: Container[str] = SHOWN) -> Iterator[str]:
    """Give the first arguments of all that is shown in a module's text; a choice of two gives both."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers:
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
    said = said_in_pages() | said_in_sentences() | set(error_answers._DETAIL.values())
    assert len(said) > 150
    known = translations(lang)
    assert sorted(text for text in said if not known.get(text)) == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_keeps_the_fields(lang: str) -> None:
    """Each {field} of the original is in the translation, and no other."""
    for original, translated in translations(lang).items():
        assert fields_of(translated) == fields_of(original), original


def test_the_extractor_sees_what_it_must() -> None:
    """A page's, a view's and an error's sentence are found, both sides of a choice among them."""
    assert {"Or say where you are", "Still looking, less exactly now …"} <= said_in_pages()
    source = (
        'raise UsageError("one {value}" if x else "two {value}", value=x)\nraise StationNotFoundError("three")\n'
        'sentence("four")\nraise GeodataError("five")'
    )
    assert set(templates(source)) == {"one {value}", "two {value}", "three", "four"}
    assert set(templates(source, SHOWN_TO_STEWARDS)) == {"one {value}", "two {value}", "three", "four", "five"}
