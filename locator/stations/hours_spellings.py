"""Spellings of opening hours, rewritten as those that `locator.stations.hours_words` knows.

A spelling is rewritten only where it has no other meaning; all others stay and leave the text unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import or_
from typing import Final

_Rewriting = tuple[str, str | Callable[[re.Match[str]], str]]
"""A pattern, and what stands in its place."""

# Times

_DOTTED: Final = re.compile(r"(?<![\d.])(\d{1,2})\.([0-5]\d)-(\d{1,2})\.([0-5]\d)(?![\d.])", re.ASCII)
_FOUR_DIGITS: Final = re.compile(
    r"(?<![\d:.])([01]\d|2[0-4])([0-5]\d)-([01]\d|2[0-4])([0-5]\d)(?![\d:.年])", re.ASCII
)


def _with_colons(text: str) -> str:
    """Rewrite 8.30-17.30 and 0830-1730, unless they may be dates (11.15-3.15) or years (2025-2026)."""
    spans = [tuple(map(int, match.groups())) for match in _DOTTED.finditer(text)]
    are_no_dates = [not (_may_be_date(*span[:2]) and _may_be_date(*span[2:])) for span in spans]
    # From one 30th to another is no season: 8.30-11.30 13.30-17.30.
    are_half_hours = [span[1] == span[3] == 30 for span in spans]
    if any(are_no_dates) and all(map(or_, are_no_dates, are_half_hours)):
        text = _DOTTED.sub(r"\1:\2-\3:\4", text)
    return _FOUR_DIGITS.sub(lambda m: m[0] if m[1] == m[3] == "20" else f"{m[1]}:{m[2]}-{m[3]}:{m[4]}", text)


def _may_be_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


# Words

_DAY_EN: Final = (
    r"(?:(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?|weekend|(?:public )?holiday)s?)(?![a-z])"
)
_DAYS_EN: Final = rf"{_DAY_EN}(?:(?:, ?and | ?& ?| and |, ?|-){_DAY_EN})*"
_DAYS_ZH: Final = r"(?:每?(?:周|星期)[一二三四五六日天](?:[-、和及,]?(?:周|星期)?[一二三四五六日天])*)"
_DAY_KO: Final = "[월화수목금토일]"
_DAY_JA: Final = "[月火水木金土日]"
_BETWEEN: Final = "(?:[-,·・/、&]| 및 )"
_NUMERAL: Final = "[0-9一二三四五六七八九十]"
_VENUE: Final = (
    "(?:商[场城户]|超市|银行|网点|门店|店[铺面]|营业厅|(?:服务)?大厅|药店|图书馆|公园|园区|食堂|酒店"
    "|餐厅|场馆|站点|驿站)"
)
_WEEKDAY_OF: Final = dict(zip("월화수목금토일月火水木金土日", "一二三四五六日" * 2, strict=True))


def _weekdays(match: re.Match[str]) -> str:
    """Rewrite the weekdays of a match: 월~금요일, 月・水・金曜日."""
    days = re.sub("요일|曜日?", "", match[0])
    return "".join(f"周{_WEEKDAY_OF[letter]}" if letter in _WEEKDAY_OF else letter for letter in days)


def _usual(match: re.Match[str]) -> str:
    """Rewrite （含节假日） as 节假日照常, with the brackets that it had."""
    before, behind = match["before"], ")" if match[0].endswith(")") else ""
    return f"{before}{match['days']}照常{behind}"


_EVERY_HOUR: Final = "每天24小时"
"""Unlike 24小时 it contradicts 周一至周五."""
_ALWAYS: Final[tuple[_Rewriting, ...]] = (
    (r"(?:每?周|全年)?(?<!\d)(?:[7七]|365)天?[x×*] ?24(?:个?小时|h(?:rs?|ours)?)?(?![\d:a-z])", _EVERY_HOUR),
    (r"(?<![\d:/.])24(?:个?小时|h)?[x×*/] ?(?:365|7)(?:天|小时|h)?(?![\d:])", _EVERY_HOUR),
    (r"(?:每?周)?(?<!\d)[7七]天 ?24个?小时", _EVERY_HOUR),
    (r"24 ?(?:h|hrs?|hours)[ /](?:a |per )?day(?![a-z])", "24小时"),
    (r"(?:24|二十四)个?小时(?:不打烊|不间断|不关门|不闭站|无人值守)", "24小时"),
    (r"(?<![\d:/.])24/7(?![\d:/.])", _EVERY_HOUR),
    ("24时间(?:营业)?", "24小时"),
)
_KOREAN_AND_JAPANESE: Final[tuple[_Rewriting, ...]] = (
    ("[∙‧•]", "·"),
    ("毎周", ""),
    ("(?:익일|다음 ?날) ?", "次日"),
    (r"(?<=\d)월", "月"),
    ("동(?:절기|계)", "冬季"),
    ("하(?:절기|계)", "夏季"),
    (r"(?<=\d)(시|时|分|点|半)?から", r"\1-"),
    (r"(?<=[\d时分点半])まで", ""),
    ("を?除く", "除外"),
    ("休み", "休息"),
    ("오전 ?", "上午"),
    ("오후 ?", "下午"),
    (r"(?<=\d)시(?!간) ?", "时"),
    (r"(?<=\d)분", "分"),
    (rf"(?<![가-힣]){_DAY_KO}(?:요일)?(?:{_BETWEEN}{_DAY_KO}(?:요일)?)+(?![가-힣])|{_DAY_KO}요일", _weekdays),
    ("(?:법정)?공휴일", "公众假期"),
    (r"(?<=[\d )가-힣\u4e00-\u9fff])(?:정기)?(?:휴무|휴관|휴업|휴점)일?", "休息"),
    (" 및 ", "和"),
    ("점심(?:시간|휴게)?", "午休"),
    ("土日祝日?", "周六、周日、祝日"),
    ("土[·・、,]?日(?:曜日?)?", "周六、周日"),
    (
        rf"(?<!{_NUMERAL}){_DAY_JA}(?:曜日?)?(?:[-·・、,]{_DAY_JA}(?:曜日?)?(?!{_NUMERAL}))+|{_DAY_JA}曜日?",
        _weekdays,
    ),
    ("[·・]", "、"),
)
_ENGLISH: Final[tuple[_Rewriting, ...]] = (
    (r"(?<![a-z\d])(?<!\d )([ap])m ?(\d{1,2}(?::\d\d)?)(?![\d:]| ?[ap]m)", r"\2\1m"),
    (r"(?<![a-z])(?:12 ?)?noon(?![a-z])", "12:00pm"),
    (r"(?<![a-z])(?:12 ?)?midnight(?![a-z])", "12:00am"),
    (rf"closed:? (?:on )?({_DAYS_EN})(?= ?(?:[,;.)]|$))", r"\1 closed"),
    (r"(?<![a-z])m-f(?![a-z])", "mo-fr"),
    (r"(?<![a-z])m-(th|sa|su)(?![a-z])", r"mo-\1"),
    (r"(?<![a-z])(mon|tues?|wed|thu(?:rs)?|fri|sat|sun)\.(?= ?[-\d,&]| )", r"\1"),
)
_CHINESE: Final[tuple[_Rewriting, ...]] = (
    (r"(?<=:\d\d)一(?=\d{1,2}:\d\d)", "-"),
    # A minute has two digits: 夏季(5.1-9.30) are dates.
    (
        r"(?<=[季令时天]\()(?=[^)]*\.\d(?!\d))(\d{1,2})\.(\d{1,2})-(\d{1,2})\.(\d{1,2})(?=\))",
        r"\1月\2日-\3月\4日",
    ),
    (
        r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})-(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d.:])",
        r"\1年\2月\3日-\4年\5月\6日",
    ),
    (rf"(?:休息日|休馆日|闭馆日|公休日|休业日|定休日|闭站日)[:为是]? ?({_DAYS_ZH})", r"\1休息"),
    ("(?:周末)?双休(?!日)", "周末休息"),
    (
        r"(?P<before>[(,;、 ]?)(?<![不包])(?:含|包括|包含)(?P<days>(?:法定)?(?:节假日|假日|节日))(?=[),; ]|$)\)?",
        _usual,
    ),
    (rf"(?:参照|按)?{_VENUE}(?:的)?(?:开放|营业|服务)时间", "营业时间"),
    ("(?:开放|营业|服务|运营|对外开放)时段", "开放时间"),
)
_REWRITINGS: Final = tuple(
    (re.compile(pattern, re.ASCII), new)
    for table in (_ALWAYS, _KOREAN_AND_JAPANESE, _ENGLISH, _CHINESE)
    for pattern, new in table
)


def respelled(text: str) -> str:
    """Return a text in plain form (half-width, lower case, hyphens) with the spellings that the reader knows."""
    text = _with_colons(text)
    for pattern, new in _REWRITINGS:
        text = pattern.sub(new, text)
    return text
