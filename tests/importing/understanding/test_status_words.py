"""What words say about the state of a station, and what they leave open."""

from __future__ import annotations

from datetime import date

import pytest

from locator.importing.understanding.status_words import Days, read_remark, read_state, split_mark

LISTED_ON = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("status", "texts"),
    [
        (
            "closed",
            (
                "已撤销 撤销 关闭(永久) 已拆除 取消 注销 关停 废止 永久关闭 永久停用（房屋到期） 不再开放 "
                "拆迁撤销 已合并至东四驿站 폐쇄 閉鎖"
            ),
        ),
        (
            "closed_for_now",
            (
                "停用 已停用 装修中 维修 改造 暂停开放 未开放 暂不开放 已关闭 未启用 因地铁施工暂停开放 "
                "升级改造中 2026年6月关闭 装修中（12月底恢复） 임시휴관 休業中"
            ),
        ),
        ("planned", "在建 筹建 拟建 建设中 待开放 即将开业 未投入使用 预计2026年12月20日开放 예정"),
        ("open", "正常 开放 运营中 是 在用 已建成 使用中 试运行 已恢复开放 正常，周末不开放 운영중 營業中"),
    ],
)
def test_a_state_is_read(status: str, texts: str) -> None:
    """In the words of the lists."""
    assert {text: read_state(text, "状态").status for text in texts.split()} == dict.fromkeys(
        texts.split(), status
    )


@pytest.mark.parametrize("text", ["新建", "一般", "周末不开放", "0", "1", "否", "迁址", "空调维修中"])
def test_a_state_that_is_not_certain_is_none(text: str) -> None:
    """New words, codes, and what holds on some days or for some things."""
    statement = read_state(text, "状态")
    assert (statement.status, statement.is_understood, statement.note) == (None, False, text)


@pytest.mark.parametrize(
    ("heading", "answers"),
    [
        (
            "是否开放",
            {"是": "open", "否": "closed_for_now", "已关闭": "closed_for_now", "1": "open", "×": "closed_for_now"},
        ),
        ("是否停用", {"是": "closed_for_now", "否": "open"}),
        ("是否撤销", {"是": "closed", "否": "open"}),
        ("是否建成", {"是": "open", "否": "planned"}),
        ("运营状态", {"是": "open", "否": "closed_for_now", "1": None}),
        ("状态", {"√": "open", "×": None}),
    ],
)
def test_an_answer_depends_on_the_question(heading: str, answers: dict[str, str | None]) -> None:
    """A yes to 是否停用 is a closed station."""
    assert {answer: read_state(answer, heading).status for answer in answers} == answers


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2026年6月关闭", "closed_for_now"),
        ("该站点已撤销", "closed"),
        ("由于房屋租约到期，该站点不再开放", "closed"),
        ("12月底恢复", "closed_for_now"),
        ("正在装修", "closed_for_now"),
        ("空调维修中", None),
        ("周末不开放", None),
        ("节假日关闭", None),
        ("冬季关闭", None),
        ("夜间关闭", None),
        ("卫生间停用", None),
        ("微波炉已拆除", None),
        ("暂停供应热水", None),
        ("2026年5月启用", None),
        ("新建", None),
        ("维修", None),
        ("正常", None),
    ],
)
def test_a_remark_counts_only_if_it_is_about_the_whole_station(text: str, status: str | None) -> None:
    """Not about an air conditioner or a weekend."""
    assert read_remark(text).status == status


def test_only_the_words_about_the_state_become_the_note() -> None:
    """A remark may name a person."""
    remark = read_remark("因场地到期，本站已撤销，联系人张三13900000001")
    assert (remark.status, remark.note) == ("closed", "本站已撤销")


