"""Rows of a table as a sheet has them and back: a row a line of the sheet, with its spread words side by side."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from popmodel.areas.cells import Finding, parse_cell
from popmodel.areas.schemas import Column, Table
from popmodel.areas.workbook.sheets import AGE, PROVENANCE, Field, Sheet, joined_age


@dataclass(frozen=True)
class SheetRow:
    """A line of a sheet: values by field, typed as `parse_cell` gives them (an age as text); what the suite uses beside them.

    own: whether the row is one of the pack's; else its values are to be filled in.
    """

    values: Mapping[str, Any]
    used: Mapping[str, Any] = field(default_factory=dict)
    used_status: str = ""
    own: bool = True


def sheet_rows(sheet: Sheet, own: Mapping[str, Sequence[Any]] | None, used: pd.DataFrame | None) -> list[SheetRow]:
    """The pack's rows of the sheet's table, then those that the suite works out and the pack does not have.

    own: typed cells by column; used: the table's key and value columns as the suite has them, in the units of the table.
    """
    rows = _pivoted(sheet, own) if own else []
    found = [
        SheetRow(values, {one.key: values.get(one.key) for one in sheet.of("value")}, str(values["status"])) for values in rows
    ]
    there = {_key(sheet, row.values) for row in found}
    for values in _pivoted(sheet, _typed(sheet, used)) if used is not None else []:
        if _key(sheet, values) not in there:
            shown = {one.key: values.get(one.key) for one in sheet.of("value")}
            given = {key: value for key, value in values.items() if key not in (*shown, *PROVENANCE)}
            found.append(SheetRow(given, shown, "derived" if any(shown.values()) else "", own=False))
    return sorted(found, key=lambda row: _order(sheet, row.values))


def csv_value(value: Any, column: Column) -> str:
    """A typed cell as a CSV file holds it."""
    if value is None or value == "":
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    if column.kind == "money":
        return f"{value // 100}.{value % 100:02d}"
    if column.kind == "number":
        return f"{float(value):.15g}"
    return str(value)


def canonical(written: Iterable[Sequence[str]], table: Table) -> list[tuple[str, ...]]:
    """Rows of texts in the columns' order, each number and date written the one way, sorted: equal where the tables are."""
    rows = []
    for row in written:
        typed = [parse_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        rows.append(
            tuple(
                cell if isinstance(value, Finding) else csv_value(value, column)
                for cell, value, column in zip(row, typed, table.columns, strict=True)
            )
        )
    return sorted(rows)


def fingerprint(written: Iterable[Sequence[str]], table: Table) -> str:
    """A checksum of the rows of a table, whatever their order."""
    return hashlib.sha256("\n".join("\t".join(row) for row in canonical(written, table)).encode()).hexdigest()


def texts(columns: Mapping[str, Sequence[Any]], table: Table) -> list[list[str]]:
    """Typed cells by column as rows of texts."""
    cells = ([csv_value(value, column) for value in columns[column.name]] for column in table.columns)
    return [list(row) for row in zip(*cells, strict=True)]


def _pivoted(sheet: Sheet, columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """The rows with ages joined and the spread words side by side; one that repeats a value gets a line of its own."""
    lines: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for place in range(len(next(iter(columns.values())))):
        row = {name: values[place] for name, values in columns.items()}
        fixed = {one.key: _cell(row, one) for one in sheet.fields if one.key not in _spread_keys(sheet)}
        if not sheet.spread:
            lines.setdefault(tuple(fixed.values()), []).append(fixed)
            continue
        key = f"{sheet.spread}.{row[sheet.spread]}"
        candidates = lines.setdefault(tuple(fixed.values()), [])
        line = next((one for one in candidates if key not in one), None)
        if line is None:
            line = dict(fixed)
            candidates.append(line)
        line[key] = row[sheet.values[0]]
    return [line for found in lines.values() for line in found]


def _spread_keys(sheet: Sheet) -> set[str]:
    return {one.key for one in sheet.fields if one.word}


def _cell(row: Mapping[str, Any], one: Field) -> Any:
    if one.key == AGE:
        return joined_age(row["age_lo"], row["age_hi"])
    return row.get(one.column.name)


def _typed(sheet: Sheet, used: pd.DataFrame) -> dict[str, list[Any]]:
    """A frame's columns as typed cells; what a frame has missing is None."""
    plain = used.astype(object).where(used.notna(), None)
    return {
        column.name: [_plain(value, column) for value in plain[column.name]] if column.name in plain else [None] * len(used)
        for column in sheet.table.columns
    }


def _plain(value: Any, column: Column) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date()
    return int(value) if value is not None and column.kind == "integer" else value


def _key(sheet: Sheet, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(values.get(one.key)) for one in sheet.of("key"))


def _order(sheet: Sheet, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Dates, years and words first, then ages from the lowest."""
    return tuple(
        (_lowest(values.get(one.key)), "") if one.key == AGE else (0, _sortable(values.get(one.key))) for one in sheet.of("key")
    )


def _lowest(age: Any) -> int:
    digits = str(age).split("-")[0].rstrip("+")
    return int(digits) if digits.isdigit() else 999


def _sortable(value: Any) -> str:
    return f"{value:06d}" if isinstance(value, int) else str(value or "")
