"""Taking a list in through the browser: looked at first, corrected, published, and only by who is signed in."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse
from xlsxwriter import Workbook

from locator import create_app
from locator.config import Settings
from locator.stations.store import Store
from locator.web.manage.uploads import Uploads

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody's service
HASH = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
LIST = (
    "甲,地址,区,经度,纬度\n<b>王府井</b>驿站,王府井大街1号,东城区,116.4110,39.9140\n没有位置的驿站,某路,东城区,,\n"
)


@pytest.fixture
def steward(tmp_path: Path, donghuamen: Path) -> FlaskClient:
    """A signed-in client of a service over the seven stations."""
    app = create_app(Settings(geodata=donghuamen, store=tmp_path / "store", admin_password_hash=HASH))
    client = app.test_client()
    token = token_of(client.get("/manage/sign-in").text)
    answer = client.post("/manage/sign-in", data={"csrf_token": token, "name": "Li", "password": PASSWORD})
    assert answer.status_code == 303
    return client


def token_of(page: str) -> str:
    """Return the word that shows that a form is the page's own."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def send(client: FlaskClient, text: str = LIST, **said: str) -> TestResponse:
    """Send a list as the form does."""
    form = {"kind": "warm_station", "source": "驿站", "datum": "wgs84", **said}
    token = token_of(client.get("/manage/import").text)
    sent = (io.BytesIO(text.encode("gb18030")), "驿站名单.csv")
    return client.post("/manage/import", data={"csrf_token": token, "list": sent, **form})


def settled(client: FlaskClient, address: str) -> TestResponse:
    """Look again, as the page does by itself, until the work is done."""
    for _ in range(200):
        answer = client.get(address)
        if "Refresh" not in answer.headers:
            return answer
        time.sleep(0.05)
    raise AssertionError("the list was not worked out in ten seconds")


def test_a_list_is_shown_then_published(steward: FlaskClient) -> None:
    """Nothing is served of it before the second button; then the finder has it at once."""
    sent = send(steward, LIST.replace("甲", "站点名称"))
    assert sent.status_code == 303
    address = sent.headers["Location"]
    page = settled(steward, address)
    assert "&lt;b&gt;王府井&lt;/b&gt;" in page.text
    assert "<b>王府井" not in page.text
    near = {"lat": 39.914, "lon": 116.411, "limit": 1}
    assert "王府井" not in steward.post("/api/nearest", json=near).text
    done = steward.post(f"{address}/publish", data={"csrf_token": token_of(page.text), "why": "November"})
    assert done.status_code == 303
    settled(steward, address)
    assert steward.post("/api/nearest", json=near).json["stations"][0]["name"] == "<b>王府井</b>驿站"
    assert "November" in steward.get("/manage/versions").text


def test_a_column_that_was_not_found_can_be_named(steward: FlaskClient) -> None:
    """Without a name every row is refused; the steward says which column has it."""
    address = send(steward).headers["Location"]
    page = settled(steward, address)
    headings = ["甲", "地址", "区", "经度", "纬度"]
    assert all(f'value="{heading}"' in page.text for heading in headings)
    again = steward.post(
        address,
        data={
            "csrf_token": token_of(page.text),
            "kind": "warm_station",
            "datum": "wgs84",
            "heading": headings,
            "field": ["name", "address", "district", "lon", "lat"],
        },
    )
    assert again.status_code == 303
    assert "/publish" in settled(steward, address).text


def test_a_list_of_unknown_datum_is_refused_with_the_question(steward: FlaskClient) -> None:
    """The page asks for it and shows what speaks for and against."""
    page = settled(steward, send(steward, LIST.replace("甲", "站点名称"), datum="").headers["Location"])
    assert 'role="alert"' in page.text
    assert 'name="datum"' in page.text
    assert "/publish" not in page.text


def test_the_rows_to_mend_can_be_downloaded(steward: FlaskClient) -> None:
    """A table for a spreadsheet, as a file."""
    address = send(steward, LIST.replace("甲", "站点名称")).headers["Location"]
    settled(steward, address)
    with steward.get(f"{address}/report.csv") as found:
        assert found.status_code == 200
        assert "attachment" in found.headers["Content-Disposition"]
        assert "没有位置的驿站" in found.data.decode("utf-8-sig")


