"""Tables of any length: their encoding, their headings, and rows that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.files import encodings, row_blocks
from locator.files.encodings import detect_file
from locator.files.heading_search import Vocabulary
from locator.files.row_blocks import open_rows
from locator.files.row_faults import Faults

WORDS = Vocabulary({"name": "name 名称", "count": "count 数量"})


def read(path: Path, *, is_ragged: bool = False) -> tuple[list[tuple[int, ...]], list[bool]]:
    """Read rows with their numbers, and which of them are extra."""
    table = open_rows(path, WORDS, is_ragged=is_ragged)
    assert table is not None
    faults = Faults(path.name)
    blocks = list(table.blocks(("name", "count"), faults))
    faults.refuse()
    rows = [row for block in blocks for row in zip(block.rows.tolist(), *block.columns.values(), strict=True)]
    return rows, [
        bool(extra) for block in blocks for extra in (block.is_extra if block.is_extra is not None else ())
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5", "cp949"])
@pytest.mark.parametrize("piece", [7, 64, 1 << 22])
def test_an_encoding_shows_wherever_its_letters_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, piece: int
) -> None:
    """After a long text in letters of English, and across the pieces in which the file is looked at."""
    words = {"big5": "東華門街道辦事處", "cp949": "서울특별시 종로구 쉼터"}.get(encoding, "东华门街道办事处")
    path = tmp_path / "list.csv"
    path.write_bytes(("name,count\n" + "a,1\n" * 50 + f"{words},2\n{words},3\n").encode(encoding))
    monkeypatch.setattr(encodings, "_PIECE", max(piece, 64) if encoding in ("big5", "cp949", "gb18030") else piece)
    assert path.read_text(encoding=detect_file(path)).endswith(f"{words},3\n")


def test_text_that_is_cut_within_a_letter_is_refused(tmp_path: Path) -> None:
    """The message names the encodings that are known."""
    path = tmp_path / "list.csv"
    path.write_bytes("name,count\n东".encode()[:-1] + b"\xff\xff")
    with pytest.raises(GeodataError, match="is not text in UTF-8, UTF-16, GB18030, Big5 or CP949"):
        detect_file(path)


def test_headings_are_where_most_words_are_known(tmp_path: Path) -> None:
    """Not where a title has two cells; without any known word the first row with two texts counts."""
    path = tmp_path / "list.csv"
    path.write_text("填报单位,工会\n名称,数量\na,1\n", encoding="utf-8")
    assert read(path)[0] == [(3, "a", "1")]
    path.write_text("1,2\nx,y\na,1\n", encoding="utf-8")
    table = open_rows(path, WORDS)
    assert table is not None
    assert (table.headings, dict(table.fields)) == (("x", "y"), {})


def test_rows_keep_their_numbers_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank ones count and are passed over."""
    monkeypatch.setattr(row_blocks, "_BLOCK", 2)
    path = tmp_path / "list.csv"
    path.write_text("name,count\na,1\n\nb,2\n,\nc,3\n", encoding="utf-8")
    assert read(path)[0] == [(2, "a", "1"), (4, "b", "2"), (6, "c", "3")]


def test_cells_beyond_the_headings(tmp_path: Path) -> None:
    """Empty ones do not matter; others are a fault, and so are missing ones where rows may not end early."""
    path = tmp_path / "list.csv"
    path.write_text("name,count\na,1,,\nb\n", encoding="utf-8")
    assert read(path, is_ragged=True)[0] == [(2, "a", "1"), (3, "b", "")]
    with pytest.raises(GeodataError, match=r"list\.csv, row 3: it has 1 cells, the first row 2"):
        read(path)
    path.write_text("name,count\na,1,x\n", encoding="utf-8")
    with pytest.raises(GeodataError, match="it has 3 cells"):
        read(path, is_ragged=True)


def test_sums_and_notes_are_marked(tmp_path: Path) -> None:
    """A row of sums may end early; a name that only has such a word in it is none."""
    path = tmp_path / "list.csv"
    path.write_text("name,count\n设计院,1\n合计\n注：甲,\nSumner,2\nTotal:,3\n", encoding="utf-8")
    assert read(path)[1] == [False, True, True, False, True]


def test_what_is_no_table_of_cells_is_left_to_others(tmp_path: Path) -> None:
    """An archive without a workbook, and a layer."""
    (tmp_path / "a.geojson").write_text("{}", encoding="utf-8")
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0" + bytes(100))
    for name in ("a.geojson", "a.gpkg"):
        assert open_rows(tmp_path / name, WORDS) is None
