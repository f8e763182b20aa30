"""The reader's language: the one chosen, else the browser's, else the operator's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator import create_app
from locator.config import LANGUAGES, Settings
from locator.errors import UsageError
from locator.web.language import current_language, load_translations, translate_error

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("url", "asked", "setting", "lang"),
    [
        ("/", "", "zh", "zh"),
        ("/", "", "en", "en"),
        ("/", "en-GB,en;q=0.9,zh;q=0.8", "zh", "en"),
        ("/", "zh-CN,zh;q=0.9,en;q=0.8", "en", "zh"),
        ("/", "fr-FR,fr", "zh", "zh"),
        ("/", "fr, en;q=0.5", "zh", "en"),
        ("/", "zh-TW", "en", "zh"),
        ("/?lang=en", "zh", "zh", "en"),
        ("/?lang=zh", "en", "en", "zh"),
        ("/?lang=fr", "en", "zh", "en"),
        ("/?lang=", "en", "zh", "en"),
    ],
)
def test_the_language_of_a_request(donghuamen: Path, url: str, asked: str, setting: str, lang: str) -> None:
    """What was chosen goes before what the browser asks for, and that before the setting."""
    app = create_app(Settings(geodata=donghuamen, lang=setting))
    with app.test_request_context(url, headers={"Accept-Language": asked} if asked else {}):
        assert current_language() == lang


def test_a_chosen_language_stays_on_the_links(client: FlaskClient) -> None:
    """There is no cookie to keep it, so every link to a page carries it."""
    page = client.get("/about?lang=en", headers={"Accept-Language": "zh"}).text
    links = re.findall(r'href="(/(?:map|about|stations/[\w-]+)?(?:\?[^"]*)?)"', page)
    links = [link for link in links if "lang=zh" not in link]  # the switch itself
    assert links
    assert all("lang=en" in link for link in links)


def test_a_language_nobody_chose_is_on_no_link(client: FlaskClient) -> None:
    """A link that is passed on shows its reader's language."""
    page = client.get("/about", headers={"Accept-Language": "en"}).text
    assert 'href="/map"' in page


def test_an_error_is_told_in_the_readers_language(app: Flask) -> None:
    """The values stand in the translated sentence."""
    error = UsageError("Latitude must be between -90 and 90, not {value}. Is lat,lon swapped?", value=116.4)
    with app.test_request_context("/?lang=en"):
        assert translate_error(error) == str(error)
    with app.test_request_context("/?lang=zh"):
        told = translate_error(error)
        assert "116.4" in told
        assert "纬度" in told


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_every_language_has_its_words(lang: str) -> None:
    """The file is compiled and says something else than the source."""
    word = "There is no such page. Start again from the first page."
    assert load_translations(lang).gettext(word) != word
    assert load_translations("en").gettext(word) == word
