"""Opening hours as people write them, in Chinese, English or OSM syntax, turned into OSM syntax."""

from __future__ import annotations

import re
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
    tokens,
)

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEAR: Final = tuple((month, day) for month in range(1, 13) for day in range(1, MONTH_DAYS[month - 1] + 1))
_ALL_DAY: Final[Minutes] = (0, DAY_MIN)
_HOLIDAYS: Final = frozenset({PUBLIC_HOLIDAY})
_HOLIDAY_WORDS: Final = frozenset({PUBLIC_HOLIDAY, LOOSE_HOLIDAY_MARK})

# The grammar, over the kinds of the tokens. Days that "and" joins belong together.
_ITEM: Final = re.compile(
    r"(?P<left_out><d(?:&d)*>|d(?:&d)*~|!d(?:&d)*)"
    r"|(?P<usual>d(?:&d)*u)"
    r"|(?P<closed>d(?:&d)*x)"
    r"|(?P<season>ns|n\(s\)|sn(?!\(?s)|s\(n\)|s)"
    r"|(?P<days>d(?:&d)*)"
    r"|(?P<times>t(?:&?t)*)"
    r"|(?P<begin>\()|(?P<end>\))|(?P<stop>\|)|(?P<gap>&)"
)
_DAYS_BEHIND_TIMES: Final = re.compile(r"(t(?:&?t)*)\(((?:d(?:&d)*|ns|sn|s)+)\)")
_BRACKETS: Final = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*")

_LOOSE_SPAN: Final = re.compile(r"(?<![\d:])(?:\d:\d\d-\d\d?:\d\d|\d\d:\d\d-\d:\d\d)(?!\d)")
_STATED: Final = re.compile(r":|sun|dawn|dusk|closed|unknown")


class _UnclearError(Exception):
    """The words have no meaning, or more than one."""


def read_hours(text: str) -> str | None:
    """Return opening hours in OSM syntax, or ``None`` if they cannot be read with certainty.

    Every character must be understood, and the whole must have one meaning. 工作日 leaves public holidays out and
    takes make-up workdays in; hours without a word on days are those of every day; what seasons leave of the
    year is unknown. Hours run into the next day where 次日 or 凌晨 says so, and from 16:00 or later to 09:00 or
    earlier. A range that otherwise ends before it starts is not read, nor one that a 12-hour clock may mean
    (1:30-5:00), nor days without hours.

    Parameters
    ----------
    text
        OSM syntax, which is checked and written in its normal form, or words such as 周一至周五 8:30-17:30.
    """
    osm = " ".join(text.split())
    try:
        normal = canonical(osm)
        # Bare times are OSM syntax too, but they are what people write, and people write 1:30-5:00.
        return _checked(osm, normal) if re.search("[A-Za-z]", normal) else _read_words(text)
    except UsageError:
        return _read_words(text)


def _checked(osm: str, normal: str) -> str | None:
    """Return the normal form of OSM syntax, unless people may have meant something else by it."""
    canonical(normal)  # the library can write what it cannot read
    whole_days = {rule for rule in re.split(r"; | \|\| |, ", normal) if not _STATED.search(rule)}
    if whole_days and not re.search(r"24/7|\b0?0:00-24:00", osm):
        return None  # "Mo-Fr", "open": days without hours
    if any(read_span(span) is None for span in _LOOSE_SPAN.findall(osm)):
        return None
    return osm if whole_days - {"24/7"} else normal.replace(" closed", " off")


def _read_words(text: str) -> str | None:
    """Return hours in words in OSM syntax, or ``None`` where they are not clear."""
    try:
        return _Reading(tokens(text) or []).expression()
    except _UnclearError:
        return None


def _require(is_clear: bool) -> None:
    if not is_clear:
        raise _UnclearError


@dataclass(frozen=True, slots=True)
class _Hours:
    """Hours of some days in a season."""

    season: Season | None
    days: Days
    """Empty where the text names no days."""
    spans: tuple[Minutes, ...]


