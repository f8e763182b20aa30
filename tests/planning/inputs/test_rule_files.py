"""Quotas and standards as files have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.planning.inputs.rule_files import read_quotas, read_rules, read_standards

GEODATA = Path(__file__).resolve().parents[3] / "geodata"


def test_the_shipped_quotas_are_the_published_ones() -> None:
    """Nanshan: all eight sub-districts with at least two community stations each."""
    nanshan = next(found for found in read_quotas(GEODATA / "quotas.csv") if found.within == "南山区")
    assert (nanshan.level, nanshan.areas, nanshan.kind, nanshan.least) == (
        "sub_district",
        8,
        "community_station",
        2,
    )


def test_a_folder_without_rules_has_the_shipped_ones(tmp_path: Path) -> None:
    """And one with rules has its own."""
    assert read_rules(tmp_path) == read_rules(GEODATA)
    (tmp_path / "quotas.csv").write_text(
        "rule_id,name,level,kind,least\nown,自己的,district,worker_home,3\n", encoding="utf-8"
    )
    rules = read_rules(tmp_path)
    assert [(found.rule_id, found.least, found.name_en) for found in rules.quotas] == [("own", 3, "自己的")]
    assert rules.standards == read_rules(GEODATA).standards


def test_every_fault_of_a_quota_file_is_listed(tmp_path: Path) -> None:
    """With its row, what it says and what it may be."""
    path = tmp_path / "quotas.csv"
    rows = ("rule_id,name,level,kind,least,areas", "a,甲,village,worker_home,1,", ",乙,district,home,0,x")
    path.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(GeodataError) as caught:
        read_quotas(path)
    message = str(caught.value)
    assert "row 1: the level 'village' is not known. Use one of: district, sub_district." in message
    for words in ("row 2: it has no rule_id", "the kind 'home'", "least is '0'", "areas is 'x'"):
        assert words in message


def test_every_fault_of_a_standard_file_is_listed(tmp_path: Path) -> None:
    """A word that is not known, needs that are no lists, a standard without requirements."""
    path = tmp_path / "standards.json"
    wrong = [
        {"standard_id": "a", "name": "甲", "requirements": [{"name": "一", "needs": [["sofa"]]}]},
        {"standard_id": "b", "name": "乙", "kinds": ["home"], "requirements": [{"name": "二", "needs": "seats"}]},
        {"name": "丙", "requirements": []},
        "丁",
        {"standard_id": "e", "name": "戊", "requirements": [{"needs": [["seats"]]}]},
    ]
    path.write_text(json.dumps({"standards": wrong}), encoding="utf-8")
    with pytest.raises(GeodataError) as caught:
        read_standards(path)
    message = str(caught.value)
    for words in ("row 1: '一' needs 'sofa'", "row 2: the kinds ['home']", "row 2: the needs of '二'"):
        assert words in message
    for words in ("row 3: it has no standard_id", "row 3: it has no requirements", "row 4: '丁'", "has no name"):
        assert words in message


@pytest.mark.parametrize("content", [b"not json", b"[]", b'{"standards": 1}', b"\xff\xfe"])
def test_a_damaged_standard_file_is_refused(content: bytes, tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "standards.json"
    path.write_bytes(content)
    with pytest.raises(GeodataError, match=r"standards\.json"):
        read_standards(path)


def test_a_missing_or_damaged_quota_file_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "quotas.csv"
    with pytest.raises(GeodataError, match=r"quotas\.csv"):
        read_quotas(path)
    path.write_bytes("规则".encode("gb18030"))
    with pytest.raises(GeodataError, match="UTF-8"):
        read_quotas(path)
