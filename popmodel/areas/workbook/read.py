"""Reading a workbook as it comes back: sheets and columns found by what they are called, cells tidied, each with its address.

Nothing is judged here but what no table could hold: the rows go through the same checks as a pack's files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from popmodel.areas.headings import plain
from popmodel.areas.workbook.as_left import age_limits, is_subtotal, is_total, tidied
from popmodel.areas.workbook.assumptions import ASSUMPTION_COLUMNS
from popmodel.areas.workbook.opened import MOST_COLUMNS, Grid, Place, open_workbook
from popmodel.areas.workbook.sheets import (
    AGE,
    ASSUMPTIONS,
    FORMAT,
    FRONT,
    LISTS,
    META,
    SHEETS,
    Choices,
    Field,
    Sheet,
    headings,
    word_of,
)
from popmodel.messages import LANGUAGES, Problem, text

PROBLEMS_SHEET = "problems"
_HEADING_ROWS = 20
_ALL_AGES = "0+"

Cells = Mapping[Place, Any]


@dataclass(frozen=True)
class FoundTable:
    """A sheet's rows as texts in the order of the table's columns; `cells`: the address of each column's cell, by row."""

    sheet: Sheet
    tab: str
    rows: list[list[str]] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def address(self, row: int, column: str | None) -> str:
        """Where a column of a row stands, as a spreadsheet says it; the row where the column has no cell of its own."""
        place = self.cells[row].get(column or "") or f"A{self.lines[row]}"
        return f"{self.tab}!{place}"


@dataclass(frozen=True)
class ChangedAssumption:
    """A new value that someone wrote beside an assumption, as text, and where it stands."""

    key: str
    written: str
    status: str
    source: str
    note: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class FoundWorkbook:
    """What a workbook holds: `meta` is what it said of itself when it was written."""

    path: Path
    meta: Mapping[str, str]
    tables: Mapping[str, FoundTable]
    assumptions: Sequence[ChangedAssumption]


def read_workbook(path: Path, choices: Choices, problems: list[Problem], notices: list[Problem]) -> FoundWorkbook | None:
    """What stands in the workbook; None after adding to `problems` why it cannot be read at all."""
    book = open_workbook(path, problems, notices)
    if book is None:
        return None
    meta = _meta(book.grids.values())
    if meta is None:
        problems.append(Problem("workbook_not_ours", file=str(path)))
        return None
    if meta.get("format") != str(FORMAT):
        problems.append(Problem("workbook_format", {"found": meta.get("format", "–"), "expected": FORMAT}, file=str(path)))
        return None
    problems += book.unsaved
    tables: dict[str, FoundTable] = {}
    assumptions: list[ChangedAssumption] = []
    for tab, grid in book.grids.items():
        if tab in (META, LISTS) or plain(tab) in _names_of(FRONT, PROBLEMS_SHEET):
            continue
        if plain(tab) in _names_of(ASSUMPTIONS) or _is_assumptions(grid.cells):
            assumptions += _assumptions(tab, grid.cells, path, problems)
            continue
        sheet = _recognised(tab, grid.cells)
        if sheet is None:
            if grid.cells:
                notices.append(Problem("workbook_sheet_unread", {"found": tab}, file=str(path)))
        elif sheet.key in tables:
            given = {"found": tab, "first": tables[sheet.key].tab}
            problems.append(Problem("workbook_sheet_twice", given, file=str(path), cell=f"{tab}!A1"))
        else:
            found = _table(sheet, tab, grid, choices, book.epoch, path, problems)
            if found is not None:
                tables[sheet.key] = found
    return FoundWorkbook(path, meta, tables, assumptions)


def _meta(grids: Iterable[Grid]) -> dict[str, str] | None:
    """What the workbook says of itself, on the hidden sheet whatever it is called now."""
    for cells, _ in grids:
        if cells.get((1, 1)) == "format":
            return {str(cells[row, 1]): str(cells.get((row, 2), "")) for row, column in cells if column == 1}
    return None


def _names_of(*keys: str) -> set[str]:
    return {plain(text(f"workbook.sheet.{key}", lang=lang)) for key in keys for lang in LANGUAGES}


def _recognised(tab: str, grid: Cells) -> Sheet | None:
    """Which sheet this is: by its tab, else by the title in its first cell, else by its headings."""
    first = plain(grid.get((1, 1), ""))
    for sheet in SHEETS:
        if plain(tab) in {plain(sheet.name(lang)) for lang in LANGUAGES} | {plain(sheet.key)}:
            return sheet
    for sheet in SHEETS:
        if first and first in {plain(sheet.title(lang)) for lang in LANGUAGES}:
            return sheet
    fits = [(_headed(sheet, grid)[1], sheet) for sheet in SHEETS]
    best = max(fits, key=lambda fit: len(fit[0]) / len(fit[1].fields))
    return best[1] if len(best[0]) >= 0.9 * len(best[1].fields) else None