class _Reading:
    """What a text says, taken in item by item.

    Parameters
    ----------
    found
        The tokens of the whole text.

    Raises
    ------
    _UnclearError
        If they do not fit together, or fit in more than one way.
    """

    def __init__(self, found: Sequence[Token]) -> None:
        self._hours: list[_Hours] = []
        self._closed: Days = frozenset()
        self._is_usual = False
        """Public holidays are as other days."""
        self._waiting: list[Days] = []
        """Days whose hours are still to come."""
        self._outside: list[Days] = []
        """Such days from before the bracket that is open."""
        self._shared: list[Days] = []
        """Days named before the first season: those of every season."""
        self._season: Season | None = None
        self._is_over = False
        """Days were closed after a season began: no more hours may follow."""
        self._last = ""
        for item, said in _items(found):
            getattr(self, f"_take_{item}")(said)
            self._last = item if item in ("closed", "left_out", "times") else self._last
        self._take_days_behind()
        is_office = any(token.kind == "o" for token in found)
        _require(bool(self._hours) and not (is_office and not all(hours.days for hours in self._hours)))

    def _take_days(self, said: Sequence[Token]) -> None:
        self._waiting.append(_union(token.days for token in said))

    def _take_times(self, said: Sequence[Token]) -> None:
        _require(not self._is_over)
        spans = tuple(token.span for token in said if token.span)
        self._hours.append(_Hours(self._season, _together(self._outside + self._waiting or self._shared), spans))
        self._outside, self._waiting = [], []

    def _take_season(self, said: Sequence[Token]) -> None:
        if days := self._outside + self._waiting:
            _require(not self._hours and self._season is None)
            self._shared, self._outside, self._waiting = days, [], []
        self._season = next(token.season for token in said if token.season)

    def _take_closed(self, said: Sequence[Token]) -> None:
        days = _union(token.days for token in said)
        if self._waiting and not any(waiting >= EVERY_DAY for waiting in self._waiting):
            # 周六,周日休息 closes both; what 周一至周五,周六休息 says of the first is anybody's guess.
            rest = WEEKEND | _HOLIDAY_WORDS if self._hours else frozenset()
            _require(all(len(group) == 1 or group <= rest for group in (*self._waiting, days)))
            days |= _union(self._waiting)
            self._waiting = []
        self._close(days)

    def _take_left_out(self, said: Sequence[Token]) -> None:
        _require(self._last != "closed")  # 周一休息,节假日除外: out of the hours, or out of the rest?
        self._close(_union(token.days for token in said))

    def _close(self, days: Days) -> None:
        self._closed |= days
        self._is_over = self._season is not None

    def _take_usual(self, said: Sequence[Token]) -> None:
        _require(_union(token.days for token in said) <= _HOLIDAY_WORDS)
        self._is_usual = True

    def _take_begin(self, _said: Sequence[Token]) -> None:
        self._outside, self._waiting = self._waiting, []

    def _take_end(self, _said: Sequence[Token]) -> None:
        self._outside, self._waiting = [], self._outside + self._waiting

    def _take_stop(self, _said: Sequence[Token]) -> None:
        self._season, self._shared = None, []

    def _take_gap(self, said: Sequence[Token]) -> None:
        """Pass over an "and" between items."""

    def _take_days_behind(self) -> None:
        """Give days left at the end of the text to the only hours there are: 9:00-17:00 周一至周五."""
        if self._waiting:
            _require(len(self._hours) == 1 and not self._hours[0].days)
            self._hours = [replace(self._hours[0], days=_together(self._waiting))]

    def expression(self) -> str:
        """Return what the text says in OSM syntax."""
        hours = _settled(self._hours)
        seasons = {part.season for part in hours if part.season}
        gaps = _gaps(seasons) if seasons else ""
        closed, rest = self._exceptions(hours)
        if self._is_usual and not closed and all(not part.days or part.days >= EVERY_DAY for part in hours):
            hours = [replace(part, days=EVERY_DAY | _HOLIDAYS) for part in hours]
        rules = [f"{gaps} unknown"] if gaps else []
        rules += [_rule(part) for part in hours]
        rules += [f"{_day_names(closed)} off"] if closed else []
        return "; ".join(rules + rest)

    def _exceptions(self, hours: Sequence[_Hours]) -> tuple[Days, list[str]]:
        """Return the days on which it is closed, and a rule for holidays of which nothing is known."""
        closed, named = self._closed, _union(part.days for part in hours)
        _require(WORKDAY_MARK not in closed and not closed >= EVERY_DAY)
        _require(not (closed and PUBLIC_HOLIDAY in named))
        _require(not (self._is_usual and (PUBLIC_HOLIDAY in closed or WORKDAY_MARK in named)))
        if WORKDAY_MARK not in named or PUBLIC_HOLIDAY in closed | named:
            return closed, []
        if named & WEEKEND:
            return closed, ["PH unknown"]  # neither workdays nor the weekends that have hours of their own
        return closed | _HOLIDAYS, []


def _items(found: Sequence[Token]) -> Iterator[tuple[str, Sequence[Token]]]:
    """Part the tokens into the items of the grammar; fillers and gaps say nothing."""
    said = [token for token in found if token.kind not in "fo,"]
    while match := _DAYS_BEHIND_TIMES.search(kinds := _kinds(said)):
        # 9:00-17:00(周一至周五) becomes 周一至周五 9:00-17:00, with a stop so that nothing behind it is drawn in.
        _require(not kinds[: match.start()].endswith("d"))
        times, days = said[slice(*match.span(1))], said[slice(*match.span(2))]
        said = [*said[: match.start()], *days, *times, Token("|"), *said[match.end() :]]
    _require(_BRACKETS.fullmatch(kinds) is not None)
    position = 0
    while position < len(said):
        item = _ITEM.match(kinds, position)
        if item is None or item.lastgroup is None:
            raise _UnclearError
        yield item.lastgroup, said[item.start() : item.end()]
        position = item.end()


def _kinds(said: Iterable[Token]) -> str:
    return "".join(token.kind for token in said)


