"""What every command shares: the group they belong to, and how they end when something is wrong."""

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
    "versions": "versioning",
}
"""Command to the module that holds it; there a dash is an underscore, and one follows a word of Python's own."""


_STOPS: Final = dict.fromkeys(map(ord, "。：；，"), "\n")
_HEADINGS: Final = {"Options": message("Options"), "Commands": message("Commands")}

# What a terminal of another encoding shows in place of signs that it does not have.
_SIGNS: Final = str.maketrans(dict(zip("…×·–—“”‘’", ("...", *"x---\"\"''"), strict=True)))


def show_on_any_terminal() -> None:
    """Make the output take every text: a terminal without Chinese characters gets their pinyin."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # not where a program was started without one
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="locator_ascii" if is_ascii else None, errors="locator-plain")


def _real_ascii(name: str) -> codecs.CodecInfo | None:
    """Give ASCII under another name: by its own, click takes it for a mistake and writes UTF-8."""
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
    """Replace what an encoding does not have, as `codecs.register_error` asks for."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    from locator.language.pinyin import pinyin

    text = unicodedata.normalize("NFKC", fault.object[fault.start : fault.end].translate(_SIGNS))
    shown = text if text.isascii() else pinyin(text)
    return shown.encode("ascii", "replace").decode() or "?", fault.end


codecs.register_error("locator-plain", _plain)
codecs.register(_real_ascii)


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """End a command with a sentence and exit code 2 where it raises an error on purpose or a file is denied."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # whoever read the output has left, as `| head` does; click ends without a word
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
    """Has a help text that is given in the language of the command line, whenever it is asked for."""

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
    """Commands that are imported when they are called: one need not wait for what another needs."""

    context_class = _Context

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command, its output for whatever terminal there is."""
        show_on_any_terminal()
        return super().main(*args, **kwargs)

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


ONLY_KINDS: Final = message("Only these kinds, with commas: {known}.", known=", ".join(KINDS))
ONLY_AMENITIES: Final = message("Only with all of these: {known}.", known=", ".join(AMENITIES))
"""What two options of several commands are for."""
command = partial(click.command, cls=Command)
option = partial(click.option, cls=Option)


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Find the nearest place to rest within 1 km."""


class _Written:
    """A number as people write it: Python, and click with it, reads 3_9 as 39."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an argument or a default."""
        if isinstance(value, str) and "_" in value:
            raise click.BadParameter(
                spoken(message("{value!r} is not a number. Leave out the _.", value=value)), ctx, param
            )
        return super().convert(value, param, ctx)  # type: ignore[misc]


class Number(_Written, click.types.FloatParamType):
    """A number."""


class Whole(_Written, click.types.IntParamType):
    """A whole number."""


class Count(_Written, click.IntRange):
    """A whole number within bounds."""


class FilePath(click.Path):
    """The path of a file, which has to be text: names go into reports and versions."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an argument; Python takes in bytes that are no UTF-8 as lone surrogates."""
        try:
            str(value).encode()
        except UnicodeEncodeError:
            self.fail(
                spoken(message("{value!r} is not a name in UTF-8. Rename the file.", value=value)), param, ctx
            )
        return super().convert(value, param, ctx)


def spoken(text: str) -> str:
    """Return a message in the language of the command line, any other text as it is."""
    given: str = localize(text, command_language())
    return given


def echo(text: str) -> None:
    """Print a part of the answer."""
    click.echo(spoken(text))


def tell(text: str) -> None:
    """Print how far the work is, or what is wrong, apart from the answer."""
    click.echo(spoken(text), err=True)


def fault_of(error: Exception) -> Message:
    """Return why a command ends."""
    return message("Error: {error}", error=error.message if isinstance(error, LocatorError) else error)


@contextmanager
def progress() -> Iterator[Callable[[float, str], None]]:
    """Show a bar on the terminal while something is worked out; nothing where nobody looks."""
    with click.progressbar(length=100, file=sys.stderr, item_show_func=_words) as bar:
        yield lambda fraction, words: bar.update(round(100 * fraction) - bar.pos, words)


def _words(text: str | None) -> str:
    return spoken(text or "")


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay rows out as columns; a Chinese character is two columns wide."""
    shown = [[_shown(spoken(cell)) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def _shown(text: str) -> str:
    """Return a text as the output will show it."""
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    return text.encode(encoding, "locator-plain").decode(encoding)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