def _headed(sheet: Sheet, grid: Cells) -> tuple[int, dict[int, Field]]:
    """The row of the headings, and which column of the sheet holds what."""
    known = headings(sheet)
    best: tuple[int, dict[int, Field]] = (0, {})
    for row in range(1, _HEADING_ROWS + 1):
        found: dict[int, Field] = {}
        for column in range(1, MOST_COLUMNS + 1):
            one = known.get(plain(grid[row, column])) if (row, column) in grid else None
            if one is not None and one not in found.values():
                found[column] = one
        if len(found) > len(best[1]):
            best = (row, found)
    return best


def _table(
    sheet: Sheet,
    tab: str,
    grid: Grid,
    choices: Choices,
    epoch: dt.date,
    path: Path,
    problems: list[Problem],
) -> FoundTable | None:
    """The rows of a sheet; None after adding to `problems` which columns are not there."""
    heading, columns = _headed(sheet, grid.cells)
    file = str(path)
    needed = [one for one in sheet.fields if one.column.required or one.role == "value"]
    missing = [one for one in needed if one not in columns.values() and not one.word]
    if sheet.spread and not any(one.word for one in columns.values()):
        missing += [one for one in sheet.fields if one.word]
    if missing:
        lang = next((one for one in LANGUAGES if plain(tab) == plain(sheet.name(one))), LANGUAGES[0])
        for one in missing:
            given = {"expected": one.heading(lang)}
            problems.append(Problem("workbook_heading_missing", given, file=file, cell=f"{tab}!A{max(heading, 1)}"))
        return None
    found, blanks = FoundTable(sheet, tab), {one.column.name: "" for one in sheet.fields}
    since_total: dict[tuple[str, ...], dict[int, Decimal]] = {}
    rows = sorted({row for row, _ in grid.cells if row > heading})
    filled = {row: {column: _value(grid, row, column, one) for column, one in columns.items()} for row in rows}
    told = {_other_keys(columns, cells) for cells in filled.values() if _valued(columns, cells) and not _totals(columns, cells)}
    for row, cells in filled.items():
        if all(value is None for value in cells.values()):
            continue
        if _totals(columns, cells):
            alone = _standing_alone(columns, cells, told)
            if alone is None:
                if not any(is_subtotal(value) for value in cells.values()):
                    sums = _summed(since_total, _other_keys(columns, cells))
                    problems += _total_problems(tab, row, columns, cells, sums, file)
                continue
            cells = alone
        _add_row(found, row, columns, cells, blanks, choices, epoch)
        of_keys = since_total.setdefault(_other_keys(columns, cells), {})
        for column, one in columns.items():
            if one.role == "value" and cells[column] is not None:
                # What is no number makes the sum none, which no total can be held against.
                value = _decimal(tidied(cells[column], one.column))
                of_keys[column] = of_keys.get(column, Decimal(0)) + (Decimal("NaN") if value is None else value)
    return found


def _summed(since_total: dict[tuple[str, ...], dict[int, Decimal]], keys: tuple[str, ...]) -> dict[int, Decimal]:
    """The sums that a total is of, which begin anew: of the rows of its keys, or of all rows where it has not all of them."""
    parts = [since_total.pop(keys, {})] if "" not in keys else [since_total.pop(one) for one in list(since_total)]
    sums: dict[int, Decimal] = {}
    for column, value in (item for part in parts for item in part.items()):
        sums[column] = sums.get(column, Decimal(0)) + value
    return sums


def _totals(columns: Mapping[int, Field], cells: Mapping[int, Any]) -> bool:
    return any(is_total(cells[column]) for column, one in columns.items() if one.role == "key" or one.key == "name")


def _valued(columns: Mapping[int, Field], cells: Mapping[int, Any]) -> bool:
    return any(cells[column] is not None for column, one in columns.items() if one.role == "value")


def _standing_alone(
    columns: Mapping[int, Field], cells: Mapping[int, Any], told: Collection[tuple[str, ...]]
) -> dict[int, Any] | None:
    """A row of totals that is all that is told of its keys, as a row of all ages or of the whole year; None for other totals.

    told: the keys of the rows that are no totals. A grand total stands without the keys of its parts and is one of others.
    """
    heads = {column: one for column, one in columns.items() if is_total(cells[column])}
    for_all = all(one.key == AGE or (one.role == "key" and not one.column.required) for one in heads.values())
    whole = {**cells, **{column: _ALL_AGES if one.key == AGE else None for column, one in heads.items()}}
    keys = _other_keys(columns, whole)
    return None if not for_all or not _valued(columns, cells) or keys in told or ("" in keys and told) else whole


def _other_keys(columns: Mapping[int, Field], cells: Mapping[int, Any]) -> tuple[str, ...]:
    """What a row is of, but for its ages and what need not be told."""
    keys = {column: one for column, one in columns.items() if one.role == "key" and one.key != AGE and one.column.required}
    return tuple("" if cells[column] is None or is_total(cells[column]) else plain(cells[column]) for column in keys)


