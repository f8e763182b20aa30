"""Sentences that can be said in another language later on: English texts that still know their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

Part: TypeAlias = tuple[str, Mapping[str, object]]
"""A text in English with ``{name}`` fields, which is also its key among the translations, and their values."""


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

    def __getnewargs__(self) -> tuple[Part, ...]:  # type: ignore[override] # str's own hands on the text
        """Return what it is made from anew in another process."""
        return self.parts

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
