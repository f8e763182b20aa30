"""A message is its English text, and can be given in another language with all that is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from locator.errors import GeodataError, UsageError
from locator.language.messages import LocalName, Message, as_data, from_data, joined, localize, message, texts_in

GERMAN = {
    "row {row} has {what}": "Zeile {row} hat {what}",
    "no name": "keinen Namen",
    "{metres:,.0f} m away": "{metres:.1f} m entfernt",
    ", ": " und ",
}


@pytest.fixture(autouse=True)
def german(add_language: Callable[..., None]) -> None:
    """Add a language whose file knows a few messages; the rest stays."""
    add_language("de", GERMAN)


def test_a_message_is_its_english_text() -> None:
    """As a text, a key and in JSON."""
    made = message("{metres:,.0f} m away", metres=1234.5)
    assert made == "1,234 m away"
    assert {"1,234 m away": 1}[made] == 1
    assert json.loads(json.dumps([made])) == json.loads(orjson.dumps([made])) == ["1,234 m away"]
    assert type(str(made)) is str


def test_it_is_given_with_the_values_it_was_made_from() -> None:
    """The translation formats them in its own way."""
    assert message("{metres:,.0f} m away", metres=1234.5).to("de") == "1234.5 m entfernt"


def test_a_message_within_a_message_is_given_in_the_same_language() -> None:
    """However deep; a text of the data is not translated, even one that looks like a message of ours."""
    made = message("row {row} has {what}", row=7, what=message("no name"))
    assert made == "row 7 has no name"
    assert made.to("de") == "Zeile 7 hat keinen Namen"
    assert message("row {row} has {what}", row=7, what="no name").to("de") == "Zeile 7 hat no name"
    assert message("{a}!", a=made).to("de") == "Zeile 7 hat keinen Namen!"


def test_messages_are_put_one_behind_the_other() -> None:
    """With what stands between them, which has a translation too; braces in a plain text are only braces."""
    made = joined([message("no name"), "{row} {", message("no name")], message(", "))
    assert made == "no name, {row} {, no name"
    assert made.to("de") == "keinen Namen und {row} { und keinen Namen"
    assert joined([]) == ""
    assert joined([message("no name")]) == "no name"


def test_a_message_goes_from_process_to_process() -> None:
    """Files are read in a process of their own, and their notes come from it as JSON."""
    made = joined([message("row {row} has {what}", row=7, what=message("no name")), "!"])
    back = from_data(orjson.loads(orjson.dumps(as_data(made))))
    assert isinstance(back, Message)
    assert (str(back), back.to("de")) == (str(made), made.to("de"))


def test_values_go_with_their_kind() -> None:
    """Numbers are still formatted as numbers, numpy's too; what JSON cannot hold goes as its text."""
    values = {
        "n": np.int64(1_234_567),
        "x": np.float32(0.5),
        "big": 10**30,
        "no": None,
        "so": True,
        "path": Path("a"),
    }
    made = message("{n:,} {x:.2f} {big} {no} {so} {path}", **values)
    back = from_data(orjson.loads(orjson.dumps(as_data(made))))
    assert back == made == f"1,234,567 0.50 {10**30} None True a"


@pytest.mark.parametrize(
    "data",
    [
        ["{n:>999999999}", {"n": "x"}, ""],
        ["{n:{w}}", {"n": "x", "w": ">999999999"}, ""],
        ["{n.__class__}", {"n": "x"}, ""],
        ["{n[0]}", {"n": "x"}, ""],
        ["{0}", {"n": "x"}, ""],
        ["{n}", {"m": "x"}, ""],
        ["{", {"n": "x"}, ""],
        ["{n}", {"n": {"a": 1}}, ""],
        ["{n:f}", {"n": "x"}, ""],
        [1, {}, ""],
        ["{n}", ["n"], ""],
        ["{n}", {"n": "x"}],
        ["a"],
        {"a": 1},
    ],
)
def test_what_is_no_message_of_ours_is_refused(data: object) -> None:
    """A template that reaches into its values, or asks for a text that fills the memory, is none."""
    with pytest.raises(ValueError, match=r"."):
        from_data(data)


def test_an_error_within_an_error_is_given_in_the_same_language() -> None:
    """The reason that another error gives."""
    reason = UsageError("no name")
    error = GeodataError("row {row} has {what}", row=7, what=reason)
    assert str(error) == "row 7 has no name"
    assert error.message.to("de") == "Zeile 7 hat keinen Namen"


def test_a_context_tells_one_english_word_from_another(add_language: Callable[..., None]) -> None:
    """Each has its own translation; without one the English stays."""
    add_language("de", {"May": "darf", ("May", "month"): "Mai"})
    month, verb, other = message("May", context="month"), message("May"), message("May", context="name")
    assert [found.to("de") for found in (month, verb, other)] == ["Mai", "darf", "May"]
    assert from_data(as_data(month)).to("de") == "Mai"


def test_without_values_the_fields_stay() -> None:
    """A script or a view fills them in later."""
    assert message("row {row} has {what}") == "row {row} has {what}"
    assert message("row {row} has {what}").to("de") == "Zeile {row} hat {what}"


def test_data_have_names_of_their_own() -> None:
    """In Chinese and perhaps in English; a name that looks like a template or like a message is neither."""
    both, one = LocalName("平山", "Pingshan"), LocalName("no name {x}", None)
    assert [both.to(lang) for lang in ("zh", "en", "de")] == ["平山", "Pingshan", "Pingshan"]
    assert [one.to(lang) for lang in ("zh", "en", "de")] == ["no name {x}"] * 3
    assert message("row {row} has {what}", row=both, what=one).to("zh") == "row 平山 has no name {x}"


def test_a_table_is_given_in_a_language() -> None:
    """And what is no message stays as it is."""
    assert texts_in({"a": message("no name"), "b": message("else")}, "de") == {"a": "keinen Namen", "b": "else"}
    assert (localize("no name", "de"), localize(None, "de"), localize(message("no name"), "de")) == (
        "no name",
        None,
        "keinen Namen",
    )


def test_english_goes_by_its_file_too(add_language: Callable[..., None]) -> None:
    """Where it says a message otherwise than the source."""
    add_language("en", {"no name": "no name at all"})
    assert message("no name").to("en") == "no name at all"
    assert message("else").to("en") == "else"
