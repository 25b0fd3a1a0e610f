"""A list of people as a register gives it out: its columns found by their headings, its rows read as texts, some at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from popmodel.areas.headings import plain
from popmodel.areas.text_files import list_encoding, shown
from popmodel.messages import Problem, language, nearest, text

# What a hash looks like: 32, 40 or 64 hexadecimal digits, or a UUID; nothing shorter keeps people apart or hides them.
HASHED = r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_ROWS_AT_ONCE = 50_000


class ListColumn(NamedTuple):
    """A column of a list: the headings it may have, Chinese first and English last, and whether it must be there."""

    headings: tuple[str, ...]
    needed: bool = True

    @property
    def title(self) -> str:
        """The heading a message asks for."""
        return self.headings[0 if language() == "zh" else -1]


class Block(NamedTuple):
    """Some rows as texts: cells by column of `names`, None for one that is not read.

    lines: of the file, from 1. bad: rows of another length, with the number of their cells; beyond: the line and text of cells
    that no heading stands over.
    """

    names: list[str | None]
    lines: list[int]
    cells: list[tuple[str, ...]]
    bad: dict[int, int]
    beyond: list[tuple[int, str]]

    def row_problem(self, file: str) -> Problem | None:
        """What is wrong with the first row of another length; its cells are not repeated."""
        if not self.bad:
            return None
        place, found = next(iter(self.bad.items()))
        return Problem("row_length", {"found": found, "expected": len(self.names)}, file=file, line=self.lines[place])


def list_blocks(
    path: Path, columns: Mapping[str, ListColumn], problems: list[Problem], notices: list[Problem], *, exact: bool
) -> Iterator[Block]:
    """The rows of a CSV file (UTF-8 or GB18030), blank ones left out; none after a problem with the file or its header.

    exact: as `columns_in`.
    """
    file = str(path)
    encoding = list_encoding(path, problems, notices)
    if encoding is None:
        return
    with path.open(encoding=encoding, newline="") as lines:
        reader = csv.reader(lines, strict=True)
        try:
            header = next((row for row in reader if any(cell.strip() for cell in row)), None)
            if header is None:
                problems.append(Problem("table_empty", file=file))
                return
            names = columns_in(header, columns, file, reader.line_num, problems, notices, exact=exact)
            if names is None:
                return
            while rows := list(_numbered(reader)):
                width = len(names)
                bad = {place: len(row) for place, (_, row) in enumerate(rows) if len(row) != width}
                cells = [(row + [""] * width)[:width] if place in bad else row for place, (_, row) in enumerate(rows)]
                beyond = [(line, cell) for line, row in rows for cell in row[width:]]
                yield Block(names, [line for line, _ in rows], list(zip(*cells, strict=True)), bad, beyond)
        except csv.Error as error:
            said, line = (*error.args, 1)[:2]
            problems.append(Problem("csv_quote_stray" if "expected after" in said else "csv_quote_open", file=file, line=line))


def columns_in(
    header: Sequence[str],
    columns: Mapping[str, ListColumn],
    file: str,
    line: int,
    problems: list[Problem],
    notices: list[Problem],
    *,
    exact: bool,
) -> list[str | None] | None:
    """The column that each heading stands for, None for one that is not read; None in all after adding to `problems`.

    exact: two headings for one column are a problem and one that stands for none a notice; else, as in the export of a register,
    others are passed over and of several for one column the one named first in `ListColumn.headings` is read.
    """
    written, before = [plain(heading) for heading in header], len(problems)
    names: list[str | None] = [None] * len(header)
    for name, column in columns.items():
        known = list(dict.fromkeys(map(plain, column.headings)))
        places = sorted((known.index(heading), place) for place, heading in enumerate(written) if heading in known)
        if len(places) > 1 and (exact or places[0][0] == places[1][0]):
            problems.append(Problem("list_column_twice", {"found": column.title}, file=file, line=line))
        if places:
            names[places[0][1]] = name
        elif column.needed:
            other = " / ".join(heading for heading in column.headings if heading != column.title)
            titles = text("problems.where_separator").join(one.title for one in columns.values())
            given = {"missing": column.title, "other": other, "known": titles}
            problems.append(Problem("list_column_missing", given, file=file, line=line))
    if exact:
        for heading, found in zip(header, names, strict=True):
            if found is None:
                given = {"found": shown(heading), "nearest": nearest(shown(heading), [one.title for one in columns.values()])}
                notices.append(Problem("list_column_unknown", given, file=file, line=line))
    return names if len(problems) == before else None


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The next rows that are not empty, each with the line it begins on. Raises csv.Error with that line after its text."""
    count, line = 0, reader.line_num + 1
    try:
        for row in reader:
            if any(row) and any(cell.strip() for cell in row):
                yield line, row
                count += 1
                if count == _ROWS_AT_ONCE:
                    return
            line = reader.line_num + 1
    except csv.Error as error:
        raise csv.Error(str(error), line) from None
