"""Versions are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from locator.errors import ConflictError, GeodataError
from locator.stations import store as store_module
from locator.stations.geodata import FILES
from locator.stations.schema import Station
from locator.stations.store import Contents, Manifest, Retired, Store

NAMES = (*FILES, "retired.geojson", "edits.json", "manifest.json")
WARM = "warm_stations.geojson"


@pytest.fixture
def store(donghuamen: Path, tmp_path: Path) -> Store:
    """A store in which nothing is published, above the seven stations."""
    return Store(tmp_path / "deep" / "store", donghuamen)


def with_seats(contents: Contents, seats: int) -> Contents:
    """Say how many seats the first station has: contents that differ."""
    first, *others = contents.stations
    return replace(contents, stations=(replace(first, seats=seats), *others))


def publish(store: Store, seats: int) -> Manifest:
    """Publish the newest contents with so many seats at the first station."""
    parent = store.current().number
    return store.publish(with_seats(store.contents(parent), seats), parent=parent, who="a steward", why="seats")


def seats(store: Store) -> int | None:
    """Return the seats of the first station that is served."""
    return store.contents(store.current().number).stations[0].seats


def listing(store: Store) -> dict[str, bytes]:
    """Return every file of a store with its bytes."""
    folder = store.writable()
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


# What is written


def test_without_anything_published_the_base_is_served(store: Store, donghuamen: Path) -> None:
    """It has the number 0 and is read only; nothing is made before the first publication."""
    loaded = store.current()
    assert (loaded.number, loaded.manifest, loaded.damaged) == (0, None, ())
    assert sum(map(len, loaded.geodata.tables)) == 7
    assert (store.newest(), store.numbers(), store.versions(), store.path(0)) == (0, [], [], donghuamen)
    assert not store.writable().exists()


def test_without_a_folder_nothing_can_be_published(donghuamen: Path) -> None:
    """And the remedy is told."""
    store = Store(None, donghuamen)
    assert store.current().number == 0
    with pytest.raises(GeodataError, match="LOCATOR_STORE"):
        publish(store, 1)


def test_what_is_published_is_what_is_read(store: Store) -> None:
    """Every fact of every station, also 0 and the retired ones; outlines and holidays byte by byte."""
    base = store.contents(0)
    first, second, *others = base.stations
    changed = replace(first, seats=0, checked_on=date(2026, 11, 1), doubts=("piled", "moved"), synthetic=True)
    gone = Retired(second, date(2026, 11, 2))
    contents = replace(base, stations=(changed, *others), retired=(gone,))
    store.publish(contents, parent=0, who="张工", why="第一次")
    found = store.contents(1)
    assert found.stations == (changed, *others)
    assert found.retired == (gone,)
    assert found.districts_file.read_bytes() == base.districts_file.read_bytes()
    assert found.holidays_file.read_bytes() == base.holidays_file.read_bytes()


def test_what_is_published_is_on_the_disk(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut too: the files before the version has its name, then each folder that lists a new name."""
    done: list[tuple[str, int]] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(handle: int) -> None:
        fsync(handle)
        done.append(("written", os.fstat(handle).st_ino))

    def noted_rename(source: Any, target: Any) -> None:
        rename(source, target)
        done.append(("named", Path(target).stat().st_ino))

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    for number in (1, 2):
        done.clear()
        publish(store, number)
        folder = store.path(number)
        named = done.index(("named", folder.stat().st_ino))
        assert {path.stat().st_ino for path in (folder, *folder.iterdir())} <= {which for _, which in done[:named]}
        listing = [folder.parent, store.writable(), *([tmp_path / "deep", tmp_path] if number == 1 else [])]
        assert {path.stat().st_ino for path in listing} <= {which for _, which in done[named + 1 :]}


