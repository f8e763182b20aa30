"""Which encoding a text is in."""

from __future__ import annotations

import pytest

from locator.errors import GeodataError, UsageError
from locator.files.encodings import decode, detect

SIMPLIFIED = "名称,地址\n东华门工会驿站,北京市东城区东华门大街5号\n滨河路环卫工休息室,成都市金牛区滨河路12号\n"
TRADITIONAL = "站點名稱,地址\n萬華區老人活動中心,臺北市萬華區民生東路三段8號\n觀塘職工服務處,九龍觀塘裕民坊2號\n"
KOREAN = "쉼터명칭,주소\n마포구 이동노동자 쉼터,서울특별시 마포구 양화로 45\n상암동 경로당,마포구 월드컵로 3\n"


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (KOREAN, "utf-16", "utf-16"),
        (SIMPLIFIED, "gb2312", "gb18030"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "gbk", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL + "碁\n", "cp950", "cp950"),
        (TRADITIONAL + "㗎\n", "big5hkscs", "big5hkscs"),
        (KOREAN, "euc-kr", "cp949"),
        (KOREAN + "똠방각하\n", "cp949", "cp949"),
        ("name,lat\nA,39.9\n", "ascii", "utf-8"),
    ],
)
@pytest.mark.parametrize("times", [1, 60])
def test_every_encoding_is_found_in_three_rows_and_in_many(
    text: str, written: str, found: str, times: int
) -> None:
    """What was written is what is read, and the encoding is named."""
    assert decode((text * times).encode(written), "list.csv") == (text * times, found)


def test_utf_16_of_either_byte_order_is_read() -> None:
    """The mark at the start says which byte comes first."""
    for order, mark in (("le", b"\xff\xfe"), ("be", b"\xfe\xff")):
        assert decode(mark + SIMPLIFIED.encode(f"utf-16-{order}"), "list.csv") == (SIMPLIFIED, "utf-16")


def test_an_encoding_that_is_given_goes_before_what_would_be_found() -> None:
    """Three letters of Latin are read as Latin where that is said."""
    assert decode("Café,Zoë".encode("latin-1"), "list.csv", "ISO-8859-1") == ("Café,Zoë", "iso8859-1")
    assert decode(SIMPLIFIED.encode("gbk"), "list.csv", "GBK") == (SIMPLIFIED, "gbk")


@pytest.mark.parametrize("name", ["klingon", "rot13", "hex", "unicode_escape", "", "\0", "中文"])
def test_an_encoding_that_is_not_known_is_refused(name: str) -> None:
    """Names of no text encoding are a mistake of the caller."""
    with pytest.raises(UsageError, match=r"Give utf-8, gb18030, big5 or cp949\."):
        decode(b"a,b", "list.csv", name)


def test_text_that_is_not_in_the_encoding_given_is_refused() -> None:
    """The message says where it stops being text."""
    with pytest.raises(GeodataError, match="not text in utf-8 at byte 3"):
        decode(b"a,\xff", "list.csv", "utf-8")


@pytest.mark.parametrize("raw", [b"a,b\n\xff\xff\xff", "名称".encode("gbk")[:-1], b"\xff\xfe\x00\xd8\x00\xd8"])
def test_bytes_that_are_text_in_no_encoding_are_refused(raw: bytes) -> None:
    """Also where the last character is cut in two."""
    with pytest.raises(GeodataError, match="save"):
        decode(raw, "list.csv")


def test_letters_of_europe_are_not_taken_for_rare_characters() -> None:
    """A list in Latin 1 is refused, not read as Chinese that makes no sense."""
    with pytest.raises(GeodataError, match="Give the encoding"):
        decode("Nom,Rue\nCafé,Zoé à Orléans, là-bas\n".encode("latin-1"), "list.csv")


def test_what_is_stated_holds_unless_another_reading_makes_far_more_sense() -> None:
    """A wrong statement is passed over, a right one of letters of Europe is kept."""
    gbk = [line.encode("gbk") for line in SIMPLIFIED.splitlines()]
    assert detect(gbk, whole=True, stated="iso8859-1") == "gb18030"
    assert detect(gbk, whole=True, stated="utf-8") == "gb18030"
    assert detect(["Café".encode("latin-1")], whole=True, stated="iso8859-1") == "iso8859-1"
    assert detect(["东华门".encode()], whole=True, stated="gbk") == "utf-8"


def test_a_field_may_end_within_a_character() -> None:
    """Where fields have a fixed width, only texts that are whole must end well."""
    cut = ["北京市东城区东华门".encode("gbk")[:-1], "工会驿站服务中心".encode("gbk")]
    assert detect(cut, whole=False) == "gb18030"
    assert detect(cut, whole=True) is None