def in_language(client: FlaskClient, lang: str) -> FlaskClient:
    """Let a client's browser ask for pages in a language."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = lang
    return client


NO_POSITION = {"zh": "没有位置。请填写纬度和经度。", "en": "it has no position. Give its latitude and longitude."}
VERDICT = {"zh": ("行号", "待定位"), "en": ("row", "to be placed")}
OUTSIDE = {"zh": "离所有服务区域都超过 5 公里。", "en": "it lies farther than 5 km outside every district"}


@pytest.mark.parametrize(("lang", "other"), [("zh", "en"), ("en", "zh")])
def test_what_was_found_is_said_in_the_language_of_who_sent_it(
    steward: FlaskClient, lang: str, other: str
) -> None:
    """The page and the table of rows to mend have the reasons in it, and not in the other."""
    text = LIST.replace("甲", "站点名称") + "上海的驿站,某路,东城区,121.47,31.23\n"
    address = send(in_language(steward, lang), text).headers["Location"]
    page = settled(steward, address).text
    with steward.get(f"{address}/report.csv") as found:
        table = found.data.decode("utf-8-sig")
    for said in (page, table):
        assert NO_POSITION[lang] in said
        assert OUTSIDE[lang] in said
        assert NO_POSITION[other] not in said
        assert OUTSIDE[other] not in said
    heading, verdict = VERDICT[lang]
    assert table.startswith(f"{heading},")
    assert f"\r\n3,{verdict}," in table


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "您在哪个地图上取的点？"), ("en", "On which map were the positions picked?")],
)
def test_why_a_list_is_refused_is_said_in_the_language_of_who_sent_it(
    steward: FlaskClient, lang: str, said: str
) -> None:
    """The question and the evidence for an answer."""
    sent = send(in_language(steward, lang), LIST.replace("甲", "站点名称"), datum="")
    page = settled(steward, sent.headers["Location"]).text
    assert said in page
    assert ("In their own district" in page) == (lang == "en")


def test_a_list_may_be_larger_than_any_other_form(steward: FlaskClient) -> None:
    """Where forms may have 100 kB, a list of 300 kB is taken, and nothing else, nor from who is not signed in."""
    steward.application.config["MAX_CONTENT_LENGTH"] = 100_000
    rows = "".join(f"第{n}驿站,路{n}号,东城区,116.41{n:02},39.9140,{'说' * 10_000}\n" for n in range(10, 25))
    sent = send(steward, "站点名称,地址,区,经度,纬度,备注\n" + rows)
    assert sent.status_code == 303
    page = settled(steward, sent.headers["Location"])
    assert "/publish" in page.text
    large = {"csrf_token": token_of(page.text), "why": "x" * 200_000}
    assert steward.post(f"{sent.headers['Location']}/discard", data=large).status_code == 413
    stranger = steward.application.test_client()
    assert "/manage/sign-in" in stranger.post("/manage/import", data=large).headers["Location"]


def test_a_list_can_be_thrown_away(steward: FlaskClient) -> None:
    """It is gone from the disk, and its address says so."""
    address = send(steward, LIST.replace("甲", "站点名称")).headers["Location"]
    page = settled(steward, address)
    assert steward.post(f"{address}/discard", data={"csrf_token": token_of(page.text)}).status_code == 303
    assert steward.get(address).status_code == 422


def test_nobody_else_reaches_a_list(steward: FlaskClient) -> None:
    """Without the session there is only the sign-in page; without the form's word nothing is taken."""
    address = send(steward, LIST.replace("甲", "站点名称")).headers["Location"]
    stranger = steward.application.test_client()
    assert "/manage/sign-in" in stranger.get(address).headers["Location"]
    assert "/manage/sign-in" in stranger.post("/manage/import").headers["Location"]
    assert steward.post(f"{address}/publish", data={"why": "x"}).status_code == 400


@pytest.mark.parametrize("token", ["x", "..", "%2e%2e%2f%2e%2e", "A" * 22])
def test_an_address_leads_to_no_other_folder(steward: FlaskClient, token: str) -> None:
    """What is not a list that was sent is not there."""
    assert steward.get(f"/manage/import/{token}").status_code in (308, 404, 422)