def test_the_files_are_such_as_any_program_reads(store: Store) -> None:
    """GeoJSON with datum, licence and source of the base, each kind in its own file."""
    publish(store, 3)
    found = json.loads((store.path(1) / WARM).read_text(encoding="utf-8"))
    assert (found["datum"], found["licence"], found["source"]) == ("WGS84", "CC0-1.0", "written for tests")
    assert [feature["id"] for feature in found["features"]] == ["tw-1", "tw-2", "tw-3", "tw-4", "tw-5"]
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [116.4042, 39.9162]}
    assert found["features"][0]["properties"]["seats"] == 3
    assert sorted(path.name for path in store.path(1).iterdir()) == sorted(NAMES)


def test_the_manifest_says_what_when_who_and_why(store: Store) -> None:
    """Hashes and version are those that other tools find; the changes are counted."""
    first, second, *others = store.contents(0).stations
    before = datetime.now(UTC) - timedelta(seconds=1)
    stations = (replace(first, lat=first.lat + 0.01), replace(others[0], phone="010-1"), *others[1:])
    contents = replace(store.contents(0), stations=stations, retired=(Retired(second, date(2026, 11, 2)),))
    made = store.publish(contents, parent=0, who="张工", why="搬迁")
    assert made == store.manifest(1)
    assert (made.number, made.parent, made.who, made.why) == (1, 0, "张工", "搬迁")
    assert before <= made.at <= datetime.now(UTC)
    assert made.counts == {"warm_station": 4, "worker_home": 1, "community_station": 1, "retired": 1}
    assert made.change == {"added": 0, "changed": 1, "moved": 1, "gone": 1, "reopened": 0}
    folder = store.path(1)
    assert made.files == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NAMES if name != "manifest.json"
    }
    whole = hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()
    assert made.version == store.current().geodata.version == whole[:12]


def test_who_comes_back_is_counted_apart(store: Store) -> None:
    """A station that was retired is no new one."""
    base = store.contents(0)
    store.publish(
        replace(base, stations=base.stations[1:], retired=(Retired(base.stations[0], date(2026, 1, 1)),)),
        parent=0, who="x", why="",
    )  # fmt: skip
    new = replace(base.stations[0], station_id="new")
    made = store.publish(replace(base, stations=(*base.stations, new)), parent=1, who="x", why="")
    assert made.change == {"added": 1, "changed": 0, "moved": 0, "gone": 0, "reopened": 1}


def test_counts_that_are_known_are_taken(store: Store) -> None:
    """An import has compared already."""
    made = store.publish(store.contents(0), parent=0, who="x", why="", change={"added": 9})
    assert made.change == {"added": 9}


def broken(contents: Contents, **facts: Any) -> Contents:
    """Give the first station facts that it cannot have."""
    first, *others = contents.stations
    return replace(contents, stations=(replace(first, **facts), *others))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"lat": 116.4}, "row 1"),
        ({"name": " "}, "it has no name"),
        ({"station_id": "tw-2"}, "'tw-2' stands already"),
        ({"hours": "sometimes"}, "cannot be read"),
        ({"kind": "bench"}, "The kind 'bench' of tw-1 is not known"),
    ],
)
def test_a_version_with_faults_is_never_published(store: Store, facts: dict[str, Any], words: str) -> None:
    """Nothing of it stays on the disk."""
    publish(store, 1)
    before = listing(store)
    with pytest.raises(GeodataError, match=words):
        store.publish(broken(store.contents(1), **facts), parent=1, who="x", why="")
    assert listing(store) == before


def test_a_station_is_not_open_and_retired(store: Store) -> None:
    """Its id would lead to two."""
    base = store.contents(0)
    contents = replace(base, retired=(Retired(base.stations[0], date(2026, 1, 1)),))
    with pytest.raises(GeodataError, match=r"retired\.geojson, row 1.*'tw-1' stands already"):
        store.publish(contents, parent=0, who="x", why="")
    assert store.newest() == 0


# One after the other


