"""What a phone keeps to answer from by itself, against answers worked out by hand."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from locator.stations.catalog import Catalog
from locator.stations.geodata import LAYERS, load_geodata
from locator.stations.reading import write_stations
from locator.stations.schema import Station
from locator.web.api import compact

if TYPE_CHECKING:
    from flask.testing import FlaskClient

SATURDAY = date(2026, 11, 21)
DAY = 1440


def outlook(catalog: Catalog, first: date, hours: str) -> dict[str, Any]:
    """Give what is told of one schedule."""
    told = compact.hours_outlook(catalog, first, "zh")["schedules"]
    found: dict[str, Any] = told[catalog.schedule_texts.index(hours)]
    return found


# Hours


def test_a_station_with_a_weekly_day_off(catalog: Catalog) -> None:
    """From Saturday on; the closed Monday in between is one segment, which ends on Tuesday."""
    told = outlook(catalog, SATURDAY, "Tu-Su 09:00-20:00")
    assert told["tells_holidays"] is False
    nine, eight = 9 * 60, 20 * 60
    assert told["segments"][:9] == [
        [0, "closed", nine, "open", False],
        [nine, "open", eight, "closed", False],
        [eight, "closed", DAY + nine, "open", False],
        [DAY, "closed", DAY + nine, "open", False],
        [DAY + nine, "open", DAY + eight, "closed", False],
        [DAY + eight, "closed", 3 * DAY + nine, "open", False],
        [2 * DAY, "closed", 3 * DAY + nine, "open", False],
        [3 * DAY, "closed", 3 * DAY + nine, "open", False],
        [3 * DAY + nine, "open", 3 * DAY + eight, "closed", False],
    ]
    # Two Mondays of one segment each, thirteen other days of three.
    assert len(told["segments"]) == 2 + 13 * 3


def test_a_station_that_never_closes(catalog: Catalog) -> None:
    """One segment a day, and no end; nothing about a holiday can be missing."""
    told = outlook(catalog, SATURDAY, "24/7")
    assert told["tells_holidays"] is True
    assert told["segments"] == [[day * DAY, "open", None, None, False] for day in range(15)]


def test_a_night_station_is_open_across_midnight(catalog: Catalog) -> None:
    """What begins at midnight ends in the morning, and what begins at 22:00 ends on the next day."""
    told = outlook(catalog, SATURDAY, "Mo-Su 22:00-06:00")
    assert told["segments"][:4] == [
        [0, "open", 360, "closed", False],
        [360, "closed", 1320, "open", False],
        [1320, "open", DAY + 360, "closed", False],
        [DAY, "open", DAY + 360, "closed", False],
    ]


def test_holidays_not_known_yet_are_told(catalog: Catalog) -> None:
    """The days of 2027 are not known but for New Year's Day, a Friday: Monday's hours may change."""
    told = outlook(catalog, date(2026, 12, 31), "Mo-Fr 08:30-17:30; PH off")
    assert told["tells_holidays"] is True
    assert told["segments"][:4] == [
        [0, "closed", 510, "open", False],
        [510, "open", 1050, "closed", False],
        [1050, "closed", 4 * DAY + 510, "open", None],
        [DAY, "closed", 4 * DAY + 510, "open", None],
    ]


def test_a_holiday_is_told_where_the_hours_do_not_say_it(catalog: Catalog) -> None:
    """New Year's Day is the second of the days from New Year's Eve."""
    told = outlook(catalog, date(2026, 12, 31), "Tu-Su 09:00-20:00")
    holiday = {segment[0] // DAY: segment[4] for segment in told["segments"]}
    assert (holiday[0], holiday[1], holiday[2]) == (False, True, False)


def test_hours_that_nobody_can_read_are_not_told(catalog: Catalog) -> None:
    """They are null, in the order of the compact data."""
    told = compact.hours_outlook(catalog, SATURDAY, "zh")
    assert [schedule is None for schedule in told["schedules"]] == [
        text is None for text in compact.compact_columns(catalog, "zh")["hours"]
    ]
    assert told["schedules"][0] is None
    assert len(told["schedules"]) == len(catalog.schedule_texts) > 1


@pytest.mark.usefixtures("any_hour")
def test_the_hours_of_today_come_by_the_network(client: FlaskClient, catalog: Catalog) -> None:
    """Fifteen days from the last midnight of the stations' clock, with the phrases of the language."""
    zone = ZoneInfo("Asia/Shanghai")
    days = [datetime.now(zone).date()]
    told = client.get("/api/hours.json?lang=en&v=1").get_json()
    days.append(datetime.now(zone).date())  # the next day, should midnight pass meanwhile
    start, end = (datetime.fromisoformat(told[name]) for name in ("from", "until"))
    assert (start.date() in days, start.hour, start.minute) == (True, 0, 0)
    assert start.utcoffset() == timedelta(hours=8)
    assert end - start == timedelta(days=15)
    assert (told["data_version"], told["lang"], told["soon_min"]) == (catalog.version, "en", 60)
    assert told["phrases"]["closes_soon"] == "closes in {minutes} min"
    assert told["phrases"]["weekdays"][0] == "Mon"
    chinese = client.get("/api/hours.json").get_json()
    assert chinese["phrases"]["closes_soon"] == "{minutes}分钟后关闭"
    assert chinese["schedules"] == told["schedules"]


