"""Figures as people read them."""

from __future__ import annotations

import pytest

from locator.planning.output.figure_texts import formatted, signed
from locator.planning.output.sheet_columns import COUNT, KM2, METRES, SHARE, Form


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (0.62345, SHARE, "62.3%"),
        (1234567.4, COUNT, "1,234,567"),
        (12577.344, KM2, "12,577.34"),
        (None, METRES, "–"),
        (float("inf"), METRES, "–"),
    ],
)
def test_figures_are_written_as_their_form_says(value: float | None, form: Form, said: str) -> None:
    """Thousands are apart, shares in per cent, and what is not known is a dash."""
    assert formatted(value, form) == said


@pytest.mark.parametrize(("difference", "said"), [(-0.2, "0"), (0.2, "0"), (12.0, "+12"), (-1500.0, "-1,500")])
def test_a_difference_has_a_sign_unless_nothing_is_left_of_it(difference: float, said: str) -> None:
    """A tenth of a metre is no difference."""
    assert signed(difference, METRES) == said
