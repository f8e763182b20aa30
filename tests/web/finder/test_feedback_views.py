"""What people tell the service: stored before it is said so, kept without a name, shown only when accepted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import prcoords
import pytest
from pyproj import Geod

from locator import create_app
from locator.config import Settings
from locator.feedback.reports import REPORT_KINDS
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback
from locator.stations.geodata import LAYERS
from locator.stations.reading import write_stations
from locator.stations.schema import DOUBTS, Station

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

GEOD = Geod(ellps="WGS84")
REPORTS = "/stations/tw-1/reports"
NOWHERE = {"lat": "39.7012345", "lon": "116.4098765"}  # 16 km from the nearest station
REQUEST = {**NOWHERE, "when": "night", "need": ["heating", "toilet"]}
CHINESE = {"Accept-Language": "zh"}
BY_SCRIPT = {"Accept": "application/json", "Accept-Language": "zh"}


@pytest.fixture
def app(donghuamen: Path, tmp_path: Path) -> Flask:
    """The application serving the seven stations, with a folder to write."""
    app = create_app(Settings(geodata=donghuamen, store=tmp_path / "store"))
    app.testing = True
    return app


@pytest.fixture
def feedback(app: Flask) -> Feedback:
    """What people said to that application."""
    found: Feedback = app.extensions["locator.feedback"]
    return found


def words_of(page: str) -> str:
    """Return what a reader of a page sees."""
    seen = re.sub(r"<(script|template|style|noscript)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", seen)).split())


def section(page: str, name: str) -> str:
    """Return the part of a page from an element with an id to where the next one begins."""
    found = re.search(
        rf'<(section|details) [^>]*id="{name}".*?(?=<div class="station-columns|<p class="note" id)',
        page,
        re.DOTALL,
    )
    assert found
    return found[0]


# Reports


def test_where_nothing_is_written_nothing_can_be_told(donghuamen: Path) -> None:
    """No form on any page, and no such route."""
    client = create_app(Settings(geodata=donghuamen)).test_client()
    for page in ("/", "/map", "/about", "/stations/tw-1"):
        assert not re.search(r"/requests|/reports|需要一个驿站|到过这里", client.get(page, headers=CHINESE).text)
    assert 'id="need"' not in client.post("/", data=NOWHERE).text
    assert client.post(REPORTS, data={"what": "open"}).status_code == 404
    assert client.post("/requests", data=REQUEST).status_code == 404


def test_a_tap_is_stored_and_leads_back_to_the_station(client: FlaskClient, feedback: Feedback) -> None:
    """By a plain form: 303, a thank-you that nobody keeps, no cookie."""
    sent = client.post(REPORTS, data={"what": "locked", "was": "", "website": ""}, headers=CHINESE)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/stations/tw-1?thanks=locked#reports")
    (report,) = feedback.reports.queue(10)
    assert (report.station_id, report.what, report.note) == ("tw-1", "locked", None)
    thanked = client.get(sent.headers["Location"], headers=CHINESE)
    assert "已记下：“门锁着”。" in words_of(section(thanked.text, "reports"))
    assert thanked.headers["Cache-Control"] == "no-store"
    assert not {"Set-Cookie"} & {*sent.headers.keys(), *thanked.headers.keys()}
    assert "no-store" not in client.get("/stations/tw-1").headers["Cache-Control"]


def test_every_report_has_a_button_with_its_word(client: FlaskClient) -> None:
    """In both languages, and none is chosen before."""
    for lang in ("zh", "en"):
        form = section(client.get(f"/stations/tw-1?lang={lang}").text, "reports")
        buttons = re.findall(r'<button class="tap" name="what" value="(\w+)" aria-pressed="false">([^<]+)<', form)
        assert buttons == [(what, label.to(lang)) for what, label in REPORT_KINDS.items()]


def test_a_second_tap_of_the_device_changes_the_first(client: FlaskClient, feedback: Feedback) -> None:
    """One report is left; another device has its own."""
    client.post(REPORTS, data={"what": "locked"})
    changed = client.post(REPORTS, data={"what": "open", "was": "locked"}, headers=CHINESE)
    page = client.get(changed.headers["Location"], headers=CHINESE).text
    assert "已改为“门开着”。" in words_of(page)
    assert [report.what for report in feedback.reports.queue(10)] == ["open"]
    client.post(REPORTS, data={"what": "gone"}, headers={"User-Agent": "another"})
    assert [report.what for report in feedback.reports.queue(10)] == ["open", "gone"]


def test_a_script_is_answered_without_a_page(client: FlaskClient, feedback: Feedback) -> None:
    """With what to say in its reader's language."""
    sent = client.post(REPORTS, data={"what": "no_water"}, headers=BY_SCRIPT)
    assert sent.get_json() == {"said": "已记下：“没有水”。谢谢，工作人员会去核实。", "what": "no_water"}
    assert sent.headers["Cache-Control"] == "no-store"
    assert len(feedback.reports.queue(10)) == 1
    refused = client.post(REPORTS, data={"what": "boring"}, headers=BY_SCRIPT)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert refused.get_json()["detail"].startswith("没有这样的 what：'boring'。可用：open, locked")


