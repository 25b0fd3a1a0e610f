"""The tables of a set to score forecasts against, read as text first, then typed a column at a time, every problem with its line.

A set is a folder with `population.csv` and whatever it has of the others; each may be packed (`.csv.gz`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.areas.cells import Finding, parse_cell
from popmodel.areas.schemas import LAST_AGE, SEXES, Column, Table
from popmodel.areas.table_files import RawTable, column_problems, limited, read_raw
from popmodel.areas.text_files import shown
from popmodel.messages import Problem

_AREA = Column("area", "text")
_YEAR = Column("year", "integer", low=1750, high=2100)
_SEX = Column("sex", "word", words=SEXES)
_AGE = Column("age", "integer", low=0, high=LAST_AGE)
_AGES = (Column("age_lo", "integer", low=0, high=LAST_AGE), Column("age_hi", "integer", required=False, low=0, high=LAST_AGE))
_MOTHERS = tuple(Column(f"mother_{age.name}", age.kind, age.required, low=age.low, high=age.high) for age in _AGES)


def _measured(name: str, *, low: float | None = 0, required: bool = True) -> Column:
    return Column(name, "number", required, low=low)


# What is suppressed in a table of flows is left blank there; of the population every cell is needed.
POPULATION = Table(
    "population", (_AREA, _YEAR, _SEX, *_AGES, _measured("population")), ("area", "year", "sex", "age_lo"), required=True
)
BIRTHS = Table("births", (_AREA, _YEAR, *_MOTHERS, _measured("births", required=False)), ("area", "year", "mother_age_lo"))
FERTILITY = Table("fertility", (_AREA, _YEAR, _AGE, _measured("asfr", required=False)), ("area", "year", "age"))
DEATHS = Table("deaths", (_AREA, _YEAR, _SEX, *_AGES, _measured("deaths", required=False)), ("area", "year", "sex", "age_lo"))
MORTALITY = Table("mortality", (_AREA, _YEAR, _SEX, _AGE, _measured("m", required=False)), ("area", "year", "sex", "age"))
_MIGRATION_KEY = ("area", "year", "sex", "age_lo")
NET_MIGRATION = Table("migration", (_AREA, _YEAR, _SEX, *_AGES, _measured("net", low=None, required=False)), _MIGRATION_KEY)
MOVES = Table(
    "migration",
    (_AREA, _YEAR, _SEX, *_AGES, _measured("in", required=False), _measured("out", required=False)),
    _MIGRATION_KEY,
)

_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?([eE]-?\d{1,2})?", re.ASCII)


class SetTable:
    """The typed rows of a file: `frame` with one column a declared column (an empty cell is NaN), and the line of each row."""

    def __init__(self, file: str, table: Table, frame: pd.DataFrame, lines: list[int]) -> None:
        self.file, self.table, self.frame, self.lines = file, table, frame, lines

    def problem(self, code: str, row: int, column: str | None = None, **parameters: Any) -> Problem:
        """A problem at a row of the table."""
        return Problem(code, parameters, file=self.file, line=self.lines[row], column=column)


def find_file(folder: Path, name: str, problems: list[Problem]) -> Path | None:
    """The file of a table, packed or not; None where the set has none. One of each is a problem, as they may differ."""
    found = [path for path in (folder / f"{name}.csv.gz", folder / f"{name}.csv") if path.exists()]
    if len(found) > 1:
        problems.append(Problem("set_file_twice", {"other": found[1].name}, file=str(found[0])))
    return found[0] if found else None


def read_set_table(path: Path, choices: tuple[Table, ...], problems: list[Problem]) -> SetTable | None:
    """The table of a file, or None after adding to `problems` all that is wrong with its text, columns, cells and keys.

    `choices`: the layouts it may have; the first whose columns are all there is taken, else the first is what is missed.
    """
    found: list[Problem] = []
    raw = read_raw(path, path.parent, found, [])
    table = None
    if raw is not None:
        layouts = [choice for choice in choices if set(choice.names()) <= set(raw.header)]
        table = _typed(raw, layouts[0] if layouts else choices[0], found)
    problems += limited(found, str(path))
    return table if not found else None


def _typed(raw: RawTable, table: Table, problems: list[Problem]) -> SetTable | None:
    problems += column_problems(raw, table.names(), closed=False)
    for cells, line in zip(raw.rows, raw.lines, strict=True):
        if len(cells) != len(raw.header):
            lengths = {"found": len(cells), "expected": len(raw.header)}
            problems.append(Problem("row_length", lengths, file=raw.file, line=line))
    if problems:
        return None
    written = pd.DataFrame(raw.rows, columns=raw.header, dtype=object)
    frame = pd.DataFrame({column.name: _column(written[column.name], column, raw, problems) for column in table.columns})
    typed = SetTable(raw.file, table, frame, raw.lines)
    if not problems:
        problems += _repeated(typed)
    return typed


def _column(written: pd.Series, column: Column, raw: RawTable, problems: list[Problem]) -> Any:
    """A column's values. Each text that occurs is parsed once, as a set has some hundred thousand rows of few ages and years."""
    places, texts = pd.factorize(written)
    values = [_value(text, column) for text in texts]
    refused = {place: value for place, value in enumerate(values) if isinstance(value, Finding)}
    for row in np.flatnonzero(np.isin(places, list(refused))) if refused else ():
        finding = refused[places[row]]
        problems.append(Problem(finding.code, finding.parameters, file=raw.file, line=raw.lines[row], column=column.name))
    if refused:
        return np.zeros(len(places))
    if column.kind in ("text", "word"):
        return np.array(values, dtype=object)[places]
    return np.array([np.nan if value is None else value for value in values], dtype=float)[places]


def _value(text: str, column: Column) -> Any:
    # Rates of small areas are often written as 7e-05, which the tables of a pack do not allow.
    if column.kind == "number" and _NUMBER.fullmatch(text) and (column.low is None or float(text) >= column.low):
        return float(text)
    return parse_cell(text, column)


def _repeated(typed: SetTable) -> list[Problem]:
    key = list(typed.table.key)
    again = typed.frame.duplicated(key)
    if not again.any():
        return []
    first: dict[tuple[Any, ...], int] = {}
    problems = []
    for row, values in enumerate(typed.frame[key].itertuples(index=False, name=None)):
        if again[row]:
            shown_key = ", ".join(shown(f"{value:g}" if isinstance(value, float) else value) for value in values)
            earlier = typed.lines[first[values]]
            problems.append(typed.problem("row_duplicate", row, key=shown_key, columns=", ".join(key), first=earlier))
        first.setdefault(values, row)
    return problems