def test_versions_are_listed_newest_first(store: Store) -> None:
    """Without the base; anything else in the folder is none of them."""
    for count in (1, 2, 3):
        publish(store, count)
    for name in ("notes.txt", "-4", "04", "x"):
        (store.writable() / "versions" / name).mkdir()
    assert store.numbers() == [3, 2, 1]
    assert [(version.number, version.damage) for version in store.versions()] == [(3, None), (2, None), (1, None)]
    assert seats(store) == 3


def test_who_looked_at_an_older_version_is_told(store: Store) -> None:
    """With the number and the name of who was first; nothing is changed."""
    contents = store.contents(0)
    publish(store, 1)
    before = listing(store)
    with pytest.raises(ConflictError, match=r"Version 1 was published meanwhile by a steward\. Look at it"):
        store.publish(with_seats(contents, 2), parent=0, who="another", why="")
    assert listing(store) == before


def test_a_parent_that_never_was_is_refused(store: Store) -> None:
    """A number from the future."""
    with pytest.raises(GeodataError, match="no version 5"):
        store.publish(store.contents(0), parent=5, who="x", why="")


def test_a_version_is_taken_back_as_a_new_one(store: Store) -> None:
    """With the data version it had; the way there stays in the list."""
    first = publish(store, 1)
    publish(store, 2)
    made = store.rollback(1, who="z")
    assert (made.number, made.parent, made.why, made.who) == (3, 2, "rollback to 1", "z")
    assert (seats(store), made.version) == (1, first.version)
    assert made.change == {"added": 0, "changed": 1, "moved": 0, "gone": 0, "reopened": 0}
    assert store.rollback(2, who="z", why="二选一").why == "二选一"


def test_the_base_can_be_had_back(store: Store) -> None:
    """Version 0, byte by byte, so that caches know it."""
    base = store.current().geodata.version
    publish(store, 1)
    assert store.rollback(0, who="z").version == base
    loaded = store.current()
    assert (loaded.number, loaded.geodata.version, seats(store)) == (2, base, None)


def test_a_version_that_is_not_there_is_told(store: Store) -> None:
    """To whoever loads it and whoever goes back to it."""
    for use in (store.load, store.contents, lambda number: store.rollback(number, who="z")):
        with pytest.raises(GeodataError, match="no version 4"):
            use(4)


def test_a_clock_that_went_back_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers decide, not times."""
    publish(store, 1)

    class Past(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime(2001, 1, 1, tzinfo=tz)

    contents = with_seats(store.contents(1), 2)
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "datetime", Past)
        assert store.publish(contents, parent=1, who="x", why="", change={}).at.year == 2001
    assert (store.current().number, seats(store)) == (2, 2)


# Damage


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", [flip, Path.unlink, lambda path: os.truncate(path, 90)])
def test_a_damaged_version_is_passed_over(store: Store, name: str, damage: Any) -> None:
    """Whichever file it is: the one before is served, and a sentence says which version and which file."""
    publish(store, 1)
    publish(store, 2)
    damage(store.path(2) / name)
    loaded = store.current()
    assert (loaded.number, seats(store), store.sound()) == (1, 1, 1)
    (told,) = loaded.damaged
    assert told.startswith(f"Version 2 is passed over: {name} ")
    assert "roll back" in told
    newest, older = store.versions()
    assert newest.damage
    assert newest.damage.startswith(name)
    assert older.damage is None
    with pytest.raises(GeodataError, match=name):
        store.rollback(2, who="z")
    assert store.newest() == 2


def test_with_every_version_damaged_the_base_is_served(store: Store) -> None:
    """And both are told, the newest first."""
    for number in (1, 2):
        publish(store, number)
    for number in (1, 2):
        flip(store.path(number) / WARM)
    loaded = store.current()
    assert loaded.number == 0
    assert [told.split(":")[0] for told in loaded.damaged] == [
        "Version 2 is passed over",
        "Version 1 is passed over",
    ]


def test_a_damaged_version_is_in_nobodys_way(store: Store) -> None:
    """The next publication follows the sound one and takes a number of its own."""
    publish(store, 1)
    publish(store, 2)
    flip(store.path(2) / "holidays.csv")
    made = publish(store, 3)
    assert (made.number, made.parent, store.current().damaged, seats(store)) == (3, 1, (), 3)


def test_a_folder_under_another_number_is_noticed(store: Store) -> None:
    """Somebody copied it by hand."""
    publish(store, 1)
    shutil.copytree(store.path(1), store.path(7))
    loaded = store.current()
    assert loaded.number == 1
    assert loaded.damaged[0].startswith("Version 7 is passed over: manifest.json is damaged")


def test_what_is_known_is_not_read_again(store: Store) -> None:
    """A running service looks at what is new."""
    publish(store, 1)
    known = store.current()
    flip(store.path(1) / WARM)
    assert store.current(known) == known
    publish_over = Store(store.folder, store.base).current()
    assert publish_over.number == 0


# Accidents. Programs of their own, because they fork and are killed.

KILLED = """
import os, random, signal, sys, time
from dataclasses import replace
from datetime import date
from pathlib import Path
from locator.stations.by_hand import edit_by_hand
from locator.stations.store import Store