@pytest.mark.parametrize(
    ("text", "listed_on", "until"),
    [
        ("装修中，2026年12月31日恢复", None, date(2026, 12, 31)),
        ("装修中，2026-12-31恢复开放", None, date(2026, 12, 31)),
        ("装修中，12月31日恢复", LISTED_ON, date(2026, 12, 31)),
        ("装修中，1月5日恢复", LISTED_ON, date(2027, 1, 5)),
        ("装修中，12月31日恢复", None, None),
        ("装修中，8月1日恢复", LISTED_ON, None),
        ("装修中，12月底恢复", LISTED_ON, None),
        ("自2026年10月1日起停用", LISTED_ON, None),
        # the last day of the closure is the day before
        ("暂停使用至2026年12月31日", None, date(2027, 1, 1)),
        ("2026年10月1日至2026年12月31日装修", None, date(2027, 1, 1)),
        ("closed for renovation, reopens 2026-12-20", None, date(2026, 12, 20)),
    ],
)
def test_until_is_a_day_that_is_clear(text: str, listed_on: date | None, until: date | None) -> None:
    """With its year, or with the day of the list; the words are kept in any case."""
    statement = read_state(text, "状态", Days(listed_on))
    assert (statement.status, statement.until) == ("closed_for_now", until)
    assert statement.note


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("甲驿站(已撤销)", ("甲驿站", "已撤销")),
        ("甲驿站【停用】", ("甲驿站", "停用")),
        ("【在建】甲驿站", ("甲驿站", "在建")),
        ("甲驿站（装修中，12月底恢复）", ("甲驿站", "装修中，12月底恢复")),
        ("甲驿站-已关闭", ("甲驿站", "已关闭")),
        ("甲驿站 停用", ("甲驿站", "停用")),
        ("甲驿站已撤销", ("甲驿站", "已撤销")),
        ("德胜(暂停开放)户外劳动者驿站", ("德胜户外劳动者驿站", "暂停开放")),
        ("Warm station (closed)", ("Warm station", "closed")),
        ("甲驿站（新）", ("甲驿站（新）", None)),
        ("东四驿站(北门)", ("东四驿站(北门)", None)),
        ("甲驿站（正常）", ("甲驿站（正常）", None)),
        ("开放路驿站", ("开放路驿站", None)),
        ("甲-乙驿站", ("甲-乙驿站", None)),
        ("(停用)", ("(停用)", None)),
    ],
)
def test_a_mark_is_taken_off_the_name(name: str, parts: tuple[str, str | None]) -> None:
    """And what is no mark stays."""
    assert split_mark(name) == parts


@pytest.mark.parametrize("text", ["closed_for_now", "Closed for now", "暂停开放", "CLOSED", "已撤销", "正常开放"])
def test_our_own_words_need_no_note(text: str) -> None:
    """They say what the status says."""
    statement = read_state(text)
    assert statement.status
    assert (statement.note, statement.is_understood) == (None, True)


@pytest.mark.parametrize(
    ("text", "status", "is_understood"),
    [
        ("2027年1月起停用", None, False),
        ("12月20日起暂停开放", None, False),
        ("12月31日关闭", None, False),
        ("12月1日起暂停开放", "closed_for_now", True),
        ("2026年6月关闭", "closed_for_now", True),
        ("6月关闭", "closed_for_now", True),
        ("暂停至12月31日", "closed_for_now", True),
    ],
)
def test_a_closure_that_is_announced_is_none_yet(text: str, status: str | None, is_understood: bool) -> None:
    """Its words are shown, and are a doubt."""
    remark = read_remark(text, Days(None, date(2026, 12, 1)))
    assert (remark.status, remark.is_understood, remark.note) == (status, is_understood, text)


def test_what_was_to_open_again_has_opened_since() -> None:
    """Unless the list still says that it is closed."""
    days = Days(LISTED_ON, LISTED_ON)
    assert read_remark("2026年10月31日恢复开放", days).status is None
    assert read_state("停用，2026年10月31日恢复开放", "状态", days).status == "closed_for_now"
    assert read_remark("2026年12月31日恢复开放", days).status == "closed_for_now"
