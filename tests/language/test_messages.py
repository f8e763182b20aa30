"""A sentence is its English text, and can be said in another language with all that is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from locator.errors import GeodataError, UsageError
from locator.language.messages import Sentence, as_data, from_data, joined, sentence
from locator.web.shared.page_language import sayer

GERMAN = {
    "row {row} has {what}": "Zeile {row} hat {what}",
    "no name": "keinen Namen",
    "{metres:,.0f} m away": "{metres:.1f} m entfernt",
    ", ": " und ",
}


def german(template: str) -> str:
    """Translate what is known; the rest stays."""
    return GERMAN.get(template, template)


def test_a_sentence_is_its_english_text() -> None:
    """As a text, a key and in JSON."""
    made = sentence("{metres:,.0f} m away", metres=1234.5)
    assert made == "1,234 m away"
    assert {"1,234 m away": 1}[made] == 1
    assert json.loads(json.dumps([made])) == json.loads(orjson.dumps([made])) == ["1,234 m away"]
    assert type(str(made)) is str


def test_it_is_said_with_the_values_it_was_made_from() -> None:
    """The translation formats them in its own way."""
    assert sentence("{metres:,.0f} m away", metres=1234.5).said(german) == "1234.5 m entfernt"


def test_a_sentence_within_a_sentence_is_said_in_the_same_language() -> None:
    """However deep; a text of the data is not translated, even one that looks like a sentence of ours."""
    made = sentence("row {row} has {what}", row=7, what=sentence("no name"))
    assert made == "row 7 has no name"
    assert made.said(german) == "Zeile 7 hat keinen Namen"
    assert sentence("row {row} has {what}", row=7, what="no name").said(german) == "Zeile 7 hat no name"
    assert sentence("{a}!", a=made).said(german) == "Zeile 7 hat keinen Namen!"


def test_sentences_are_put_one_behind_the_other() -> None:
    """With what stands between them, which has a translation too; braces in a plain text are only braces."""
    made = joined([sentence("no name"), "{row} {", sentence("no name")], ", ")
    assert made == "no name, {row} {, no name"
    assert made.said(german) == "keinen Namen und {row} { und keinen Namen"
    assert joined([]) == ""
    assert joined([sentence("no name")]) == "no name"


def test_a_sentence_goes_from_process_to_process() -> None:
    """Files are read in a process of their own, and their notes come from it as JSON."""
    made = joined([sentence("row {row} has {what}", row=7, what=sentence("no name")), "!"])
    back = from_data(orjson.loads(orjson.dumps(as_data(made))))
    assert isinstance(back, Sentence)
    assert (str(back), back.said(german)) == (str(made), made.said(german))


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
    made = sentence("{n:,} {x:.2f} {big} {no} {so} {path}", **values)
    back = from_data(orjson.loads(orjson.dumps(as_data(made))))
    assert back == made == f"1,234,567 0.50 {10**30} None True a"


@pytest.mark.parametrize(
    "data",
    [
        [["{n:>999999999}", {"n": "x"}]],
        [["{n:{w}}", {"n": "x", "w": ">999999999"}]],
        [["{n.__class__}", {"n": "x"}]],
        [["{n[0]}", {"n": "x"}]],
        [["{0}", {}]],
        [["{n}", {}]],
        [["{", {}]],
        [["{n}", {"n": {"a": 1}}]],
        [["{n:f}", {"n": "x"}]],
        [[1, {}]],
        [["{n}", ["n"]]],
        [["a"]],
        {"a": 1},
    ],
)
def test_what_is_no_sentence_of_ours_is_refused(data: object) -> None:
    """A template that reaches into its values, or asks for a text that fills the memory, is none."""
    with pytest.raises(ValueError, match=r"."):
        from_data(data)


def test_an_error_within_an_error_is_said_in_the_same_language() -> None:
    """The reason that another error gives."""
    reason = UsageError("no name")
    error = GeodataError("row {row} has {what}", row=7, what=reason)
    assert str(error) == "row 7 has no name"
    assert error.said.said(german) == "Zeile 7 hat keinen Namen"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "it was a warm station and is a worker home now."),
        ("zh", "原来是暖心驿站，现在是职工之家。"),
    ],
)
def test_the_file_of_translations_is_used_without_a_request(lang: str, expected: str) -> None:
    """Work that goes on beside the requests says its sentences too; other texts stay as they are."""
    say: Callable[[str], str] = sayer(lang)
    made = sentence(
        "it was a {old} and is a {new} now.", old=sentence("warm station"), new=sentence("worker home")
    )
    assert say(made) == expected
    assert say("warm station") == "warm station"
