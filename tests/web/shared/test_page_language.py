"""The reader's language: the one chosen, else the browser's, else the operator's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator import create_app
from locator.config import Settings
from locator.errors import UsageError
from locator.language.catalogue import languages, translation
from locator.web.shared.page_language import current_language, localized

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
        # The highest q by primary tag.
        ("/", "zh-CN,en;q=0.8", "en", "zh"),
        ("/", "zh-TW,en;q=0.5", "en", "zh"),
        ("/", "zh-Hant-HK,en-GB;q=0.8,en;q=0.5", "en", "zh"),
        ("/", "ZH_hans_CN,en;q=0.8", "en", "zh"),
        ("/", "en-GB;q=0.4,zh-CN;q=0.3,en;q=0.2", "zh", "en"),
        ("/", "en;q=0.2,zh;q=0.3,en-US;q=0.4", "zh", "en"),
        ("/", "yue-HK,en;q=0.9", "en", "zh"),
        ("/", "cmn-Hans-CN", "en", "zh"),
        # Order breaks ties.
        ("/", "zh-CN,en", "en", "zh"),
        ("/", "en,zh-CN", "zh", "en"),
        ("/", "en-US;q=0.5,zh;q=0.5", "zh", "en"),
        ("/", "fr,de,zh;q=0.5,en;q=0.5", "en", "zh"),
        # q=0 excludes.
        ("/", "en;q=0", "en", "zh"),
        ("/", "zh;q=0,fr", "zh", "en"),
        ("/", "zh;q=0,zh-CN;q=0.5,en;q=0.4", "en", "zh"),
        ("/", "en;q=0,zh;q=0", "en", "en"),
        ("/", "en;q=0,zh;q=0", "zh", "zh"),
        ("/", "fr,*;q=0", "zh", "zh"),
        # * is whatever is not named, so the setting.
        ("/", "*", "zh", "zh"),
        ("/", "*", "en", "en"),
        ("/", "fr,*;q=0.5", "zh", "zh"),
        ("/", "en;q=0.3,*;q=0.8", "zh", "zh"),
        ("/", "zh;q=0.3,*;q=0.8", "zh", "en"),
        ("/", "en,*;q=0.5", "zh", "en"),
        ("/", "en;q=0,*", "en", "zh"),
        # What nobody can read is as if it were not there.
        ("/", ",,;;q=,=", "zh", "zh"),
        ("/", "en;q=high,zh;q=0.1", "en", "zh"),
        ("/", "en;q=2,zh;q=0.1", "en", "zh"),
        ("/", "en;q=-1,zh;q=0.1", "en", "zh"),
        ("/", "en;q=nan,zh;q=0.1", "en", "zh"),
        ("/", "zh-CN ; q = 0.9 , en ;q=0.8", "en", "zh"),
        ("/", "english", "zh", "zh"),
        ("/", "zhen,e", "en", "en"),
        ("/", "-", "zh", "zh"),
        ("/", "\u00e9\u00ff,en", "zh", "en"),
        ("/", "a," * 2000 + "en", "zh", "en"),
        ("/?lang=en", "zh", "zh", "en"),
        ("/?lang=zh", "en", "en", "zh"),
        ("/?lang=fr", "en", "zh", "en"),
        ("/?lang=", "en", "zh", "en"),
    ],
)
def test_the_language_of_a_request(donghuamen: Path, url: str, asked: str, setting: str, lang: str) -> None:
    """What was chosen goes before what the browser likes best, and that before the setting."""
    app = create_app(Settings(geodata=donghuamen, lang=setting))
    with app.test_request_context(url, headers={"Accept-Language": asked} if asked else {}):
        assert current_language() == lang


def test_a_phone_set_to_chinese_reads_chinese_everywhere(client: FlaskClient) -> None:
    """On pages, in a frame, in what oEmbed says, and in what a refused request says."""
    asked = {"Accept-Language": "zh-Hant-HK,en-GB;q=0.8,en;q=0.5"}
    for path in ("/", "/map", "/about", "/embed", "/planner", "/embed/builder", "/stations/nowhere"):
        assert '<html lang="zh' in client.get(path, headers=asked).text, path
    said = client.get("/oembed?url=http://localhost/", headers=asked).get_json()
    assert said["provider_name"] == "暖心驿站地图"


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
        assert localized(error.message) == str(error)
    with app.test_request_context("/?lang=zh"):
        told = localized(error.message)
        assert "116.4" in told
        assert "纬度" in told


@pytest.mark.parametrize("lang", [lang for lang in languages() if lang != "en"])
def test_every_language_has_its_words(lang: str) -> None:
    """The file says something else than the source."""
    word = "There is no such page. Start again from the first page."
    assert translation(word, lang) != word
    assert translation(word, "en") == word
