"""What `same_answers` asks: addresses with the status that each has to have, forms, commands and their files."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

LANGUAGES = ("zh", "en")
BROWSERS = {
    "zh": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
    "en": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
}
"""Readers of each language have another: devices of one address are told apart by it."""
HOST = "stations.example"
PREFIX = "/rest"
PASSWORD = "a sentence to remember"  # noqa: S105 - opens nothing but the two servers of this comparison
ELSEWHERE = {
    "LOCATOR_PUBLIC_URL": f"https://{HOST}{PREFIX}",
    "LOCATOR_TILES": "osm",
    "LOCATOR_OFFLINE": "0",
    "LOCATOR_LANG": "en",
    "LOCATOR_RADIUS_M": "800",
    "LOCATOR_PROXIES": "1",
    "LOCATOR_EMBED_ORIGINS": "https://news.example",
}
"""The other way to run it, for the synthetic city."""
STATIONS = {
    "shipped": ("bj-dc-donghuamen", "bj-hd-zhizao-dajie"),
    "sample": ("sample-110101-0374", "sample-110101-0254"),
}
"""Of each server two that exist."""

GETS = """
200 /
200 /?lat=39.9155&lon=116.405
200 /?datum=gcj02
422 /?datum=mars
200 /?place=东华门
200 /?place=dhm&kind=warm_station
200 /?place=39.9155,116.405
200 /?place=nowhere-at-all
200 /?district=东城区
200 /?district=东城区&amenity=heating&open_at=2026-12-01T22:00
422 /?district=Atlantis
200 /?lang=en
200 /map
200 /map?lang=en
200 /about
200 /stations/{a}
200 /stations/{b}?lang=en
200 /stations/{a}?thanks=open&noted=1
404 /stations/nowhere
404 /nowhere
405 /requests
200 /offline
200 /offline/form
200 /sw.js
200 /manifest.webmanifest
200 /healthz
200 /readyz
404 /metrics
200 /embed
200 /embed?center=39.9155,116.4075&radius=2000&kind=warm_station&zoom=14&layout=list&theme=dark&lang=en
200 /embed?district=东城区&amenity=seats,heating&open=1&theme=light&locate=0
200 /embed?station={a}&layout=map
200 /embed?center=1;2&zoom=99&district=Atlantis&kind=inn&station=none&theme=red&layout=no&locate=x&odd=1
200 /embed.js
200 /embed/builder
200 /embed/builder?district=东城区&kind=warm_station&kind=worker_home&map_lang=en&height=300&theme=dark
200 /embed/builder?center=39.9,116.4&datum=bd09&height=9
200 /oembed?url={site}/
200 /oembed?url={site}/stations/{a}&maxwidth=300&maxheight=200
200 /oembed?url={site}/embed?district=东城区
404 /oembed?url=https://elsewhere.example/
404 /oembed?url={site}/stations/nowhere
501 /oembed?url={site}/&format=xml
200 /planner
302 /planner?kind=warm_station&amenity=heating&when=at&at=2026-12-01T22:00&target_percent=
200 /planner?amenity=heating&open_at=2026-12-01T22:00&tier=sub_district&sort=name
200 /planner?n=3&spacing=2000
422 /planner?n=2&floor=0.9&spacing=5000
422 /planner?n=0
422 /planner?n=2&target=0.5
422 /planner?radius=99999
422 /planner?add=here
422 /planner?odd=1
200 /planner/cells.json?add=39.95,116.40
200 /planner/asked.json
200 /planner/week.svg
200 /planner/lorenz.svg
200 /planner/distance.svg
200 /planner/gain.svg?n=3&spacing=2000
404 /planner/gain.svg
200 /planner/map.svg?n=3&spacing=2000
200 /planner/coverage.csv?n=3&spacing=2000&lang={lang}
200 /planner/areas.csv?lang={lang}
404 /planner/sites.csv
200 /planner/report.html?n=3&spacing=2000&lang={lang}
200 /api/docs
200 /api/openapi.json
200 /api/nearest?lat=39.9155&lon=116.405&limit=5&lang={lang}
200 /api/nearest?lat=39.9155&lon=116.405&open_at=2026-12-01T22:00&kind=warm_station,worker_home&lang={lang}
200 /api/nearest?lat=39.9155&lon=116.405&datum=gcj02&amenity=heating&radius=20000&limit=3&lang={lang}
200 /api/nearest?lat=0&lon=0&lang={lang}
422 /api/nearest
422 /api/nearest?lat=91&lon=0
422 /api/nearest?lat=39.9&lon=116.4&amenity=sauna
422 /api/nearest?lat=39.9&lon=116.4&open_at=soon
422 /api/nearest?lat=39.9&lon=116.4&odd=1
200 /api/stations/{a}?lang={lang}
404 /api/stations/nowhere
200 /api/stations.geojson?bbox=116.3,39.9,116.45,39.95
200 /api/stations.geojson?kind=worker_home
422 /api/stations.geojson?bbox=1,2,3
200 /api/stations.compact.json?lang={lang}
200 /api/names.json?lang={lang}
200 /api/hours.json?lang={lang}
200 /api/districts.geojson
200 /api/coverage?amenity=heating&open_at=2026-12-01T22:00
422 /api/coverage?tier=heaven
200 /api/gaps.geojson?limit=5
200 /api/sites?n=3&spacing=2000
422 /api/sites?floor=0.5
404 /api/nowhere
405 /api/places
200 /vendor/leaflet/leaflet.css
404 /vendor/leaflet/nowhere.js
404 /static/nowhere.js
"""
"""Status and address, of each server in each language."""
ONLY_SHIPPED = """
200 /api/stations.geojson
303 /manage
200 /manage/sign-in
200 /planner/coverage.xlsx?n=3&spacing=2000&lang={lang}
200 /planner/coverage.geojson?n=3&spacing=2000&lang={lang}
200 /planner/coverage.gpkg?n=3&spacing=2000&lang={lang}
200 /planner/gaps?amenity=heating
200 /planner/gaps.geojson?lang={lang}
200 /planner/comparison.csv?add=39.95,116.40&lang={lang}
200 /planner?n=2&by_hours=1&spacing=5000
200 /planner?radius=2000&add=39.95,116.40;39.90,116.50,worker_home&remove={a}&gaps=1
"""
ODD = (
    (200, "GET", "/api/nearest?lat=39.9155&lon=116.405", {"Accept": "application/geo+json"}),
    (200, "GET", "/", {"Accept_Encoding": "gzip"}),
    (200, "GET", "/api/stations.compact.json", {"Accept_Encoding": "gzip, br"}),
    (200, "HEAD", "/map", {}),
    (200, "OPTIONS", "/api/nearest", {}),
    (405, "DELETE", "/", {}),
    (413, "POST", "/api/nearest/batch", {"Content_Length": "1000001"}),
    (400, "GET", "/about", {"Host": "no host"}),
)
"""Requests with headers of their own, or of other methods."""
NEAR = {"lat": 39.9155, "lon": 116.405}
JSON_POSTS: tuple[tuple[int, str, Any], ...] = (
    (200, "/api/nearest", {**NEAR, "limit": 2}),
    (400, "/api/nearest", b"{"),
    (422, "/api/nearest", {"lat": "north", "lon": 1}),
    (200, "/api/places", {"text": "dhm", "lang": "en"}),
    (200, "/api/places", {"text": "39.9155 116.405"}),
    (422, "/api/places", {"text": ""}),
    (200, "/api/nearest/batch", {"points": [[116.405, 39.9155], [116.5, 39.8], [0, 0]], "limit": 2}),
    (422, "/api/nearest/batch", {"points": []}),
    (422, "/api/nearest/batch", {"points": [[116.4, 99]]}),
)


@dataclass(frozen=True)
class Step:
    """One thing that somebody does with a page."""

    expected: int
    path: str
    sends: str = ""
    """``form``, ``file``, or nothing: looks at the page."""
    fields: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, str] | None = None
    """Name and text."""
    headers: Mapping[str, str] = field(default_factory=dict)


def form(expected: int, path: str, headers: Mapping[str, str] | None = None, /, **fields: str) -> Step:
    """Make the step of sending a form."""
    return Step(expected, path, "form", fields, headers=headers or {})


NEED = {"lat": "39.95", "lon": "116.5", "need": "heating", "when": "night"}
FORMS = (
    form(200, "/", lat="39.9155", lon="116.405", kind="warm_station"),
    form(200, "/", lat="39.5", lon="116.0", amenity="shower"),
    form(303, "/", place="东华门", limit="5"),
    form(422, "/", lat="north", lon="116.4"),
    form(422, "/"),
    form(303, "/stations/{a}/reports", what="locked", note="关着门 <b>closed</b>"),
    form(200, "/stations/{a}/reports", {"Accept": "application/json"}, what="open", was="locked"),
    form(422, "/stations/{a}/reports", what="haunted"),
    form(422, "/stations/{a}/reports", {"Accept": "application/json"}, what="open", website="x"),
    form(403, "/stations/{a}/reports", {"Sec_Fetch_Site": "cross-site"}, what="open"),
    form(404, "/stations/nowhere/reports", what="open"),
    form(200, "/requests", note="at the gate", **NEED),
    form(422, "/requests", **{**NEED, "when": "never"}),
)
"""Forms as pages send them, without a script but where JSON is asked for."""
OF_THREE_NETWORKS = (
    *(form(200, "/requests", {"X_Forwarded_For": f"198.51.{net}.1"}, **NEED) for net in (100, 101, 102)),
    Step(200, "/planner?demand=requests"),
    Step(200, "/planner/asked.json"),
)
"""For the server that believes a proxy: what needs three networks."""


def gets(server: str) -> Iterator[tuple[int, str, str, Mapping[str, str]]]:
    """Give what is looked up at a server: status, method, address, headers."""
    site = f"https://{HOST}{PREFIX}" if server == "sample" else f"http://{HOST}"
    for line in (GETS + ONLY_SHIPPED * (server == "shipped")).split("\n"):
        if line:
            status, path = line.split(" ", 1)
            yield int(status), "GET", _filled(path, server).replace("{site}", site), {}
    yield from ODD


def reader_steps(server: str) -> Iterator[Step]:
    """Give the forms that readers send to a server, and what shows them."""
    for step in (*FORMS, *OF_THREE_NETWORKS * (server == "sample")):
        yield replace(step, path=_filled(step.path, server))


def _filled(path: str, server: str) -> str:
    a, b = STATIONS[server]
    return path.replace("{a}", a).replace("{b}", b)


# Stewards

LIST = """名称,地址,区,经度,纬度,开放时间,电话,设施
东单暖心驿站,东单北大街1号,东城区,116.4130,39.9100,周一至周五 8:00-18:00,010-65120000,饮水 微波炉 秋千
<i>西单</i>驿站,西单北大街2号,西城区,116.3730,39.9130,看心情,{phone},空调
灯市口驿站,灯市口大街3号,海淀区,116.4130,39.9180,全天,,
远方驿站,很远,,100.0,20.0,,,
,无名路,东城区,116.41,39.92,,,
"""


def steward_steps(lang: str, turn: int) -> Iterator[Step]:
    """Give a steward's day in order; the first turn meets no versions, the second those of the first."""

    def looks(*paths: str) -> Iterator[Step]:
        return (Step(200, path) for path in paths)

    station = "/manage/stations/bj-dc-donghuamen"
    sent = ("名单.csv", LIST.format(phone=f"010-6512000{turn}"))
    yield Step(200, "/manage/sign-in")
    yield form(403, "/manage/sign-in", name="Li", password=PASSWORD[1:])
    yield form(303, "/manage/sign-in", name="Li", password=PASSWORD)
    yield from looks("/manage", "/manage/stations", "/manage/stations?q=东", station, "/manage/import")
    yield from looks("/manage/queue", "/manage/versions", "/manage/audit")
    yield Step(404, "/manage/stations/nowhere")
    yield Step(404, "/manage/versions/diff?a=0&b=99")
    yield Step(422, "/manage/import", "file", {"kind": "warm_station"})
    yield Step(303, "/manage/import", "file", {"kind": "warm_station", "datum": "gcj02"}, sent)
    yield from looks("/manage/import/{list}", "/manage/import/{list}/report.csv")
    yield form(303, "/manage/import/{list}", kind="worker_home", datum="wgs84")
    yield from looks("/manage/import/{list}")
    yield form(303, "/manage/import/{list}/publish", why="this month")
    yield Step(303, "/manage/import/{list}")
    yield from looks(
        "/manage", "/manage/versions", "/manage/versions/diff?a=0&b=1", "/map", "/", "/api/stations.geojson"
    )
    yield form(200, station, version="0", hours_text="周一至周五 9:00-17:00", step="preview")
    yield form(422, station, version="0", lat="north", step="preview")
    yield form(422, station, version="0", amenity_shower="yes", step="publish")
    yield form(303, station, version="0", amenity_shower="yes", step="publish", why="asked them")
    yield form(409, station, version="x", name="another", step="publish", why="late")
    yield form(303, f"{station}/looked")
    yield from looks(station, "/stations/bj-dc-donghuamen", "/manage/queue")
    yield form(303, f"/manage/queue/reports/{2 * turn - 1}/accept")
    yield form(303, f"/manage/queue/requests/{turn}/reject")
    yield form(422, "/manage/stations/bj-hd-zhizao-dajie/retire")
    yield form(303, "/manage/stations/bj-hd-zhizao-dajie/retire", why="closed")
    yield from looks("/manage/versions/0/back", "/manage/queue", "/planner", "/planner/coverage.csv")
    yield form(422, "/manage/versions/0/back", why="")
    yield form(303, "/manage/versions/0/back", why=f"as before, {lang}")
    yield from looks("/manage/versions", "/map")
    yield Step(303, "/manage/import", "file", {"kind": "inn"}, ("empty.csv", "x"))
    yield from looks("/manage/import/{list}")
    yield form(303, "/manage/import/{list}/discard")
    yield from looks("/manage/import", "/manage/versions", "/manage/audit", "/readyz")
    yield form(303, "/manage/sign-out", everywhere="1")
    yield Step(303, "/manage/audit")


