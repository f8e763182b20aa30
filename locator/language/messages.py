"""Messages: texts that people read, in English, with translations in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from string import Formatter
from typing import Any, Final, Self

from locator.language.catalogue import local_name, translation

# Format specifications that a template may use: a wider field could make a text that fills the memory.
_FORMAT: Final = re.compile(r",?(\.\d{1,2})?[fg%]?")
_SMALL: Final = 2**63  # orjson writes no larger integers


class Message(str):
    """A string in English that can be translated into another language.

    Parameters
    ----------
    template
        The text in English with ``{name}`` fields. It is the key of its translations.
    values
        What the fields stand for; messages among them are translated too. Without values the template is not
        formatted, so that the caller can fill in its fields.
    context
        The ``msgctxt``: tells apart messages with the same English text and different translations.
    """

    __slots__ = ("context", "template", "values")
    template: str
    values: Mapping[str, object]
    context: str

    def __new__(cls, template: str, values: Mapping[str, object] | None = None, context: str = "") -> Self:
        """Format the text in English."""
        text = super().__new__(cls, template.format_map(values) if values else template)
        text.template, text.values, text.context = template, values or {}, context
        return text

    def to(self, lang: str) -> str:
        """Return the text in a language, or in English if there is no translation."""
        template = translation(self.template, lang, self.context)
        if not self.values:
            return template
        return template.format_map({name: localize(value, lang) for name, value in self.values.items()})


class LocalName(Message):
    """A name from the data: in their own language and perhaps in English."""

    __slots__ = ("names",)
    names: tuple[str, str | None]

    def __new__(cls, name: str, name_en: str | None) -> Self:
        """Take the English name where there is one."""
        text = super().__new__(cls, "{name}", {"name": name_en or name})
        text.names = name, name_en
        return text

    def to(self, lang: str) -> str:
        """Return the name that readers of a language know."""
        return local_name(*self.names, lang)


def message(template: str, *, context: str = "", **values: object) -> Message:
    """Make a message. The template must be a literal, so that it can be extracted for translation."""
    return Message(template, values, context)


def localize(value: Any, lang: str) -> Any:
    """Return a message in a language, and anything else as it is."""
    return value.to(lang) if isinstance(value, Message) else value


def texts_in(messages: Mapping[str, Message], lang: str) -> dict[str, str]:
    """Return a table of messages in a language."""
    return {key: message.to(lang) for key, message in messages.items()}


def joined(texts: Iterable[str], between: str = " ") -> Message:
    """Join messages, and texts that are the same in every language, into one message."""
    values = {f"text_{index}": text for index, text in enumerate(texts)}
    return Message("{between}".join(f"{{{name}}}" for name in values), {**values, "between": between})


def listed(texts: Sequence[str], most: int) -> Message:
    """Join texts with commas, at most so many, and … in place of the others."""
    return joined((*texts[:most], *["…"] * (len(texts) > most)), message(", "))


# From one process to another


def as_data(value: object) -> Any:
    """Convert a message or a value to JSON types; other objects become text."""
    if isinstance(value, Message):
        return [value.template, {name: as_data(part) for name, part in value.values.items()}, value.context]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Integral):
        return int(value) if abs(int(value)) < _SMALL else str(value)
    return float(value) if isinstance(value, Real) else str(value)


def from_data(data: Any) -> Any:
    """Convert the result of `as_data` back to a message, a text or a number.

    Raises
    ------
    ValueError
        If the data are anything else, or a template reads attributes or items of its fields, which could disclose
        more than the values.
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
