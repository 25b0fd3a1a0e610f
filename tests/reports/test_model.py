"""The report model: how values are written, what is refused, how tables and pictures are numbered."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from popmodel.reports import Chapter, Column, Heading, KeyFigure, Paragraph, Picture, Report, Table, number_text


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (538569, {}, "538,569"),
        (-104696, {}, "\u2212104,696"),
        (-0.2, {}, "0"),  # "−0" in a table of gaps would be taken for a shortage
        (538569, {"divisor": 10_000, "decimals": 1}, "53.9"),
        (0.1506, {"divisor": 0.01, "decimals": 1}, "15.1"),
        (1_381_352_000, {"divisor": 100, "decimals": 2}, "13,813,520.00"),  # the outturn of 2023 in fen
        (2030, {"kind": "year"}, "2030"),
        (None, {}, "—"),
        (float("nan"), {}, "—"),
        ("<10", {}, "<10"),
        ("assumed", {"kind": "status"}, "假设"),
        (date(2026, 11, 24), {}, "2026-11-24"),
        (True, {}, "是"),
    ],
)
def test_a_value_is_written_as_officials_write_it(value: object, options: dict, expected: str) -> None:
    frame = pd.DataFrame({"x": pd.Series([value], dtype="object")})
    assert Table("t", "表", frame, [Column("x", "值", **options)]).rows("zh") == [[expected]]


def test_a_figure_that_rounds_to_zero_has_no_sign() -> None:
    assert number_text(-0.004, 2) == "0.00"
    assert number_text(-0.005001, 2) == "\u22120.01"


def test_years_and_numbers_are_told_apart_by_the_frame() -> None:
    frame = pd.DataFrame({"name": ["甲"], "value": [1.5]})
    table = Table("t", "表", frame, [Column("name", "名"), Column("value", "值")])
    assert [column.kind for column in table.columns] == ["text", "number"]
    assert [column.side for column in table.columns] == ["left", "right"]


def test_a_unit_is_said_once_only_where_all_numbers_share_it() -> None:
    frame = pd.DataFrame({"year": [2026], "a": [1], "b": [2]})
    year, a = Column("year", "年", kind="year"), Column("a", "甲", "人")
    assert Table("t", "表", frame, [year, a, Column("b", "乙", "人")]).common_unit == "人"
    assert Table("t", "表", frame, [year, a, Column("b", "乙", "户")]).common_unit == ""
    assert Table("t", "表", frame, [year, a, Column("b", "乙")]).common_unit == ""  # 乙 has no unit, so "人" is not said of it
    # With one column of numbers the unit stands at its head, where it cannot be read as that of the others.
    assert Table("t", "表", frame, [year, a]).common_unit == ""


def test_tables_figures_and_sections_are_numbered_by_chapter(report: Report) -> None:
    labels = [label for chapter in report.chapters for _, label in chapter.labelled() if label]
    assert labels == ["图1-1", "2.1", "表2-1", "表2-2", "表2-3"]
    alone = Chapter("x", "章", [Heading("节"), *report.chapter("tables").blocks[1:2]], lang="en")
    assert [label for _, label in alone.labelled()] == ["", "Table 1"]


def test_what_cannot_be_printed_is_refused_when_it_is_made() -> None:
    frame = pd.DataFrame({"x": [1.0], "infinite": [float("inf")], "status": ["guessed"]})
    with pytest.raises(ValueError, match="not in the frame"):
        Table("t", "表", frame, [Column("y", "值")])
    with pytest.raises(ValueError, match="infinite"):
        Table("t", "表", frame, [Column("infinite", "值")])
    with pytest.raises(ValueError, match="guessed"):
        Table("t", "表", frame, [Column("status", "性质", kind="status")])
    with pytest.raises(ValueError, match="guessed"):
        KeyFigure("人口", "1", status="guessed")
    with pytest.raises(ValueError, match="key"):
        Table("../t", "表", frame, [Column("x", "值")])
    with pytest.raises(ValueError, match="alt and source"):
        Picture("p", "图", b"<svg/>", "", "来源")


def test_a_key_names_one_thing_only(report: Report) -> None:
    table = report.chapter("tables").blocks[1]
    chapters = [Chapter("a", "甲", [table]), Chapter("b", "乙", [table])]
    with pytest.raises(ValueError, match="long"):
        Report("题", "", "县", "zh", date(2026, 1, 1), "基准", "", [], chapters)
    with pytest.raises(ValueError, match="'a'"):
        Report("题", "", "县", "zh", date(2026, 1, 1), "基准", "", [], [chapters[0], Chapter("a", "乙", [Paragraph("x")])])


def test_the_frames_keep_their_full_precision(report: Report) -> None:
    assert report.frames()["long"]["persons"].iloc[1] == 538_569.0 - 1234.5678
