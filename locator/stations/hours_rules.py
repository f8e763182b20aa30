"""The rules of an opening hours expression: which apply on a day, and the states they give.

``opening-hours-py`` parses the syntax and matches dates. Weekdays, public holidays and shifts past midnight are
handled here: that library knows a single day per Chinese festival, and cuts off a night shift if the next day
has a rule of its own. Here a shift belongs to the day on which it starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from locator.errors import UsageError

if TYPE_CHECKING:
    from opening_hours import OpeningHours


class OpenState(StrEnum):
    """Whether a station is open."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


WEEKDAY_NAMES: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
PUBLIC_HOLIDAY: Final = 7
"""Used in a rule's days beside the weekdays 0 (Monday) to 6."""
WORKDAYS: Final = frozenset(range(5))
WEEKEND: Final = frozenset({5, 6})
EVERY_DAY: Final = WORKDAYS | WEEKEND
DAY_MIN: Final = 24 * 60

Span = tuple[int, int, OpenState]
"""Start and end in minutes after midnight, the end perhaps on the next day, and the state."""

_WHOLE_DAY: Final = (0, DAY_MIN)
_COMMENT: Final = re.compile(r'(?P<state>\b(?:open|closed|off|unknown))?\s*"[^"]*"(?P<colon>\s*:)?', re.I)
_WEEKDAY: Final = f"(?:{'|'.join(WEEKDAY_NAMES)})"
_DAYS: Final = re.compile(rf"(?:{_WEEKDAY}(?:-{_WEEKDAY})?|PH)(?:,(?:{_WEEKDAY}(?:-{_WEEKDAY})?|PH))*")
_TIMES: Final = re.compile(r"\(?(?:\d\d:|sunrise|sunset|dawn|dusk)")
_SPAN: Final = re.compile(r"(\d\d):(\d\d)(?:-(\d\d):(\d\d))?(\+)?(?:/[\d:]+)?")
# The library accepts two things that are refused here: impossible dates, which it matches on every day, and
# weekdays beside a holiday word: in OSM syntax "holidays on these weekdays", to the library "these weekdays too".
_NO_SUCH_DATE: Final = re.compile(r"Feb 3[01]|(?:Apr|Jun|Sep|Nov) 31")
_TWO_WAYS: Final = re.compile(rf"\b[PS]H +{_WEEKDAY}|{_WEEKDAY} +[PS]H\b")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an expression."""

    separator: str
    """Its relation to earlier rules: ``;`` replaces, ``,`` adds, ``||`` is a fallback."""
    dates: OpeningHours | None
    """Open at noon on the days of its dates; ``None`` for every date."""
    days: frozenset[int] | None
    """Weekdays and `PUBLIC_HOLIDAY`; ``None`` for every day."""
    state: OpenState
    spans: tuple[Span, ...]
    """Its hours; empty if it closes the whole day."""

    def holds(self, day: date, weekday: int, is_holiday: bool) -> bool:
        """Tell whether the rule applies on a day that counts as the given weekday."""
        days = self.days
        if days is not None and not _is_among(days, weekday, is_holiday):
            return False
        return self.dates is None or self.dates.is_open(datetime(day.year, day.month, day.day, 12))

    @property
    def is_every_day(self) -> bool:
        """Whether it applies on every day of every year."""
        return self.dates is None and self.days is None

    @property
    def sets_holidays_apart(self) -> bool:
        """Whether it applies on public holidays but not on all workdays."""
        return self.days is not None and PUBLIC_HOLIDAY in self.days and not self.days >= WORKDAYS


def canonical(expression: str) -> str:
    """Normalize an OSM opening_hours expression, without its comments.

    A rule with nothing but a comment has the state unknown, as specified by the syntax.

    Raises
    ------
    UsageError
        If it is not valid OSM syntax, has an impossible date, or is ambiguous.
    """
    # Imported late: it takes 15 ms, and not every command needs opening hours.
    from opening_hours import OpeningHours, validate

    bare = _COMMENT.sub(_state_of_comment, expression).strip()
    if not (validate(expression) and validate(bare)):
        raise UsageError(
            "{value!r} is not in OSM opening_hours syntax. Write, for example, Mo-Fr 08:30-17:30; PH off.",
            value=expression,
        )
    text = str(OpeningHours(bare))
    if fault := _NO_SUCH_DATE.search(text):
        raise UsageError("No year has a {value}. Correct the date.", value=fault.group())
    if fault := _TWO_WAYS.search(expression):
        raise UsageError(
            "{value!r} can be read in two ways. Put a comma between weekdays and holidays.",
            value=fault.group(),
        )
    return text


def _state_of_comment(match: re.Match[str]) -> str:
    """Return the state that replaces a comment; none for a comment that labels dates."""
    return "" if match["colon"] else match["state"] or " unknown"


def parse(text: str) -> tuple[Rule, ...]:
    """Return the rules of an expression in `canonical` form, in order."""
    parts = re.split(r"(; | \|\| |, )", text)
    separators = [";", *(part.strip() for part in parts[1::2])]
    return tuple(_rule(separator, text) for separator, text in zip(separators, parts[::2], strict=True))


def _rule(separator: str, text: str) -> Rule:
    """Parse a rule in canonical form: dates, weekdays, times, state, separated by spaces."""
    from opening_hours import OpeningHours

    words = text.split(" ")
    state = OpenState(words.pop()) if words[-1] in (OpenState.CLOSED, OpenState.UNKNOWN) else OpenState.OPEN
    times = words.pop() if words and _TIMES.match(words[-1]) else None
    days = _days(words.pop()) if words and _DAYS.fullmatch(words[-1]) else None
    dates = " ".join(words).removeprefix("24/7")
    if re.search(r"\b[PS]H\b", dates):
        # There is no calendar of school holidays, nor of days relative to a holiday.
        return Rule(",", None, None, OpenState.UNKNOWN, ((*_WHOLE_DAY, OpenState.UNKNOWN),))
    return Rule(separator, OpeningHours(dates) if dates else None, days, state, _spans(times, state))


def _days(text: str) -> frozenset[int] | None:
    """Parse ``Mo-Fr,PH``; every weekday is ``None``, since holidays change nothing then."""
    days: set[int] = set()
    for part in text.split(","):
        if part == "PH":
            days.add(PUBLIC_HOLIDAY)
            continue
        first, _, last = part.partition("-")
        start, end = WEEKDAY_NAMES.index(first), WEEKDAY_NAMES.index(last or first)
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return None if days >= EVERY_DAY else frozenset(days)


def _spans(times: str | None, state: OpenState) -> tuple[Span, ...]:
    """Parse ``08:30-12:00,22:00-06:00``; times by the sun are unknown, and so is what follows an open end."""
    if times is None:
        return () if state is OpenState.CLOSED else ((*_WHOLE_DAY, state),)
    spans: list[Span] = []
    for text in times.split(","):
        match = _SPAN.fullmatch(text)
        if match is None:
            return ((*_WHOLE_DAY, OpenState.UNKNOWN),)
        start = int(match[1]) * 60 + int(match[2])
        end = int(match[3]) * 60 + int(match[4]) if match[3] else start
        if match[3]:
            end += DAY_MIN if end <= start else 0
            spans.append((start, end, state))
        if match[5] and end < DAY_MIN:
            spans.append((end, DAY_MIN, OpenState.UNKNOWN if state is OpenState.OPEN else state))
    return tuple(spans)


def is_for_workdays(rules: Iterable[Rule]) -> bool:
    """Tell whether the hours are those of China's workdays, and so apply on make-up workdays too.

    They are if Monday to Friday have hours that the weekend does not share, with an exception for public holidays.
    """
    rules = list(rules)
    closed = frozenset[int]().union(*(rule.days or () for rule in rules if not rule.spans and rule.dates is None))
    weekdays: set[int] = set()
    for rule in rules:
        days = (EVERY_DAY if rule.days is None else rule.days) - closed
        if rule.state is OpenState.OPEN and not days >= WEEKEND:
            weekdays |= days
    return weekdays >= WORKDAYS and any(rule.sets_holidays_apart for rule in rules)


def plan(rules: Iterable[Rule]) -> tuple[Span, ...]:
    """Return the spans that start on a day from the rules that apply; later spans take precedence."""
    spans: list[Span] = []
    is_closed = False
    for rule in rules:
        if rule.separator == "||":
            spans = spans if is_closed else [*rule.spans, *spans]
        elif not rule.spans:
            spans, is_closed = [], True
        elif rule.separator == "," or rule.state is OpenState.CLOSED:
            spans += rule.spans
        else:
            spans, is_closed = list(rule.spans), False
    return tuple(spans)


def changes(yesterday: Sequence[Span], today: Sequence[Span]) -> tuple[tuple[int, OpenState], ...]:
    """Return a day's states in order, each with the minute at which it begins; the first begins at 0.

    Parameters
    ----------
    yesterday, today
        The plans of the day before, whose last shift may extend into this day, and of this day.
    """
    spilt = [(start - DAY_MIN, end - DAY_MIN, state) for start, end, state in yesterday]
    edges = {0} | {edge for span in (*spilt, *today) for edge in span[:2] if 0 < edge < DAY_MIN}
    states: list[tuple[int, OpenState]] = []
    for minute in sorted(edges):
        state = _state_at(minute, spilt, today)
        if not states or states[-1][1] is not state:
            states.append((minute, state))
    return tuple(states)


def mean_the_same(first: str, second: str) -> bool:
    """Tell whether two expressions give the same states; those with dates must be written alike."""
    texts = canonical(first), canonical(second)
    if texts[0] == texts[1]:
        return True
    rules, others = map(parse, texts)
    if any(rule.dates for rule in (*rules, *others)):
        return False
    days = [(weekday, is_holiday) for weekday in range(len(WEEKDAY_NAMES)) for is_holiday in (False, True)]
    return all(_states(rules, day) == _states(others, day) for day in days)


def _states(rules: Iterable[Rule], day: tuple[int, bool]) -> list[tuple[tuple[int, OpenState], ...]]:
    """Return the states that the shifts of a day give that day and the next."""
    spans = plan(rule for rule in rules if rule.days is None or _is_among(rule.days, *day))
    return [changes((), spans), changes(spans, ())]


def _is_among(days: frozenset[int], weekday: int, is_holiday: bool) -> bool:
    return weekday in days or (is_holiday and PUBLIC_HOLIDAY in days)


def _state_at(minute: int, spilt: Sequence[Span], today: Sequence[Span]) -> OpenState:
    """Return the state at a minute: closed by a rule of today first, then open by a shift of either day."""
    own = next((state for start, end, state in reversed(today) if start <= minute < end), None)
    night = next((state for start, end, state in reversed(spilt) if start <= minute < end), None)
    if own is OpenState.CLOSED:
        return own
    if OpenState.OPEN in (own, night):
        return OpenState.OPEN
    return OpenState.UNKNOWN if OpenState.UNKNOWN in (own, night) else OpenState.CLOSED
