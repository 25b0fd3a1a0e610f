"""tables.xlsx: one sheet a table, a sheet of contents before them, numbers as numbers and text as text.

A cell of a pack may begin with "=": it is written as text, so that opening the workbook runs nothing.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from popmodel.areas.workbook.styles import ACCENT, FACES, FAINT, HAIR, INK, OPTIONS, Styles
from popmodel.messages import text
from popmodel.reports.formatting import in_multiples, is_missing, is_number, value_text, width_in_em
from popmodel.reports.model import Chapter, Column, Report, Table

_A4, _SHEET_NAME = 9, 31
_TO_FILL = "#FFF4CC"  # cells a reader is meant to change
_HEADER_EM, _WIDEST_EM, _CHARACTERS_PER_EM, _MOST_LINES = 9.0, 30.0, 1.9, 26  # a row is 409 points high at most
_LARGEST_EXACT = 2**53  # a spreadsheet keeps numbers as doubles; larger integers go in as text


def write_xlsx(report: Report, path: Path | str) -> None:
    """Write every table of the report; the same report gives the same bytes. Raises OSError when the file cannot be written."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, OPTIONS)
    made = datetime(report.date.year, report.date.month, report.date.day)
    book.set_properties({"title": report.title, "subject": report.subtitle, "author": report.area_name, "created": made})
    book.set_calc_mode("auto")
    book.formats[0].set_font_name(FACES[report.lang])
    live = text("report.workbook.live", lang=report.lang)
    sheets = [
        (chapter, table, label)
        for chapter in report.chapters
        for table, label in (*chapter.tables(), *((sheet, live) for sheet in chapter.sheets))
    ]
    names = _sheet_names(text("report.label.contents", lang=report.lang), [(table, label) for _, table, label in sheets])
    styles = Styles(book, FACES[report.lang])
    _contents(book.add_worksheet(names[0]), styles, report, sheets, names[1:])
    for (_, table, label), name in zip(sheets, names[1:], strict=True):
        _sheet(book.add_worksheet(name), styles, table, label, report.lang, names[0])
    book.close()
    Path(path).write_bytes(written.getvalue())


def _contents(sheet: Any, styles: Styles, report: Report, sheets: list[tuple[Chapter, Table, str]], names: list[str]) -> None:
    lang = report.lang
    sheet.hide_gridlines(2)
    for place, width in enumerate((14, 24, 50, 16)):
        sheet.set_column(place, place, width)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, f"{report.area_name} {report.title}", styles.get(bold=True, font_size=16, font_color=ACCENT))
    sheet.write_string(1, 0, report.subtitle, styles.get(font_size=11, font_color=FAINT))
    row = 3
    for label, value in report.facts():
        sheet.write_string(row, 0, label, styles.get(font_color=FAINT))
        sheet.write_string(row, 1, value, styles.get())
        row += 1
    row += 1
    head = styles.get(bold=True, top=2, bottom=1)
    for column, word in enumerate(("sheet", "chapter", "title", "unit")):
        sheet.write_string(row, column, text(f"report.workbook.{word}", lang=lang), head)
    cell, link = (
        styles.get(bottom=1, bottom_color=HAIR),
        styles.get(bottom=1, bottom_color=HAIR, font_color=ACCENT, underline=1),
    )
    for (chapter, table, label), name in zip(sheets, names, strict=True):
        row += 1
        sheet.write_url(row, 0, _link(name), link, string=label)
        sheet.write_string(row, 1, f"{chapter.number} {chapter.title}", cell)
        sheet.write_url(row, 2, _link(name), link, string=table.title)
        sheet.write_string(row, 3, _unit(table, lang), cell)
    _printing(sheet, lang, landscape=False)


