"""Rows that are not published are kept: by many at once, through kills, and until somebody has dealt with them."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import date
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest

from locator.errors import ConflictError, GeodataError, UsageError
from locator.importing.deciding.pending_rows import FILE, REFUSED, TO_PLACE, Known, ListedRow, PendingRows
from locator.language.messages import message

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys
from pathlib import Path
from tests.importing.deciding.test_pending_rows import listed
from locator.importing.deciding.pending_rows import PendingRows
rows = PendingRows(Path(sys.argv[1]))
for turn in range(10**9):
    names = [f"{sys.argv[2]}-{turn}-{n}" for n in range(3)]
    with rows.taking(sys.argv[2], "list.xlsx", map(listed, names), listed=[], who="li", is_part=True):
        print(*names, flush=True)
"""


def listed(name: str, what: str = TO_PLACE, **facts: Any) -> ListedRow:
    """Make a row of a list whose station has an id like its name."""
    values: dict[str, Any] = {
        "key": f"id-{name}",
        "what": what,
        "station_id": f"id-{name}",
        "worksheet": None,
        "row": 5,
        "name": name,
        "address": f"{name}街1号",
        "district": "东城区",
        "facts": {"name": name, "kind": "warm_station"},
        "cells": {"名称": name},
        "written": None,
        "fields": {"name": "名称"},
        "reason": message("it has no position. Give its latitude and longitude."),
    }
    return ListedRow(**values | facts)


def take(rows: PendingRows, *those: ListedRow, source: str = "东城", **said: Any) -> None:
    """Keep the rows of a list that publishes nothing else."""
    with rows.taking(source, f"{source}.xlsx", those, **{"listed": [], "who": "li", **said}):
        pass


def names(rows: PendingRows, what: str = TO_PLACE, **said: Any) -> list[str | None]:
    """Name the rows of a kind."""
    return [row.listed.name for row in rows.rows(what, **said)]


@pytest.fixture
def rows(tmp_path: Path) -> PendingRows:
    """The rows of a store that is not there yet."""
    return PendingRows(tmp_path / "store")


def test_nothing_is_pending_before_the_first_list(rows: PendingRows, tmp_path: Path) -> None:
    """And nobody makes a folder by looking."""
    assert rows.rows(TO_PLACE) == []
    assert rows.counts(()) == {}
    assert rows.known("东城") == []
    assert not (tmp_path / "store").exists()


def test_a_row_comes_back_as_it_went_in(rows: PendingRows) -> None:
    """With facts, cells of every type, and a reason that is still a message."""
    cells = {
        "名称": "=1+1",
        "日期": date(2026, 12, 1),
        "时": clock_time(8, 30),
        "编号": 2**70,
        "空": None,
        "开": True,
    }
    facts = {"name": "甲", "kind": "warm_station", "checked_on": "2026-11-05", "amenities": {"seats": "yes"}}
    take(rows, listed("甲", cells=cells, facts=facts, written="经度: 见地图", worksheet="东城", row=7))
    (row,) = rows.rows(TO_PLACE)
    kept = {"名称": "=1+1", "日期": "2026-12-01", "时": "08:30:00", "编号": str(2**70), "空": None, "开": True}
    assert (row.listed.cells, row.listed.facts) == (kept, facts)
    assert (row.listed.worksheet, row.listed.row, row.listed.written) == ("东城", 7, "经度: 见地图")
    assert (row.source, row.file, row.who, row.is_listed, row.dropped) == ("东城", "东城.xlsx", "li", True, None)
    assert row.listed.reason.to("zh") == "没有位置。请填写纬度和经度。"  # type: ignore[attr-defined]
    assert rows.find(row.number) == row


def test_the_next_list_changes_rows_and_keeps_their_numbers(rows: PendingRows) -> None:
    """Nothing stands twice; what the list no longer has is marked and stays; other lists are left alone."""
    take(rows, listed("甲"), listed("乙"), listed("丙"))
    take(rows, listed("别处"), source="西城")
    (first, *_) = rows.rows(TO_PLACE, source="东城")
    take(rows, listed("甲", address="新街2号"), listed("丁"), listed=["id-丙"])
    found = {row.listed.name: row for row in rows.rows(TO_PLACE, source="东城")}
    assert {name: row.is_listed for name, row in found.items()} == {
        "甲": True,
        "乙": False,
        "丙": True,
        "丁": True,
    }
    assert (found["甲"].number, found["甲"].came) == (first.number, first.came)
    assert found["甲"].listed.address == "新街2号"
    assert [row.is_listed for row in rows.rows(TO_PLACE, source="西城")] == [True]
    assert rows.known("东城")[0] == Known("id-甲", "甲", "新街2号", "warm_station")