def test_a_note_is_a_second_step_of_the_same_report(client: FlaskClient, feedback: Feedback) -> None:
    """The page asks for it after the tap; it belongs to the report that was stored then."""
    assert 'id="note-form" autocomplete="off" hidden' in client.get("/stations/tw-1").text
    page = client.get(client.post(REPORTS, data={"what": "locked"}).headers["Location"]).text
    assert 'id="note-form" autocomplete="off">' in page
    noted = client.post(REPORTS, data={"what": "locked", "note": "门上贴着\r\n条子"}, headers=CHINESE)
    assert "补充也记下了" in words_of(client.get(noted.headers["Location"], headers=CHINESE).text)
    (report,) = feedback.reports.queue(10)
    assert (report.what, report.note) == ("locked", "门上贴着 条子")


def test_a_note_is_shown_when_a_steward_has_accepted_it(client: FlaskClient, feedback: Feedback) -> None:
    """As text, with its day, and not before; one that was rejected never."""
    client.post(REPORTS, data={"what": "locked", "note": "<b>锁</b>着"})
    client.post(REPORTS, data={"what": "open", "note": "广告"}, headers={"User-Agent": "another"})
    first, second = feedback.reports.queue(10)
    assert "锁</b>" not in unescape(client.get("/stations/tw-1").text)
    feedback.reports.resolve(first.id, "accepted", "somebody")
    feedback.reports.resolve(second.id, "rejected", "somebody")
    page = client.get("/stations/tw-1", headers=CHINESE).text
    assert "&lt;b&gt;锁&lt;/b&gt;着" in page
    assert "<b>锁" not in page
    assert f"门锁着 · {first.day}" in words_of(page)
    assert "广告" not in page


@pytest.mark.usefixtures("any_hour")
def test_only_the_last_notes_are_shown(client: FlaskClient, app: Flask, tmp_path: Path) -> None:
    """Five of the last 90 days."""
    now = datetime.now(UTC)
    ages = [91, 89, 40, 30, 20, 10, 0]
    for age in ages:
        then = now - timedelta(days=age)
        said = Feedback(tmp_path / "store" / "feedback.sqlite", clock=lambda then=then: then)  # type: ignore[misc]
        report = said.reports.add("tw-1", "open", f"age {age}.", Sender(f"device {age}", "network"))
        said.reports.resolve(report.id, "accepted", "somebody")
    page = client.get("/stations/tw-1").text
    assert [int(age) for age in re.findall(r"age (\d+)\.", page)] == [0, 10, 20, 30, 40]
    app.extensions["locator.feedback"].reports.resolve(7, "rejected", "somebody")
    page = client.get("/stations/tw-1").text
    assert [int(age) for age in re.findall(r"age (\d+)\.", page)] == [10, 20, 30, 40, 89]


