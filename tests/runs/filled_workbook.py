"""A workbook of Xichuan filled in as a county statistician would, with habits of hand and, where asked, ten planted mistakes.

The figures are invented for the tests; none is Xichuan's.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

HERE = "县卫健委 2026 年 10 月台账"
POLICE = "县公安局 2025 年户籍统计年报"
FIRST_ROW = 7
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def fill(path: Path, *, mistakes: bool = False) -> list[tuple[str, str]]:
    """Fill in the workbook at `path`, leaving it as people leave it.

    With `mistakes`, plant ten; returns the (cell, problem) that each must be told as.
    """
    book = openpyxl.load_workbook(path)
    for tab, hand in _HANDS.items():
        hand(book[tab])
    book["出生"].title = "出生（卫健委报）"
    book.move_sheet("托育机构", offset=-6)
    planted = [plant(book) for plant in _MISTAKES] if mistakes else []
    book.save(path)
    return planted


def saved_by_office(path: Path, folder: Path) -> Path:
    """The workbook as LibreOffice saves it, in `folder`."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office is not None
    profile = (folder / "profile").resolve().as_uri()
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    subprocess.run([*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=120)
    return folder / path.name


def put(sheet: Any, row: int, **by_heading: Any) -> None:
    """Write a row by its headings; a heading's brackets may be left out."""
    for heading, value in by_heading.items():
        sheet.cell(row, column_of(sheet, heading), value)


def column_of(sheet: Any, heading: str) -> int:
    """The column whose heading begins so."""
    heads = [str(cell.value or "") for cell in sheet[FIRST_ROW - 1]]
    return next(place for place, head in enumerate(heads, start=1) if head.startswith(heading))


def row_of(sheet: Any, **by_heading: Any) -> int:
    """The first row in which these stand under their headings."""
    columns = {column_of(sheet, heading): value for heading, value in by_heading.items()}
    rows = range(FIRST_ROW, sheet.max_row + 1)
    return next(row for row in rows if all(sheet.cell(row, column).value == value for column, value in columns.items()))


def address(sheet: Any, heading: str, row: int) -> str:
    """Where a cell is, as a problem tells it."""
    return f"{sheet.title}!{sheet.cell(row, column_of(sheet, heading)).coordinate}"


def _registered(sheet: Any) -> None:
    """Registered people by single years as the police have them, two in a hundred fewer than the suite's own; and a total."""
    sums = [0, 0]
    for row in range(FIRST_ROW, FIRST_ROW + 101):
        for place, (column, used) in enumerate(((3, 9), (4, 10))):
            counted = round(0.98 * sheet.cell(row, used).value)
            sums[place] += counted
            # Some as numbers, some as text with separators or full-width digits: copied from elsewhere.
            written: Any = f"{counted:,}" if row % 3 == 0 else counted
            sheet.cell(row, column, str(counted).translate(_WIDE) if row % 10 == 5 else written)
        put(sheet, row, 性质="公布数", 来源=POLICE)
    put(sheet, FIRST_ROW + 103, 时点="合 计", 男=sums[0], 女=sums[1])


def _births(sheet: Any) -> None:
    """Births of residents in 2024 as a total, and of 2026 by month up to September."""
    whole = {"合计": 3700, "性质": "公布数", "来源": HERE, "说明": "全年数"}
    put(sheet, row_of(sheet, 年份=2024, 母亲居住地="本县"), **whole)
    for month, counted in enumerate((255, 240, 262, 248, 251, 244, 258, 263, 259), start=1):
        told = {"年份": "2026年", "月份": f"{month}月", "母亲居住地": "本县", "子女户籍地": "未分", "合计": counted}
        put(sheet, 18 + month, **told, 性质="公布数", 来源=HERE)


def _deaths(sheet: Any) -> None:
    """Deaths of registered people in 2025, all ages together, and a total below."""
    told = {"年份": 2025, "人群": "户籍人口", "年龄": "0+", "合计": "0.46万", "性质": "公布数", "来源": POLICE}
    put(sheet, 103, **told)
    put(sheet, 104, 年份="合计", 合计=4600)


def _facilities(sheet: Any) -> None:
    """Two institutions, their township by name, a date as text; one block of merged cells for the source of both."""
    shared = {"举办性质": "普惠民办", "类型": "托育机构", "建成可能性": "100%", "性质": "公布数"}
    put(sheet, 8, 编号="T001", 乡镇="龙城街道", 托位=60, 开办日期="2023年9月1日", 月收费=800, 来源=HERE, **shared)
    put(sheet, 9, 编号="T002", 乡镇="荆紫关镇", 托位="45个", 开办日期="2024.3.1", **shared)
    source = column_of(sheet, "来源")
    sheet.merge_cells(start_row=8, end_row=9, start_column=source, end_column=source)


def _assumptions(sheet: Any) -> None:
    """Enrolment of two-year-olds after a survey."""
    row = row_of(sheet, 编码="childcare.enrolment_age_2")
    put(sheet, row, 改为="2023：0.166；2030：35%", 来源="县卫健委 2026 年入托意愿调查")


_HANDS: dict[str, Callable[[Any], None]] = {
    "户籍人口": _registered,
    "出生": _births,
    "死亡": _deaths,
    "托育机构": _facilities,
    "假设": _assumptions,
}


def _at(
    tab: str, heading: str, row: int | dict[str, Any], value: Any, code: str, told: str = ""
) -> Callable[[Any], tuple[str, str]]:
    """A mistake: `value` put under a heading, and the problem it must be told as; `told`: under which heading, if another."""

    def plant(book: Any) -> tuple[str, str]:
        sheet = next(one for one in book.worksheets if one.title.startswith(tab))
        number = row if isinstance(row, int) else row_of(sheet, **row)
        place = address(sheet, heading, number)
        sheet.cell(number, column_of(sheet, heading)).value = value
        return place, code

    return plant


_MISTAKES = [
    _at("户籍人口", "男", 10, "二千六百", "number_text"),
    _at("户籍人口", "来源", 12, None, "source_empty"),
    _at("户籍人口", "年龄", FIRST_ROW + 13, "13岁半", "number_text"),
    _at("出生", "月份", 23, 13, "number_out_of_range"),
    _at("出生", "合计", 22, -118, "number_negative"),
    _at("死亡", "合计", 104, 99_999, "workbook_total_differs"),
    _at("托育机构", "乡镇", 9, "紫关镇", "township_unknown"),
    _at("补贴决算", "金额", 8, 6_473_280.005, "money_decimals"),
    _at("普查合计", "数值", 20, 999_999, "part_exceeds_whole"),
    _at("假设", "改为", {"编码": "childcare.enrolment_age_2"}, 7, "assumption_out_of_range"),
]
