"""tables.xlsx: opening it runs nothing, numbers are numbers in full precision, and it can be printed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from popmodel.chain import Results
from popmodel.reports import Chapter, Column, Report, Table, write_xlsx
from popmodel.reports.chapters import build_report


@pytest.fixture(scope="module")
def file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("xlsx") / "tables.xlsx"
    write_xlsx(report, path)
    return path


@pytest.fixture(scope="module")
def book(file: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(file)


def values(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[object]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_a_cell_that_begins_like_a_formula_is_text(file: Path, book: openpyxl.Workbook, nasty: list[str]) -> None:
    sheet = book.worksheets[3]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    for name in nasty:
        assert cells[name].data_type == "s", name
    with zipfile.ZipFile(file) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        links = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".rels") and "worksheets" in name]
    assert len(sheets) == 4
    assert not [part for part in sheets if re.search(r"<f[ >]", part)]
    assert not [part for part in links if "External" in part]


def test_numbers_keep_their_full_precision_and_units(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[1]
    row = next(row for row in sheet.iter_rows() if row[0].value == 2012)
    assert row[1].value == pytest.approx((538_569.0 - 1234.5678) / 10_000, rel=1e-15)
    assert row[1].number_format == "#,##0.00"
    assert row[0].number_format == "0"
    first = next(row for row in sheet.iter_rows() if row[0].value == 2011)
    assert first[2].value is None  # what is missing is empty, so that sums work
    assert "常住人口\n(万人)" in values(sheet)


def test_each_table_has_its_sheet_with_title_notes_and_source(report: Report, book: openpyxl.Workbook) -> None:
    tables = [(table, label) for chapter in report.chapters for table, label in chapter.tables()]
    assert len(book.sheetnames) == len(tables) + 1
    for (table, label), sheet in zip(tables, book.worksheets[1:], strict=True):
        assert sheet["A1"].value == f"{label} {table.title}"
        assert sheet.freeze_panes
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        written = "".join(str(value) for value in values(sheet))
        for word, said in table.foot("zh"):
            assert word + said.replace("\n", "") in written
    assert "单位：人" in values(book.worksheets[2])
    assert "假设" in values(book.worksheets[3])


def test_the_contents_lead_to_every_sheet(book: openpyxl.Workbook) -> None:
    links = {cell.hyperlink.location for row in book.worksheets[0].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in book.sheetnames[1:]}


def test_the_same_report_gives_the_same_bytes(file: Path, report_in: Callable[[str], Report], tmp_path: Path) -> None:
    write_xlsx(report_in("zh"), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()
    assert openpyxl.load_workbook(file).properties.created == datetime(2025, 3, 2)  # the report's day, not today


def test_any_title_makes_a_sheet_name_a_spreadsheet_accepts(report: Report, tmp_path: Path) -> None:
    titles = ["'[a]:*?/\\'", "很长的题目" * 12, "History"]
    frame = pd.DataFrame({"x": [1]})
    tables = [Table(f"t{place}", title, frame, [Column("x", "值")]) for place, title in enumerate(titles)]
    write_xlsx(replace(report, chapters=[Chapter("a", "章", tables)]), tmp_path / "t.xlsx")
    names = openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) and not name.endswith("'") for name in names)
    assert len(set(names)) == len(names)


def _reckoned(book: openpyxl.Workbook, sheet: str, cell: str) -> float:
    """What a cell of products, quotients and sums of cells comes to, with everything it rests on worked out anew."""
    value = book[sheet][cell].value
    if not isinstance(value, str):
        return float(value)
    total = re.fullmatch(r"=SUM\(([A-Z]+)(\d+):\1(\d+)\)", value)
    if total:
        column, first, last = total[1], int(total[2]), int(total[3])
        return sum(_reckoned(book, sheet, f"{column}{row}") for row in range(first, last + 1))
    assert re.fullmatch(r"=[A-Z]+\d+([*/][A-Z]+\d+)*", value), value
    names = re.findall(r"([=*/])([A-Z]+\d+)", value)
    result = 1.0
    for sign, name in names:
        result = result / _reckoned(book, sheet, name) if sign == "/" else result * _reckoned(book, sheet, name)
    return result


def test_a_standard_that_is_changed_moves_every_amount(report: Report, tmp_path: Path) -> None:
    """Two schemes of 96 and 36 万元 at 960 and 3,600 yuan: at 1,000 and 3,600 they come to 100 and 36."""
    frame = pd.DataFrame(
        {"scheme": ["a", "b", "all"], "now": [960.0, 3_600.0, None], "yours": [960.0, 3_600.0, None], "old": [96e4, 36e4, 132e4]}
    ).assign(new=[96e4, 36e4, 132e4])
    money = {"unit": "万元", "divisor": 10_000.0}
    columns = [
        Column("scheme", "项目"),
        Column("now", "现行", decimals=2),
        Column("yours", "所填", decimals=2, editable=True),
        Column("old", "预算", **money),
        Column("new", "试算", **money, formula="{old}*{yours}/{now}"),
    ]
    sheet = Table("live", "试算", frame, columns, total_row=True)
    chapter = Chapter("budget", "预算", [], sheets=[sheet])
    path = tmp_path / "live.xlsx"
    write_xlsx(replace(report, chapters=[chapter]), path)
    book = openpyxl.load_workbook(path)
    name = book.sheetnames[-1]
    assert [_reckoned(book, name, cell) for cell in ("E4", "E5", "E6", "D6")] == pytest.approx([96, 36, 132, 132])
    assert book[name]["C4"].fill.start_color.rgb == "FFFFF4CC"
    book[name]["C4"] = 1_000
    assert [_reckoned(book, name, cell) for cell in ("E4", "E5", "E6", "D6")] == pytest.approx([100, 36, 136, 132])
    # What is shown before anything is reckoned is the same.
    shown = openpyxl.load_workbook(path, data_only=True)[name]
    assert [shown[cell].value for cell in ("E4", "E5", "E6")] == [96, 36, 132]


def test_the_budget_s_sheet_comes_to_the_budget(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "tables.xlsx"
    write_xlsx(build_report(results, lang="zh"), path)
    book = openpyxl.load_workbook(path)
    (name,) = [name for name in book.sheetnames if "试算" in name]
    cells = {cell.value: cell.column_letter for cell in book[name][4]}
    total_row = max(cell.row for cell in book[name]["A"] if cell.value == "合计")
    (first,) = [cell.column_letter for cell in book[name][3] if cell.value == "所填标准：合计"]
    own = results.budget.appropriation
    budgeted = own.loc[own["year"] == 2026, "amount_fen"].sum() / 100 / 10_000
    assert _reckoned(book, name, f"{first}{total_row}") == pytest.approx(budgeted)
    # A rural reward of 1,060 yuan, a hundred more for each recipient.
    rural = next(cell.row for cell in book[name]["A"] if cell.value == "农村奖扶")
    book[name][f"{cells['填入标准（元）']}{rural}"] = 1_060
    recipients = results.budget.amounts.set_index(["scheme", "year"]).loc[("rural_family_reward", 2026), "recipients"]
    assert _reckoned(book, name, f"{first}{total_row}") == pytest.approx(budgeted + 100 * recipients / 10_000, abs=1e-3)


def test_a_folder_that_is_not_there_is_an_os_error(report: Report, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        write_xlsx(report, tmp_path / "absent" / "t.xlsx")
