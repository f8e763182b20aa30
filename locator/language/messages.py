"""Sentences that can be said in another language later on: English texts that still know their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from string import Formatter
from typing import Any, Final, TypeAlias

Part: TypeAlias = tuple[str, Mapping[str, object]]
"""A text in English with ``{name}`` fields, which is also its key among the translations, and their values."""

# How a value may be written in a template: a longer one could ask for a text that fills the memory.
_FORMAT: Final = re.compile(r",?(\.\d{1,2})?[fg%]?")
_SMALL: Final = 2**63  # JSON has no larger whole numbers


class Sentence(str):
    """A text in English, wherever a text will do, that knows what it was made from.

    Parameters
    ----------
    *parts
        Templates with their values, one behind the other. A value may be a sentence; it is said in the same
        language.
    """

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, *parts: Part) -> Sentence:
        """Write it in English."""
        made = super().__new__(cls, "".join(template.format(**values) for template, values in parts))
        made.parts = parts
        return made

    def said(self, translate: Callable[[str], str]) -> str:
        """Return it in the language that templates are translated into."""
        return "".join(
            translate(template).format(**{name: _said(value, translate) for name, value in values.items()})
            for template, values in self.parts
        )


def _said(value: object, translate: Callable[[str], str]) -> object:
    return value.said(translate) if isinstance(value, Sentence) else value


def sentence(template: str, **values: object) -> Sentence:
    """Make a sentence; the template stands in the call, so that it is found and translated."""
    return Sentence((template, values))


def joined(texts: Iterable[str], between: str = " ") -> Sentence:
    """Put sentences, and texts that are the same in every language, one behind the other."""
    parts: list[Part] = []
    for text in texts:
        parts += [(between, {})] * bool(parts)
        parts += text.parts if isinstance(text, Sentence) else [("{text}", {"text": text})]
    return Sentence(*parts)


# From one process to another


def as_data(value: object) -> Any:
    """Turn a sentence, or what may stand in one, into what JSON can hold; what is neither becomes its text."""
    if isinstance(value, Sentence):
        return [
            [template, {name: as_data(part) for name, part in values.items()}] for template, values in value.parts
        ]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Integral):
        return int(value) if abs(int(value)) < _SMALL else str(value)
    return float(value) if isinstance(value, Real) else str(value)


def from_data(data: Any) -> Any:
    """Turn what `as_data` gave back into a sentence, a text or a number.

    Raises
    ------
    ValueError
        If it is anything else, whoever made it: a template may name fields and no parts of them.
    """
    if not isinstance(data, list):
        if isinstance(data, dict):
            raise ValueError("an object is no sentence")
        return data
    try:
        parts = [
            (_checked(template), {name: from_data(part) for name, part in values.items()})
            for template, values in data
        ]
        return Sentence(*parts)
    except (AttributeError, IndexError, KeyError, TypeError, RecursionError) as fault:
        raise ValueError(f"no sentence: {fault!r}") from None


def _checked(template: Any) -> str:
    for _, name, form, _ in Formatter().parse(template):
        if name is not None and not (name.isidentifier() and _FORMAT.fullmatch(form or "")):
            raise ValueError(f"no template of ours: {template!r:.80}")
    return str(template)
