"""The command that makes the setting for the stewards' password."""

from __future__ import annotations

import sys
from typing import Final

import click

from locator.cli.group import command, option, plain_errors, spoken
from locator.errors import UsageError
from locator.language.messages import message

LEAST: Final = 12
"""The fewest characters; NIST SP 800-63B asks for 8. Sign-in allows 20 attempts an hour per address, but an
attacker may have many addresses."""


@command()
@option("--stdin", "from_stdin", is_flag=True, help="Read the password from one line of standard input.")
@plain_errors
def admin_password(from_stdin: bool) -> None:
    """Print the setting LOCATOR_ADMIN_PASSWORD_HASH for a password, which opens /manage to stewards."""
    from werkzeug.security import generate_password_hash

    password = _line() if from_stdin else _asked()
    if len(password) < LEAST:
        raise UsageError(
            "The password has {n} characters. Take at least {least}: a sentence is easy to remember.",
            n=len(password),
            least=LEAST,
        )
    click.echo(f"LOCATOR_ADMIN_PASSWORD_HASH='{generate_password_hash(password, method='scrypt')}'")


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked() -> str:
    password: str = click.prompt(
        spoken(message("Password")),
        hide_input=True,
        confirmation_prompt=spoken(message("The same again")),
        err=True,
    )
    return password