def test_a_form_without_a_file_is_told(steward: FlaskClient) -> None:
    """The form comes back with a sentence."""
    token = token_of(steward.get("/manage/import").text)
    answer = steward.post("/manage/import", data={"csrf_token": token, "kind": "warm_station"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def pasted(client: FlaskClient, text: str, **said: str) -> TestResponse:
    """Paste a table into the form."""
    form = {"kind": "warm_station", "source": "驿站", "datum": "wgs84", "pasted": text, **said}
    return client.post("/manage/import", data={"csrf_token": token_of(client.get("/manage/import").text), **form})


def test_a_table_is_pasted(steward: FlaskClient) -> None:
    """As a spreadsheet copies it, with tabs; its columns are found as those of a file."""
    table = "站点名称\t经度\t纬度\n王府井驿站\t116.4110\t39.9140\n"
    page = settled(steward, pasted(steward, table).headers["Location"])
    assert "/publish" in page.text
    assert "王府井驿站" in page.text


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ("", "驿站", "Choose a file first, or paste a table"),
        ("站点名称\t经度\n", " ", "Give the pasted table a name"),
        ("值" * 150_001, "驿站", "more than 150,000 characters"),
    ],
)
def test_what_cannot_be_pasted_is_told(steward: FlaskClient, text: str, source: str, said: str) -> None:
    """The form comes back with what was filled in."""
    answer = pasted(in_language(steward, "en"), text, source=source)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="wgs84" checked' in answer.text


def workbook() -> bytes:
    """Write a workbook with a district on each of two worksheets, below a title that says a day."""
    made = io.BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        for district, lon in (("东城区", 116.411), ("丰台区", 116.29)):
            sheet = book.add_worksheet(district)
            rows = [
                ["驿站名单 填报日期：2026年11月20日"],
                ["站点名称", "经度", "纬度"],
                [f"{district}驿站", lon, 39.914],
            ]
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return made.getvalue()


def choose(client: FlaskClient, address: str, page: str, **said: object) -> TestResponse:
    """Send the form of choices with some of them, and wait."""
    form = {"csrf_token": token_of(page), "kind": "warm_station", "datum": "wgs84", "anywhere": "1", **said}
    assert client.post(address, data=form).status_code == 303
    return settled(client, address)


def test_worksheets_heading_row_and_day_are_chosen_from_the_file(steward: FlaskClient) -> None:
    """Both worksheets are ticked; one is left out; another row has the headings; the day is taken over."""
    token = token_of(steward.get("/manage/import").text)
    form = {"csrf_token": token, "kind": "warm_station", "source": "驿站", "datum": "wgs84", "anywhere": "1"}
    address = steward.post("/manage/import", data={**form, "list": (io.BytesIO(workbook()), "名单.xlsx")}).headers[
        "Location"
    ]
    page = settled(steward, address).text
    assert len(re.findall(r'name="worksheet" value="[^"]+" checked', page)) == 2
    assert "丰台区驿站" in page
    assert 'name="day" value="2026-11-20"' in page
    shown = {"asked": "worksheets", "read_worksheet": ["东城区", "丰台区"], "worksheet": "东城区"}
    page = choose(steward, address, page, **shown).text
    assert "丰台区驿站" not in page
    page = choose(steward, address, page, day="2026-11-20").text
    assert 'name="day"' not in page
    page = choose(steward, address, page, asked="heading_row", heading_row="3").text
    assert ">东城区驿站</label>" in page
    assert Uploads(steward.application.extensions["locator.settings"].store).choices(
        address.rpartition("/")[2]
    ).listed_on == date(2026, 11, 20)


def test_the_question_of_the_datum_is_drawn_and_answered(steward: FlaskClient) -> None:
    """A map of the same rows for each of three answers; with one of them the list can be published."""
    address = send(steward, LIST.replace("甲", "站点名称"), datum="").headers["Location"]
    page = settled(steward, address).text
    assert page.count('class="datum-picture"') == 3
    assert page.count("<strong>A</strong> &lt;b&gt;王府井&lt;/b&gt;") == 3
    assert "/publish" in choose(steward, address, page, datum="gcj02").text


def test_a_stop_is_agreed_to_before_publishing(steward: FlaskClient) -> None:
    """A list that retires nearly all of the last one is published only with the tick; what waits is shown then."""
    rows = "".join(f"第{n}驿站,路{n}号,东城区,116.4{n}1,39.9140\n" for n in range(1, 6))
    heading = "站点名称,地址,区,经度,纬度\n"
    address = send(steward, heading + rows).headers["Location"]
    steward.post(f"{address}/publish", data={"csrf_token": token_of(settled(steward, address).text)})
    assert settled(steward, address).headers["Location"].endswith("/manage/versions")
    kept = rows.splitlines(keepends=True)[0] + "没有位置的驿站,某路,东城区,,\n"
    address = send(steward, heading + kept, datum="").headers["Location"]
    page = settled(steward, address).text
    assert 'name="agreed" value="retire_many" required' in page
    assert 'name="forget"' in page  # the datum is that of the last list
    form = {"csrf_token": token_of(page)}
    steward.post(f"{address}/publish", data=form)
    assert "/publish" in settled(steward, address).text
    steward.post(f"{address}/publish", data={**form, "agreed": "retire_many"})
    assert settled(steward, address).headers["Location"].endswith("/manage/to-place")


