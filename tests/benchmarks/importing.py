"""A list of 100,000 rows taken in by the command line, from the file to the published version."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figures import Figure, Run, alone

from locator.config import bundled
from locator.geo.datum import Datum, convert
from locator.stations.geodata import DISTRICTS, read_districts
from locator.stations.sample import make_city

ROWS = 100_000
HEADINGS = (
    *("编号", "站点名称", "地址", "所属区", "街道", "经度", "纬度"),
    *("开放时间", "电话", "设施", "座位数", "面积"),
)
OFFERS = ("饮水、微波炉、空调", "饮水 座椅 手机充电", "微波炉,冰箱", "热水、药箱、雨伞、Wi-Fi", "座椅")
HOURS = ("9:00-18:00", "24小时", "早9点到晚8点,周一休息", "工作日 8:30-17:30", "看通知")


def figures() -> Iterator[Figure]:
    """Import it, import it again a little changed, and show the peak of both processes."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "驿站.csv")
        path.write_bytes(_list(0))
        first = _run(path)
        rows = json.loads(first.printed)["rows"]
        yield Figure(f"import of {rows:,} rows, from the file to the version: seconds", (first.seconds,), 60)
        path.write_bytes(_list(1))
        again = _run(path)
        diff = json.loads(again.printed)["diff"]
        changed = sum(len(diff[what]) for what in ("added", "changed", "moved", "gone"))
        yield Figure(f"the next list, {changed:,} changes: seconds", (again.seconds,), 60)
        yield Figure("the same: peak memory, MB", (max(first.peak_mb, again.peak_mb),), 1024, form=".0f")


def _list(month: int) -> bytes:
    """Write a list as an office would: GB18030, positions in GCJ-02, a tenth of a per cent with faults."""
    city = make_city("beijing", 1, read_districts(bundled("geodata") / DISTRICTS))
    dice = np.random.default_rng(7)
    at = np.array([[station.lon, station.lat] for station in city])
    lonlat = np.repeat(at, ROWS // len(city) + 1, axis=0)[:ROWS]
    lonlat = convert(lonlat + dice.normal(0, 2e-3, lonlat.shape), Datum.WGS84, Datum.GCJ02)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in range(ROWS):
        station = city[row // (ROWS // len(city) + 1)]
        lon, lat = lonlat[row].round(6) if row % 1000 else ("", "")
        phone = f"010-{60000000 + row}" if month == 0 or row % 100 else ""
        facts = (OFFERS[row % 5], 4 + row % 30, 20 + row % 80)
        said = (station.district, station.sub_district, lon, lat, HOURS[row % 5], phone, *facts)
        writer.writerow((f"BJ{row:06d}", f"{station.name}{row % 97}号", f"{station.address}{row}", *said))
    return text.getvalue().encode("gb18030")


def _run(path: Path) -> Run:
    command = ["-m", "locator", "import", str(path), "--kind", "warm_station", "--datum", "gcj02", "--json"]
    return alone(*command, environ={**os.environ, "LOCATOR_STORE": str(path.parent / "store")})