def _sheet(sheet: Any, styles: Styles, table: Table, label: str, lang: str, contents: str) -> None:
    sheet.hide_gridlines(2)
    unit = table.common_unit
    last = len(table.columns) - 1
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, f"{label} {table.title}", styles.get(bold=True, font_size=13, font_color=ACCENT))
    sheet.write_url(
        1,
        0,
        _link(contents),
        styles.get(font_color=FAINT, underline=1, font_size=9),
        string=text("report.workbook.back", lang=lang),
    )
    if unit:
        said = text("report.foot.unit", lang=lang, unit=unit)
        sheet.write_string(1, max(last, 1), said, styles.get(font_color=FAINT, font_size=9, align="right"))
    first = _head(sheet, styles, table, with_units=not unit)
    rows = len(table.frame)
    printed = table.rows(lang)
    widths = [_width(column, [row[place] for row in printed]) for place, column in enumerate(table.columns)]
    for number, cells in enumerate(printed):
        lines = max(-(-width_in_em(cell) // width) for cell, width in zip(cells, widths, strict=True))
        if lines > 1:  # a spreadsheet does not always fit the row to wrapped text by itself
            sheet.set_row(first + number, 15 * min(lines, _MOST_LINES))
    for place, column in enumerate(table.columns):
        values = table.frame[column.name].tolist()
        sheet.set_column(place, place, widths[place] * _CHARACTERS_PER_EM + 1.5)
        for number, value in enumerate(values):
            ends, totals = number == rows - 1, table.total_row and number == rows - 1
            formula = _formula(table, place, first, number, totals=totals)
            _cell(sheet, first + number, place, value, column, styles, lang, ends=ends, totals=totals, formula=formula)
    sheet.freeze_panes(first, 1 if table.columns[0].kind in ("text", "year") else 0)
    row = first + rows + 1
    for word, said in table.foot(lang):
        for line, written in enumerate(said.split("\n")):
            sheet.write_string(row, 0, (word if line == 0 else "") + written, styles.get(font_size=9, font_color=FAINT))
            row += 1
    sheet.repeat_rows(0, first - 1)
    _printing(sheet, lang, landscape=True)


def _formula(table: Table, place: int, first: int, number: int, *, totals: bool) -> str:
    """What a cell is reckoned by: the column's formula with the row's cells, the sum of those above in a total; or nothing.

    In a sheet with formulas every total is one, so that it follows what is changed.
    """
    from xlsxwriter.utility import xl_rowcol_to_cell

    column = table.columns[place]
    if not any(one.formula for one in table.columns):
        return ""
    if totals and column.kind == "number" and not column.editable and column.unit:
        return f"=SUM({xl_rowcol_to_cell(first, place)}:{xl_rowcol_to_cell(first + number - 1, place)})"
    if totals or not column.formula:
        return ""
    cells = {one.name: xl_rowcol_to_cell(first + number, at) for at, one in enumerate(table.columns)}
    return "=" + column.formula.format(**cells)


def _head(sheet: Any, styles: Styles, table: Table, *, with_units: bool) -> int:
    """Write the header; returns the first row below it."""
    groups = table.groups()
    top = 2
    bottom = top + 1 if groups else top
    place = 0
    for group, span in groups:
        if group and span > 1:
            middle = styles.get(bold=True, align="center", top=2, bottom=1)
            sheet.merge_range(top, place, top, place + span - 1, "", middle)
            sheet.write_string(top, place, group, middle)
        else:
            sheet.write_string(top, place, group, styles.get(bold=True, align="center", top=2, text_wrap=True))
        place += span
    edge = {"bottom": 1} if groups else {"bottom": 1, "top": 2}
    lines = 1
    for place, column in enumerate(table.columns):
        unit = column.unit if with_units else ""
        written = f"{column.title}\n({unit})" if unit else column.title
        sheet.write_string(
            bottom, place, written, styles.get(bold=True, text_wrap=True, valign="bottom", align=column.side, **edge)
        )
        lines = max(lines, 1 + bool(unit) + int(width_in_em(column.title) > _HEADER_EM))
    sheet.set_row(bottom, 17 * lines)
    return bottom + 1


def _cell(
    sheet: Any,
    row: int,
    place: int,
    value: Any,
    column: Column,
    styles: Styles,
    lang: str,
    *,
    ends: bool,
    totals: bool,
    formula: str,
) -> None:
    look: dict[str, Any] = {"align": column.side, "bottom": 2 if ends else 1, "bottom_color": INK if ends else HAIR}
    if totals:
        look |= {"bold": True, "top": 1}
    elif column.editable:
        look |= {"bg_color": _TO_FILL, "font_color": ACCENT, "bold": True}
    if is_missing(value):
        sheet.write_blank(row, place, None, styles.get(**look))
    elif is_number(value) and column.kind != "status" and abs(value) <= _LARGEST_EXACT:
        shape = "0" if column.kind == "year" else "#,##0" + ("." + "0" * column.decimals if column.decimals else "")
        style, shown = styles.get(**look, num_format=shape), in_multiples(value, column.divisor)
        if formula:
            sheet.write_formula(row, place, formula, style, shown)
        else:
            sheet.write_number(row, place, shown, style)
    else:
        written = value_text(value, str(column.kind), column.decimals, column.divisor, lang)
        sheet.write_string(row, place, written, styles.get(**look, text_wrap=True, num_format="@"))


def _width(column: Column, printed: list[str]) -> float:
    """The width of a column in em; long texts wrap."""
    head = min(max(width_in_em(column.title), width_in_em(column.unit) + 1), _HEADER_EM)
    return min(max([head, 3.5, *(width_in_em(cell) for cell in printed)]), _WIDEST_EM)


def _printing(sheet: Any, lang: str, *, landscape: bool) -> None:
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.8)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&9" + text("report.page.number", lang=lang, page="&P", pages="&N"))


def _unit(table: Table, lang: str) -> str:
    units = {column.unit for column in table.columns if column.unit}
    return units.pop() if len(units) == 1 else text("report.workbook.by_column", lang=lang) if units else ""


def _sheet_names(contents: str, tables: list[tuple[Table, str]]) -> list[str]:
    """Names as spreadsheets allow them: 31 characters, none of []:*?/\\, no two alike whatever their case."""
    names = [contents]
    for table, label in tables:
        number = re.sub(r"^\D+", "", label)
        name = re.sub(r"[\[\]:*?/\\]", " ", f"{number} {table.title}")[:_SHEET_NAME].strip(" '")
        names.append(name)
    return names


def _link(name: str) -> str:
    quoted = name.replace("'", "''")
    return f"internal:'{quoted}'!A1"
