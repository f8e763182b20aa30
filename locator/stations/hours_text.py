"""Parsing of opening hours as people write them, in Chinese, English or OSM syntax, into OSM syntax."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from locator.errors import UsageError
from locator.stations.hours_rules import DAY_MIN, EVERY_DAY, PUBLIC_HOLIDAY, WEEKDAY_NAMES, WEEKEND, canonical
from locator.stations.hours_words import (
    LOOSE_HOLIDAY_MARK,
    MONTH_DAYS,
    WORKDAY_MARK,
    Days,
    Minutes,
    Season,
    Token,
    read_span,
    tokenize,
)

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEAR: Final = tuple((month, day) for month in range(1, 13) for day in range(1, MONTH_DAYS[month - 1] + 1))
_ALL_DAY: Final[Minutes] = (0, DAY_MIN)
_HOLIDAYS: Final = frozenset({PUBLIC_HOLIDAY})
_HOLIDAY_WORDS: Final = frozenset({PUBLIC_HOLIDAY, LOOSE_HOLIDAY_MARK})

# The grammar, over the kinds of the tokens. Days joined by "and" form one item.
_ITEM: Final = re.compile(
    r"(?P<left_out><d(?:&d)*>|d(?:&d)*~|!d(?:&d)*)"
    r"|(?P<usual>d(?:&d)*u)"
    r"|(?P<closed>d(?:&d)*x)"
    r"|(?P<break>tb(?!t)|bt|tx)"
    r"|(?P<continuous>c)"
    r"|(?P<season>ns|n\(s\)|sn(?!\(?s)|s\(n\)|s)"
    r"|(?P<days>d(?:&d)*)"
    r"|(?P<times>t(?:&?t(?![bx]))*)"
    r"|(?P<begin>\()|(?P<end>\))|(?P<stop>\|)|(?P<gap>&)"
)
_DAYS_BEHIND_TIMES: Final = re.compile(r"(t(?:&?t)*)\(((?:d(?:&d)*|ns|sn|s)+)\)")
_BRACKETS: Final = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*")

_LOOSE_SPAN: Final = re.compile(r"(?<![\d:])(?:\d:\d\d-\d\d?:\d\d|\d\d:\d\d-\d:\d\d)(?!\d)")
_NEVER: Final = "24/7 closed"
_STATED: Final = re.compile(r":|sun|dawn|dusk|closed|unknown")


class _UnclearError(Exception):
    """The text is not understood, or ambiguous."""


def read_hours(text: str) -> str | None:
    """Return opening hours in OSM syntax, or ``None`` if they cannot be read with certainty.

    Every character must be understood, and the whole must have one meaning. 工作日 excludes public holidays and
    includes make-up workdays; hours without days apply every day; outside the seasons the state is unknown. Hours
    run into the next day with 次日 or 凌晨, and from 16:00 or later to 09:00 or earlier. Other ranges that end
    before they start are refused, and so are those that may be on a 12-hour clock (1:30-5:00) and days without
    hours.

    Parameters
    ----------
    text
        OSM syntax, which is normalized, or words such as 周一至周五 8:30-17:30.
    """
    osm = " ".join(text.split())
    try:
        normal = canonical(osm)
        # Bare times are OSM syntax too, but people also write 1:30-5:00 and mean the afternoon.
        return _checked(osm, normal) if re.search("[A-Za-z]", normal) else _read_words(text)
    except UsageError:
        return _read_words(text)


def limits_hours(clause: str) -> bool:
    """Tell whether a clause is about hours that are said elsewhere: 周末不开放, 11:30-13:00午休, 全年无休."""
    kinds = set(_kinds(tokenize(clause) or [])) - set("&,()")
    # 5月1日至10月7日关闭 is about the state of a station; days alone may be about anything.
    says_when = bool(kinds & set("dns")) and not kinds <= {"d", "s"} and not kinds >= {"s", "x"}
    return says_when or ("t" in kinds and bool(kinds & set("bx")))


def _checked(osm: str, normal: str) -> str | None:
    """Return the normal form of OSM syntax, unless it may have another meaning."""
    canonical(normal)  # raises: the library can write what it cannot read
    whole_days = {rule for rule in re.split(r"; | \|\| |, ", normal) if not _STATED.search(rule)}
    if whole_days and not re.search(r"24/7|\b0?0:00-24:00", osm):
        return None  # "Mo-Fr", "open": days without hours
    if any(read_span(span) is None for span in _LOOSE_SPAN.findall(osm)):
        return None
    rules = re.split(r"; |, ", normal)
    if rules != [_NEVER] and (_NEVER in rules[1:] or all(rule.endswith(" closed") for rule in rules)):
        return None  # "9:00-17:00; closed", "Su off": when is it open?
    return osm if whole_days - {"24/7"} else normal.replace(" closed", " off")


def _read_words(text: str) -> str | None:
    try:
        return _Parser(tokenize(text) or []).expression()
    except _UnclearError:
        return None


def _require(is_clear: bool) -> None:
    if not is_clear:
        raise _UnclearError


@dataclass(frozen=True, slots=True)
class _Hours:
    """Hours on some days of a season."""

    season: Season | None
    days: Days
    """Empty if the text names no days."""
    spans: tuple[Minutes, ...]


class _Parser:
    """Parses all tokens of a text, item by item; raises `_UnclearError` if they have not exactly one meaning."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._hours: list[_Hours] = []
        self._closed: Days = frozenset()
        self._is_usual = False
        """Whether public holidays are like other days."""
        self._waiting: list[Days] = []
        """Days whose hours have not been read yet."""
        self._outside: list[Days] = []
        """Such days from before the open bracket."""
        self._shared: list[Days] = []
        """Days named before the first season, which apply to every season."""
        self._season: Season | None = None
        self._breaks: list[Minutes] = []
        """Breaks, in which no station is open that is open before and after them."""
        self._is_continuous = False
        """Whether there is said to be no break at noon."""
        self._is_over = False
        """Whether days were closed after a season began: no more hours may follow."""
        self._last = ""
        for item, item_tokens in _items(tokens):
            getattr(self, f"_take_{item}")(item_tokens)
            self._last = item if item in ("closed", "left_out", "times") else self._last
        self._take_days_behind()
        self._hours = [replace(hours, spans=_without(self._breaks, hours.spans)) for hours in self._hours]
        _require(not self._is_continuous or all(len(hours.spans) == 1 for hours in self._hours))
        is_office = any(token.kind == "o" for token in tokens)
        _require(bool(self._hours) and not (is_office and not all(hours.days for hours in self._hours)))

    def _take_days(self, tokens: Sequence[Token]) -> None:
        self._waiting.append(_union(token.days for token in tokens))

    def _take_times(self, tokens: Sequence[Token]) -> None:
        _require(not self._is_over)
        spans = tuple(token.span for token in tokens if token.span)
        self._hours.append(_Hours(self._season, _together(self._outside + self._waiting or self._shared), spans))
        self._outside, self._waiting = [], []

    def _take_break(self, tokens: Sequence[Token]) -> None:
        _require(len(self._hours) == 1 and not self._waiting)  # of several hours it may interrupt only the last
        self._breaks += [token.span for token in tokens if token.span]

    def _take_continuous(self, _tokens: Sequence[Token]) -> None:
        self._is_continuous = True

    def _take_season(self, tokens: Sequence[Token]) -> None:
        if days := self._outside + self._waiting:
            _require(not self._hours and self._season is None)
            self._shared, self._outside, self._waiting = days, [], []
        self._season = next(token.season for token in tokens if token.season)

    def _take_closed(self, tokens: Sequence[Token]) -> None:
        days = _union(token.days for token in tokens)
        if self._waiting and not any(waiting >= EVERY_DAY for waiting in self._waiting):
            # 周六,周日休息 closes both; in 周一至周五,周六休息 it is not clear whether the former are closed.
            rest = WEEKEND | _HOLIDAY_WORDS if self._hours else frozenset()
            _require(all(len(group) == 1 or group <= rest for group in (*self._waiting, days)))
            days |= _union(self._waiting)
            self._waiting = []
        self._close(days)

    def _take_left_out(self, tokens: Sequence[Token]) -> None:
        _require(self._last != "closed")  # 周一休息,节假日除外: out of the hours, or out of the rest?
        self._close(_union(token.days for token in tokens))

    def _close(self, days: Days) -> None:
        self._closed |= days
        self._is_over = self._season is not None

    def _take_usual(self, tokens: Sequence[Token]) -> None:
        _require(_union(token.days for token in tokens) <= _HOLIDAY_WORDS)
        self._is_usual = True

    def _take_begin(self, _tokens: Sequence[Token]) -> None:
        self._outside, self._waiting = self._waiting, []

    def _take_end(self, _tokens: Sequence[Token]) -> None:
        self._outside, self._waiting = [], self._outside + self._waiting

    def _take_stop(self, _tokens: Sequence[Token]) -> None:
        self._season, self._shared = None, []

    def _take_gap(self, tokens: Sequence[Token]) -> None:
        """Ignore an "and" between items."""

    def _take_days_behind(self) -> None:
        """Assign days at the end of the text to the only hours: 9:00-17:00 周一至周五."""
        if self._waiting:
            _require(len(self._hours) == 1 and not self._hours[0].days)
            self._hours = [replace(self._hours[0], days=_together(self._waiting))]

    def expression(self) -> str:
        """Return the hours in OSM syntax."""
        hours = _merged(self._hours)
        seasons = {part.season for part in hours if part.season}
        gaps = _gaps(seasons) if seasons else ""
        closed, rest = self._exceptions(hours)
        if self._is_usual and not closed and all(not part.days or part.days >= EVERY_DAY for part in hours):
            hours = [replace(part, days=EVERY_DAY | _HOLIDAYS) for part in hours]
        rules = [f"{gaps} unknown"] if gaps else []
        if any(part.days and not part.days >= EVERY_DAY for part in hours):
            # Otherwise the other days of a dated season would be unknown too.
            dated = sorted((season for season in seasons if season.years), key=_first_date)
            rules += [f"{_season(season)} off" for season in dated]
        rules += [_rule(part) for part in hours]
        rules += [f"{_day_names(closed)} off"] if closed else []
        return "; ".join(rules + rest)

    def _exceptions(self, hours: Sequence[_Hours]) -> tuple[Days, list[str]]:
        """Return the closed days, and a rule for public holidays if their hours are not known."""
        closed, named = self._closed, _union(part.days for part in hours)
        _require(WORKDAY_MARK not in closed and not closed >= EVERY_DAY)
        _require(not (closed and PUBLIC_HOLIDAY in named))
        _require(not (self._is_usual and (PUBLIC_HOLIDAY in closed or WORKDAY_MARK in named)))
        if WORKDAY_MARK not in named or PUBLIC_HOLIDAY in closed | named:
            return closed, []
        if named & WEEKEND:
            return closed, ["PH unknown"]  # neither workdays nor the weekends that have hours of their own
        return closed | _HOLIDAYS, []


