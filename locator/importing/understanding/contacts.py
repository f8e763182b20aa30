"""Contacts: telephone numbers of a cell, without the names of persons."""

from __future__ import annotations

import re
from typing import Any, Final

from locator.files.cells import Reading, as_text, read_phone
from locator.language.characters import simplified
from locator.language.messages import message
from locator.stations.phones import phone_parts

# The hundred most common surnames, and the common double ones.
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石贾韦夏付傅方邹熊孟秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤康柳葛殷施"
    "牛洪翟庞颜温季樊岳齐兰安包申纪"
)
_DOUBLE_SURNAMES: Final = "欧阳|上官|司马|诸葛|皇甫|尉迟|司徒|令狐|慕容|公孙|东方|夏侯"
_SURNAME: Final = rf"(?:{_DOUBLE_SURNAMES}|[{_SURNAMES}])"
_TITLE: Final = (
    "师傅|女士|先生|老师|副?主任|经理|站长|书记|主席|部长|主管|店长|队长|所长|科长|干事|阿姨|大姐|同志|姐|哥|工|总"
)
_PERSON: Final = re.compile(
    rf"{_SURNAME}[\u3400-\u9fff]{{1,2}}(?:{_TITLE})?|{_SURNAME}(?:{_TITLE})|[小老阿]{_SURNAME}"
    r"|[\u3400-\u9fff]{2,6}[·•][\u3400-\u9fff·•]{2,8}|(?:mr|ms|mrs|miss)\.? ?[a-z]+",
    re.IGNORECASE,
)
_NO_PERSON: Final = re.compile(
    ".*(?:[室科部处站店厅局院馆台岗办队组区街镇村路线话机号间市县楼层厂校]|中心|工会|之家|公园|街道|广场|公司|银行)"
    r"|周[一二三四五六日末].*|安[保全监].*|万达|高[新校].*|石油|石化|平安|江苏|夏[天季].*|向阳|任何|方便|温[馨暖].*"
)
_ROLE: Final = re.compile(
    "联系人|负责人|站点?负责人|管理员|联络人|站长|联系方式|联系电话|姓名|电话|手机号?|contact", re.IGNORECASE
)
_ROLE_AND_NAME: Final = re.compile(
    rf"(.*(?:书记|主任|站长|队长|经理|店长|所长|主席|网格员|管理员|负责人|联系人|工作人员))({_SURNAME}[\u3400-\u9fff]{{1,2}})"
)
_BETWEEN: Final = re.compile(r"[\s,，、;；/|:：()（）\[\]【】]+")
_LETTERS: Final = re.compile(r"[a-z\u3400-\u9fff]", re.IGNORECASE)
_CUT: Final = re.compile(r"\d(?:\.\d+)?e\+\d+", re.IGNORECASE)
_NAMES: Final = message("the name of a person is not published.")


def read_contact(value: Any) -> Reading:
    """Read telephone numbers, or a note on where to ask.

    Numbers and words such as 值班室 are kept as written, with a 、 between numbers on several lines. The name of a
    person is personal data and left out, which the reason says.

    Parameters
    ----------
    value
        Such as ``010-64000001转801``, or ``张三 13900000001`` with a line break between them.
    """
    reading = read_phone(_on_one_line(value))
    if reading.value is None:
        return reading
    text: str = reading.value
    if _CUT.fullmatch(text):
        return Reading(reason=message("it is a number without its last digits. Format the column as text."))
    kept = _without_persons(text) if _LETTERS.search(text) else text
    return Reading(kept or None, _NAMES) if kept != text else reading


def _on_one_line(value: Any) -> Any:
    """Return the lines of a cell as one text, with a 、 between lines that have a number each."""
    if not isinstance(value, str):
        return value
    text = ""
    for line in filter(None, map(as_text, value.splitlines())):
        both = text and _has_number(text) and _has_number(line)
        text += f"{'、' if both else ' ' if text else ''}{line}"
    return text


def _has_number(text: str) -> bool:
    return any(part.uri for part in phone_parts(text))


def _without_persons(text: str) -> str:
    """Return a text without the names of persons, and itself where it names none."""
    said: list[str] = []
    is_named, is_behind_number = False, False
    for part in phone_parts(text):
        if part.uri:
            said.append(("、" if is_behind_number else " " if said else "") + part.text)
            is_behind_number = True
            continue
        text_between = [word for word in _BETWEEN.split(part.text) if word.strip("-—. ")]
        words = [piece for word in text_between for piece in _role_and_name(word)]
        kept = [word for word in words if not _is_person(word)]
        if len(kept) < len(words):
            is_named = True
            kept = [word for word in kept if not _ROLE.fullmatch(word)]
        if kept:
            said.append(("、" if is_behind_number else "") + " ".join(kept))
            is_behind_number = False
    return "".join(said) if is_named else text


def _role_and_name(word: str) -> tuple[str, ...]:
    """Split 社区书记赵敏 into the role and the name."""
    match = _ROLE_AND_NAME.fullmatch(word)
    return (match[1], match[2]) if match and _is_person(match[2]) else (word,)


def _is_person(word: str) -> bool:
    word = simplified(word)
    return _PERSON.fullmatch(word) is not None and _NO_PERSON.fullmatch(word) is None
