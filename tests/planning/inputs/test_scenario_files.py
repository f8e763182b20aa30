"""Scenario files, as tables and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.planning.inputs.scenario_files import read_scenario
from locator.planning.inputs.station_changes import StationChange

DATA = Path(__file__).resolve().parents[2] / "data" / "planning"


def test_a_table_and_a_json_file_say_the_same() -> None:
    """Words for hours become OSM syntax, a bare amenity means yes, empty cells say nothing."""
    expected = (
        StationChange(
            "add",
            "new-1",
            name="新驿站",
            kind="warm_station",
            lat=39.9155,
            lon=116.425,
            tier="village",
            district="东城区",
            sub_district="朝阳门街道",
            hours="09:00-20:00",
            amenities={"seats": "yes", "drinking_water": "yes", "toilet": "no"},
        ),
        StationChange("remove", "tw-3", name="不知何时开的驿站"),
        StationChange("change", "tw-2", hours="unknown", amenities={"seats": "unknown"}),
    )
    assert read_scenario(DATA / "scenario.csv") == expected
    assert read_scenario(DATA / "scenario.json") == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.doc", b"", "must end in .csv, .xlsx, .xls, .ods or .json"),
        ("a.json", b"[", "damaged"),
        ("a.json", b"{}", "not a list"),
        ("a.csv", b"\xff\xfea\x00\xff", "not text in utf-16"),
        ("a.csv", b'action,station_id\n"add"x,1\n', "cannot be read at line 2"),
    ],
)
def test_a_damaged_file_is_refused(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    """The message names the file and the remedy."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GeodataError, match=name) as caught:
        read_scenario(tmp_path / name)
    assert words in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Its path is named."""
    with pytest.raises(GeodataError, match=r"none\.csv cannot be read"):
        read_scenario(tmp_path / "none.csv")


def test_cells_beyond_the_heading_are_a_fault(tmp_path: Path) -> None:
    """A comma too many is seen."""
    path = tmp_path / "a.csv"
    path.write_text("action,station_id\nremove,tw-1,warm\n", encoding="utf-8-sig")
    with pytest.raises(GeodataError, match=r"a\.csv, row 2: it has 3 cells, the first row 2"):
        read_scenario(path)
