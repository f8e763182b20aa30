"""What people type is brought to one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.language.characters import plain, simplified, traditional_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("東城區", "东城区"),
        ("國貿", "国贸"),
        ("東華門", "东华门"),
        ("臺灣路", "台湾路"),
        ("東华門", "东华门"),
        ("ＤＨＭ", "dhm"),
        ("ａｂｃ　１２３", "abc 123"),
        ("  Dong  Hua\tMen ", "dong hua men"),
        ("東城區（ｄｃｑ）", "东城区(dcq)"),
        ("", ""),
        ("\ud800x", "\ud800x"),  # half a character, as a broken argument of a command has it
    ],
)
def test_texts_that_mean_the_same_are_the_same(text: str, form: str) -> None:
    """Width, case, blanks and the two ways to write Chinese make no difference."""
    assert plain(text) == form


@given(st.text())
def test_one_form_stays_as_it_is(text: str) -> None:
    """And has as many characters, so that a device can replace them one by one."""
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)


def test_what_texts_may_be_written_in_is_complete() -> None:
    """Every traditional character of Unicode's first plane that becomes one of the texts', and no other."""
    traditional, simple = traditional_of(["东台", "Ab"])
    pairs = dict(zip(traditional, simple, strict=True))
    assert pairs == {"東": "东", "臺": "台", "檯": "台", "颱": "台"}
    assert all(simplified(character) == found for character, found in pairs.items())
    assert traditional_of(["abc"]) == traditional_of([]) == ("", "")
