"""The words in which people write opening hours, in Chinese and English: a text becomes tokens."""

from __future__ import annotations

import re
import unicodedata
from calendar import isleap
from dataclasses import dataclass
from typing import Final, NamedTuple

from locator.language.characters import simplified
from locator.stations.hours_rules import DAY_MIN, EVERY_DAY, PUBLIC_HOLIDAY, WEEKEND, WORKDAYS
from locator.stations.hours_spellings import respelled

LONGEST: Final = 200
"""Longer texts, in characters, are not read as hours."""

WORKDAY_MARK: Final = 8
"""Marks a set of days from the word 工作日: Monday to Friday except public holidays, and make-up workdays."""
LOOSE_HOLIDAY_MARK: Final = 9
"""Marks a set of days from the word 节假日, which may or may not include weekends."""

Days = frozenset[int]
"""Of weekdays 0 (Monday) to 6, `PUBLIC_HOLIDAY` and the two marks."""


class Season(NamedTuple):
    """The dates from one day of the year to another."""

    month: int
    day: int | None
    """``None`` for whole months."""
    last_month: int
    last_day: int | None
    years: tuple[int, int] | None = None
    """Of the first and the last day; ``None`` for every year."""


Minutes = tuple[int, int]
"""Start and end in minutes after midnight; the end is beyond 24:00 for a shift into the next day."""

NOON_MIN: Final = 12 * 60
MONTH_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NIGHT_FROM_MIN, NIGHT_TO_MIN = 16 * 60, 9 * 60
"""Without a word such as 次日, only hours from 16:00 or later to 09:00 or earlier run into the next day."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind, a single character, and its meaning.

    Kinds: ``t`` time span, ``d`` days, ``s`` dates of a season, ``n`` name of a season, ``x`` closed, ``b`` break
    at noon, ``c`` no break at noon, ``~`` a word after days that are left out, ``<`` and ``>`` words around them,
    ``!`` a word before them, ``u`` as usual, ``o`` office hours, ``f`` filler, ``&`` and, ``,`` a gap, ``(`` and
    ``)``; ``|``, which the parser inserts, ends a group.
    """

    kind: str
    days: Days = frozenset()
    season: Season | None = None
    span: Minutes | None = None


@dataclass(frozen=True, slots=True)
class _TimeOfDay:
    """A time of day as written."""

    minute: int
    half: str
    """``night``, ``am``, ``noon`` or ``pm`` if the text says so, else empty."""
    is_next_day: bool
    form: str
    """``digits`` 8:30, ``zh`` 8点半, ``en`` 9am, or ``bare``: a number alone."""
    is_short: bool
    """One digit without a leading zero, as on the 12-hour clock."""


_PARTS_OF_DAY: Final = {
    "night": "凌晨",
    "am": "清晨 清早 早晨 早上 早 朝 上午 午前",
    "noon": "中午 午间",
    "pm": "下午 午后",
    "evening": "傍晚 晚上 晚间 夜晚 夜间 夜里 晚 夜",
}
_PART_OF: Final = {word: part for part, words in _PARTS_OF_DAY.items() for word in words.split()}
# Part of the day -> hour as written -> hours after midnight; "a" and "p" are English am and pm.
_HOURS: Final[dict[str, dict[int, int]]] = {
    "": {hour: hour for hour in range(25)},
    "night": {**{hour: hour for hour in range(7)}, 12: 0},
    "am": {hour: hour for hour in range(13)},
    "noon": {11: 11, 12: 12, 13: 13, 1: 13, 2: 14},
    "pm": {**{hour: hour + 12 for hour in range(1, 12)}, **{hour: hour for hour in range(12, 24)}},
    "evening": {
        0: 24,
        12: 24,
        **{hour: hour + 12 for hour in range(5, 12)},
        **{hour: hour for hour in range(17, 25)},
    },
    "a": {hour: hour % 12 for hour in range(1, 13)},
    "p": {hour: hour % 12 + 12 for hour in range(1, 13)},
}
_HALVES: Final = {"evening": "pm", "a": "am", "p": "pm"}