# Stations and names


def test_the_day_of_the_last_check_is_counted(catalog: Catalog) -> None:
    """2026-08-21 is day 20686: 56 years with 14 leap days, and 232 days."""
    columns = compact.compact_columns(catalog, "zh")["columns"]
    assert columns["checked_on"] == [56 * 365 + 14 + 232, None, None, None, None, None, None]


def test_names_come_in_the_language_asked_for(client: FlaskClient) -> None:
    """English where there is an English one; the other document has what is left out."""
    for lang, first, other in (
        ("zh", "东华门街道工会服务站", "Donghuamen station"),
        ("en", "Donghuamen station", "东华门街道工会服务站"),
    ):
        packed = client.get(f"/api/stations.compact.json?lang={lang}").get_json()
        names = client.get(f"/api/names.json?lang={lang}").get_json()
        assert packed["lang"] == names["lang"] == lang
        assert packed["data_version"] == names["data_version"]
        assert packed["columns"]["name"][:2] == [first, "便利店驿站"]
        assert names["columns"]["other_name"] == [other, None, None, None, None, None, None]


def test_what_else_a_place_is_found_by(client: FlaskClient) -> None:
    """Pinyin and addresses in the order of the stations; areas with their middles in millionths of a degree."""
    names = client.get("/api/names.json").get_json()
    columns = names["columns"]
    assert columns["pinyin"] == ["dong hua men jie dao gong hui fu wu zhan"] + 6 * [None]
    assert columns["address"][:2] == ["金鱼胡同", None]
    assert columns["address"][4] == "</script><b>`${1}`"
    # Between 39.9162, 116.4042 and 39.92, 116.405.
    spelt = {"pinyin": "dong hua men jie dao", "district": "东城区"}
    assert names["sub_districts"] == [{"name": "东华门街道", **spelt, "lat": 39_918_100, "lon": 116_404_600}]
    dongcheng, fengtai = names["districts"]
    assert [dongcheng[name] for name in ("name", "name_en", "pinyin")] == ["东城区", "Dongcheng", "dong cheng qu"]
    assert 39_870_000 < dongcheng["lat"] < 39_970_000
    assert 116_300_000 < fengtai["lon"] < 116_450_000


def test_the_characters_that_names_may_be_written_in_are_told(client: FlaskClient) -> None:
    """One simplified for each traditional one, of those alone that stand in a name, an address or a district."""
    names = client.get("/api/names.json").get_json()
    pairs = dict(zip(names["traditional"], names["simplified"], strict=True))
    assert {"東": "东", "華": "华", "門": "门", "區": "区", "驛": "驿", "會": "会"}.items() <= pairs.items()
    assert not set(pairs) & set("东华门街道工会服务站国貿國")  # 國 and 贸 are in no name here
    assert "车" not in pairs.values()


def test_positions_keep_seven_decimals_and_no_more(donghuamen: Path, tmp_path: Path) -> None:
    """A position with six is a whole number of millionths, one with nine is rounded to a tenth."""
    folder = shutil.copytree(donghuamen, tmp_path / "geodata")
    spots = [("six", 39.916263, 116.404254), ("nine", 39.916262549, 116.404254491)]
    stations = [Station(name, name, "warm_station", lat, lon) for name, lat, lon in spots]
    write_stations(folder / LAYERS["warm_station"], stations, {})
    columns = compact.compact_columns(Catalog(load_geodata(folder)), "zh")["columns"]
    assert columns["lat"][:2] == [39_916_263, 39_916_262.5]
    assert columns["lon"][:2] == [116_404_254, 116_404_254.5]
    assert isinstance(columns["lat"][0], int)


# Documents


@pytest.mark.parametrize("path", ["/api/stations.compact.json", "/api/names.json", "/api/hours.json"])
def test_documents_for_phones_are_kept_and_checked(client: FlaskClient, path: str) -> None:
    """Tagged and cached; a language that nobody speaks and a field that nobody reads are refused."""
    first = client.get(path, headers={"Accept-Encoding": "br"})
    assert first.headers["Content-Encoding"] == "br"
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    kept = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (kept.status_code, kept.data) == (304, b"")
    assert client.get(f"{path}?lang=en").headers["ETag"] != first.headers["ETag"]
    for query, word in (("lang=tlh", "The lang 'tlh' is not known"), ("day=1", "There is no field 'day'")):
        refused = client.get(f"{path}?{query}")
        assert refused.status_code == 422
        assert word in refused.get_json()["detail"]
