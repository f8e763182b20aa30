"""What all commands share: the group, the handling of errors, types of options, output for any terminal."""

from __future__ import annotations

import codecs
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import click

from locator.config import __version__, command_language
from locator.errors import LocatorError
from locator.language.messages import Message, localize, message
from locator.language.pinyin import pinyin
from locator.stations.schema import AMENITIES, KINDS

P = ParamSpec("P")
R = TypeVar("R")

EXIT_FAULT: Final = 2
COMMANDS: Final = {
    "admin-password": "managing",
    "check": "finding",
    "coverage": "planning",
    "diff": "versioning",
    "export": "versioning",
    "export-html": "exporting",
    "import": "importing",
    "nearest": "finding",
    "rollback": "versioning",
    "sample": "finding",
    "serve": "serving",
    "sites": "planning",
    "to-place": "placing",
    "versions": "versioning",
}
"""Command to its module. There its function has underscores for dashes, and one at the end if it is a keyword."""


_STOPS: Final = dict.fromkeys(map(ord, "。：；，"), "\n")
_HEADINGS: Final = {"Options": message("Options"), "Commands": message("Commands")}

# Replacements for characters that the encoding of a terminal does not have.
_SIGNS: Final = str.maketrans(dict(zip("…×·–—“”‘’", ("...", *"x---\"\"''"), strict=True)))


def show_on_any_terminal() -> None:
    """Make every text printable: where the encoding has no Chinese characters, their pinyin is shown."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # stdout may be None, or replaced in a test
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="locator_ascii" if is_ascii else None, errors="locator-plain")


def _real_ascii(name: str) -> codecs.CodecInfo | None:
    """Provide ASCII under another name: click takes "ascii" for a misconfigured system, and writes UTF-8."""
    if name != "locator_ascii":
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        incrementalencoder=known.incrementalencoder,
        incrementaldecoder=known.incrementaldecoder,
        name=name,
    )


def _plain(fault: UnicodeError) -> tuple[str, int]:
    """Replace characters that an encoding does not have; an error handler for `codecs.register_error`."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    text = unicodedata.normalize("NFKC", fault.object[fault.start : fault.end].translate(_SIGNS))
    shown = text if text.isascii() else pinyin(text)
    return shown.encode("ascii", "replace").decode() or "?", fault.end


codecs.register_error("locator-plain", _plain)
codecs.register(_real_ascii)


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with one sentence and exit code 2, not a traceback, on our own errors and on OSError."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # the reader of the output has ended, as in `| head`; click then exits silently
        except (LocatorError, OSError) as error:
            tell(fault_of(error))
            sys.exit(EXIT_FAULT)

    return run


class _Formatter(click.HelpFormatter):
    """Lays help out, with what stands over its parts in the language of the command line."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called."""
        super().write_usage(prog, args, prefix or f"{spoken(message('Usage:'))} ")

    def write_heading(self, heading: str) -> None:
        """Write what stands over a part."""
        super().write_heading(spoken(_HEADINGS.get(heading, heading)))


class _Context(click.Context):
    formatter_class = _Formatter


class _Helpful:
    """Has a help text in the language of the command line."""

    _help: str | None = None

    @property
    def help(self) -> str | None:
        """Return the text in that language."""
        return self._help and spoken(self._help if isinstance(self._help, Message) else Message(self._help))

    @help.setter  # noqa: A003
    def help(self, text: str | None) -> None:
        self._help = text


class Option(_Helpful, click.Option):
    """An option."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = kwargs.get("help")  # click makes a plain text of it


class Command(_Helpful, click.Command):
    """A command; its help is the docstring of its function."""

    context_class = _Context

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first words of the help; in a text without blanks click finds none."""
        first, sign, _ = (self.help or "").translate(_STOPS).partition("\n")
        return first if sign else super().get_short_help_str(limit)


class LateGroup(_Helpful, click.Group):
    """Commands that are imported when they are called, so that each only waits for its own imports."""

    context_class = _Context

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command, with output that every terminal can show."""
        show_on_any_terminal()
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"locator.cli.{COMMANDS[cmd_name]}")
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command


ONLY_KINDS: Final = message("Only these kinds, with commas: {known}.", known=", ".join(KINDS))
ONLY_AMENITIES: Final = message("Only with all of these: {known}.", known=", ".join(AMENITIES))
"""What two options of several commands are for."""
command = partial(click.command, cls=Command)
option = partial(click.option, cls=Option)


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Find the nearest place to rest within 1 km."""


class _WithoutUnderscore:
    """Refuses numbers with underscores: Python, and so click, would read the typing error 3_9 as 39."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an argument or a default."""
        if isinstance(value, str) and "_" in value:
            raise click.BadParameter(
                spoken(message("{value!r} is not a number. Leave out the _.", value=value)), ctx, param
            )
        return super().convert(value, param, ctx)  # type: ignore[misc]


class RealNumber(_WithoutUnderscore, click.types.FloatParamType):
    """A number, with or without a fraction."""


class Whole(_WithoutUnderscore, click.types.IntParamType):
    """A whole number."""


class Count(_WithoutUnderscore, click.IntRange):
    """A whole number within bounds."""


class FilePath(click.Path):
    """The path of a file. Its name must be valid UTF-8, because it is written into reports and versions."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an argument; Python represents bytes that are not UTF-8 as lone surrogates."""
        try:
            str(value).encode()
        except UnicodeEncodeError:
            self.fail(
                spoken(message("{value!r} is not a name in UTF-8. Rename the file.", value=value)), param, ctx
            )
        return super().convert(value, param, ctx)


def spoken(text: str) -> str:
    """Return a message in the language of the command line, any other text as it is."""
    localized: str = localize(text, command_language())
    return localized


def echo(text: str) -> None:
    """Print a part of the answer."""
    click.echo(spoken(text))


def tell(text: str) -> None:
    """Print progress or a fault to standard error, so that it does not mix with the answer."""
    click.echo(spoken(text), err=True)


def fault_of(error: Exception) -> Message:
    """Return why a command ends."""
    return message("Error: {error}", error=error.message if isinstance(error, LocatorError) else error)


@contextmanager
def progress() -> Iterator[Callable[[float, str], None]]:
    """Show a progress bar while something is computed; nothing if standard error is no terminal."""
    with click.progressbar(length=100, file=sys.stderr, item_show_func=_words) as bar:
        yield lambda fraction, words: bar.update(round(100 * fraction) - bar.pos, words)


def _words(text: str | None) -> str:
    return spoken(text or "")


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns; a Chinese character is as wide as two letters."""
    shown = [[_shown(spoken(cell)) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def _shown(text: str) -> str:
    """Return a text as the terminal will show it: replacements may be longer."""
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    return text.encode(encoding, "locator-plain").decode(encoding)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
