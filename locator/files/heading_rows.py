"""Finding the rows of headings, on one level or several, and joining the levels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from locator.files.cell_grids import Row, Span
from locator.files.heading_search import Vocabulary

ROWS_ABOVE: Final = 40
"""The number of rows in which headings are looked for."""
LEVELS: Final = 3
"""The most levels of headings."""
BETWEEN: Final = "/"
"""What stands between the levels of a heading: 坐标/经度."""

_NUMBER: Final = re.compile(r"[-+]?[\d.,]+%?")
_LONGEST: Final = 40  # characters of a heading; longer texts explain
_TITLE_LIKE: Final = re.compile(
    r"^[^()（）:：]{1,10}[:：]\s*\S|(?:19|20)\d\d\s*[-./年]|第.{1,3}页|[。；！]|^(?:填[报表]|制表|审核|统计|报送).{0,4}(?:单位|部门|日期|时间|人)"
)


class HeadingRows(NamedTuple):
    """Which of some rows are headings, counted from 0, both inclusive."""

    first: int
    last: int


class _Top(NamedTuple):
    """The rows in which headings are looked for."""

    numbers: Sequence[int]
    rows: Sequence[Row]
    spans: Sequence[Span]
    width: int


def is_word(cell: Any) -> bool:
    """Tell whether a cell is a text and no number."""
    return isinstance(cell, str) and not _NUMBER.fullmatch(cell)


def count_known(cells: Sequence[Any], vocabulary: Vocabulary | None) -> tuple[int, int]:
    """Return how many fields the cells of a row name: of those with a word of their own, and of all.

    What a list counts or asks for, such as ``amenity:water``, also stands in its rows.
    """
    if vocabulary is None:
        return 0, 0
    texts = [cell for cell in cells if isinstance(cell, str) and len(cell) <= _LONGEST and is_word(cell)]
    fields = vocabulary.matches(dict.fromkeys(texts))
    return sum(":" not in field for field in fields), len(fields)


def find_heading_rows(
    numbers: Sequence[int],
    rows: Sequence[Row],
    vocabulary: Vocabulary | None = None,
    spans: Sequence[Span] = (),
    given: int | None = None,
) -> HeadingRows:
    """Find the headings among the first rows.

    They are in the first of the rows that name most fields. Where no row names two, it is the first row of as many
    texts as the list has columns. Rows next to it belong to them where merged or empty cells show it.

    Parameters
    ----------
    numbers, rows
        The first rows that are not empty, at least one, and their numbers in the file.
    vocabulary
        The words for headings, if they are known.
    spans
        The merged cells.
    given
        The number of a row of headings, if it is known.
    """
    top = _Top(numbers, rows, spans, max(map(len, rows)))
    base = _given(numbers, given) if given is not None else _base(rows, vocabulary)
    first = last = base
    while first and last - first + 1 < LEVELS and _is_level(top, first - 1, first):
        first -= 1
    while last + 1 < len(rows) and last - first + 1 < LEVELS and _is_level(top, last, last + 1):
        last += 1
    return HeadingRows(first, last)


def _given(numbers: Sequence[int], given: int) -> int:
    return max((n for n, number in enumerate(numbers) if number <= given), default=0)


def _base(rows: Sequence[Row], vocabulary: Vocabulary | None) -> int:
    known = [count_known(row, vocabulary) for row in rows]
    best = max(known)
    if best[1] > 1:
        return known.index(best)
    words = [sum(map(is_word, row)) * (not _is_title_like(row)) for row in rows]
    filled = sorted(len(row) - row.count(None) for row in rows)
    typical = filled[len(filled) // 2]
    wide: Callable[[int], bool] = lambda count: count > 1 and 2 * count >= typical  # noqa: E731
    return next((n for n, count in enumerate(words) if wide(count)), _first_of_two(rows, words))


def _first_of_two(rows: Sequence[Row], words: Sequence[int]) -> int:
    plainly = next((n for n, count in enumerate(words) if count > 1), None)
    return next((n for n, row in enumerate(rows) if sum(map(is_word, row)) > 1), 0) if plainly is None else plainly


def _is_title_like(row: Row) -> bool:
    """Tell whether a row says something about the list: 填报单位：某区总工会."""
    texts = [cell for cell in row if isinstance(cell, str)]
    return any(len(text) > _LONGEST or _TITLE_LIKE.search(text) for text in texts)


# Levels


def _is_level(top: _Top, upper: int, lower: int) -> bool:
    """Tell whether a row of headings goes on in the next."""
    above, below = top.rows[upper], top.rows[lower]
    if top.numbers[lower] != top.numbers[upper] + 1 or not all(map(_may_head, (above, below))):
        return False
    if _is_title_like(above) or _is_title_like(below):
        return False
    spans = [
        span for span in top.spans if span.top <= top.numbers[upper] <= span.bottom and span.width < top.width
    ]
    if any(span.bottom >= top.numbers[lower] for span in spans):
        return True
    groups = [span for span in spans if span.width > 1]
    return _is_grouped(above, below, groups) if groups else _complement(above, below)


def _may_head(row: Row) -> bool:
    """Tell whether all cells of a row may be headings."""
    cells = [cell for cell in row if cell is not None]
    return bool(cells) and all(is_word(cell) and len(cell) <= _LONGEST for cell in cells)


def _filled(row: Row, columns: range) -> int:
    return sum(column < len(row) and row[column] is not None for column in columns)


def _is_grouped(above: Row, below: Row, groups: Sequence[Span]) -> bool:
    """Tell whether merged headings have others below, and those that are not merged have none."""
    grouped = {column for span in groups for column in range(span.left, span.right + 1)}
    alone = [column for column in range(min(len(above), len(below))) if column not in grouped]
    is_split = any(_filled(below, range(span.left, span.right + 1)) > 1 for span in groups)
    return is_split and all(above[column] in (None, below[column]) or below[column] is None for column in alone)


def _complement(above: Row, below: Row) -> bool:
    """Tell whether the next row has texts where this one has gaps, and gaps below its other texts."""
    width = max(len(above), len(below))
    up = [column < len(above) and above[column] is not None for column in range(width)]
    down = [column < len(below) and below[column] is not None for column in range(width)]
    if sum(up) < 2 or not any(here and not there for here, there in zip(down, up, strict=True)):
        return False
    # Below the gap, and below the text that stands before the gap.
    under = all(up[c] is False or (c + 1 < width and not up[c + 1]) for c in range(width) if down[c])
    if under and any(there and not here for here, there in zip(down, up, strict=True)):
        return True
    names = [cell for cell in below if cell is not None]
    return under and len(set(names)) < len(names)  # 度 分 秒 度 分 秒


def join_levels(
    numbers: Sequence[int], rows: Sequence[Row], spans: Sequence[Span], width: int
) -> list[str | None]:
    """Join the levels of headings of each column: 坐标 above 经度 is 坐标/经度; ``None`` where it has none."""
    levels = [_spread(number, row, rows, spans, width) for number, row in zip(numbers, rows, strict=True)]
    headings = list[str | None]()
    for column in range(width):
        texts = [" ".join(str(level[column]).split()) for level in levels if level[column] is not None]
        distinct = [text for n, text in enumerate(texts) if not n or text != texts[n - 1]]
        headings.append(BETWEEN.join(distinct) or None)
    return headings


def _spread(number: int, row: Row, rows: Sequence[Row], spans: Sequence[Span], width: int) -> list[Any]:
    """Give the headings of a level to all columns that they stand over."""
    cells = [*row, *[None] * (width - len(row))]
    over = [span for span in spans if span.top <= number <= span.bottom and span.left < width]
    for span in over:
        if span.width > 1 and span.top == number:
            for column in range(span.left + 1, min(span.right + 1, width)):
                cells[column] = cells[span.left] if cells[column] is None else cells[column]
    if over or row is rows[-1]:
        return cells
    below = rows[-1]
    group = None
    for column in range(width):
        has_lower = column < len(below) and below[column] is not None
        if cells[column] is not None:
            group = cells[column] if has_lower else None
        elif has_lower:
            cells[column] = group
    return cells
