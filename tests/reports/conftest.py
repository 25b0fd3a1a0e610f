"""A report with every kind of block, whose names and notes hold every character that means something to a typesetter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from popmodel.messages import use_language
from popmodel.reports import (
    Bullets,
    Chapter,
    Column,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    Report,
    Table,
)
from popmodel.reports.figures import Words, stacked_bars

# Marks of typst, HTML, Markdown, spreadsheets and shells, as they may stand in a village's name or an official's note.
NASTY = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+A1",
    "@SUM(A1)",
    "#let x = 1",
    "$x^2$",
    "*bold* _em_ `raw`",
    "<script>alert(1)</script>",
    "&amp; &lt;",
    "a\\b \\n",
    "\"quoted\" and 'single'",
    "[link](x) {braces}",
    "~tilde ^caret %percent",
    "//comment /* c */",
    "-- --- ...",
    "丹阳镇（九重镇）、“引号”《书名》",
    "0012",
    "http://www.example.cn/a/very/long/address/that/does/not/fit?x=1&y=2",
]


def long_table() -> Table:
    years = np.arange(2011, 2051)
    frame = pd.DataFrame(
        {"year": years, "persons": 538_569.0 - 1234.5678 * (years - 2011), "change": np.r_[np.nan, np.full(39, -0.4)]}
    )
    columns = [
        Column("year", "年份", kind="year"),
        Column("persons", "常住人口", "万人", decimals=2, divisor=10_000),
        Column("change", "变动", "%", decimals=1),
    ]
    return Table(
        "long", "逐年人口", frame, columns, notes=["第一条注", "第二条注"], source="模型推算", statuses={"assumed": "2026年起"}
    )


def wide_table() -> Table:
    groups = [("男", "m"), ("女", "f")]
    columns = [Column("year", "年份", kind="year")]
    columns += [Column(f"{key}{age}", f"{age}岁", "人", group=sex) for sex, key in groups for age in range(10, 19)]
    frame = pd.DataFrame({column.name: np.arange(3) + 100_000 * place + 2000 for place, column in enumerate(columns)})
    return Table("wide", "分性别年龄", frame.assign(year=[2026, 2027, 2028]), columns, source="模型推算")


def nasty_table() -> Table:
    statuses = (["observed", "derived", "assumed"] * 6)[: len(NASTY)]
    frame = pd.DataFrame(
        {"name": NASTY, "note": NASTY[::-1], "status": statuses, "fen": [138_135_200_0 + n for n in range(len(NASTY))]}
    )
    columns = [
        Column("name", "名称 #1 *"),
        Column("note", "备注 <b>"),
        Column("status", "性质", kind="status"),
        Column("fen", "金额", "元", decimals=2, divisor=100),
    ]
    return Table("nasty", "名称 #$*_@<>\\", frame, columns, notes=["注 #$*_@<>\\"], source='来源 "x" & <y>', total_row=True)


def make_report(lang: str = "zh") -> Report:
    with use_language(lang):
        frame = pd.DataFrame({"甲 #$": [1.0, 2.0], "乙 <b>": [3.0, 4.0]}, index=[2026, 2027])
        picture = stacked_bars(Words("money", "支出 #$", '两年支出 <甲> & "乙"', "财政局"), frame, unit="万元")
    chapters = [
        Chapter(
            "start",
            "主要结果 #1 $x$",
            [
                Paragraph("全县 **538,569** 人，#let *不是* **强调 <b>** 号 $x$。"),
                KeyFigures([KeyFigure("常住人口 #", "−12.5", "万人", "注 <i>", "assumed"), KeyFigure("出生", "3,131")]),
                Notice("assumption", "按**村数**分摊 @here"),
                Notice("warning", "口径不全"),
                Bullets(["第一 **点**", "第二点 _x_"]),
                picture,
            ],
        ),
        Chapter("tables", "各表", [Heading("第一节 *"), long_table(), wide_table(), nasty_table()]),
    ]
    facts = [("校验 #", "sha256 " + "0123456789abcdef" * 4)]
    return Report("预测报告 #$", "副题 *_", "淅川县 <i>", lang, date(2025, 3, 2), "基准方案", "run-1", facts, chapters)


@pytest.fixture(scope="session")
def report() -> Report:
    return make_report()


@pytest.fixture(scope="session")
def report_in() -> Callable[[str], Report]:
    return make_report


@pytest.fixture(scope="session")
def nasty() -> list[str]:
    return NASTY