def _value(grid: Grid, row: int, column: int, one: Field) -> Any:
    """What stands in a cell; a merged block says the same in each of its rows, but for figures, which stand in one."""
    if (row, column) in grid.merged and one.role != "value":
        return grid.cells.get(grid.merged[row, column])
    return grid.cells.get((row, column))


def _add_row(
    found: FoundTable,
    row: int,
    columns: Mapping[int, Field],
    cells: Mapping[int, Any],
    blanks: Mapping[str, str],
    choices: Choices,
    epoch: dt.date,
) -> None:
    """Add the table's row, or one for each of the words that stand side by side."""
    sheet = found.sheet
    texts, places = dict(blanks), {}
    values: list[tuple[Field, int, str]] = []
    for column, one in columns.items():
        place = f"{_letters(column)}{row}"
        if one.key == AGE:
            texts["age_lo"], texts["age_hi"] = age_limits(cells[column])
            places["age_lo"] = places["age_hi"] = place
        elif one.role == "value":
            values.append((one, column, tidied(cells[column], one.column, epoch)))
        else:
            written = tidied(cells[column], one.column, epoch)
            texts[one.column.name] = word_of(written, sheet, one.column, choices) if written else ""
            places[one.column.name] = place
    if sheet.skips_empty and not any(written for *_, written in values):
        return
    given = [one for one in values if one[2]] if sheet.spread else [values[0]]
    for one, column, written in given:
        line, line_places = dict(texts), dict(places)
        for other, at, other_written in [(one, column, written)] if sheet.spread else values:
            line[other.column.name] = other_written
            line_places[other.column.name] = f"{_letters(at)}{row}"
        if sheet.spread:
            line[sheet.spread] = one.word
            line_places[sheet.spread] = f"{_letters(column)}{row}"
        found.rows.append([line.get(name, "") for name in sheet.table.names()])
        found.cells.append(line_places)
        found.lines.append(row)


def _total_problems(
    tab: str,
    row: int,
    columns: Mapping[int, Field],
    cells: Mapping[int, Any],
    sums: Mapping[int, Decimal],
    file: str,
) -> list[Problem]:
    """A row of totals is not read, but must be the sum of the rows above it, from the total before on."""
    problems = []
    for column, one in columns.items():
        stated = _decimal(tidied(cells[column], one.column)) if one.role == "value" else None
        if stated is not None and column in sums and not sums[column].is_nan() and stated != sums[column]:
            given = {"found": f"{stated:,f}", "expected": f"{sums[column]:,f}", "gap": f"{stated - sums[column]:+,f}"}
            problems.append(Problem("workbook_total_differs", given, file=file, cell=f"{tab}!{_letters(column)}{row}"))
    return problems


def _is_assumptions(grid: Cells) -> bool:
    written = {plain(value) for (row, _), value in grid.items() if row <= _HEADING_ROWS}
    return any(
        {plain(text(f"workbook.heading.{key}", lang=lang)) for key in ("key", "now", "new")} <= written for lang in LANGUAGES
    )


def _assumptions(tab: str, grid: Cells, path: Path, problems: list[Problem]) -> list[ChangedAssumption]:
    known = {plain(text(f"workbook.heading.{key}", lang=lang)): key for key in ASSUMPTION_COLUMNS for lang in LANGUAGES}
    heads = [
        (row, {known[plain(value)]: column for (at, column), value in grid.items() if at == row and plain(value) in known})
        for row in range(1, _HEADING_ROWS + 1)
    ]
    row, columns = max(heads, key=lambda one: len(one[1]))
    if missing := [key for key in ("key", "new", "status", "source") if key not in columns]:
        given = {"expected": text(f"workbook.heading.{missing[0]}", lang="zh")}
        problems.append(Problem("workbook_heading_missing", given, file=str(path), cell=f"{tab}!A{max(row, 1)}"))
        return []
    statuses = {
        plain(text(f"workbook.word.status.{word}", lang=lang)): word
        for word in ("observed", "derived", "assumed")
        for lang in LANGUAGES
    }
    found = []
    for line in sorted({at for at, column in grid if at > row and column == columns["new"]}):
        cells = {key: " ".join(str(grid.get((line, column), "")).split()) for key, column in columns.items()}
        cells["new"] = _as_written(grid[line, columns["new"]])
        status = statuses.get(plain(cells["status"]), cells["status"])
        places = {key: f"{tab}!{_letters(column)}{line}" for key, column in columns.items()}
        found.append(ChangedAssumption(cells["key"], cells["new"], status, cells["source"], cells.get("note", ""), places))
    return found


def _as_written(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else " ".join(str(value).split())


def _decimal(written: str) -> Decimal | None:
    try:
        found = Decimal(written)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _letters(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))