def _items(tokens: Sequence[Token]) -> Iterator[tuple[str, Sequence[Token]]]:
    """Split the tokens into items of the grammar, without fillers and gaps."""
    tokens = [token for token in tokens if token.kind not in "fo,"]
    while match := _DAYS_BEHIND_TIMES.search(kinds := _kinds(tokens)):
        # 9:00-17:00(周一至周五) becomes 周一至周五 9:00-17:00, with a stop that separates it from what follows.
        _require(not kinds[: match.start()].endswith("d"))
        times, days = tokens[slice(*match.span(1))], tokens[slice(*match.span(2))]
        tokens = [*tokens[: match.start()], *days, *times, Token("|"), *tokens[match.end() :]]
    _require(_BRACKETS.fullmatch(kinds) is not None)
    position = 0
    while position < len(tokens):
        item = _ITEM.match(kinds, position)
        if item is None or item.lastgroup is None:
            raise _UnclearError
        yield item.lastgroup, tokens[item.start() : item.end()]
        position = item.end()


def _kinds(tokens: Iterable[Token]) -> str:
    return "".join(token.kind for token in tokens)


def _union(groups: Iterable[Days]) -> Days:
    return frozenset[int]().union(*groups)


def _together(groups: Sequence[Days]) -> Days:
    """Return the union of days; they must be disjoint, or names of the same days: 周一至周五(工作日)."""
    days = _union(groups)
    is_same = len({group & EVERY_DAY for group in groups}) == 1
    _require(is_same or sum(len(group) for group in groups) == len(days))
    return days


