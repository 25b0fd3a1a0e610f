"""Cells as people leave them, each with what a careful clerk would read in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from popmodel.areas.schemas import Column
from popmodel.areas.workbook.as_left import age_limits, is_subtotal, is_total, tidied

COUNT = Column("persons", "integer", low=0)
SHARE = Column("probability", "number", low=0, high=1)
YEAR = Column("year", "integer", low=1949, high=2100)
MONEY = Column("amount_yuan", "money", low=0)
DATE = Column("date", "date")
TEXT = Column("source", "text")

CELLS = [
    (1234, COUNT, "1234"),
    (1234.0, COUNT, "1234"),
    ("1,234", COUNT, "1234"),
    ("1，234", COUNT, "1234"),
    ("1 234 567", COUNT, "1234567"),
    ("１２３４", COUNT, "1234"),
    (" 1234人 ", COUNT, "1234"),
    ("67万", COUNT, "670000"),
    ("６７．５万人", COUNT, "675000"),
    ("0.3亿", COUNT, "30000000"),
    ("2024年", YEAR, "2024"),
    (2024.0, YEAR, "2024"),
    ("3月", Column("month", "integer", low=1, high=12), "3"),
    ("95%", SHARE, "0.95"),
    (0.95, SHARE, "0.95"),
    ("6,473,280.00元", MONEY, "6473280"),
    (6473280.5, MONEY, "6473280.5"),
    (0.1 + 0.2, Column("value", "number"), "0.3"),
    # what cannot be read for certain stays, and is refused by the table's own reader
    ("1,23", COUNT, "1,23"),
    ("约1200", COUNT, "约1200"),
    ("50%", COUNT, "50%"),
    ("1200-1300", COUNT, "1200-1300"),
    ("", COUNT, ""),
    (None, COUNT, ""),
    # days
    (dt.datetime(2020, 11, 1), DATE, "2020-11-01"),
    ("2020/11/1", DATE, "2020-11-01"),
    ("2020.11.1", DATE, "2020-11-01"),
    ("2020年11月1日", DATE, "2020-11-01"),
    ("20201101", DATE, "2020-11-01"),
    (20201101, DATE, "2020-11-01"),
    (44136, DATE, "2020-11-01"),  # a spreadsheet's day number: 44136 is 1 November 2020 in the 1900 system
    ("去年底", DATE, "去年底"),
    ("  县公安局\n户籍统计 ", TEXT, "县公安局 户籍统计"),
]


@pytest.mark.parametrize(("found", "column", "expected"), CELLS, ids=lambda value: str(value)[:24])
def test_a_cell_is_read_as_a_clerk_would(found: Any, column: Column, expected: str) -> None:
    assert tidied(found, column) == expected


def test_day_numbers_follow_the_workbooks_own_epoch() -> None:
    # The 1904 system counts from 1 January 1904, 1,462 days after the other's day 0.
    assert tidied(44136 - 1462, DATE, dt.date(1904, 1, 1)) == "2020-11-01"


AGES = [
    (0, ("0", "0")),
    ("0岁", ("0", "0")),
    ("不满1岁", ("0", "0")),
    ("1-4", ("1", "4")),
    ("1—4岁", ("1", "4")),
    ("１～４岁", ("1", "4")),
    ("5至9岁", ("5", "9")),
    ("85+", ("85", "")),
    ("85岁及以上", ("85", "")),
    ("85岁以上", ("85", "")),
    ("100及以上", ("100", "")),
    (dt.datetime(2026, 5, 9), ("5", "9")),  # typed as 5-9 and made a date
    (dt.datetime(2026, 10, 14), ("10", "14")),
    ("老年", ("老年", "老年")),
]


@pytest.mark.parametrize(("found", "expected"), AGES, ids=lambda value: str(value)[:24])
def test_an_age_group_is_read_in_every_spelling(found: Any, expected: tuple[str, str]) -> None:
    assert age_limits(found) == expected


def test_rows_of_totals_are_known_by_their_head() -> None:
    assert all(is_total(head) for head in ("合计", "合 计", "总计：", "小计", "Total", "Sub total"))
    assert not any(is_total(head) for head in ("合计数（不知明细）", "龙城街道", 0, None))
    assert is_subtotal("小 计")
    assert not is_subtotal("合计")
