"""The command that makes the stewards' password."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from werkzeug.security import check_password_hash

from locator.cli import main
from locator.config import read_settings

SENTENCE = "a warm room for everyone"
SETTING = re.compile(r"LOCATOR_ADMIN_PASSWORD_HASH='(scrypt:[^']+)'")


@pytest.mark.parametrize(
    ("options", "typed"),
    [((), f"{SENTENCE}\n{SENTENCE}\n"), (("--stdin",), SENTENCE)],
)
def test_the_setting_that_is_printed_opens_the_pages(options: tuple[str, ...], typed: str) -> None:
    """It is one line for a shell, takes this password and no other, and shows neither."""
    result = CliRunner().invoke(main, ["admin-password", *options], input=typed)
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    found = SETTING.fullmatch(line)
    assert found
    assert check_password_hash(found[1], SENTENCE)
    assert not check_password_hash(found[1], SENTENCE + " ")
    assert SENTENCE not in result.output
    assert read_settings({"LOCATOR_ADMIN_PASSWORD_HASH": found[1]}).admin_password_hash == found[1]


@pytest.mark.parametrize("typed", ["", "short\n", "elevenchars\n"])
def test_a_short_password_is_refused(typed: str) -> None:
    """With the number of characters that are needed."""
    result = CliRunner().invoke(main, ["admin-password", "--stdin"], input=typed)
    assert result.exit_code == 2
    assert "at least 12" in result.stderr
    assert result.stdout == ""


def test_two_that_differ_are_asked_for_again() -> None:
    """Until they are the same."""
    typed = f"{SENTENCE}\nanother one\n{SENTENCE}\n{SENTENCE}\n"
    result = CliRunner().invoke(main, ["admin-password"], input=typed)
    assert result.exit_code == 0
    assert SETTING.search(result.stdout)