def _merged(hours: Iterable[_Hours]) -> list[_Hours]:
    """Merge hours of the same days, and check that days do not overlap; holidays are last to take precedence."""
    spans_of: dict[tuple[Season | None, Days], tuple[Minutes, ...]] = {}
    for part in hours:
        key = part.season, part.days
        spans_of[key] = spans_of.get(key, ()) + part.spans
    merged = [_Hours(season, days, _in_order(spans)) for (season, days), spans in spans_of.items()]
    seasons = {part.season for part in merged}
    _require(None not in seasons or len(seasons) == 1)
    for season in seasons:
        _require_apart([part.days for part in merged if part.season == season])
    return sorted(merged, key=lambda part: PUBLIC_HOLIDAY in part.days)


def _require_apart(groups: Sequence[Days]) -> None:
    """Refuse days with two sets of hours, and 节假日 if weekends have no hours."""
    _require(len(groups) == 1 or all(groups))
    named: set[int] = set()
    for group in groups:
        days = group & (EVERY_DAY | _HOLIDAYS)
        _require(not days & named)
        named |= days
    _require(LOOSE_HOLIDAY_MARK not in _union(groups) or named >= WEEKEND)


def _in_order(spans: Sequence[Minutes]) -> tuple[Minutes, ...]:
    """Refuse ranges that overlap or go back, as in 8:30-11:30, 1:30-5:00."""
    if set(spans) == {_ALL_DAY}:
        return (_ALL_DAY,)
    _require(all(before[1] <= after[0] for before, after in pairwise(spans)))
    _require(spans[-1][1] - DAY_MIN <= spans[0][0])
    return tuple(spans)


