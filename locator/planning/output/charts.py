"""Charts of planning figures, drawn on axes with round numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from locator.geo.geodesy import FloatArray
from locator.language.catalogue import counting_unit
from locator.language.messages import message
from locator.planning.measures.coverage import HOURS_OF_WEEK
from locator.planning.output.drawings import DATA, INK, OTHER, Drawing, ticks
from locator.planning.siting.plans import Plan
from locator.planning.study import Study
from locator.stations.hours import WEEKDAYS

GRID: Final = 0.18
SIZE_PX: Final = (600, 320)
SQUARE_PX: Final = (440, 440)
MARGIN_PX: Final = (56, 52, 22, 52)
"""Left, bottom, right, top."""
POINTS: Final = 200
"""A longer curve is thinned to this many points: 1/200 of the width is less than the width of a line."""
BARS: Final = 30
DOTS: Final = 60
"""More sites than these are a line without dots."""

IN_AXES: Final = "axes fraction"
ON_X_AXIS: Final = ("data", "axes fraction")
ON_Y_AXIS: Final = ("axes fraction", "data")

_MANY: Final = 10_000
"""From this many persons on, an axis counts in thousands, or in 万."""
_NOTHING: Final = message("There is no demand, so there is nothing to draw")
_NO_SITES: Final = message("No site adds anything")


def study_chart(name: str, study: Study, plan: Plan | None, lang: str, *, fewest: bool = False) -> bytes:
    """Draw a chart of a study: ``week``, ``lorenz``, ``distance``, or ``gain`` if there is a plan.

    It is an ``svg`` element, UTF-8; the same figures give the same bytes.
    """
    coverage = study.coverage
    if name == "lorenz":
        return lorenz_chart(coverage.lorenz, coverage.total.gini, lang)
    if name == "distance":
        return distance_chart(coverage.distance_m, study.demand.weight, study.question.radius_m, lang)
    if name == "gain" and plan is not None:
        return gain_chart(plan, lang, fewest=fewest)
    return week_chart(coverage.week, lang)


def week_chart(week: FloatArray | None, lang: str) -> bytes:
    """Draw the share near an open station hour by hour, and name the worst hour; 600 by 320 px.

    `week` is (168,) shares 0-1 from Monday 00:00; ``None`` without demand, and then there is nothing to draw.
    """
    title = message("The share covered, hour by hour of a week").to(lang)
    y_label = message("Share of demand near an open station").to(lang)
    chart = _Chart("week", title, y_label)
    if week is None:
        return chart.blank(_NOTHING.to(lang))
    chart.y_axis(*_percent_axis(0.0, float(week.max())))
    chart.axes.set_xlim(0, HOURS_OF_WEEK)
    for day, word in enumerate(WEEKDAYS):
        chart.axes.axvline(day * 24, color=INK, alpha=GRID, linewidth=1)
        chart.below(day * 24 + 12, word.to(lang))
    chart.axes.stairs(week, np.arange(HOURS_OF_WEEK + 1), color=DATA, linewidth=2, baseline=None, gid="data")
    chart.axes.stairs(week, np.arange(HOURS_OF_WEEK + 1), color=DATA, alpha=0.15, fill=True)
    chart.x_label(message("Beijing time").to(lang))
    worst = int(week.argmin())
    sentence = _worst_hour(week, worst, lang)
    chart.flag(worst + 0.5, sentence, float(week[worst]))
    best = f"{week.max():.1%}"
    return chart.finish(message("{worst}; at best {best}", worst=sentence, best=best).to(lang))


def _worst_hour(week: FloatArray, worst: int, lang: str) -> str:
    day, hour = WEEKDAYS[worst // 24].to(lang), worst % 24
    more = int((week == week[worst]).sum()) - 1
    hours = f"{day} {hour:02d}:00–{hour + 1:02d}:00"
    if more:
        hours = message("{hours} and {more} more", hours=hours, more=more, all=more + 1)
    return message("Worst hour: {hours}, {share}", hours=hours, share=f"{week[worst]:.1%}").to(lang)


def lorenz_chart(lorenz: FloatArray, gini: float | None, lang: str) -> bytes:
    """Draw the Lorenz curve of distance (`Coverage.lorenz`) against the line of equality; 440 by 440 px.

    Where the Gini coefficient is ``None`` there is nothing to draw.
    """
    title = message("Lorenz curve of distance").to(lang)
    chart = _Chart("lorenz", title, message("Share of all distance").to(lang), SQUARE_PX)
    if gini is None or len(lorenz) == 0:
        return chart.blank(_NOTHING.to(lang))
    people, distance = _thinned(lorenz).T
    shares = [0, 0.2, 0.4, 0.6, 0.8, 1]
    chart.y_axis(shares, [f"{share:.0%}" for share in shares])
    chart.axes.set_xlim(0, 1)
    for share in shares:
        chart.below(share, f"{share:.0%}")
    chart.x_label(message("Share of persons, nearest first").to(lang))
    chart.axes.fill_between(people, distance, people, color=DATA, alpha=0.15, linewidth=0)
    chart.axes.plot([0, 1], [0, 1], color=OTHER, linewidth=1.5, dashes=(4, 3), gid="equality")
    chart.axes.plot(people, distance, color=DATA, linewidth=2, gid="data", clip_on=False)
    sentence = message("Gini {gini:.3f}", gini=gini).to(lang)
    chart.text((0, 1), sentence, (12, -24), IN_AXES, weight="bold")
    chart.text((0, 1), message("Dashed: all equally far").to(lang), (12, -44), IN_AXES)
    return chart.finish(sentence)


def _thinned(curve: FloatArray) -> FloatArray:
    if len(curve) <= POINTS:
        return curve
    x = np.linspace(0, 1, POINTS)
    return np.column_stack([x, np.interp(x, curve[:, 0], curve[:, 1])])


def gain_chart(plan: Plan, lang: str, *, fewest: bool = False) -> bytes:
    """Draw the share covered by the number of sites, in order of gain, and the proven bound; 600 by 320 px.

    `fewest` says that the plan was for fewest sites, so that its bound is a number of sites. Without sites or
    demand there is nothing to draw.
    """
    title = message("Stations added and the share covered").to(lang)
    chart = _Chart("gain", title, message("Share of demand covered").to(lang))
    if not plan.sites or not plan.total:
        return chart.blank(_NO_SITES.to(lang))
    shares = np.array([*accumulate((site.gain for site in plan.sites), initial=plan.before)]) / plan.total
    bound = shares[-1] if fewest or plan.bound is None else plan.bound / plan.total
    chart.y_axis(*_percent_axis(float(shares[0]), float(max(bound, shares[-1]))))
    last = len(plan.sites)
    chart.axes.set_xlim(0, last)
    for tick in ticks(0, last, 10, integer=True):
        if tick <= last:
            chart.below(tick, f"{tick:.0f}")
    chart.x_label(message("Stations added").to(lang))
    marker = "o" if last <= DOTS else ""
    chart.axes.plot(shares, color=DATA, linewidth=2, marker=marker, markersize=5, gid="data", clip_on=False)
    sentence = _proven(plan, fewest, lang)
    if plan.bound is None:
        chart.text((0, 1), sentence, (0, 8), IN_AXES)
    elif fewest:
        chart.flag(plan.bound, sentence)
    else:
        chart.axes.axhline(bound, color=OTHER, linewidth=1.5, dashes=(4, 3), gid="bound")
        chart.text((0, 1), sentence, (0, 8), IN_AXES)
    reached = message("{n} added: {share:.1%}", n=last, share=shares[-1]).to(lang)
    chart.text((1, 1), reached, (0, 32), IN_AXES, ha="right", weight="bold")
    return chart.finish(message("{reached}; {proven}", reached=reached, proven=sentence).to(lang))


def _proven(plan: Plan, fewest: bool, lang: str) -> str:
    if plan.bound is None and fewest:
        return message("Found by search: nothing proven about how few would do").to(lang)
    if plan.bound is None:
        return message("Found by a heuristic: no bound was proven").to(lang)
    if fewest:
        return message("Proven: no fewer than {n:.0f}", n=plan.bound).to(lang)
    share = f"{plan.bound / plan.total:.1%}"
    return message("Dashed: proven that no choice exceeds {share}", share=share).to(lang)


def distance_chart(distance_m: FloatArray, weight: FloatArray, radius_m: float, lang: str) -> bytes:
    """Draw a histogram of persons by distance to the nearest station, and mark the radius; 600 by 320 px.

    Parameters
    ----------
    distance_m
        (n,) per demand point; inf where there is no station, which counts as farthest.
    weight
        (n,) persons per demand point; without any there is nothing to draw.
    radius_m
        Points at exactly this distance are within. The bars go to three times as far, the last is for the rest.
    """
    title = message("How far people are from the nearest station").to(lang)
    persons = _by_distance(distance_m, weight, radius_m)
    unit, y_label = _persons_unit(float(persons.max()), lang)
    chart = _Chart("distance", title, y_label)
    if not persons.any():
        return chart.blank(_NOTHING.to(lang))
    within = BARS // 3
    numbers = ticks(0, float(persons.max()), 5)
    chart.y_axis(numbers, [f"{number / unit:,.5g}" for number in numbers])
    chart.axes.set_xlim(0, BARS + 1)
    for first, last, colour, gid in ((0, within, DATA, "within"), (within, BARS + 1, OTHER, "beyond")):
        edges = np.arange(first, last + 1)
        chart.axes.stairs(persons[first:last], edges, color=colour, fill=True, gid=gid)
    for bar in range(0, BARS + 1, 5):
        chart.below(bar, f"{bar * radius_m / within:g}{'+' * (bar == BARS)}")
    chart.x_label(message("Distance to the nearest station (m)").to(lang))
    share = f"{persons[:within].sum() / persons.sum():.1%}"
    sentence = message("Within {radius:g} m: {share}", radius=radius_m, share=share).to(lang)
    chart.flag(within, sentence)
    return chart.finish(sentence)


def _by_distance(distance_m: FloatArray, weight: FloatArray, radius_m: float) -> FloatArray:
    """Add up persons in bars that include their upper edge; the last takes the rest."""
    step_m = radius_m * 3 / BARS
    bars = np.clip(np.ceil(np.minimum(distance_m, radius_m * 4) / step_m) - 1, 0, BARS).astype(np.intp)
    return np.bincount(bars, weights=weight, minlength=BARS + 1).astype(np.float64)


def _persons_unit(most: float, lang: str) -> tuple[int, str]:
    """Return by what the persons on an axis are divided, and the name of that unit."""
    if most < _MANY:
        return 1, message("Persons").to(lang)
    unit = counting_unit(lang)
    label = message("Persons (thousands)") if unit == 1000 else message("Persons (tens of thousands)")
    return unit, label.to(lang)


def _percent_axis(low: float, high: float) -> tuple[Sequence[float], list[str]]:
    """Choose ticks for shares from low to high."""
    shares = ticks(low, high, 5, steps=[1, 2, 2.5, 5, 10])
    return shares, [f"{100 * share:.4g}%" for share in shares]


class _Chart(Drawing):
    """A drawing with axes that are labelled."""

    def __init__(self, name: str, title: str, y_label: str, size_px: tuple[int, int] = SIZE_PX) -> None:
        super().__init__(name, title, size_px, MARGIN_PX)
        # Above the axis and horizontal, so that it is read without turning the head.
        self.text((0, 1), y_label, (8 - MARGIN_PX[0], 32), IN_AXES)

    def y_axis(self, numbers: Sequence[float], labels: Sequence[str]) -> None:
        """Set and label the y axis."""
        self.axes.set_ylim(numbers[0], numbers[-1])
        for number, label in zip(numbers, labels, strict=True):
            self.axes.axhline(number, color=INK, alpha=GRID, linewidth=1)
            self.text((0, number), label, (-8, 0), ON_Y_AXIS, ha="right", va="center_baseline")

    def below(self, x: float, label: str) -> None:
        """Label a position on the x axis."""
        self.text((x, 0), label, (0, -18), ON_X_AXIS, ha="center")

    def x_label(self, label: str) -> None:
        """Name the x axis."""
        self.text((0.5, 0), label, (0, -40), IN_AXES, ha="center")

    def flag(self, x: float, label: str, y: float | None = None) -> None:
        """Mark a position on the x axis by a line with a label on top, and a dot at y."""
        self.axes.axvline(x, color=INK, linewidth=1, dashes=(2, 2), gid="flag")
        if y is not None:
            self.axes.plot([x], [y], "o", color=INK, markersize=7, gid="dot", clip_on=False)
        low, high = self.axes.get_xlim()
        share = (x - low) / (high - low)
        ha = "left" if share < 1 / 3 else "right" if share > 2 / 3 else "center"
        self.text((x, 1), label, (0, 8), ON_X_AXIS, ha=ha, weight="bold")

    def blank(self, sentence: str) -> bytes:
        """Finish a chart in which there is nothing to draw, and say why."""
        self.text((0.5, 0.5), sentence, (0, 0), IN_AXES, ha="center")
        return self.finish(sentence)