store, kills = Store(Path(sys.argv[1]), Path(sys.argv[2])), int(sys.argv[3])

def publish():
    number = store.current().number
    contents = store.contents(number)
    first = contents.stations[0]
    edited = edit_by_hand(contents, first.station_id, replace(first, seats=number + 1), date(2026, 11, 3))
    made = store.publish(edited, parent=number, who="x", why="y")
    assert made.number == number + 1
    return made

dice, pace = random.Random(6), time.monotonic()
listed = store.contents(0).stations[0].seats
publish()
pace, acknowledged, left = time.monotonic() - pace, {1: store.manifest(1).version}, 0
for _ in range(kills):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        while True:
            made = publish()
            os.write(writer, b"%d %b\\n" % (made.number, made.version.encode()))
    os.close(writer)
    time.sleep(dice.uniform(0, 1.5 * pace))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with open(reader, "rb") as told:
        acknowledged.update((int(number), version.decode()) for number, version in map(bytes.split, told))
    left += len(list((store.folder / "versions").glob(".new-*"))) > 0
    loaded = store.current()
    assert not loaded.damaged, loaded.damaged
    contents = store.contents(loaded.number)
    assert contents.stations[0].seats == loaded.number
    assert contents.edits == {contents.stations[0].station_id: {"seats": listed}}
    assert loaded.number >= max(acknowledged)
assert [store.manifest(number).version for number in acknowledged] == list(acknowledged.values())
publish()
print(kills, len(acknowledged), left, len(list((store.folder / "versions").glob(".new-*"))))
"""

RACED = """
import multiprocessing, sys
from pathlib import Path
from locator.errors import ConflictError
from locator.stations.store import Store

def race(store, barrier, said):
    for _ in range(20):
        parent = store.current().number
        contents = store.contents(parent)
        barrier.wait()
        try:
            said.put(store.publish(contents, parent=parent, who="x", why="y").number)
        except ConflictError as conflict:
            said.put(str(conflict))
        barrier.wait()

context = multiprocessing.get_context("fork")
store, barrier, said = Store(Path(sys.argv[1]), Path(sys.argv[2])), context.Barrier(2), context.Queue()
racers = [context.Process(target=race, args=(store, barrier, said)) for _ in range(2)]
for racer in racers:
    racer.start()
found = [said.get() for _ in range(40)]
for racer in racers:
    racer.join()
