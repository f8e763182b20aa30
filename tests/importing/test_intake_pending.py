"""Each row of a list is published, waits for a position or is refused and kept, over months and through kills."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from locator.geo.datum import Datum
from locator.importing.deciding.pending_rows import REFUSED, TO_PLACE, PendingRows
from locator.importing.deciding.places import Place, place_rows, placed_ids, with_placed
from locator.importing.intake import Choices, propose, publish
from locator.importing.understanding.district_areas import Area
from locator.stations.schema import Station
from locator.stations.store import Store

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = "站点名称,地址,区,座位数,备注,经度,纬度\n"
NAMES = ("甲驿站", "乙驿站", "丙驿站", "丁驿站", "戊驿站")
SOUND, NOWHERE, ORIGIN, WRONG = "sound", "nowhere", "origin", "wrong"
GEODATA = ROOT / "tests" / "data" / "donghuamen"
PUBLISHER = """
import sys
from pathlib import Path
from tests.importing.test_intake_pending import GEODATA, import_list
from locator.stations.store import Store
print("ready", flush=True)
import_list(Store(Path(sys.argv[1]), GEODATA), Path(sys.argv[2]))
"""


def row_of(name: str, state: str, month: int) -> str:
    """Write a row: with a position, without one, at 0, 0, or with a number that nobody can read."""
    number = NAMES.index(name)
    position = {NOWHERE: ",", ORIGIN: "0,0"}.get(state, f"116.41{number},39.91{number}")
    return f"{name},{name}街{number}号,东城区,{'许多' if state == WRONG else month},{month},{position}\n"


def import_list(store: Store, path: Path) -> None:
    """Import a list of the one source."""
    choices = Choices("warm_station", "名单", datum=Datum.WGS84, retire_many=True)
    publish(propose(path, choices, store), store, who="li", why="x")


def months(store: Store, folder: Path, lists: list[dict[str, str]], first: int = 0) -> None:
    """Import one list after the other; rows that change each month make each worth a version."""
    for month, rows in enumerate(lists, first):
        path = folder / f"{month}.csv"
        changing = "".join(f"每月驿站{n}站,每月街{n}号,东城区,{month},x,116.42{n},39.92\n" for n in range(6))
        text = HEADINGS + changing + "".join(row_of(name, state, month) for name, state in rows.items())
        path.write_text(text, encoding="utf-8")
        import_list(store, path)


def published(store: Store) -> dict[str, Station]:
    """Return the stations of the list by name; none stands twice."""
    stations = [one for one in store.contents(store.newest()).stations if one.source == "名单"]
    found = {one.name: one for one in stations}
    assert len(found) == len(stations)
    return found


def pending(store: Store, what: str) -> dict[str | None, bool]:
    """Return the kept rows of a kind by name, with whether the last list has them; none stands twice."""
    placed = placed_ids(store.contents(store.newest()))
    rows = PendingRows(store.writable()).rows(what, placed)
    found = {row.listed.name: row.is_listed for row in rows}
    assert len(found) == len(rows)
    return found


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.sampled_from((SOUND, NOWHERE, ORIGIN, WRONG))),
        min_size=1,
        max_size=4,
    )
)
def test_no_row_is_lost_and_none_stands_twice(lists: list[dict[str, str]]) -> None:
    """Whoever had a position once keeps it; whoever never had one waits, also when the list drops it."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        store = Store(folder / "store", GEODATA)
        months(store, folder, lists)
        there, waits, refused = published(store), pending(store, TO_PLACE), pending(store, REFUSED)
        last = lists[-1]
        for name in {name for rows in lists for name in rows}:
            states = [rows[name] for rows in lists if name in rows]
            was_placed = SOUND in states
            if last.get(name) == WRONG:
                assert refused[name]
                assert name not in waits
            elif name in last:
                assert (name in there, name in waits) == (was_placed, not was_placed)
                assert name not in refused
            elif states[-1] == WRONG:
                assert refused[name] is False
            elif not was_placed:
                assert waits[name] is False
            assert not (name in there and name in waits)


def test_a_row_that_was_placed_by_hand_keeps_its_place(tmp_path: Path) -> None:
    """Through lists without positions, with 0, 0, and one that leaves columns out."""
    store = Store(tmp_path / "store", GEODATA)
    months(store, tmp_path, [{"甲驿站": NOWHERE, "乙驿站": NOWHERE}])
    contents = store.contents(1)
    (row, _) = PendingRows(store.writable()).rows(TO_PLACE)
    placed = place_rows([Place(row, 39.9155, 116.4050, 30.0)], contents, Area(())).stations.values()
    store.publish(with_placed(contents, placed), parent=1, who="li", why="x")
    months(store, tmp_path, [{"甲驿站": ORIGIN}, {"甲驿站": NOWHERE, "丙驿站": NOWHERE}], 1)
    station = published(store)["甲驿站"]
    assert (station.lat, station.lon, station.position_accuracy_m, station.seats) == (39.9155, 116.4050, 30, 2)
    assert pending(store, TO_PLACE) == {"乙驿站": False, "丙驿站": True}


