"""Reading a CSV table against its declaration: every cell as text first, then typed, every problem with its line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from popmodel.areas.cells import Finding, parse_cell
from popmodel.areas.schemas import Column, Table
from popmodel.areas.text_files import read_text, shown
from popmodel.messages import Problem, nearest

# A file of the wrong kind has as many problems as cells: beyond this many, only their number is told.
MOST_PROBLEMS = 200

_DTYPES = {"text": "str", "word": "str", "code": "str", "integer": "int64", "number": "float64", "money": "int64"}


@dataclass(frozen=True)
class RawTable:
    """The cells of a CSV file as stripped texts: the header, the rows, and the line each of them begins on."""

    file: str
    header: list[str]
    header_line: int
    rows: list[list[str]]
    lines: list[int]


@dataclass(frozen=True)
class ReadTable:
    """A table with typed cells: `columns[name]` holds the values by row, or a Finding where a cell was refused."""

    file: str
    columns: dict[str, list[Any]]
    lines: list[int]

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.file).name

    def rows(self, *names: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """(row, values of these columns) of the rows in which none of them was refused."""
        for row, values in enumerate(zip(*(self.columns[name] for name in names), strict=True)):
            if not any(isinstance(value, Finding) for value in values):
                yield row, values

    def sound(self, *names: str) -> bool:
        """Whether no cell of these columns was refused."""
        return not any(isinstance(value, Finding) for name in names for value in self.columns[name])

    def problem(self, code: str, row: int, column: str | None = None, **parameters: Any) -> Problem:
        """A problem at a row of the table."""
        return Problem(code, parameters, file=self.file, line=self.lines[row], column=column)


def read_table(path: Path, folder: Path, table: Table, problems: list[Problem], notices: list[Problem]) -> ReadTable | None:
    """The typed cells of a CSV file; whatever is wrong with its text, columns, cells or keys is added to `problems`.

    None when the file or its header cannot be read at all; otherwise refused cells hold a Finding.
    """
    found: list[Problem] = []
    typed = None
    raw = read_raw(path, folder, found, notices)
    if raw is not None:
        positions = _positions(raw, table, found)
        if positions is not None:
            typed = _typed(raw, table, positions, found)
            found += _row_problems(typed, table)
    problems += limited(found, str(path))
    return typed


def read_raw(path: Path, folder: Path, problems: list[Problem], notices: list[Problem]) -> RawTable | None:
    """Header and rows of a CSV file as texts, empty rows left out; None when the text or its quoting is broken."""
    content = read_text(path, folder, problems, notices)
    if content is None:
        return None
    file = str(path)
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if reader.line_num > line:
                problems.append(Problem("csv_line_break", {"last": reader.line_num}, file=file, line=line))
            texts = [cell.strip() for cell in cells]
            if any(texts):
                found.append((line, texts))
            line = reader.line_num + 1
    except csv.Error as error:
        # Python's words for the two: "unexpected end of data" (or a field without end), and "',' expected after '\"'".
        code = "csv_quote_stray" if "expected after" in str(error) else "csv_quote_open"
        problems.append(Problem(code, file=file, line=line))
        return None
    if len(found) < 2:
        problems.append(Problem("table_empty", file=file))
        return None
    (header_line, header), *rows = found
    return RawTable(file, header, header_line, [texts for _, texts in rows], [number for number, _ in rows])


def data_frame(typed: ReadTable, table: Table) -> pd.DataFrame:
    """The table as a DataFrame, from a ReadTable without refused cells.

    Texts are `str` ("" where empty), dates datetime64 (NaT where empty), numbers float64 (NaN where empty), integers int64, or
    Int64 where the column is optional; a column `…_yuan` of money becomes `…_fen`, int64.
    """
    return pd.DataFrame({_frame_name(column): _series(typed.columns[column.name], column) for column in table.columns})


def csv_text(table: Table, rows: Iterable[Sequence[object]]) -> str:
    """The content of the table's file: its header and these rows, in the columns' order."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(table.names())
    writer.writerows(rows)
    return written.getvalue()


def limited(problems: list[Problem], file: str) -> list[Problem]:
    """The first problems of a file, and how many more there are."""
    if len(problems) <= MOST_PROBLEMS:
        return problems
    return [*problems[:MOST_PROBLEMS], Problem("more_problems", {"count": len(problems) - MOST_PROBLEMS}, file=file)]


def column_problems(raw: RawTable, known: Sequence[str], *, closed: bool) -> list[Problem]:
    """Columns that are missing, twice there or, in a `closed` table, not known."""
    problems = []
    for position, name in enumerate(raw.header):
        if name and name in raw.header[:position]:
            given: dict[str, Any] = {"position": position + 1, "first": raw.header.index(name) + 1}
            problems.append(Problem("column_duplicate", given, file=raw.file, line=raw.header_line, column=shown(name)))
        elif closed and name not in known:
            absent = [column for column in known if column not in raw.header]
            given = {"found": shown(name), "position": position + 1, "nearest": nearest(name, absent or known)}
            problems.append(Problem("column_unknown", given, file=raw.file, line=raw.header_line))
    expected = ", ".join(known)
    return problems + [
        Problem("column_missing", {"expected": expected}, file=raw.file, line=raw.header_line, column=name)
        for name in known
        if name not in raw.header
    ]


def _frame_name(column: Column) -> str:
    return column.name.replace("_yuan", "_fen") if column.kind == "money" else column.name


def _series(values: Sequence[Any], column: Column) -> pd.Series:
    if column.kind == "date":
        return pd.Series(pd.to_datetime([value and value.isoformat() for value in values], format="%Y-%m-%d"))
    optional_integer = column.kind == "integer" and not column.required
    return pd.Series(values, dtype="Int64" if optional_integer else _DTYPES[column.kind])


def _positions(raw: RawTable, table: Table, problems: list[Problem]) -> dict[str, int] | None:
    """Where each column stands in the file, whatever the order; None when the columns are not those of the table."""
    known = table.names()
    found = column_problems(raw, known, closed=True)
    problems += found
    return None if found else {name: raw.header.index(name) for name in known}


def _typed(raw: RawTable, table: Table, positions: dict[str, int], problems: list[Problem]) -> ReadTable:
    columns: dict[str, list[Any]] = {column.name: [] for column in table.columns}
    places = [(column, positions[column.name], columns[column.name]) for column in table.columns]
    for cells, line in zip(raw.rows, raw.lines, strict=True):
        if len(cells) != len(raw.header):
            refused = Finding("row_length", {"found": len(cells), "expected": len(raw.header)})
            problems.append(Problem(refused.code, refused.parameters, file=raw.file, line=line))
            for values in columns.values():
                values.append(refused)
            continue
        for column, position, values in places:
            value = parse_cell(cells[position], column)
            if isinstance(value, Finding):
                problems.append(Problem(value.code, value.parameters, file=raw.file, line=line, column=column.name))
            values.append(value)
    return ReadTable(raw.file, columns, raw.lines)


def _row_problems(typed: ReadTable, table: Table) -> list[Problem]:
    problems = []
    seen: dict[tuple[Any, ...], int] = {}
    for row, key in typed.rows(*table.key):
        if key in seen:
            written = ", ".join(shown("" if part is None else part) for part in key)
            problems.append(typed.problem("row_duplicate", row, key=written, columns=", ".join(table.key), first=seen[key]))
        seen.setdefault(key, typed.lines[row])
    for row, (status, note) in typed.rows("status", "note"):
        if status == "derived" and not note:
            problems.append(typed.problem("derived_without_note", row, "note"))
    return problems