# Commands

FILES = {
    "list.csv": LIST.format(phone="010-65120009"),
    "people.csv": "demand_id,weight,lat,lon\na,100,39.95,116.40\nb,50,39.90,116.50\nc,1,39.80,116.30\n",
    "places.csv": "candidate_id,lat,lon\np,39.951,116.401\nq,39.901,116.501\nr,39.7,116.2\n",
    "if.csv": "action,station_id,kind,lat,lon\nremove,bj-dc-donghuamen,,,\nadd,new,worker_home,39.95,116.40\n",
    "bad.csv": "action,station_id\nburn,x\n",
    "bad.geojson": '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}}]}',
}
COMMANDS = """
0 --help
0 --version
2 fly
0 nearest 39.9155 116.4050
0 nearest 39.9155 116.4050 --json --lang en --radius 3000 --limit 3 --open-at 2026-12-01T22:00
0 nearest "39°54.93'N 116°24.3'E" --datum gcj02 --amenity heating --lang en
2 nearest 99 116
2 nearest 39.9 116.4 --kind inn
0 check
1 check bad.geojson
2 check nowhere.geojson
0 sample --out city
2 sample --city atlantis --out other
0 coverage
0 coverage --json --amenity heating --open-at 2026-12-01T22:00 --lang en
0 coverage --demand people.csv --scenario if.csv --out coverage.xlsx --lang zh
0 coverage --demand people.csv --out coverage.html --lang en
0 coverage --scenario if.csv --out coverage.gpkg --lang en
2 coverage --scenario bad.csv
2 coverage --demand nowhere.csv
0 sites --n 3 --spacing 2000
0 sites --demand people.csv --candidates places.csv --target-share 0.9 --json
0 sites --demand people.csv --candidates places.csv --n 2 --out sites.html --lang zh
0 sites --demand people.csv --candidates places.csv --n 2 --out sites.geojson --lang en
0 sites --demand people.csv --candidates places.csv --n 2 --out sites.csv --lang zh
2 sites --n 0
0 LOCATOR_GEODATA=city sites --n 2 --spacing 5000 --json
0 LOCATOR_GEODATA=city nearest 39.9155 116.4050 --limit 20
0 export-html --district 东城区 --out district.html
0 export-html --all --out all.html --lang en
2 export-html --district Atlantis --out none.html
0 versions
0 import list.csv --kind warm_station --datum gcj02 --dry-run
0 import list.csv --kind warm_station --datum wgs84 --dry-run --json --report found.csv
0 LOCATOR_LANG=en import list.csv --kind worker_home --datum wgs84 --dry-run --report found.html
2 import list.csv --kind warm_station
2 import list.csv --kind inn
2 import nowhere.csv --kind warm_station
0 import list.csv --kind warm_station --datum wgs84 --yes --who Li
2 import list.csv --kind warm_station --datum wgs84 --json --who Li
0 versions
0 versions --json
0 diff 0 1
0 diff 0 1 --json
2 diff 0 9
0 rollback 0 --who Li --why again
2 rollback 9
0 export --out stations.gpkg
0 export --out stations.xlsx --version 1
0 export --format csv
0 export --format geojson --version 1
2 export --out stations.doc
2 LOCATOR_RADIUS_M=no nearest 39.9 116.4
2 serve --workers 0
2 LOCATOR_TILES=moon serve
"""
"""Exit code, settings, arguments; the files above lie beside, and what is written is compared too."""


def commands() -> Iterator[tuple[int, dict[str, str], list[str]]]:
    """Give what is run in order: exit code, settings, arguments."""
    for line in COMMANDS.strip().split("\n"):
        code, *words = shlex.split(line)
        settings = dict(word.split("=", 1) for word in words if word.startswith("LOCATOR_"))
        yield int(code), settings, words[len(settings) :]
