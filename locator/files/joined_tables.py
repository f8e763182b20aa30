"""The tables of a file as one: which worksheets are read, and their columns and rows put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from locator.errors import GeodataError, UsageError
from locator.files.cell_grids import Grid, Grids, Row, trimmed
from locator.files.extra_rows import REASONS, Extra
from locator.files.heading_rows import count_known
from locator.files.heading_search import Vocabulary
from locator.files.limits import MAX_COLUMNS, refuse_columns, refuse_rows
from locator.files.table_shape import Part, Shaped, Table, blank_rows, shape
from locator.files.table_titles import day_of, district_in, is_no_list, place_groups
from locator.files.tables import Columns, Content, LeftOut, Worksheet, unique_headings
from locator.language.characters import plain
from locator.language.messages import Message, listed, message

_BLANKS: Final = 100  # empty rows that are listed
_TITLES, _TITLE_LENGTH = 300, 300
_ROWS_BELOW, _ROWS_SHOWN, _CELLS_SHOWN, _CELL_LENGTH = 2, 20, 12, 20
_NO_TABLE: Final = 60  # a worksheet without a table, of at most so many rows, explains the list
_LEAST_TURNED: Final = 3
_STATION: Final = frozenset({"name", "address"})
_SHARE: Final = 4  # worksheets are alike if at most one in four of their columns differs

HIDDEN: Final = message("the row is hidden in the file")
FILTERED: Final = message("a filter hides the row in the file")
STRUCK: Final = message("the row is struck out in the file")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be read as a table."""

    vocabulary: Vocabulary | None = None
    """The words for its headings."""
    worksheets: Sequence[str] = ()
    """The worksheets to read; those with the list by default."""
    heading_row: int | None = None
    """The number of a row of headings; found by default."""
    districts: Sequence[str] = ()
    """Names of districts that a worksheet or a title may have."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The one table of a file."""

    parts: Sequence[Part]
    """The tables that it is put together from."""
    headings: Sequence[str | None]
    rows: Sequence[Row]
    """Their cells, which may end before the last heading."""
    notes: tuple[str, ...]
    left_out_notes: tuple[str, ...]
    """The same in sentences as ``left_out`` and ``worksheets`` have it, for those who say only sentences."""
    left_out: tuple[LeftOut, ...]
    worksheets: tuple[Worksheet, ...]
    titles: tuple[str, ...]

    @property
    def numbers(self) -> list[int]:
        """Return the number of each row in the file."""
        return [number for part in self.parts for number in part.table.numbers]

    @property
    def last_heading_row(self) -> int:
        """Return the number of the last row of the first headings."""
        return max(self.parts[0].table.heading_rows, default=0)


def join(found: Grids, file: str, asked: Asked) -> Joined:
    """Find the tables of a file and put those with the same headings together.

    Raises
    ------
    GeodataError
        If there are no rows or too many, or a row has more cells than there are headings.
    UsageError
        If a worksheet is asked for that the file does not have.
    """
    shaped = list(_shaped(found, asked))
    reasons = _reasons_not_read(shaped, file, asked)
    parts = [Part(one, table) for one, why in zip(shaped, reasons, strict=True) if not why for table in one.tables]
    if not parts:
        raise GeodataError("{file} has no rows. Save the list again, with its headings.", file=file)
    _check(parts, file)
    headings, rows = _put_together(parts, asked.vocabulary)
    headings, rows, notes = place_groups(headings, rows, parts, asked.vocabulary, asked.districts)
    return Joined(
        parts,
        headings,
        rows,
        (*found.notes, *_several_note(parts), *notes),
        (*_notes(shaped, reasons), *_blank_note(parts)),
        tuple(_left_out(shaped, reasons, parts)),
        tuple(map(_worksheet, shaped, reasons)) if found.grids[0].name is not None else (),
        tuple(_titles(shaped, reasons)),
    )