print(sorted(one for one in found if isinstance(one, int)))
print(sum("was published meanwhile by x" in one for one in found if isinstance(one, str)))
"""


def run(program: str, store: Store, *arguments: str) -> str:
    """Run a program that is given the store and the base, and return what it prints."""
    found = subprocess.run(
        [sys.executable, "-c", program, str(store.folder), str(store.base), *arguments],
        capture_output=True, text=True, timeout=60, check=False, cwd=Path(store_module.__file__).parents[2],
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed that were forked")
def test_a_hundred_kills_leave_old_or_new_and_lose_nothing(store: Store) -> None:
    """Whenever the publisher dies, a whole version is served; what it left behind goes with the next one."""
    kills, acknowledged, left, in_the_end = map(int, run(KILLED, store, "100").split())
    assert kills == 100
    assert acknowledged > 2
    assert left > 2  # so many kills at least came while something was written
    assert in_the_end == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_of_two_processes_one_wins_every_round(store: Store) -> None:
    """Twenty rounds: each number once, and each time the other is told."""
    numbers, told = run(RACED, store).splitlines()
    assert numbers == str(list(range(1, 21)))
    assert told == "20"


def test_of_two_threads_one_wins_every_round(store: Store) -> None:
    """Twenty rounds within one process."""
    won: list[int] = []
    lost: list[ConflictError] = []

    def race(barrier: threading.Barrier, contents: Contents, parent: int) -> None:
        barrier.wait(10)
        try:
            won.append(store.publish(contents, parent=parent, who="x", why="", change={}).number)
        except ConflictError as conflict:
            lost.append(conflict)

    contents = store.contents(0)
    for parent in range(20):
        barrier = threading.Barrier(2)
        racers = [threading.Thread(target=race, args=(barrier, contents, parent)) for _ in range(2)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
    assert won == list(range(1, 21))
    assert len(lost) == 20
    assert all("was published meanwhile by x" in str(conflict) for conflict in lost)


def test_only_what_nobody_writes_any_more_is_cleared_away(store: Store) -> None:
    """A folder that a living publisher holds stays."""
    fcntl = pytest.importorskip("fcntl")
    publish(store, 1)
    dead, living = (store.writable() / "versions" / name for name in (".new-dead", ".new-living"))
    for folder in (dead, living):
        folder.mkdir()
        (folder / WARM).touch()
    held = os.open(living, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        publish(store, 2)
        assert (dead.exists(), living.exists()) == (False, True)
    finally:
        os.close(held)
    publish(store, 3)
    assert not living.exists()


# Disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB of its own, where the machine lets us have one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_changes_nothing(small_disk: Path, donghuamen: Path) -> None:
    """At whatever file it ends: the version before is served, and with room again the publication succeeds."""
    store = Store(small_disk / "store", donghuamen)
    publish(store, 1)
    before, filler = listing(store), small_disk / "filler"
    for pages in range(20):
        filler.write_bytes(b"")
        filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 4096 * pages))
        try:
            publish(store, 2)
        except GeodataError as fault:
            assert "No space left" in str(fault)  # noqa: PT017 - with room for all there is none
            assert "Nothing was published" in str(fault)  # noqa: PT017
        else:
            break
        assert listing(store) == before
        assert not list((small_disk / "store" / "versions").glob(".new-*"))
        assert seats(store) == 1
    assert pages >= len(NAMES)  # a file takes a page at least: each was the one for which there was no room
    assert seats(store) == 2


def test_a_folder_that_may_only_be_read_is_told(small_disk: Path, donghuamen: Path) -> None:
    """What is published there is served."""
    store = Store(small_disk / "store", donghuamen)
    publish(store, 1)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(GeodataError, match=r"versions cannot be written: Read-only file system. Nothing was"):
        publish(store, 2)
    assert (store.current().number, seats(store)) == (1, 1)


def test_a_file_in_the_way_is_told(tmp_path: Path, donghuamen: Path) -> None:
    """Neither to be listed nor to be written."""
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file", donghuamen)
    with pytest.raises(GeodataError, match="cannot be listed: Not a directory"):
        store.current()


def test_stations_read_back_are_typed(store: Store) -> None:
    """Days are days and doubts are a tuple, as `Station` has them; unknown amenities are left out."""
    found: Station = store.contents(0).stations[0]
    assert (found.checked_on, found.doubts, found.hours_text) == (date(2026, 8, 21), (), "9:00-20:00,周一休息")
    assert found.amenities == {"seats": "yes", "drinking_water": "yes", "microwave": "yes", "shower": "no"}
