"""report.pdf: every character as it was given, tables whole and inside the page, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pymupdf
import pytest

from popmodel.messages import RunFailedError
from popmodel.reports import Chapter, Column, Paragraph, Report, Table, unprintable, write_pdf
from popmodel.reports.pdf_writer import _compiler, pdf_bytes


def opened(report: Report) -> pymupdf.Document:
    return pymupdf.open(stream=pdf_bytes(report), filetype="pdf")


def bare(written: str) -> str:
    """Without spaces and line ends: a line may be broken anywhere."""
    return re.sub(r"[\s\u200b\u2060]", "", written)


def text_of(document: pymupdf.Document) -> str:
    return bare("".join(page.get_text() for page in document))


def test_every_text_and_cell_comes_out_as_it_was_given(report: Report, nasty: list[str]) -> None:
    found = text_of(opened(report))
    for chapter in report.chapters:
        assert bare(chapter.title) in found
        for table, label in chapter.tables():
            assert bare(label + table.title) in found
            cells = [cell for row in table.rows("zh") for cell in row]
            assert not [cell for cell in cells if bare(cell) not in found]
            assert all(bare(word + said) in found for word, said in table.foot("zh"))
    for said in [
        report.title,
        report.subtitle,
        report.area_name,
        "#let*不是*强调<b>号$x$",
        "按村数分摊@here",
        "第二点_x_",
        *nasty,
    ]:
        assert bare(said) in found
    assert "支出#$" in found  # the chart's own words can be searched, too
    assert "甲#$" in found
    assert "乙<b>" in found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_character_is_a_box(report_in: Callable[[str], Report], lang: str) -> None:
    report = report_in(lang)
    spans = [span for page in opened(report) for span in page.get_texttrace()]
    assert sum(len(span["chars"]) for span in spans) > 1000
    assert not [chr(char[0]) for span in spans for char in span["chars"] if char[1] == 0 or char[0] == 0xFFFD]
    assert {span["font"].split("+")[-1] for span in spans} <= {"NotoSansSC-Regular", "NotoSerifSC-Regular"}
    assert unprintable(report) == ""


def test_characters_the_fonts_lack_are_named(report: Report) -> None:
    # 𠮷 (U+20BB7) is a real character of names that the typefaces do not have.
    assert unprintable(replace(report, title="𠮷村 𠮷")) == "𠮷"


def test_the_same_report_gives_the_same_bytes(report: Report, report_in: Callable[[str], Report], tmp_path: Path) -> None:
    write_pdf(report, tmp_path / "a.pdf")
    _compiler.cache_clear()
    write_pdf(report_in("zh"), tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert pymupdf.open(tmp_path / "a.pdf").metadata["creationDate"].startswith("D:20250302")  # the report's day, not today


def test_nothing_runs_over_the_edge_of_a_page(report: Report) -> None:
    for page in opened(report):
        frame = pymupdf.Rect(55, 30, page.rect.width - 55, page.rect.height - 30)
        outside = [word[4] for word in page.get_text("words") if not frame.contains(pymupdf.Rect(word[:4]))]
        assert not outside, f"page {page.number + 1}"


def test_a_wide_table_lies_on_a_landscape_page(report: Report) -> None:
    turned = [page for page in opened(report) if page.rect.width > page.rect.height]
    assert len(turned) == 1
    assert "表2-2" in bare(turned[0].get_text())
    assert "1,802,000" in turned[0].get_text()  # the last column's first value


def test_a_table_over_two_pages_repeats_its_header_and_keeps_its_end_together(report: Report) -> None:
    first, *_, last = [bare(page.get_text()) for page in opened(report) if "逐年人口" in page.get_text() and page.number > 1]
    assert first != last
    assert "常住人口" in first
    assert "（续）" not in first
    assert "常住人口" in last
    assert "（续）" in last
    for together in ("2048", "2049", "2050", "第一条注", "第二条注", "模型推算"):
        assert together in last


@pytest.mark.parametrize("lines", range(18, 42, 3))
def test_notes_are_never_left_alone_on_a_page(report: Report, lines: int) -> None:
    # A real report once put the notes of a table of townships on a page of their own.
    frame = pd.DataFrame({"row": [f"第{place}行" for place in range(lines)], "value": range(lines)})
    table = Table("t", "表题", frame, [Column("row", "行"), Column("value", "值")], notes=["表注"], source="某处")
    pages = opened(replace(report, chapters=[Chapter("a", "章", [Paragraph("前文。" * 400), table])]))
    holding = next(bare(page.get_text()) for page in pages if "表注" in page.get_text())
    assert f"第{lines - 1}行" in holding
    assert f"第{lines - 3}行" in holding
    begun = next(bare(page.get_text()) for page in pages if page.number > 1 and "表题" in page.get_text())
    assert "第2行" in begun


def test_the_contents_give_the_page_a_chapter_is_on(report: Report) -> None:
    pages = opened(report)
    contents = [bare(line) for line in pages[1].get_text().splitlines()]
    for place, chapter in enumerate(report.chapters, start=1):
        entry = next(line for line in contents if line.startswith(f"{place}{bare(chapter.title)}."))
        printed = entry.rpartition(".")[2]
        page = next(page for page in pages if page.number > 1 and bare(chapter.title) in bare(page.get_text()))
        assert f"第{printed}页，共{len(pages) - 1}页" in bare(page.get_text())


def test_a_very_long_text_breaks_and_stays_whole(report: Report) -> None:
    chinese, latin = "常住人口是指实际居住在本县半年以上的人口" * 400, "0123456789abcdef" * 40
    frame = pd.DataFrame({"name": ["甲"], "long": [chinese], "code": [latin], "value": [1]})
    columns = [Column(name, name) for name in frame.columns]
    pages = opened(replace(report, chapters=[Chapter("a", "章", [Paragraph(chinese + latin), Table("t", "表", frame, columns)])]))
    found = bare("".join(page.get_text() for page in pages))
    assert found.count("际") == 800  # in the paragraph and in a cell taller than a page
    for page in pages:
        inside = pymupdf.Rect(50, 30, page.rect.width - 50, page.rect.height - 30)
        assert all(inside.contains(pymupdf.Rect(word[:4])) for word in page.get_text("words"))


def test_a_table_without_rows_still_says_what_it_is(report: Report) -> None:
    table = Table("t", "没有缺项", pd.DataFrame({"x": pd.Series([], dtype="str")}), [Column("x", "内容")], source="某处")
    found = text_of(opened(replace(report, chapters=[Chapter("a", "章", [table])])))
    assert "表1-1没有缺项内容资料来源：某处" in found


def test_forty_columns_still_fit_the_paper(report: Report) -> None:
    frame = pd.DataFrame({f"c{place}": np.full(3, 12_345) for place in range(40)})
    table = Table("t", "表", frame, [Column(name, name) for name in frame.columns])
    page = opened(replace(report, chapters=[Chapter("a", "章", [table])]))[-1]
    assert all(word[0] > 50 and word[2] < page.rect.width - 50 for word in page.get_text("words"))


def test_missing_fonts_are_said_and_not_left_out_of_the_page(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # typst itself only warns, and writes pages without a word on them.
    monkeypatch.setattr("popmodel.reports.pdf_writer.fonts", lambda: (tmp_path / "a.otf", tmp_path / "b.otf"))
    _compiler.cache_clear()
    with pytest.raises(RunFailedError, match=re.escape(str(tmp_path))):
        pdf_bytes(report)
    _compiler.cache_clear()