def _without(breaks: Sequence[Minutes], spans: tuple[Minutes, ...]) -> tuple[Minutes, ...]:
    """Take breaks out of hours; each must lie inside a span, or be the time between two."""
    for first, last in breaks:
        parts = [
            part
            for start, end in spans
            for part in (((start, first), (last, end)) if start < first < last < end else ((start, end),))
        ]
        _require(any((before[1], after[0]) == (first, last) for before, after in pairwise(parts)))
        spans = tuple(parts)
    return spans


def _gaps(seasons: Iterable[Season]) -> str:
    """Return the dates outside all seasons in OSM syntax; refuse seasons that overlap."""
    seasons = list(seasons)
    if any(season.years for season in seasons):
        _require(all(season.years for season in seasons))
        in_order = sorted(seasons, key=_first_date)
        _require(all(_last_date(before) < _first_date(after) for before, after in pairwise(in_order)))
        return "24/7"  # the seasons, which follow, go before it
    taken: list[int] = []
    for season in seasons:
        first, last = _YEAR.index((season.month, season.day or 1)), _last_day(season)
        taken += [(first + step) % len(_YEAR) for step in range((last - first) % len(_YEAR) + 1)]
    free = set(range(len(_YEAR))) - set(taken)
    _require(len(free) + len(taken) == len(_YEAR))
    starts = sorted(day for day in free if (day - 1) % len(_YEAR) not in free)
    ends = sorted(day for day in free if (day + 1) % len(_YEAR) not in free)
    if starts and ends[0] < starts[0]:  # the last gap spans New Year
        ends = ends[1:] + ends[:1]
    return ",".join(_season(Season(*_YEAR[start], *_YEAR[end])) for start, end in zip(starts, ends, strict=True))


def _last_day(season: Season) -> int:
    return _YEAR.index((season.last_month, season.last_day or MONTH_DAYS[season.last_month - 1]))


def _first_date(season: Season) -> tuple[int, int, int]:
    return (season.years or (0, 0))[0], season.month, season.day or 1


def _last_date(season: Season) -> tuple[int, int, int]:
    return (season.years or (0, 0))[1], season.last_month, season.last_day or MONTH_DAYS[season.last_month - 1]


def _rule(part: _Hours) -> str:
    """Write hours as one OSM rule."""
    is_daily = part.season is None and (not part.days or part.days >= EVERY_DAY)
    if is_daily and part.spans[0][1] - part.spans[0][0] == DAY_MIN:
        return "24/7"
    # Bare times past midnight would be ambiguous without days.
    days = part.days or (EVERY_DAY if part.spans[-1][1] > DAY_MIN else part.days)
    times = ",".join(f"{_clock(start)}-{_clock(end, start)}" for start, end in part.spans)
    return " ".join(filter(None, (_season(part.season), _day_names(days), times)))


def _clock(minute: int, start: int = 0) -> str:
    """Write a time. One of the next day is written as 06:00, or as 32:00 if it is not earlier than the start."""
    if minute > DAY_MIN and minute - DAY_MIN < start:
        minute -= DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"


def _season(season: Season | None) -> str:
    """Write ``Nov 15-Mar 15``, ``Nov-Mar`` for whole months, or ``2025 Dec 1-2026 Feb 28``."""
    if season is None:
        return ""
    first, last = _MONTHS[season.month - 1], _MONTHS[season.last_month - 1]
    if season.years:
        (year, last_year), last_of_month = season.years, monthrange(season.years[1], season.last_month)[1]
        return f"{year} {first} {season.day or 1}-{last_year} {last} {season.last_day or last_of_month}"
    if season.day is None or season.last_day is None:
        return first if first == last else f"{first}-{last}"
    return f"{first} {season.day}-{last} {season.last_day}"


def _day_names(days: Days) -> str:
    """Write ``Mo-Fr,Su,PH``."""
    starts = [day for day in range(7) if day in days and (day == 0 or day - 1 not in days)]
    ends = [day for day in range(7) if day in days and (day == 6 or day + 1 not in days)]
    runs = [
        WEEKDAY_NAMES[start] if start == end else f"{WEEKDAY_NAMES[start]}-{WEEKDAY_NAMES[end]}"
        for start, end in zip(starts, ends, strict=True)
    ]
    return ",".join([*runs, *(["PH"] if PUBLIC_HOLIDAY in days else [])])
