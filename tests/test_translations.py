"""Every message that a reader may see is in the catalogue of every language."""

from __future__ import annotations

from string import Formatter

import pytest
from babel.messages.pofile import read_po

from locator.language.catalogue import SOURCE, TRANSLATIONS, languages
from tests.extracted import Key, every_message, messages_in, messages_of_commands, messages_of_templates

TRANSLATED = [lang for lang in languages() if lang != SOURCE]


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
    assert ("Or search by place", "") in messages_of_templates()
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
