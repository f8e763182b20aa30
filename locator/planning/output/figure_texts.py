"""Figures formatted as text: numbers in the format of their column, differences with a sign."""

from __future__ import annotations

from typing import Final

import numpy as np

from locator.planning.output.sheet_columns import TEXT, Column, Form

UNKNOWN: Final = "–"


def formatted(value: object, form: Form) -> str:
    """Write a number in the format of its column; a dash if it is not known."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return UNKNOWN
    if isinstance(value, bool) or not isinstance(value, int | float) or form is TEXT:
        return str(value)
    number_format = form.number_format
    decimals = len(number_format.rstrip("%").partition(".")[2])
    return f"{value:,.{decimals}{'%' if number_format.endswith('%') else 'f'}}"


def signed(difference: float | None, form: Form) -> str:
    """Write a difference with its sign, and without one where it rounds to 0."""
    text = formatted(difference, form)
    if not any(digit in text for digit in "123456789"):
        return text.removeprefix("-")
    return text if text.startswith("-") else f"+{text}"


def shown(column: Column, row: int, lang: str) -> str:
    """Write one value of a column."""
    return formatted(column.readable(lang)[row], column.form)


def column_heading(column: Column, lang: str) -> str:
    """Return a column's heading, with its unit unless the values show it themselves."""
    return column.heading.to(lang) if column.form.number_format.endswith("%") else column.title(lang)
