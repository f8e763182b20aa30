"""Every message that a reader may see is in the catalogue of every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import locator
from locator import errors
from locator.language.catalogue import SOURCE, TRANSLATIONS, languages

PACKAGE = Path(locator.__file__).parent
ERRORS = tuple(name for name, kind in vars(errors).items() if isinstance(kind, type) and name.endswith("Error"))
MAKERS = ("message", *ERRORS)
TRANSLATED = [lang for lang in languages() if lang != SOURCE]

Key = tuple[str, str]
"""A text in English and its context, mostly none."""


def messages_of_templates() -> set[Key]:
    """Extract what templates hand to ``_``."""
    # A template that cannot be read would otherwise be passed over.
    options = {"templates/**.html": {"extensions": "locator.web.shared.pages.KeptParts", "silent": "false"}}
    found = extract_from_dir(PACKAGE, [("templates/**.html", "jinja2")], options, keywords={"_": None})
    return {(text if isinstance(text, str) else text[0], "") for _, _, text, _, _ in found}


def messages_of_code() -> set[Key]:
    """Extract the messages of all modules, those of errors among them."""
    return {key for path in sorted(PACKAGE.rglob("*.py")) for key in messages_in(path.read_text(encoding="utf-8"))}


def messages_in(source: str) -> Iterator[Key]:
    """Give the messages that a module's text makes; a choice of two gives both, a constant its text."""
    tree = ast.parse(source)
    texts = {
        ast.unparse(node.target): node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS):
            continue
        template, *_ = node.args
        if ast.unparse(template).endswith("template"):  # made elsewhere: an error that is raised anew
            continue
        contexts = [word.value for word in node.keywords if word.arg == "context" and node.func.id == "message"]
        choices = (template.body, template.orelse) if isinstance(template, ast.IfExp) else (template,)
        found = [texts.get(ast.unparse(part), part) for part in (*choices, *(contexts or [ast.Constant("")]))]
        for part in found:
            assert isinstance(part, ast.Constant), f"{ast.unparse(node)}: a message must be a plain text"
        *choices, context = (str(part.value) for part in found)
        yield from ((choice, context) for choice in choices)


def messages_of_commands() -> set[Key]:
    """Extract the help texts of the command line: the docstrings of commands and what options are for."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((PACKAGE / "cli").glob("*.py"))]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    commands = [
        ast.get_docstring(node) or ""
        for node in nodes
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(found).startswith(("command(", "click.group(")) for found in node.decorator_list)
    ]
    options = [
        word.value.value
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "option"
        for word in node.keywords
        if word.arg == "help" and isinstance(word.value, ast.Constant)
    ]
    return {(text, "") for text in (*commands, *options)}


def every_message() -> set[Key]:
    """Extract all that is to be translated."""
    return messages_of_templates() | messages_of_code() | messages_of_commands()


def translations(lang: str) -> dict[Key, str]:
    """Read one language's file."""
    with (TRANSLATIONS / f"{lang}.po").open("rb") as file:
        return {(str(entry.id), entry.context or ""): str(entry.string) for entry in read_po(file) if entry.id}


def fields_of(text: str) -> set[tuple[str, bool]]:
    """Return the names in braces, each with whether it says how its value is written."""
    return {(name, bool(form)) for _, name, form, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_message_is_translated(lang: str) -> None:
    """Nothing that pages, commands or errors say is left in English."""
    known, found = translations(lang), every_message()
    assert len(found) > 1000
    assert sorted(key for key in found if not known.get(key)) == []


@pytest.mark.parametrize("lang", languages())
def test_no_translation_is_left_of_a_message_that_is_gone(lang: str) -> None:
    """What nobody says any more is in no file."""
    assert sorted(translations(lang).keys() - every_message()) == []


@pytest.mark.parametrize("lang", languages())
def test_a_translation_keeps_the_fields(lang: str) -> None:
    """Each {field} of the original is in the translation and no other; where one rounds, so does the other."""
    for (original, _), translated in translations(lang).items():
        assert fields_of(translated) == fields_of(original), original


def test_the_extractor_sees_what_it_must() -> None:
    """A page's and an error's message are found, both sides of a choice and a context among them."""
    assert ("Or say where you are", "") in messages_of_templates()
    assert {("Serve the map and the API until Ctrl-C.", ""), ("Publish nothing.", "")} <= messages_of_commands()
    source = (
        'raise UsageError("one {value}" if x else "two {value}", value=x)\nraise ConfigError("three")\n'
        'message("four")\nmessage("five", context="c")\nraise type(error)(error.template)'
    )
    assert set(messages_in(source)) == {
        ("one {value}", ""),
        ("two {value}", ""),
        ("three", ""),
        ("four", ""),
        ("five", "c"),
    }
