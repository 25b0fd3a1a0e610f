"""An import as its maker reads it before it is accepted: what changes, old against new, and the bridge to the new forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from popmodel.areas.disclosure import TOWNSHIP_COUNTS
from popmodel.areas.schemas import PACK_TABLES, Column
from popmodel.areas.workbook.sheets import BY_NAME, PROVENANCE, Choices, label_of
from popmodel.assessment import quantity_title
from popmodel.assessment.bridge import as_printed
from popmodel.messages import language, number, text
from popmodel.reports.chapters.common import money_divisor
from popmodel.runs.bridge_text import aligned, signed
from popmodel.runs.import_run import CellChange, Prepared

QUANTITIES = ("births", "children_0_2", "required_enrolment", "amount_total", "amount_county")
YEARS = range(2026, 2031)
_MONEY = ("amount_total", "amount_county")
_MOST_CELLS = 12


def import_text(prepared: Prepared) -> str:
    """The changes by table, then a table a quantity with a row a change and a column a year, which add exactly."""
    lines = [text("workbook.import.title", file=prepared.workbook.name, pack=prepared.pack), "", text("workbook.import.changes")]
    for change in prepared.changes:
        head, *others = change.notes
        lines += [f"  {head}", *(f"    {note}" for note in others if change.step == "parameters")]
        lines += _cells([cell for cell in prepared.cells if f"pack.{cell.table}" == change.item], prepared.choices)
    shown = {change.item.removeprefix("pack.") for change in prepared.changes}
    for table in dict.fromkeys(cell.table for cell in prepared.cells if cell.table not in shown):
        own = [cell for cell in prepared.cells if cell.table == table]
        lines += [f"  {text(f'areas.table.{table}')}", *_cells(own, prepared.choices)]
    lines += ["", text("workbook.import.bridge")]
    for quantity in QUANTITIES:
        own_effects = prepared.effects[prepared.effects["quantity"] == quantity]
        if len(own_effects):
            lines += ["", *_bridge(quantity, own_effects, prepared.titles)]
    return "\n".join(lines)


def _cells(cells: Sequence[CellChange], choices: Choices) -> list[str]:
    """The figures that change; of many the first, and how many more there are."""
    told = [cell for cell in cells if cell.column in BY_NAME[cell.table].values or (cell.old and cell.new)]
    told = [cell for cell in told if cell.column not in PROVENANCE]
    lines = [f"    {_cell(cell, choices)}" for cell in told[:_MOST_CELLS]]
    if len(told) > _MOST_CELLS:
        lines.append("    " + text("workbook.import.more", count=len(told) - _MOST_CELLS))
    return lines


def _cell(cell: CellChange, choices: Choices) -> str:
    sheet = BY_NAME[cell.table]
    columns = {column.name: column for column in sheet.table.columns}
    words = [
        text(f"workbook.word.{name}.{word}")
        if name == sheet.spread
        else label_of(word, sheet, columns[name], language(), choices)
        for name, word in zip(sheet.table.key, cell.row, strict=True)
        if word
    ]
    given = {"row": text("chapters.source.separator").join(words), "column": text(f"areas.column.{cell.column}")}
    figures = [_figure(value, cell, columns[cell.column], choices) for value in (cell.old, cell.new)]
    return text("workbook.import.cell", **given, old=figures[0], new=figures[1])


def _figure(value: str | None, cell: CellChange, column: Column, choices: Choices) -> str:
    """A figure as it is shown; not of a township, whose count may be small."""
    if value is None:
        return "–"
    sheet = BY_NAME[cell.table]
    township = dict(zip(sheet.table.key, cell.row, strict=True)).get("township")
    if township and cell.table in TOWNSHIP_COUNTS:
        return text("workbook.import.not_shown")
    return label_of(value, sheet, column, language(), choices)


def _bridge(quantity: str, effects: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    years = [year for year in YEARS if year in set(effects["year"])]
    divisor, decimals = (money_divisor(), 2) if quantity in _MONEY else (1, 0)
    items = effects.loc[effects["item"] != "", ["step", "item"]].drop_duplicates()
    chosen = [(str(step), str(item)) for step, item in zip(items["step"], items["item"], strict=True) if step != "method"]
    columns = []
    for year in years:
        of_year = effects[effects["year"] == year].set_index(["step", "item"])
        parts = [float(of_year["effect"].get(one, 0.0)) for one in chosen]
        old, *moved, new = as_printed(float(of_year["old"].iloc[0]), parts, divisor, decimals)
        columns.append([number(old, decimals), *(signed(part, decimals) for part in moved), number(new, decimals)])
    labels = [text("workbook.import.old"), *(titles.get(item) or _title(item) for _, item in chosen), text("workbook.import.new")]
    unit = text(f"workbook.import.unit.{'money' if quantity in _MONEY else quantity}")
    title = text("bridge.quantity_title", quantity=quantity_title(quantity), unit=unit)
    body = [[label, *cells] for label, *cells in zip(labels, *columns, strict=True)]
    return aligned([[title, *map(str, years)], *body])


def _title(item: str) -> str:
    """What changed, in a few words."""
    table = item.removeprefix("pack.")
    return text(f"workbook.sheet.{table}") if table in PACK_TABLES and item.startswith("pack.") else item