@pytest.mark.parametrize(
    ("path", "form", "status", "english", "chinese"),
    [
        ("/stations/none/reports", {"what": "open"}, 404, "No station has the id 'none'", "没有编号为"),
        (REPORTS, {}, 422, "The what '' is not known. Use one of: open,", "没有这样的 what"),
        (REPORTS, {"what": "open", "was": "x"}, 422, "The was 'x' is not known", "没有这样的 was"),
        (REPORTS, {"what": "open", "who": "me"}, 422, "There is no field 'who'. Use: what, note", "没有"),
        (REPORTS, {"what": ["open", "gone"]}, 422, "The what 'open,gone' is not known", "没有这样的 what"),
        (REPORTS, {"what": "open", "note": "长" * 1400}, 422, "bytes, and 4000 is the most", "最多 4000 字节"),
        ("/requests", {**REQUEST, "when": "soon"}, 422, "The when 'soon' is not known. Use one of: any,", "没有"),
        (
            "/requests",
            {**REQUEST, "need": "gold"},
            422,
            "The need 'gold' is not known. Use one of: seats,",
            "没有",
        ),
        ("/requests", {**REQUEST, "lat": ""}, 422, "The field lat is missing. Give a number.", "lat"),
        ("/requests", {**REQUEST, "lat": "116"}, 422, "Latitude must be between -90 and 90, not 116", "纬度"),
        ("/requests", {**REQUEST, "datum": "mars"}, 422, "mars", "mars"),
        ("/requests", {**REQUEST, "radius": "9"}, 422, "There is no field 'radius'", "没有"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    client: FlaskClient,
    feedback: Feedback,
    path: str,
    form: dict[str, Any],
    status: int,
    english: str,
    chinese: str,
) -> None:
    """With the value, the rule and the remedy, in the reader's language."""
    for lang, said in (("en", english), ("zh", chinese)):
        refused = client.post(path, data=form, headers={"Accept-Language": lang})
        assert refused.status_code == status
        assert said in words_of(refused.text)
    assert feedback.reports.queue(10) == []
    assert feedback.requests.queue(10) == []


def test_a_note_has_at_most_300_characters(client: FlaskClient, feedback: Feedback) -> None:
    """One more is refused, not cut."""
    assert client.post(REPORTS, data={"what": "open", "note": "长" * 301}).status_code == 422
    assert feedback.reports.queue(10) == []
    assert client.post(REPORTS, data={"what": "open", "note": "长" * 300}).status_code == 303


# Who may send


@pytest.mark.parametrize("path", [REPORTS, "/requests"])
@pytest.mark.parametrize(
    ("lang", "nothing", "remedy"),
    [("en", "Nothing was stored", "switch off its automatic filling"), ("zh", "没有记下", "关闭浏览器的自动填充")],
)
def test_what_fills_in_the_trap_is_told_that_nothing_is_stored(
    client: FlaskClient, feedback: Feedback, path: str, lang: str, nothing: str, remedy: str
) -> None:
    """By script and by form: it may be a person's browser that filled it in."""
    form = {**({"what": "open"} if path == REPORTS else REQUEST), "website": "x"}
    by_script = client.post(path, data=form, headers={**BY_SCRIPT, "Accept-Language": lang})
    by_form = client.post(path, data=form, headers={"Accept-Language": lang})
    assert (by_script.status_code, by_script.mimetype) == (422, "application/problem+json")
    assert (by_form.status_code, by_form.mimetype) == (422, "text/html")
    for told in (by_script.get_json()["detail"], words_of(by_form.text)):
        assert nothing in told
        assert remedy in told
    assert not re.search("Stored|Thank|已记下|谢谢", by_script.text + by_form.text)
    assert feedback.reports.queue(10) == feedback.requests.queue(10) == []
    assert client.post(path, data=form | {"website": ""}).status_code < 400


def test_the_trap_is_out_of_the_way(client: FlaskClient) -> None:
    """Of people, keyboards and screen readers."""
    page = client.get("/stations/tw-1").text
    assert re.search(r'class="trap" aria-hidden="true">.*name="website" tabindex="-1" autocomplete="off"', page)


@pytest.mark.parametrize("path", [REPORTS, "/requests"])
@pytest.mark.parametrize(
    ("headers", "is_foreign"),
    [
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://localhost"}, False),
    ],
)
def test_other_peoples_pages_cannot_send(
    client: FlaskClient, feedback: Feedback, path: str, headers: dict[str, str], is_foreign: bool
) -> None:
    """403 with a sentence, nothing stored, and no answer may be read from another origin."""
    form = {"what": "open"} if path == REPORTS else REQUEST
    sent = client.post(path, data=form, headers={**headers, "Accept-Language": "zh"})
    assert (sent.status_code == 403) is is_foreign
    assert ("这是从别人的网页发来的" in sent.text) is is_foreign
    assert len(feedback.reports.queue(10)) + len(feedback.requests.queue(10)) == (0 if is_foreign else 1)
    for answer in (sent, client.options(path, headers={**headers, "Access-Control-Request-Method": "POST"})):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Methods" not in answer.headers


def test_a_device_cannot_write_without_end(client: FlaskClient, feedback: Feedback) -> None:
    """The eleventh in a minute is told when to come again, as a page or to the script."""
    for _ in range(10):
        assert client.post(REPORTS, data={"what": "open"}).status_code == 303
    refused = client.post("/requests", data=REQUEST)
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert client.post(REPORTS, data={"what": "gone"}, headers=BY_SCRIPT).mimetype == "application/problem+json"
    assert [report.what for report in feedback.reports.queue(10)] == ["open"]


def test_a_store_that_cannot_be_written_is_no_fault_of_the_sender(
    client: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """503 in a worker's words, to a script and to a form; whoever looks for a station is answered as ever."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "feedback.sqlite").write_bytes(b"no database" * 100)
    wish = {"lat": "39.9", "lon": "116.4", "when": "any"}
    for answer, said in (
        (
            client.post(REPORTS, data={"what": "open"}, headers={"Accept-Language": "en"}),
            "This cannot be stored at",
        ),
        (
            client.post("/requests", data=wish, headers=BY_SCRIPT | {"Accept-Language": "en"}),
            "and nothing was kept",
        ),
        (
            client.post(REPORTS, data={"what": "open"}, headers={"Accept-Language": "zh-CN"}),
            "现在没法保存，这次没有记下",
        ),
    ):
        assert answer.status_code == 503
        assert said in answer.text
        assert "sqlite" not in answer.text
        assert "database" not in answer.text
    assert "feedback.sqlite is damaged" in caplog.text  # for the operator
    for path in ("/", "/map", "/stations/tw-1", "/api/nearest?lat=39.9155&lon=116.405"):
        assert client.get(path).status_code == 200


def test_phones_behind_one_address_do_not_shut_each_other_out(client: FlaskClient) -> None:
    """Ten different phones write ten times each; the address as a whole has an end too, a hundred in a minute."""
    sent = [
        client.post(REPORTS, data={"what": "open"}, headers={"User-Agent": f"phone {n // 10}"}).status_code
        for n in range(101)
    ]
    assert sent == [303] * 100 + [429]


# Requests


def test_an_empty_answer_offers_to_ask(client: FlaskClient) -> None:
    """Open where nothing is near, with what was looked for in vain; folded where there is something."""
    empty = section(client.post("/", data={**NOWHERE, "amenity": "shower"}, headers=CHINESE).text, "need")
    assert empty.startswith('<details class="need wanted" id="need" open>')
    assert re.findall(r'name="(lat|lon)" value="([^"]+)"', empty) == list(NOWHERE.items())
    assert re.findall(r'name="need" value="(\w+)" checked', empty) == ["shower"]
    near = section(client.post("/", data={"lat": "39.9155", "lon": "116.405"}).text, "need")
    assert near.startswith('<details class="need" id="need">')
    assert section(client.get("/").text, "need").startswith('<details class="need" id="need" hidden>')


def test_a_request_is_answered_by_the_page_it_came_from(client: FlaskClient, feedback: Feedback) -> None:
    """With thanks, in its own body: the position comes into no address and no form for another place."""
    sent = client.post("/requests", data={**REQUEST, "note": "冬天很冷", "plain": "1"}, headers=CHINESE)
    assert (sent.status_code, sent.headers["Cache-Control"]) == (200, "private, no-cache")
    assert "Location" not in sent.headers
    assert "谢谢，已记下" in words_of(section(sent.text, "need"))
    assert "石榴庄双石一" in words_of(sent.text)
    assert not re.search(r'(href|action)="[^"]*(39\.7|116\.4)', sent.text)
    assert 'id="lat" name="lat" inputmode="decimal" placeholder="39.9155" value=""' in sent.text
    (request,) = feedback.requests.queue(10)
    assert (request.amenities, request.when, request.note) == (("heating", "toilet"), "night", "冬天很冷")


def test_only_the_square_of_100_m_is_stored(client: FlaskClient, feedback: Feedback, tmp_path: Path) -> None:
    """Neither the position nor who sent it is in any file."""
    client.post("/requests", data=REQUEST, headers={"User-Agent": "a rare browser"})
    client.post(REPORTS, data={"what": "open"}, headers={"User-Agent": "a rare browser"})
    (request,) = feedback.requests.queue(10)
    lat, lon = float(NOWHERE["lat"]), float(NOWHERE["lon"])
    assert 0 < GEOD.inv(lon, lat, request.lon, request.lat)[2] < 75
    feedback.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert b"tw-1" in kept
    for secret in ("39.7012", "116.4098", "127.0.0.1", "a rare browser"):
        assert secret.encode() not in kept


def test_a_position_from_another_map_is_shifted_back(client: FlaskClient, feedback: Feedback) -> None:
    """GCJ-02, by another library's formula; unshifted it would be 500 m off."""
    lat, lon = prcoords.wgs_gcj((39.70, 116.41))
    client.post("/requests", data={**REQUEST, "lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "datum": "gcj02"})
    (request,) = feedback.requests.queue(10)
    assert GEOD.inv(116.41, 39.70, request.lon, request.lat)[2] < 75


def test_about_says_how_many_asked_and_how_many_got_one(
    donghuamen: Path, tmp_path: Path, strangers_to: Callable[..., list[str]]
) -> None:
    """On different networks; and how long what people told is kept."""
    app = create_app(Settings(geodata=donghuamen, store=tmp_path / "store", retention_days=77))
    client = app.test_client()
    assert re.search(r'id="asked">0<', client.get("/about").text)
    client.post("/requests", data=REQUEST)
    feedback = app.extensions["locator.feedback"]
    (asked,) = feedback.requests.queue(9)
    (other,) = strangers_to(feedback, f"{asked.lat:.6f},{asked.lon:.6f}", 1, "127.0.0.1")
    for address in (other, "127.0.0.1", "127.0.0.2"):
        client.post("/requests", data=REQUEST, environ_overrides={"REMOTE_ADDR": address})
    about = client.get("/about", headers=CHINESE).text
    assert re.search(r'id="asked">2<', about)
    assert re.search(r'id="answered">0<', about)
    assert "77 天后删除" in words_of(about)


def test_about_says_what_it_takes_and_what_can_be_found_out(client: FlaskClient) -> None:
    """In both languages, with the numbers of the rules."""
    for lang, said in (
        (
            "en",
            (
                "three reports within 30 days from three different networks, on two days or more and at least 12",
                "two people on different networks found the station open",
                "by trying which address",
                "about two months",
            ),
        ),
        (
            "zh",
            (
                "30 天内有来自三个不同网络的三次反映，分在至少两天、前后相隔至少 12 小时",
                "有两个人从不同的网络反映开着门",
                "逐个试算",
                "大约两个月内",
            ),
        ),
    ):
        about = words_of(client.get("/about", headers={"Accept-Language": lang}).text)
        assert all(words in about for words in said)


# Doubts


def test_three_browsers_of_one_person_warn_nobody(client: FlaskClient, app: Flask, feedback: Feedback) -> None:
    """However many stations, all in a minute: the reports wait for a steward, and no page has changed."""
    before = client.get("/api/stations.geojson").data
    stations = app.extensions["locator.live"].catalog.column("station_id")
    for agent in ("one", "two", "three"):
        for name in stations:
            sent = client.post(f"/stations/{name}/reports", data={"what": "locked"}, headers={"User-Agent": agent})
            assert sent.status_code == 303
    app.extensions["locator.live"].look()
    assert client.get("/api/stations.geojson").data == before
    assert len(feedback.reports.queue(100)) == 3 * len(stations)


def test_three_who_found_it_locked_warn_all_others(
    client: FlaskClient, app: Flask, feedback: Feedback, tmp_path: Path, strangers_to: Callable[..., list[str]]
) -> None:
    """One yesterday and two today: in lists, on the station's page, in the API and on phones; two do not."""
    near, caution = {"lat": "39.9155", "lon": "116.405"}, "最近有人反映锁门，尚待核实"

    def cautions() -> list[int]:
        app.extensions["locator.live"].look()
        pages = client.post("/", data=near, headers=CHINESE), client.get("/stations/tw-1", headers=CHINESE)
        embed = client.get("/embed?center=39.9155,116.405&lang=zh")
        listed = client.get("/?district=东城区", headers=CHINESE)
        return [words_of(page.text).count(caution) for page in (*pages, embed, listed)]

    first, second, third = strangers_to(feedback, "tw-1", 3)
    then = datetime.now(UTC) - timedelta(days=1)
    yesterday = Feedback(tmp_path / "store" / "feedback.sqlite", clock=lambda: then)
    yesterday.reports.add("tw-1", "locked", None, yesterday.sender(first, ""))
    client.post(REPORTS, data={"what": "locked"}, environ_overrides={"REMOTE_ADDR": second})
    assert cautions() == [0, 0, 0, 0]
    client.post(REPORTS, data={"what": "locked"}, environ_overrides={"REMOTE_ADDR": third})
    assert cautions() == [1, 1, 1, 1]
    assert client.get("/api/stations/tw-1").get_json()["doubts"] == ["locked"]
    compact = client.get("/api/stations.compact.json").get_json()
    masks = dict(zip(compact["columns"]["station_id"], compact["columns"]["doubts"], strict=True))
    assert {name: mask for name, mask in masks.items() if mask} == {"tw-1": 1 << list(DOUBTS).index("locked")}


@pytest.fixture
def doubtful(tmp_path: Path, donghuamen: Path) -> FlaskClient:
    """A client of a service whose one station was doubted by an import."""
    folder = tmp_path / "geodata"
    folder.mkdir()
    for path in donghuamen.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    station = Station("d-1", "驿站", "warm_station", 39.9155, 116.405, doubts=("other_district", "moved"))
    write_stations(folder / LAYERS["warm_station"], [station], {})
    return create_app(Settings(geodata=folder)).test_client()


def test_what_else_is_in_doubt_stands_on_the_stations_page_alone(doubtful: FlaskClient) -> None:
    """In the words of the vocabulary; a list is for who decides where to go."""
    for lang, said in (
        ("zh", "待核实： 坐标不在所写的区内；坐标变动较大"),
        ("en", "To be checked: Not in the district it names; Moved far since last time"),
    ):
        assert said in words_of(doubtful.get(f"/stations/d-1?lang={lang}").text)
    near = doubtful.post("/", data={"lat": "39.9155", "lon": "116.405"}, headers=CHINESE)
    assert "待核实" not in words_of(near.text)
    assert orjson.loads(doubtful.get("/api/stations/d-1").data)["doubts"] == ["other_district", "moved"]
