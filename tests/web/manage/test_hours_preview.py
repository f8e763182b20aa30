"""Hours that are typed are shown as they would be read, by the page and by its script alike."""

from __future__ import annotations

import re
from typing import Any

PAGE = "/manage/stations/tw-1"


def read(desk: Any, text: str) -> dict[str, Any]:
    """Ask as the script does."""
    response = desk.post("/manage/hours", seen=PAGE, hours_text=text)
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


def test_words_become_seven_days_and_holidays(reading: Any) -> None:
    """The days of the week in the steward's language, each with its times."""
    found = read(reading, "周一至周五 8:30-17:30，节假日休息")
    assert found["is_read"]
    (week,) = found["weeks"]
    assert week["days"][0] == ["Mon", "08:30–17:30"]
    assert week["days"][5:] == [["Sat", "closed"], ["Sun", "closed"], ["public holidays", "closed"]]
    assert read(reading, "8:00-20:00")["weeks"][0]["days"][-1][1] == "not said; they may differ"


def test_what_is_not_understood_is_not_guessed(reading: Any) -> None:
    """No week is shown, for impossible times, words, or a text that is too long."""
    for text in ("25:00-26:00", "ask the guard", "8:30-17:30 " * 1000, "<script>"):
        found = read(reading, text)
        assert (found["is_read"], found["weeks"]) == (False, [])
        assert "not understood" in found["said"]
    assert read(reading, "  ")["said"].startswith("Nothing written")


def test_the_page_shows_the_same_without_script(signed_in: Any) -> None:
    """In the form with faults and in the preview."""
    typed = {"hours_text": "Mo-Fr 08:30-17:30; PH off"}
    for response in (
        signed_in.edit("tw-1", step="preview", **typed),
        signed_in.edit("tw-1", step="preview", seats="x", **typed),
    ):
        week = re.search(r'<dl class="week">(.*?)</dl>', response.text, re.DOTALL)
        assert week
        assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", week[1])[4:6] == [
            ("Fri", "08:30–17:30"),
            ("Sat", "closed"),
        ]