def arrange(found: Grids, file: str, asked: Asked) -> Content:
    """Turn the tables of a file into one table of columns, as `join` does.

    Raises
    ------
    GeodataError, UsageError
        As `join`; also if there are too many columns.
    """
    joined = join(found, file, asked)
    parts = joined.parts
    several = len({part.table.worksheet for part in parts}) > 1
    title_rows = [
        row for shaped in {id(part.shaped): part.shaped for part in parts}.values() for row in shaped.title_rows
    ]
    return Content(
        found.kind,
        found.encoding,
        _columns(joined.headings, joined.rows, file, min(part.shaped.grid.left for part in parts)),
        notes=joined.notes,
        row_numbers=tuple(joined.numbers),
        row_worksheets=tuple(part.table.worksheet or "" for part in parts for _ in part.table.rows)
        if several
        else None,
        left_out=joined.left_out,
        marks=dict(_marks(parts, asked.vocabulary)),
        worksheets=joined.worksheets,
        titles=joined.titles,
        listed_on=day_of(title_rows, [text for part in parts for text in part.shaped.titles]),
        heading_rows=parts[0].table.heading_rows,
        first_rows=tuple(_first_rows(parts[0])),
    )


def _first_rows(part: Part) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give the rows down to a few below the headings as texts, each with its number."""
    grid = part.shaped.grid
    last = max(part.table.heading_rows, default=0) + _ROWS_BELOW
    for number, row in zip(grid.numbers[:_ROWS_SHOWN], grid.rows, strict=False):
        if number <= last:
            yield number, tuple(str(cell)[:_CELL_LENGTH] for cell in row[:_CELLS_SHOWN] if cell is not None)


def _shaped(found: Grids, asked: Asked) -> Iterator[Shaped]:
    before: Table | None = None
    for grid in found.grids:
        one = shape(grid, asked.vocabulary, asked.heading_row, before if found.are_pages else None)
        before = one.tables[-1] if one.tables else before
        yield one


def _check(parts: Sequence[Part], file: str) -> None:
    """Refuse worksheets that were not read to the end, and rows in which a delimiter too many shifts the cells."""
    refuse_rows(sum(len(part.table.rows) for part in parts), file)
    for shaped, table in parts:
        refuse_columns(_width(table), file, 1)
        if shaped.grid.is_cut:
            raise GeodataError(
                "{file} has too many rows on its worksheets together. Save each as a file.", file=file
            )
        width = len(table.headings)
        if not shaped.grid.is_exact or max(map(len, table.rows), default=0) <= width:
            continue
        if (n := next((n for n, row in enumerate(table.rows) if len(trimmed(row)) > width), None)) is not None:
            raise GeodataError(
                "{file}, row {row} has {count} cells, where there are {width} headings. Put a cell that has the "
                "delimiter in it between quotation marks.",
                file=file,
                row=table.numbers[n],
                count=len(trimmed(table.rows[n])),
                width=width,
            )


# Which worksheets


def _reasons_not_read(shaped: Sequence[Shaped], file: str, asked: Asked) -> list[Message | None]:
    """Return for each worksheet why it is not read, ``None`` if it is."""
    names = [one.grid.name or "" for one in shaped]
    if asked.worksheets:
        for name in asked.worksheets:
            if name not in names:
                raise UsageError(
                    '{file} has no worksheet "{name}". It has: {names}.',
                    file=file,
                    name=name,
                    names=", ".join(filter(None, names)) or "-",
                )
        return [None if name in asked.worksheets else message("it was not chosen") for name in names]
    main = _main(shaped)
    if main is None:
        return [_EMPTY for _ in shaped]
    if asked.heading_row is None and _is_turned(main, asked.vocabulary):
        raise GeodataError(
            "{file} has its headings one below the other, in the first column, and a station in each of the other "
            "columns. Copy the table, paste it with the option to transpose, and save it again.",
            file=file,
        )
    refuse_columns(_width(main.tables[0]), file, 1)
    return [None if one is main else _why_not(one, main, asked) for one in shaped]


def _is_turned(one: Shaped, vocabulary: Vocabulary | None) -> bool:
    """Tell whether the first column has the headings: it names fields where the first row names none."""
    first = [row[0] for row in one.grid.rows[:_NO_TABLE] if row[0] is not None]
    known = count_known(first, vocabulary)[0]
    return one.known < 2 and known >= _LEAST_TURNED and 2 * known >= len(first)


_EMPTY: Final = message("it is empty")


def _main(shaped: Sequence[Shaped]) -> Shaped | None:
    """Choose the worksheet whose headings name most fields; without such words, the first with a table."""
    filled = [one for one in shaped if one.tables]
    if not filled:
        return None

    def rank(one: Shaped) -> tuple[bool, ...] | tuple[Any, ...]:
        name, grid = one.grid.name or "", one.grid
        is_table = len(grid.rows) > 1 and max(map(len, grid.rows)) > 1
        has_words = one.known > 1
        has_rows = one.row_count > 0
        return (
            has_words and has_rows and not grid.is_hidden,
            has_words and has_rows,
            not is_no_list(name),
            one.known if has_words else 0,
            not grid.is_hidden,
            is_table,
        )

    return max(filled, key=rank)


def _why_not(one: Shaped, main: Shaped, asked: Asked) -> Message | None:
    if not one.tables:
        return _EMPTY
    if is_no_list(one.grid.name or "") and one.known > 1:
        return message("its name says that it is no list in force")
    if one.grid.is_hidden and not main.grid.is_hidden:
        return message("it is hidden")
    keys = set(_keys(main.tables[0], asked.vocabulary))
    others = set(_keys(one.tables[0], asked.vocabulary)) if _width(one.tables[0]) <= MAX_COLUMNS else set()
    differing, all_keys = keys ^ others, keys | others
    are_alike = len(differing) <= max(1, len(all_keys) // _SHARE) and keys & others
    # Each district fills in its own worksheet, one with a column more.
    are_districts = all(district_in(sheet.grid.name or "", asked.districts) for sheet in (one, main))
    if not one.row_count or not (are_alike or (are_districts and keys & others >= _STATION)):
        return (
            message(
                "it has other headings: {headings}",
                headings=listed([name[:20] for name in one.tables[0].headings if name], 8),
            )
            if one.known > 1
            else message("it has no headings of a list")
        )
    return None


def _width(table: Table) -> int:
    return sum(heading is not None for heading in table.headings)


def _worksheet(one: Shaped, reason: Message | None) -> Worksheet:
    rows = tuple(dict.fromkeys(number for table in one.tables for number in table.heading_rows))
    count = len(one.grid.rows) if reason else one.row_count
    return Worksheet(one.grid.name or "", count, reason is None, rows, reason)


# Columns and rows


def _keys(table: Table, vocabulary: Vocabulary | None) -> list[Any]:
    """Return what tells the columns of a table apart from each other, whatever words their headings use."""
    fields = vocabulary.matches(table.headings) if vocabulary else {}
    by_heading = {heading: field for field, heading in fields.items()}
    keys = dict[Any, None]()
    for number, heading in enumerate(table.headings):
        key: Any = number if heading is None else by_heading.get(heading) or f" {plain(heading)}"
        plain_key, again = key, 2
        while key in keys:
            key, again = (plain_key, again), again + 1
        keys[key] = None
    return list(keys)


def _put_together(parts: Sequence[Part], vocabulary: Vocabulary | None) -> tuple[list[str | None], list[Row]]:
    """Put the rows of tables together under the headings of the first, and those that only others have."""
    first = parts[0].table
    if len(parts) == 1:
        return list(first.headings), first.rows
    keys, headings, rows = _keys(first, vocabulary), list(first.headings), list[Row]()
    for _, table in parts:
        own = _keys(table, vocabulary)
        for key, heading in zip(own, table.headings, strict=True):
            if key not in keys:
                keys.append(key)
                headings.append(heading)
        if own == keys[: len(own)]:
            rows += table.rows
        else:
            order = [own.index(key) if key in own else -1 for key in keys]
            rows += [[row[n] if 0 <= n < len(row) else None for n in order] for row in table.rows]
    return headings, rows


def _columns(headings: Sequence[str | None], rows: Sequence[Row], file: str, first: int) -> Columns:
    """Turn rows into columns; a column with neither heading nor cells is left out."""
    cells = list(zip_longest(*rows))
    cells += [(None,) * len(rows)] * (len(headings) - len(cells))
    names = [*headings, *[None] * (len(cells) - len(headings))]
    used = [n for n, name in enumerate(names) if _is_named(names, n) or any(cell is not None for cell in cells[n])]
    refuse_columns(len(used), file, len(rows))
    unique = unique_headings(names, first)
    return {unique[n]: list(cells[n]) for n in used}


def _is_named(names: Sequence[str | None], n: int) -> bool:
    """Tell whether a column has a heading of its own, and none that is merged over it."""
    return names[n] is not None and (not n or names[n] != names[n - 1])


# What is said


def _left_out(
    shaped: Sequence[Shaped], reasons: Sequence[Message | None], parts: Sequence[Part]
) -> Iterator[LeftOut]:
    blanks = list(_blanks(parts))[:_BLANKS]
    for one, reason in zip(shaped, reasons, strict=True):
        if reason:
            if one.tables:
                yield LeftOut(one.grid.name, None, reason)
            continue
        empty = [
            LeftOut(one.grid.name, number, REASONS[Extra.BLANK]) for grid, number in blanks if grid is one.grid
        ]
        yield from sorted([*one.left_out, *empty], key=lambda row: row.row or 0)


def _blanks(parts: Sequence[Part]) -> Iterator[tuple[Grid, int]]:
    """Give the empty rows between the headings of a grid and its last row."""
    grids = {id(part.shaped): part.shaped for part in parts}.values()
    for one in grids:
        last = max(one.tables[0].heading_rows, default=0)
        for number in blank_rows([number for number in one.grid.numbers if number > last], last):
            yield one.grid, number


def _blank_note(parts: Sequence[Part]) -> Iterator[Message]:
    count = sum(1 for _ in _blanks(parts))
    if count:
        yield message("Rows with nothing in them were left out and are not counted: {count}.", count=count)


def _several_note(parts: Sequence[Part]) -> Iterator[Message]:
    names = list(dict.fromkeys(part.table.worksheet or "" for part in parts))
    if len(names) > 1:
        yield message("Several worksheets were read as one table: {names}.", names=_quoted(names))


def _notes(shaped: Sequence[Shaped], reasons: Sequence[Message | None]) -> Iterator[Message]:
    read = [one for one, reason in zip(shaped, reasons, strict=True) if not reason]
    others = [one.grid.name or "" for one, reason in zip(shaped, reasons, strict=True) if reason and one.tables]
    if others and len(read) == 1:
        name = read[0].grid.name or ""
        yield message('Only the sheet "{name}" was read; left out: {others}.', name=name, others=_quoted(others))
    elif others:
        yield message("Worksheets that were left out: {others}.", others=_quoted(others))
    for one in read:
        yield from note_headings(one.tables[0].heading_rows, one.title_rows)


def _quoted(names: Sequence[str]) -> Message:
    return listed([f'"{name}"' for name in names], 20)


def note_headings(rows: tuple[int, ...], above: Sequence[Row]) -> Iterator[Message]:
    """Say from which rows the headings were taken where that is not the first."""
    texts = "; ".join(str(cell)[:40] for row in above for cell in row if cell is not None) or message("nothing")
    if rows and rows[0] != rows[-1]:
        yield message(
            "The headings were taken from rows {first} to {last}; left out above them: {texts}.",
            first=rows[0],
            last=rows[-1],
            texts=texts,
        )
    elif rows and rows[0] > 1:
        yield message(
            "The headings were taken from row {row}; left out above them: {texts}.", row=rows[0], texts=texts
        )


def _titles(shaped: Sequence[Shaped], reasons: Sequence[Message | None]) -> Iterator[str]:
    texts = list[str]()
    for one, reason in zip(shaped, reasons, strict=True):
        texts += [one.grid.name] if one.grid.name else []
        if not reason:
            texts += [*one.titles, *one.grid.below]
        elif one.known < 2 and len(one.grid.rows) <= _NO_TABLE:
            texts += [cell for row in one.grid.rows for cell in row if isinstance(cell, str)]
    yield from (text[:_TITLE_LENGTH] for text in list(dict.fromkeys(texts))[:_TITLES])


def _marks(parts: Sequence[Part], vocabulary: Vocabulary | None) -> Iterator[tuple[int, Message]]:
    """Give the rows, counted from 1, that are hidden or struck out, as a whole or in their name."""
    count = 0
    for shaped, table in parts:
        grid = shaped.grid
        if grid.hidden or grid.filtered or grid.struck:
            name = vocabulary.matches(table.headings).get("name") if vocabulary else None
            column = table.headings.index(name) if name else -1
            for n, (number, row) in enumerate(zip(table.numbers, table.rows, strict=True), count + 1):
                if number in grid.hidden or number in grid.filtered:
                    yield n, FILTERED if number in grid.filtered else HIDDEN
                elif number in grid.struck and _is_struck(
                    row, [struck - table.left for struck in grid.struck[number]], column
                ):
                    yield n, STRUCK
        count += len(table.rows)


def _is_struck(row: Row, struck: Sequence[int], name: int) -> bool:
    texts = {column for column, cell in enumerate(row) if isinstance(cell, str)}
    return name in struck or (bool(texts) and texts <= set(struck))