def test_what_is_remembered_can_be_left_out(steward: FlaskClient) -> None:
    """Without the datum of the last list it has to be said again."""
    text = LIST.replace("甲", "站点名称")
    address = send(steward, text).headers["Location"]
    steward.post(f"{address}/publish", data={"csrf_token": token_of(settled(steward, address).text)})
    settled(steward, address)
    address = send(steward, text.replace("1号", "2号").replace("王府井", "沙滩"), datum="").headers["Location"]
    page = settled(steward, address).text
    assert "/publish" in page
    page = choose(steward, address, page, forget="1").text
    assert "/publish" not in page
    assert 'class="datum-picture"' in page


def with_job(client: FlaskClient) -> tuple[str, str, Uploads]:
    """Send a list and wait for its findings; return its address, its word and where lists are kept."""
    address = send(client, LIST.replace("甲", "站点名称")).headers["Location"]
    settled(client, address)
    folder = client.application.extensions["locator.settings"].store
    return address, address.rpartition("/")[2], Uploads(folder)


def test_an_interrupted_list_is_told_and_can_be_started_again(steward: FlaskClient) -> None:
    """As where the worker was killed: the page says so, does not look for ever, and has one button."""
    in_language(steward, "en")
    address, word, uploads = with_job(steward)
    uploads.begin(word).close()
    page = steward.get(address)
    assert "Refresh" not in page.headers
    assert "The work on this list was interrupted" in page.text
    assert f'action="{address}/again"' in page.text
    assert f"{address}/publish" not in page.text
    again = steward.post(f"{address}/again", data={"csrf_token": token_of(page.text)})
    assert (again.status_code, again.headers["Location"]) == (303, address)
    assert f"{address}/publish" in settled(steward, address).text


def test_two_do_not_work_on_one_list(steward: FlaskClient) -> None:
    """The second is told to wait, and what the first was told stays."""
    in_language(steward, "en")
    address, word, uploads = with_job(steward)
    token = token_of(steward.get(address).text)
    job = uploads.begin(word)
    for path, form in (("", {"kind": "worker_home", "datum": "gcj02"}), ("/again", {})):
        answer = steward.post(f"{address}{path}", data={"csrf_token": token, **form})
        assert answer.status_code == 303
        page = steward.get(address)
        assert "This list is being worked out already." in page.text
        assert "Refresh" in page.headers
    assert uploads.choices(word).kind == "warm_station"
    assert steward.post(f"{address}/publish", data={"csrf_token": token}).status_code == 409
    job.close()


def test_a_list_thrown_away_while_it_is_worked_out_ends_quietly(steward: FlaskClient) -> None:
    """Its address says that it is gone."""
    address, word, uploads = with_job(steward)
    token = token_of(steward.get(address).text)
    job = uploads.begin(word)
    assert steward.post(f"{address}/discard", data={"csrf_token": token}).status_code == 303
    store = Store(uploads.folder.parent, steward.application.extensions["locator.settings"].geodata)
    uploads.work_out(word, store, job)
    assert job.closed
    assert steward.get(address).status_code == 422


def test_a_worker_killed_while_it_works_on_a_list(serve: Callable[[], Any]) -> None:
    """Another one shows that it was interrupted, and works it out from the same file and choices."""
    service = serve()
    browser = service.browser()
    assert browser.sign_in("Lin") == 303
    row = "王府井第{n}驿站,王府井大街{n}号,东城区,116.4{n:05},39.9{n:05},周一至周五早9点到晚{h}点\n"
    rows = "".join(row.format(n=n, h=5 + n % 7) for n in range(20_000))
    listed = io.BytesIO(f"站点名称,地址,区,经度,纬度,开放时间\n{rows}".encode("gb18030"))
    form = {"kind": "warm_station", "source": "大名单", "datum": "gcj02", "list": FileStorage(listed, "名单.csv")}
    assert browser.send("/manage/import", "/manage/import", **form) == 303
    address = browser.headers["Location"]
    assert "being worked out" in browser.ask(address)[1]
    for worker in service.workers():
        os.kill(worker, signal.SIGKILL)
    while True:
        with contextlib.suppress(OSError):
            page = browser.ask(address)[1]
            break
    assert "The work on this list was interrupted" in page
    assert "Refresh" not in browser.headers
    assert browser.send(address, f"{address}/again") == 303
    while "being worked out" in (page := browser.ask(address)[1]):
        time.sleep(0.2)
    assert "Publish 20,000 changes" in page
    assert 'value="gcj02" checked' in page