def test_a_part_of_a_list_says_nothing_of_the_rest(rows: PendingRows) -> None:
    """Rows that were mended come back alone."""
    take(rows, listed("甲"), listed("乙"))
    take(rows, listed("甲"), is_part=True)
    assert all(row.is_listed for row in rows.rows(TO_PLACE))


def test_what_is_published_waits_no_more_and_again_when_that_is_taken_back(rows: PendingRows) -> None:
    """The row is passed over, not deleted."""
    take(rows, listed("甲"), listed("乙", district=None))
    assert rows.counts(()) == {None: 1, "东城区": 1}
    assert names(rows, placed={"id-甲"}) == ["乙"]
    assert rows.counts({"id-甲", "id-乙"}) == {}
    assert names(rows) == ["甲", "乙"]


def test_a_refused_row_goes_when_it_was_taken(rows: PendingRows) -> None:
    """Not before the version is there; and a row may turn from one kind into the other."""
    take(rows, listed("甲", REFUSED), listed("乙", REFUSED))
    with rows.taking("东城", "a.xlsx", [listed("乙")], listed=["id-甲"], who="li"):
        assert names(rows, REFUSED) == ["甲"]
    assert (names(rows, REFUSED), names(rows), rows.refused_count()) == ([], ["乙"], 0)


def test_a_list_that_is_not_published_changes_nothing(rows: PendingRows) -> None:
    """As when the disk is full or somebody else was faster."""
    take(rows, listed("甲", row=3), listed("乙"))
    before = rows.rows(TO_PLACE)
    with (
        pytest.raises(ConflictError),
        rows.taking("东城", "b.xlsx", [listed("甲"), listed("丙")], listed=[], who="x"),
    ):
        raise ConflictError("Somebody else was faster.")
    assert rows.rows(TO_PLACE) == before


def test_a_dropped_row_stays_so_while_the_list_says_the_same(rows: PendingRows) -> None:
    """With other facts it waits again, and a steward can take it back."""
    take(rows, listed("甲"))
    (row,) = rows.rows(TO_PLACE)
    assert rows.drop(row.number, "closed years ago").listed.name == "甲"
    take(rows, listed("甲"))
    assert names(rows) == []
    assert [one.dropped for one in rows.rows(TO_PLACE, is_dropped=True)] == ["closed years ago"]
    with pytest.raises(ConflictError, match="meanwhile"):
        rows.drop(row.number, "again")
    rows.drop(row.number, None)
    assert names(rows) == ["甲"]
    rows.drop(row.number, "closed")
    take(rows, listed("甲", facts={"name": "甲", "kind": "warm_station", "phone": "010-12345"}))
    assert names(rows) == ["甲"]
    with pytest.raises(UsageError, match="999"):
        rows.find(999)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """With the file's name, and what to do."""
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(GeodataError, match=FILE):
        PendingRows(tmp_path).rows(TO_PLACE)


def test_many_write_at_once(rows: PendingRows) -> None:
    """Eight lists from eight threads: all rows of all are there."""
    those = [f"{n}区" for n in range(8)]
    writers = [threading.Thread(target=take, args=(rows, listed(name)), kwargs={"source": name}) for name in those]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(map(str, names(rows))) == sorted(those)


def test_a_killed_writer_loses_nothing(tmp_path: Path) -> None:
    """What was told to be kept is there after each kill, and a list is there whole or not at all."""
    chance, told = random.Random(13), set[str]()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for turn in range(6):
        command = [sys.executable, "-c", WRITER, str(tmp_path), f"turn{turn}"]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        told |= set(process.stdout.readline().split())
        time.sleep(chance.uniform(0, 0.05))
        os.kill(process.pid, signal.SIGKILL)
        told |= {name for line in process.communicate()[0].split("\n")[:-1] for name in line.split()}
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    kept = [str(name) for name in names(PendingRows(tmp_path))]
    assert told <= set(kept)
    assert len(kept) == len(set(kept))
    assert len(kept) % 3 == 0


def test_rows_are_in_the_order_of_their_worksheets(rows: PendingRows) -> None:
    """As the file has the worksheets, not all rows 5 and then all rows 6."""
    places = [("西城", 5), ("西城", 6), ("东城", 5), ("东城", 6)]
    take(rows, *(listed(f"{sheet}{row}", worksheet=sheet, row=row) for sheet, row in places))
    assert names(rows) == [brief.name for brief in rows.briefs()] == ["西城5", "西城6", "东城5", "东城6"]