def _union(groups: Iterable[Days]) -> Days:
    return frozenset[int]().union(*groups)


def _together(groups: Sequence[Days]) -> Days:
    """Return days named one after another; they must differ, or be two names of the same: 周一至周五(工作日)."""
    days = _union(groups)
    is_same = len({group & EVERY_DAY for group in groups}) == 1
    _require(is_same or sum(len(group) for group in groups) == len(days))
    return days


def _settled(hours: Iterable[_Hours]) -> list[_Hours]:
    """Return hours that do not speak of the same day twice, those of holidays last, for they overrule."""
    merged: dict[tuple[Season | None, Days], tuple[Minutes, ...]] = {}
    for part in hours:
        key = part.season, part.days
        merged[key] = merged.get(key, ()) + part.spans
    settled = [_Hours(season, days, _in_order(spans)) for (season, days), spans in merged.items()]
    seasons = {part.season for part in settled}
    _require(None not in seasons or len(seasons) == 1)
    for season in seasons:
        _require_apart([part.days for part in settled if part.season == season])
    return sorted(settled, key=lambda part: PUBLIC_HOLIDAY in part.days)


def _require_apart(groups: Sequence[Days]) -> None:
    """Refuse days that have hours twice, and 节假日 where weekends have none."""
    _require(len(groups) == 1 or all(groups))
    named: set[int] = set()
    for group in groups:
        days = group & (EVERY_DAY | _HOLIDAYS)
        _require(not days & named)
        named |= days
    _require(LOOSE_HOLIDAY_MARK not in _union(groups) or named >= WEEKEND)


def _in_order(spans: Sequence[Minutes]) -> tuple[Minutes, ...]:
    """Refuse ranges that overlap or go back: 8:30-11:30, 1:30-5:00 means the afternoon."""
    if set(spans) == {_ALL_DAY}:
        return (_ALL_DAY,)
    _require(all(before[1] <= after[0] for before, after in pairwise(spans)))
    _require(spans[-1][1] - DAY_MIN <= spans[0][0])
    return tuple(spans)


def _gaps(seasons: Iterable[Season]) -> str:
    """Return the dates that no season has, as OSM dates; refuse seasons that share a day."""
    taken: list[int] = []
    for season in seasons:
        first, last = _YEAR.index((season[0], season[1] or 1)), _last_day(season)
        taken += [(first + step) % len(_YEAR) for step in range((last - first) % len(_YEAR) + 1)]
    free = set(range(len(_YEAR))) - set(taken)
    _require(len(free) + len(taken) == len(_YEAR))
    starts = sorted(day for day in free if (day - 1) % len(_YEAR) not in free)
    ends = sorted(day for day in free if (day + 1) % len(_YEAR) not in free)
    if starts and ends[0] < starts[0]:  # the last gap runs over New Year
        ends = ends[1:] + ends[:1]
    return ",".join(_season((*_YEAR[start], *_YEAR[end])) for start, end in zip(starts, ends, strict=True))


def _last_day(season: Season) -> int:
    return _YEAR.index((season[2], season[3] or MONTH_DAYS[season[2] - 1]))


def _rule(part: _Hours) -> str:
    """Write hours as one OSM rule."""
    is_daily = part.season is None and (not part.days or part.days >= EVERY_DAY)
    if is_daily and part.spans[0][1] - part.spans[0][0] == DAY_MIN:
        return "24/7"
    # Bare times that run past midnight may be meant otherwise; with days beside them they may not.
    days = part.days or (EVERY_DAY if part.spans[-1][1] > DAY_MIN else part.days)
    times = ",".join(f"{_clock(start)}-{_clock(end, start)}" for start, end in part.spans)
    return " ".join(filter(None, (_season(part.season), _day_names(days), times)))


def _clock(minute: int, start: int = 0) -> str:
    """Write a time; one of the next day plainly, unless it is no earlier than the start: 32:00."""
    if minute > DAY_MIN and minute - DAY_MIN < start:
        minute -= DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"


def _season(season: Season | None) -> str:
    """Write ``Nov 15-Mar 15``, or ``Nov-Mar`` for whole months."""
    if season is None:
        return ""
    first_month, first_day, last_month, last_day = season
    first, last = _MONTHS[first_month - 1], _MONTHS[last_month - 1]
    if first_day is None or last_day is None:
        return first if first == last else f"{first}-{last}"
    return f"{first} {first_day}-{last} {last_day}"


def _day_names(days: Days) -> str:
    """Write ``Mo-Fr,Su,PH``."""
    starts = [day for day in range(7) if day in days and (day == 0 or day - 1 not in days)]
    ends = [day for day in range(7) if day in days and (day == 6 or day + 1 not in days)]
    runs = [
        WEEKDAY_NAMES[start] if start == end else f"{WEEKDAY_NAMES[start]}-{WEEKDAY_NAMES[end]}"
        for start, end in zip(starts, ends, strict=True)
    ]
    return ",".join([*runs, *(["PH"] if PUBLIC_HOLIDAY in days else [])])
