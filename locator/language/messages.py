"""Messages: texts that people read, in plain English, which can be given in every language of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from string import Formatter
from typing import Any, Final, Self

from locator.language.catalogue import local_name, translation

# How a value may be written in a template: a longer one could ask for a text that fills the memory.
_FORMAT: Final = re.compile(r",?(\.\d{1,2})?[fg%]?")
_SMALL: Final = 2**63  # JSON has no larger whole numbers


class Message(str):
    """A text in English, wherever a text will do, that can be given in another language.

    Parameters
    ----------
    template
        The text in English with ``{name}`` fields. It is the key of its translations.
    values
        What the fields stand for. A value may be a message; it is given in the same language. Without values the
        template stays as it is, for whoever fills in its fields.
    context
        Tells apart messages with one text in English and several in another language: their ``msgctxt``.
    """

    __slots__ = ("context", "template", "values")
    template: str
    values: Mapping[str, object]
    context: str

    def __new__(cls, template: str, values: Mapping[str, object] | None = None, context: str = "") -> Self:
        """Write it in English."""
        made = super().__new__(cls, template.format_map(values) if values else template)
        made.template, made.values, made.context = template, values or {}, context
        return made

    def to(self, lang: str) -> str:
        """Return it in a language; in English where there is no translation."""
        template = translation(self.template, lang, self.context)
        if not self.values:
            return template
        return template.format_map({name: localize(value, lang) for name, value in self.values.items()})


class LocalName(Message):
    """A name that data have in their own language and perhaps in English."""

    __slots__ = ("names",)
    names: tuple[str, str | None]

    def __new__(cls, name: str, name_en: str | None) -> Self:
        """Take the English name where there is one."""
        made = super().__new__(cls, "{name}", {"name": name_en or name})
        made.names = name, name_en
        return made

    def to(self, lang: str) -> str:
        """Return the name that readers of a language know."""
        return local_name(*self.names, lang)


def message(template: str, *, context: str = "", **values: object) -> Message:
    """Make a message; the template stands in the call, so that it is found and translated."""
    return Message(template, values, context)


def localize(value: Any, lang: str) -> Any:
    """Return a message in a language, and anything else as it is."""
    return value.to(lang) if isinstance(value, Message) else value


def texts_in(messages: Mapping[str, Message], lang: str) -> dict[str, str]:
    """Return a table of messages in a language."""
    return {key: message.to(lang) for key, message in messages.items()}


def joined(texts: Iterable[str], between: str = " ") -> Message:
    """Put messages, and texts that are the same in every language, one behind the other."""
    values = {f"text_{place}": text for place, text in enumerate(texts)}
    return Message("{between}".join(f"{{{name}}}" for name in values), {**values, "between": between})


# From one process to another


def as_data(value: object) -> Any:
    """Turn a message, or what may stand in one, into what JSON can hold; what is neither becomes its text."""
    if isinstance(value, Message):
        return [value.template, {name: as_data(part) for name, part in value.values.items()}, value.context]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Integral):
        return int(value) if abs(int(value)) < _SMALL else str(value)
    return float(value) if isinstance(value, Real) else str(value)


def from_data(data: Any) -> Any:
    """Turn what `as_data` gave back into a message, a text or a number.

    Raises
    ------
    ValueError
        If it is anything else, whoever made it: a template may name fields and no parts of them.
    """
    if not isinstance(data, list):
        if isinstance(data, dict):
            raise ValueError("an object is no message")
        return data
    try:
        template, values, context = data
        return Message(_checked(template), {name: from_data(part) for name, part in values.items()}, str(context))
    except (AttributeError, IndexError, KeyError, TypeError, RecursionError) as fault:
        raise ValueError(f"no message: {fault!r}") from None


def _checked(template: Any) -> str:
    for _, name, form, _ in Formatter().parse(template):
        if name is not None and not (name.isidentifier() and _FORMAT.fullmatch(form or "")):
            raise ValueError(f"no template of ours: {template!r:.80}")
    return str(template)