def test_a_position_that_is_no_use_is_told_and_the_published_one_kept(tmp_path: Path) -> None:
    """As a cell that was not understood; without a word where the cells are empty."""
    store = Store(tmp_path / "store", GEODATA)
    months(store, tmp_path, [{"甲驿站": SOUND, "乙驿站": SOUND}])
    path = tmp_path / "next.csv"
    path.write_text(HEADINGS + row_of("甲驿站", ORIGIN, 5) + row_of("乙驿站", NOWHERE, 5), encoding="utf-8")
    proposal = propose(path, Choices("warm_station", "名单", datum=Datum.WGS84), store)
    assert proposal.waiting == []
    assert [(cell.row, cell.field) for cell in proposal.draft.unread] == [(1, "position")]
    assert "published position is kept" in proposal.draft.unread[0].reason
    assert proposal.changes["moved"] == 0
    assert {one.after.seats for one in proposal.diff.changed} == {5}


def test_a_list_that_only_waits_is_published(tmp_path: Path) -> None:
    """Without a column of positions and without a datum; a row that is alike waits once."""
    store = Store(tmp_path / "store", GEODATA)
    path = tmp_path / "list.csv"
    path.write_text("名称,地址\n甲驿站,东城区某街1号\n甲驿站,东城区某街1号\n乙驿站,别处\n", encoding="utf-8")
    proposal = propose(path, Choices("warm_station", "名单"), store)
    assert [row.district for row in proposal.waiting] == ["东城区", None]
    publish(proposal, store, who="li", why="x")
    assert pending(store, TO_PLACE) == {"甲驿站": True, "乙驿站": True}
    assert pending(store, REFUSED) == {}


def test_a_killed_publisher_loses_no_row(tmp_path: Path) -> None:
    """At whatever moment: what the version has not is in the queue, or the list was not begun."""
    path, chance = tmp_path / "list.csv", random.Random(13)
    path.write_text(HEADINGS + row_of("甲驿站", SOUND, 1) + row_of("乙驿站", NOWHERE, 1), encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for turn in range(4):
        folder = tmp_path / f"store{turn}"
        command = [sys.executable, "-c", PUBLISHER, str(folder), str(path)]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        process.stdout.readline()
        wait_for_writing(folder, process)
        time.sleep(chance.uniform(0, 0.06))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        store = Store(folder, GEODATA)
        is_published = "甲驿站" in published(store)
        waits = pending(store, TO_PLACE)
        assert waits in ({}, {"乙驿站": True})
        assert waits or not is_published
        import_list(store, path) if not is_published else None
        assert pending(store, TO_PLACE) == {"乙驿站": True}
        assert "甲驿站" in published(store)
        shutil.rmtree(folder)


def wait_for_writing(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a publisher writes its first file, or has ended."""
    while not folder.exists() and process.poll() is None:
        time.sleep(0.001)


def test_the_same_list_again_changes_nothing(tmp_path: Path) -> None:
    """Nor with other row numbers; one row more that waits, is refused, or is gone is a change."""
    store = Store(tmp_path / "store", GEODATA)
    path = tmp_path / "list.csv"
    rows = [row_of("甲驿站", SOUND, 1), row_of("乙驿站", NOWHERE, 1), row_of("丙驿站", WRONG, 1)]
    rows += [row_of("丁驿站", SOUND, 1), row_of("戊驿站", SOUND, 1)]

    def has_changes(*those: str) -> bool:
        path.write_text(HEADINGS + "".join(those), encoding="utf-8")
        choices = Choices("warm_station", "名单", datum=Datum.WGS84)
        return propose(path, choices, store).has_changes

    assert has_changes(*rows)
    import_list(store, path)
    assert not has_changes(*rows)
    assert not has_changes(*rows[2:], *rows[:2])
    assert has_changes(*rows, "己驿站,己街1号,东城区,3,1,,\n")
    assert has_changes(*rows, "庚驿站,庚街1号,东城区,许多,1,116.42,39.92\n")
    assert has_changes(rows[0], *rows[2:])
    assert has_changes(*rows[:2], *rows[3:])
    assert has_changes(*rows[:2], row_of("丙驿站", SOUND, 1), *rows[3:])
