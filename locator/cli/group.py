"""What every command shares: the group they belong to, and how they end when something is wrong."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from keyword import iskeyword
from typing import Any, Final, ParamSpec, TypeVar

import click

from locator.config import __version__
from locator.errors import LocatorError

P = ParamSpec("P")
R = TypeVar("R")

EXIT_FAULT: Final = 2
COMMANDS: Final = {
    "admin-password": "managing",
    "check": "finding",
    "coverage": "planning",
    "diff": "publishing",
    "export": "publishing",
    "export-html": "exporting",
    "import": "importing",
    "nearest": "finding",
    "rollback": "publishing",
    "sample": "finding",
    "serve": "serving",
    "sites": "planning",
    "versions": "publishing",
}
"""Command to the module that holds it; there a dash is an underscore, and one follows a word of Python's own."""


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """End a command with a sentence and exit code 2 where it raises an error on purpose or a file is denied."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # whoever read the output has left, as `| head` does; click ends without a word
        except (LocatorError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(EXIT_FAULT)

    return run


class LateGroup(click.Group):
    """Commands that are imported when they are called: one need not wait for what another needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"locator.cli.{COMMANDS[cmd_name]}")
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Find the nearest place to rest within 1 km."""


class _Written:
    """A number as people write it: Python, and click with it, reads 3_9 as 39."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an argument or a default."""
        if isinstance(value, str) and "_" in value:
            raise click.BadParameter(f"{value!r} is not a number. Leave out the _.", ctx, param)
        return super().convert(value, param, ctx)  # type: ignore[misc]


class Number(_Written, click.types.FloatParamType):
    """A number."""


class Whole(_Written, click.types.IntParamType):
    """A whole number."""


class Count(_Written, click.IntRange):
    """A whole number within bounds."""


def tell(text: str) -> None:
    """Say how far the work is, apart from the answer."""
    click.echo(text, err=True)


@contextmanager
def progress() -> Iterator[Callable[[float, str], None]]:
    """Show a bar on the terminal while something is worked out; nothing where nobody looks."""
    with click.progressbar(length=100, file=sys.stderr, item_show_func=str) as bar:
        yield lambda fraction, words: bar.update(round(100 * fraction) - bar.pos, words)


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay rows out as columns; a Chinese character is two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
