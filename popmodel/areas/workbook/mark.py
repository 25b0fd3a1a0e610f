"""A marked copy of a workbook: refused cells red and with a comment, and all problems listed on a sheet before the others."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from popmodel.areas.workbook.read import PROBLEMS_SHEET
from popmodel.messages import LANGUAGES, Problem, text

_RED, _AUTHOR = "FFFFC7CE", "popmodel"
_TEXT_COLUMNS = 64
_MOST_CHARACTERS = 30_000  # a comment may hold 32,767


def marked_bytes(path: Path, problems: Sequence[Problem], lang: str) -> bytes:
    """The workbook at `path`, formulas kept and marks of an earlier copy taken off, with the problems marked."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, keep_links=False)
    for sheet in book.worksheets:
        if sheet.title in {text(f"workbook.sheet.{PROBLEMS_SHEET}", lang=one) for one in LANGUAGES}:
            book.remove(sheet)
    for sheet in book.worksheets:
        _unmark(sheet)
    placed = [(problem, problem.cell.rsplit("!", 1)) for problem in problems if problem.cell]
    for problem, (tab, address) in placed:
        if tab in book.sheetnames:
            _mark(book[tab][address], problem, lang)
    _list(book.create_sheet(text(f"workbook.sheet.{PROBLEMS_SHEET}", lang=lang), 0), problems, set(book.sheetnames), lang)
    book.active = 0
    for sheet in book.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _unmark(sheet: Any) -> None:
    from openpyxl.styles import PatternFill

    for cell in list(sheet._cells.values()):
        if cell.comment is not None and cell.comment.author == _AUTHOR:
            cell.comment = None
            if cell.fill.fgColor.rgb == _RED:
                cell.fill = PatternFill()


def _mark(cell: Any, problem: Problem, lang: str) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    if isinstance(cell, MergedCell):
        return
    said = f"{problem.what(lang)}\n{problem.mend(lang)}"
    before = f"{cell.comment.text}\n\n" if cell.comment is not None else ""
    comment = Comment((before + said)[:_MOST_CHARACTERS], _AUTHOR)
    comment.width, comment.height = 320, 110
    cell.comment = comment
    cell.fill = PatternFill("solid", fgColor=_RED)


def _list(sheet: Any, problems: Sequence[Problem], tabs: set[str], lang: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet["A1"] = text("workbook.problems_title", lang=lang, count=len(problems))
    sheet["A1"].font = Font(bold=True, size=14, color="FF16324F")
    sheet["A2"] = text("workbook.problems_about", lang=lang)
    for column, (key, width) in enumerate(
        (("number", 6), ("cell", 26), ("what", _TEXT_COLUMNS), ("mend", _TEXT_COLUMNS)), start=1
    ):
        head = sheet.cell(4, column, text(f"workbook.problems.{key}", lang=lang))
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="FFE3E9F0")
        sheet.column_dimensions[head.column_letter].width = width
    for number, problem in enumerate(problems, start=1):
        row = 4 + number
        sheet.cell(row, 1, number)
        place = sheet.cell(row, 2, problem.cell or "–")
        if problem.cell and problem.cell.rsplit("!", 1)[0] in tabs:
            tab, address = problem.cell.rsplit("!", 1)
            place.hyperlink = f"#'{tab}'!{address}"
            place.font = Font(color="FF16324F", underline="single")
        # A text that begins with "=" would be taken for a formula.
        for column, said in ((3, problem.what(lang)), (4, problem.mend(lang))):
            cell = sheet.cell(row, column, said)
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for column in (1, 2):
            sheet.cell(row, column).alignment = Alignment(vertical="top")
        longest = max(_width(problem.what(lang)), _width(problem.mend(lang)))
        sheet.row_dimensions[row].height = 16 * (1 + longest // _TEXT_COLUMNS)
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _width(said: str) -> int:
    """The width of a text in characters, a Chinese one being two wide."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in said)
