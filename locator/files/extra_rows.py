"""Rows of a table that are no records: totals, notes below the list, titles within it, forms to fill in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from locator.files.cell_grids import Row
from locator.files.heading_rows import is_word
from locator.language.characters import plain
from locator.language.messages import Message, message


class Extra(StrEnum):
    """What a row is that is no record."""

    BLANK = "blank"
    TITLE = "title"
    HEADINGS = "headings"
    TOTAL = "total"
    NOTE = "note"
    NUMBER = "number"
    EXAMPLE = "example"


REASONS: Final[Mapping[Extra, Message]] = {
    Extra.BLANK: message("nothing is in it"),
    Extra.TITLE: message("it is a title: {text}"),
    Extra.HEADINGS: message("it has headings again"),
    Extra.TOTAL: message("it is a total: {text}"),
    Extra.NOTE: message("it is a note: {text}"),
    Extra.NUMBER: message("only a number is in it: {text}"),
    Extra.EXAMPLE: message("it is an example or an instruction: {text}"),
}
"""Why a row is left out; ``text`` is its first text."""

_LABELS: Final = 3  # leading cells of a row that may label it as a total
_LONGEST_LABEL: Final = 60
_LONG: Final = 40  # characters of a text that is a sentence and no name
_FEW: Final = 3
"""Rows with more cells than this are judged by their first cells alone."""
# Every row that is left out has one of these in its first cells, or few cells. Ignoring case would take longer.
_HINTS: Final = re.compile(r"[计計계:：例填审共数人예]|[TtSsEe](?:otal|OTAL|um|UM|xample|XAMPLE)")
_SHORT: Final = 8
_SENTENCE: Final = re.compile(r"[。；;！]|^\d+[.、．]\s*\S")
_COLUMNS: Final = 4  # from which on a row may number them
_RUNNING: Final = re.compile(r"[\W_]*(?:序号?|编号|番号|no|number|num|nr|id|번호|연번|순번)?[\W_]*", re.IGNORECASE)
_COUNT: Final = r"(?:\d+(?:个|家|处|座|站|所|点|人|户|条|개소|개|명)?)?"
_TOTAL: Final = re.compile(
    rf"(?:.*(?:合计|小计|总计|共计|累计|合計|總計|합계|소계|총계)|共|总数){_COUNT}"
    r"|(?:grand|sub)?totals?(?:population|persons|people)?|sum"
)
_BRACKETS_AND_SIGNS: Final = re.compile(r"\(.*?\)|[\W_]+")
_NOTE_WORDS: Final = (
    r"备?注|附注|说明|填表说明|(?:资料|数据)?来源|截[至止]|更新|notes?|remarks?|(?:data )?sources?|비고|출처|주"
)
_PERSON_WORDS: Final = (
    r"(?:填[表报]|制[表图]|审[核批定]|复核|核对|经办|负责|联系|统计|报送|报告|校对|录入|主管|分管|主要|单位|部门|领导)"
    r"(?:单位|部门|主管|分管|主要)?(?:负责)?(?:人|单位|部门|日期|时间|领导|电话|签字|盖章|意见)?"
)
_NOTE: Final = re.compile(rf"\W*(?:{_NOTE_WORDS})\s*\d*\s*[:：.、]|(?:{_NOTE_WORDS})$|[填制]表[说人]")
_NOTE_BY_ALONE: Final = re.compile(rf"(?:{_NOTE_WORDS})(?:\b|\s|\d)")
_FORM: Final = re.compile(
    rf"(?:{_PERSON_WORDS}|日期|时间|电话|手机|盖章|签字)\s*(?:[（(].{{0,12}}[）)])?\s*[:：]"
    r"|(?:填[表报]|制表|审核|复核|经办|负责)人(?:[（(]?(?:签字|签名|盖章)[）)]?)?$|[（(](?:盖章|签字|公章)[）)]"
)
_PAGE: Final = re.compile(
    r"[-—－]?\s*第?\s*\d+\s*(?:页|/\s*\d+)\W*(?:共\s*\d+\s*页)?\W*|续[上下]?[表页]|[（(]?[接转][上下]页[）)]?"
)
_DAY: Final = re.compile(r"(?:(?:19|20)\d\d|二[〇○零]..)\s*[年./-]\s*.{1,3}\s*[月./-]\s*(?:.{1,3}日?)?")
_NUMBERED: Final = re.compile(
    r"[（(]?[一二三四五六七八九十]{1,3}[）)、.．,，:：]\s*\S|第[一二三四五六七八九十]{1,3}[部分批组片]"
)
_PLACE: Final = re.compile(
    r"\W*\S{1,12}?(?:区|县|旗|市|州|盟|街道|镇|乡|地区|办事处|總?总?工会|縣|區|鎮|鄉)\W{0,3}"
    r"(?:[（(].{0,16}[）)]|(?:共|合计)?\d+[个家处座]?|(?:暖心|工会|爱心|户外劳动者)?(?:服务)?(?:驿站|站点|服务站)?"
    r"(?:名单|一览表|汇总表?|列表|明细表?))?\W*"
)
_NUMERAL: Final = re.compile(r"[（(]?[一二三四五六七八九十]{1,3}[）)、.．]?")
_EXAMPLE: Final = re.compile(
    r"[（(]?(?:示例|样例|举例|填写示例|填表示例|例|例如|example|예시)\d*[）)]?\W*", re.IGNORECASE
)
_INSTRUCTIONS: Final = re.compile(
    r"[（(]?(?:必填项?|选填项?|非必填|可选|文本|数字|日期|数值|下拉选择|自动生成|required|optional|text|number)[）)]?",
    re.IGNORECASE,
)


def judge(row: Row) -> tuple[Extra | None, bool]:
    """Tell what a row is by itself, without regard to its place.

    Parameters
    ----------
    row
        Its cells, ``None`` where there is nothing.

    Returns
    -------
    tuple
        What it is if it is no record; and whether that holds only at the end of a table. A row in doubt is kept.
    """
    count = len(row) - row.count(None)
    if not count:
        return Extra.BLANK, False
    if not may_be_extra(row):
        return None, False
    filled = [cell for cell in row if cell is not None]
    first = filled[0]
    if _is_total(filled):
        return Extra.TOTAL, False
    if isinstance(first, str) and _EXAMPLE.fullmatch(first):
        return Extra.EXAMPLE, False
    if is_word(first) and len(first) <= _LONGEST_LABEL and _FORM.match(first):
        return Extra.NOTE, False
    if len(filled) == 1:
        return _of_one(first)
    if len(filled) == 2 and _heads_group(filled):
        return Extra.TITLE, False
    return (Extra.NOTE, False) if _are_notes(filled) else (None, False)


def may_be_extra(row: Row) -> bool:
    """Tell quickly whether a row needs to be judged: it has few cells, or a telling word in one of the first."""
    if len(row) - row.count(None) <= _FEW:
        return True
    return _HINTS.search(f"{row[0]}\n{row[1]}\n{row[2]}") is not None


def text_of(row: Row) -> str:
    """Return the first texts of a row, for a reason."""
    filled = [str(cell) for cell in row if cell is not None]
    text = " ".join(" ".join(filled[:4]).split())
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def is_signature(row: Row) -> bool:
    """Tell whether a row says who filled in the list: it tells nothing of its rows."""
    return any(isinstance(cell, str) and _FORM.search(cell) for cell in row)


def counts_rows(heading: str | None) -> bool:
    """Tell whether a column has running numbers, by its heading."""
    return _RUNNING.fullmatch(heading or "") is not None


def is_numbering(row: Row) -> bool:
    """Tell whether the cells only number the columns: 1, 2, 3, or 甲, 乙, 1, 2."""
    filled = [str(cell) for cell in row if cell is not None]
    numbers = [int(cell) for cell in filled if cell.isascii() and cell.isdigit() and len(cell) < 4]
    letters = len(filled) - len(numbers)
    is_counted = (
        len(numbers) > 1
        and len(filled) >= _COLUMNS
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )
    return is_counted and numbers[0] <= letters + 1 and all(cell in "甲乙丙丁戊ABCDE" for cell in filled[:letters])


def are_instructions(row: Row) -> bool:
    """Tell whether every cell says how its column is to be filled in: 必填, 选填, 文本."""
    filled = [cell for cell in row if cell is not None]
    return len(filled) > 1 and all(isinstance(cell, str) and _INSTRUCTIONS.fullmatch(cell) for cell in filled)


def _is_total(filled: Sequence[Any]) -> bool:
    """Tell whether one of the first cells is a word for a total, and the others are numbers, or one names what."""
    labels = [cell for cell in filled[:_LABELS] if is_word(cell) and _is_total_word(cell)]
    if not labels:
        return False
    others = [cell for cell in filled if is_word(cell) and not _is_total_word(cell) and not _is_count(cell)]
    return not others or (len(others) == 1 and len(others) + len(labels) < len(filled))


def _is_total_word(label: str) -> bool:
    is_short = 1 <= len(label) <= _LONGEST_LABEL
    return is_short and _TOTAL.fullmatch(_BRACKETS_AND_SIGNS.sub("", plain(label))) is not None


def _is_count(text: str) -> bool:
    return re.fullmatch(r"[共约]?\s*[\d,.]+\s*[^\d\s]{0,3}", text) is not None


def _of_one(cell: Any) -> tuple[Extra | None, bool]:
    """Judge a row with one cell."""
    if not isinstance(cell, str):
        return (Extra.NUMBER, False) if isinstance(cell, int | float) else (Extra.NOTE, True)
    if not is_word(cell):
        return Extra.NUMBER, False
    if _NOTE.match(plain(cell)) or _FORM.search(cell) or _PAGE.fullmatch(cell):
        return Extra.NOTE, False
    if _NUMBERED.match(cell) or _PLACE.fullmatch(cell):
        return Extra.TITLE, False
    is_sentence = len(cell) > _LONG or (len(cell) > _SHORT and _SENTENCE.search(cell) is not None)
    if is_sentence or _DAY.fullmatch(cell) or _NOTE_BY_ALONE.match(plain(cell)):
        return Extra.NOTE, True
    return None, False


def _heads_group(filled: Sequence[Any]) -> bool:
    """Tell whether a row is a numeral and a place: 一 东城区."""
    texts = [cell for cell in filled if isinstance(cell, str)]
    return len(texts) == 2 and bool(_NUMERAL.fullmatch(texts[0]) and _PLACE.fullmatch(texts[1]))


def _are_notes(filled: Sequence[Any]) -> bool:
    """Tell whether every cell of a row begins with a word for a note and a colon."""
    return all(isinstance(cell, str) and (_NOTE.match(plain(cell)) or _FORM.match(cell)) for cell in filled)