_ZH_DIGITS: Final = {**{digit: value for value, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_WEEKDAY_OF: Final = {
    name: day
    for names in ("一二三四五六日", "1234567", ("mo", "tu", "we", "th", "fr", "sa", "su"))
    for day, name in enumerate(names)
} | {"天": 6}

# All patterns are ASCII, so that \d does not match the digits of other scripts.
_NUMBER: Final = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_CLOCK: Final = re.compile(
    rf"""
    (?: (?P<next>次日|翌日|第二天) \ ? )?
    (?: (?P<part>{"|".join(sorted(_PART_OF, key=len, reverse=True))}) [:\ ]? )?
    (?: (?P<digits>\d{{1,2}}) :(?P<minute>\d\d) (?: :(?P<second>\d\d) )? (?: \ ?(?P<half_day>[ap])m )? (?![\d:a-z])
      | (?P<zh>{_NUMBER}) [点时](?!间)
        (?: [整钟] | (?P<half>半) | (?P<quarter>[一三])刻 | (?P<zh_minute>{_NUMBER})(?P<unit>分)? (?![点时:\d]) )?
      | (?P<en>\d{{1,2}}) \ ?(?P<en_half_day>[ap])m (?![a-z])
      | (?P<bare>{_NUMBER}) (?![\d:点时月日号年小.]) )""",
    re.VERBOSE | re.ASCII,
)

_ZH_DAY: Final = "(?:周|星期|礼拜)"
_EN_DAY: Final = (
    "(?:(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?"
    "|sun(?:day)?)s?|mo|tu|we|th|fr|sa|su)(?![a-z])"
)
# A numeral without 周 before it continues the list unless it begins a time or a date.
_WEEKDAYS: Final = re.compile(
    rf"""{_ZH_DAY}[一二三四五六日天]
        (?: [-、和及与&/]?{_ZH_DAY}[一二三四五六日天]
          | [-、和及与&/,\ ]?[一二三四五六日天](?![点时月年十零刻分]) )*
      | {_ZH_DAY}[1-7](?![\d:点时]) (?: [-、和及与&/]{_ZH_DAY}?[1-7](?![\d:点时月]) )*
      | {_EN_DAY} (?: -{_EN_DAY} )?""",
    re.VERBOSE | re.ASCII,
)
_WEEKDAY: Final = re.compile(r"(?P<to>-)?[^-一二三四五六日天1-7a-z]*(?P<day>[一二三四五六日天1-7]|[a-z]+)")
_DATES: Final = re.compile(
    rf"(?:(?P<year>\d{{4}})年)?(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]?"
    rf"-(?:次年|翌年|来年|第二年|(?P<last_year>\d{{4}})年)?(?:(?P<last_month>{_NUMBER})月)?(?P<last_day>{_NUMBER})[日号]",
    re.ASCII,
)
_MONTHS: Final = re.compile(
    rf"(?:(?P<year>\d{{4}})年)?(?P<month>{_NUMBER})(?:月份?)?"
    rf"-(?:次年|翌年|来年|第二年|(?P<last_year>\d{{4}})年)?(?P<last_month>{_NUMBER})月份?(?!{_NUMBER}[日号])",
    re.ASCII,
)

# Token, Chinese words separated by spaces, English phrases separated by commas.
_WORD_TABLE: Final[tuple[tuple[Token, str, str], ...]] = (
    (
        Token("t", span=(0, DAY_MIN)),
        ("24小时 二十四小时 24小时全天 全天24小时 全天 全天候 昼夜 24시간"),
        "24h, 24 h, 24hrs, 24 hrs, 24hours, 24 hours, 24-hour, all day",
    ),
    (
        Token("d", EVERY_DAY),
        "每天 每日 天天 全年 每周七天 一周七天 매일 毎日",
        "daily, everyday, every day, 7 days a week, 7 days per week, 7 days",
    ),
    (Token("d", EVERY_DAY | {PUBLIC_HOLIDAY}), "全年无休 年中无休 全年不休 365天 全年365天 연중무휴", ""),
    (Token("d", WORKDAYS | {WORKDAY_MARK}), "工作日 法定工作日 平日", "workdays, working days"),
    (Token("d", WORKDAYS), "평일", "weekdays"),
    (Token("d", WEEKEND), "周末 双休日 주말", "weekend, weekends"),
    (
        Token("d", frozenset({PUBLIC_HOLIDAY})),
        (
            "法定节假日 国家法定节假日 法定假日 法定节日 法定假期 国定节假日 国定假日 "
            "公众假期 公共假期 公共假日 祝日 祝祭日"
        ),
        "public holiday, public holidays, ph",
    ),
    (Token("d", frozenset({PUBLIC_HOLIDAY, LOOSE_HOLIDAY_MARK})), "节假日 节日 假日", "holidays"),
    (
        Token("n"),
        "冬季 夏季 春季 秋季 冬天 夏天 冬令时 夏令时 冬时令 夏时令 春夏季 秋冬季 供暖季 采暖季 供暖期 采暖期",
        "winter, summer",
    ),
    (
        Token("x"),
        (
            "休 休息 休馆 休业 公休 闭馆 闭站 闭园 关闭 关门 不开 不开放 不对外开放 不营业 不开门 停业 放假 "
            "暂停开放 暂停服务 停止开放 定休"
        ),
        "closed, off",
    ),
    (
        Token("b"),
        "午休 午休时间 午间休息 中午休息 午间午休 中午午休 午餐 午餐时间 午饭时间",
        "lunch, lunch break, closed for lunch, lunchtime",
    ),
    (
        Token("c"),
        "中午不休 中午不休息 午间不休 午间不休息 中午无休 中午不打烊 中午不闭馆 无午休",
        "no lunch break, open through lunch",
    ),
    (Token("~"), "除外", "excepted, excluded"),
    (Token("<"), "除 除了", ""),
    (Token(">"), "外 以外 之外", ""),
    (Token("!"), "不含 不包括 不包含", "except, excluding"),
    (Token("u"), "照常 照常开放 照常营业 正常开放 正常营业 不休 不休息 无休", "as usual"),
    (Token("o"), "工作时间 上班时间 办公时间 上班 办公", "working hours, office hours"),
    (
        Token("f"),
        (
            "开放 营业 服务 自助 对外 时间 开放时间 营业时间 服务时间 对外开放时间 运营 运营时间 为 均 都 每 每年 "
            "逢 其余 其余时间 的 是 从 自 止 営业 営业时间 开馆 开馆时间 운영 운영시간 매주"
        ),
        "open, hours, opening hours, from",
    ),
    (Token("&"), "、 和 及 以及 与 &", "and"),
    (Token(","), "; 。 : / | · ,", " "),
    (Token("("), "(", ""),
    (Token(")"), ")", ""),
)
_MEANING: Final = {
    word: token
    for token, chinese, english in _WORD_TABLE
    for word in (*chinese.split(), *(english.split(", ") if english else ()))
}
# The longest word first; a Latin word must not be followed by more letters.
_WORD: Final = re.compile(
    "|".join(
        re.escape(word) + ("(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "")
        for word in sorted(_MEANING, key=len, reverse=True)
    )
)
_DASHES: Final = "‐‑‒–—―−~∼〜﹣至到"
_SIGNS: Final = str.maketrans(
    {**dict.fromkeys(_DASHES, "-"), **dict.fromkeys("【[〔", "("), **dict.fromkeys("】]〕", ")")}
)


def tokenize(text: str) -> list[Token] | None:
    """Split a text into tokens; ``None`` if any of its characters belongs to none."""
    if len(text) > LONGEST:
        return None
    text = _plain(text)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        token, position = _next(text, position)
        if token is None:
            return None
        tokens.append(token)
    return tokens


def read_span(text: str) -> Minutes | None:
    """Return start and end of a text like 9:00-17:00, or ``None`` if they are not clear."""
    clocks = _clocks(text, 0)
    return _read_span(text, *clocks) if clocks and clocks[1].end() == len(text) else None


def _plain(text: str) -> str:
    """Normalize a text: half-width, lower case, a hyphen for every dash and "to"."""
    text = simplified(unicodedata.normalize("NFKC", text).casefold()).translate(_SIGNS)
    text = re.sub(r"([ap])\. ?m\.?", r"\1m", text)
    text = re.sub(r"\b(?:to|through|until|till)\b", "-", text)
    return respelled(re.sub(r"\s*-[\s-]*", "-", " ".join(text.split())))


def _next(text: str, position: int) -> tuple[Token | None, int]:
    """Return the token at a position, or ``None``, and the position after it."""
    if clocks := _clocks(text, position):
        span = _read_span(text, *clocks)
        return Token("t", span=span) if span else None, clocks[1].end()
    if match := _DATES.match(text, position) or _MONTHS.match(text, position):
        return _read_season(match), match.end()
    if match := _WEEKDAYS.match(text, position):
        return Token("d", _read_weekdays(match.group())), match.end()
    if match := _WORD.match(text, position):
        return _MEANING[match.group()], match.end()
    return None, position


def _clocks(text: str, position: int) -> tuple[re.Match[str], re.Match[str]] | None:
    """Match two times at a position, with or without a dash between them."""
    start = _CLOCK.match(text, position)
    end = start and _CLOCK.match(text, start.end() + text.startswith("-", start.end()))
    return (start, end) if start and end else None


def _read_number(text: str) -> int | None:
    """Read a number below 100 in digits or Chinese numerals."""
    if text.isascii():
        return int(text)
    tens, ten, units = text.partition("十")
    if not ten:
        tens, units = ("零", text) if len(text) == 1 else (text[0], text[1:])
        if len(units) > 1 or tens not in "零〇":
            return None
    if len(tens) > 1 or len(units) > 1 or "十" in units:
        return None
    return 10 * _ZH_DIGITS[tens or "一"] + _ZH_DIGITS[units or "零"]


def _read_clock(match: re.Match[str]) -> _TimeOfDay | None:
    """Read a time such as 8:30, 8点半, 下午1时, 次日凌晨2点, 9am or, beside another time, a bare number."""
    form = next(form for form in ("digits", "zh", "en", "bare") if match[form])
    english = match["half_day"] or match["en_half_day"]
    part = english or _PART_OF.get(match["part"] or "", "")
    number, minute = _read_number(match[form]), _read_minute(match)
    hour = None if number is None else _HOURS[part].get(number)
    if hour is None or minute is None or 60 * hour + minute > DAY_MIN or (english and match["part"]):
        return None
    is_short = len(match[form]) == 1
    return _TimeOfDay(60 * hour + minute, _HALVES.get(part, part), match["next"] is not None, form, is_short)


def _read_minute(match: re.Match[str]) -> int | None:
    """Read the minutes of a time. Seconds must be 00, except in 23:59:59, which means 24:00."""
    if match["second"] and match["second"] != "00":
        return 60 if (match["digits"], match["minute"], match["second"]) == ("23", "59", "59") else None
    if match["half"] or match["quarter"]:
        return 30 if match["half"] else 15 * _ZH_DIGITS[match["quarter"]]
    text = match["minute"] or match["zh_minute"] or "00"
    minute = _read_number(text)
    is_whole = match["unit"] or len(text) > 1 or text == "十"
    return minute if minute is not None and minute < 60 and is_whole else None


def _read_span(text: str, first: re.Match[str], second: re.Match[str]) -> Minutes | None:
    """Read two times in a text with a dash between them, or 早9点晚8点 without one."""
    start, end = _read_clock(first), _read_clock(second)
    if start is None or end is None or start.is_next_day:
        return None
    has_dash = text[first.end() : second.start()] == "-"
    if not has_dash and (start.half, end.half) != ("am", "pm"):
        return None
    # A bare number is a time only after a part of the day, or before a time with a unit: 9-17点.
    is_vague = [clock.form == "bare" and not clock.half for clock in (start, end)]
    if is_vague[1] or (is_vague[0] and end.form != "zh"):
        return None
    return _minutes(start, end)


def _minutes(start: _TimeOfDay, end: _TimeOfDay) -> Minutes | None:
    """Return start and end, or ``None`` if they are ambiguous."""
    first, last = start.minute, end.minute
    is_plain = not end.half and not end.is_next_day
    if is_plain and last < NOON_MIN and (start.half == "pm" or (start.half == "noon" and last <= first)):
        last += NOON_MIN  # 下午1:30-5:00
    if first >= DAY_MIN or first == last == 0:
        return None  # 00:00-00:00 is also what forms hold that nobody filled in
    if last == 0 or (first, last) == (0, DAY_MIN - 1):
        last = DAY_MIN
    if end.is_next_day or (end.half == "night" and last <= first):
        last += DAY_MIN if last < DAY_MIN else 0
        return (first, last) if last - DAY_MIN <= first else None
    if last <= first:
        is_night = first >= NIGHT_FROM_MIN and last <= NIGHT_TO_MIN
        return (first, last + DAY_MIN) if is_night else None
    is_unmarked = not start.half and not end.half
    if is_unmarked and start.is_short and 60 <= first < 6 * 60 and last < NOON_MIN:
        return None  # 1:30-5:00 is more likely in the afternoon
    return first, last


def _read_season(match: re.Match[str]) -> Token | None:
    """Read two dates or two months; ``None`` for an impossible date."""
    numbers = {name: _read_number(text) for name, text in match.groupdict().items() if text is not None}
    month, day, last_day = numbers["month"], numbers.get("day"), numbers.get("last_day")
    last_month = numbers.get("last_month", month)
    for in_month, on_day in ((month, day), (last_month, last_day)):
        if not in_month or in_month > 12 or on_day == 0 or (on_day or 1) > MONTH_DAYS[in_month - 1]:
            return None
    if month is None or last_month is None or ("last_month" not in numbers and (last_day or 0) < (day or 0)):
        return None
    season = Season(month, day, last_month, last_day)
    first, last = numbers.get("year"), numbers.get("last_year")
    if first is None:
        return Token("s", season=season) if last is None else None
    ends_earlier = (last_month, last_day or 31) < (month, day or 1)
    last = first + ends_earlier if last is None else last
    is_forward = first < last or (first == last and not ends_earlier)
    is_real = not any(
        (of_month, on_day) == (2, 29) and not isleap(year)
        for of_month, on_day, year in ((month, day, first), (last_month, last_day, last))
    )
    return Token("s", season=season._replace(years=(first, last))) if is_forward and is_real else None


def _read_weekdays(text: str) -> Days:
    """Read a list of weekdays: 周一至周五, 星期二、四, 周六日, mon-fri."""
    days: set[int] = set()
    before = 0
    for match in _WEEKDAY.finditer(text):
        day = _WEEKDAY_OF[match["day"][:2]]
        if match["to"]:
            days.update((before + step) % 7 for step in range((day - before) % 7))
        days.add(day)
        before = day
    return frozenset(days)
