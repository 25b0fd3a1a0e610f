"""Lists as registers give them out: columns by any of their headings, and each broken row told by the line it stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from popmodel.areas.people_lists import ListColumn, columns_in, list_blocks
from popmodel.messages import Problem

COLUMNS = {
    "id": ListColumn(("证件号", "编号", "id")),
    "birth": ListColumn(("出生日期", "birth_date")),
    "township": ListColumn(("乡镇", "township"), needed=False),
}


def found(header: list[str], *, exact: bool) -> tuple[list[str | None] | None, list[Problem], list[Problem]]:
    problems: list[Problem] = []
    notices: list[Problem] = []
    return columns_in(header, COLUMNS, "list.csv", 1, problems, notices, exact=exact), problems, notices


@pytest.mark.parametrize("birth", ["出生日期", " 出生日期（公历） ", "\ufeff出生日期", "Birth_Date", "birth date", "BIRTH_DATE"])
def test_a_column_is_known_however_its_heading_is_written(birth: str) -> None:
    names, problems, notices = found(["姓名", birth, "id"], exact=False)
    assert (names, problems, notices) == ([None, "birth", "id"], [], [])


def test_an_export_may_hold_several_headings_of_a_column_and_the_first_named_is_read() -> None:
    assert found(["编号", "出生日期", "证件号"], exact=False)[0] == [None, "birth", "id"]


def test_what_a_payment_rests_on_is_never_chosen_among_two_columns() -> None:
    names, problems, _ = found(["编号", "出生日期", "证件号"], exact=True)
    assert names is None
    assert [problem.code for problem in problems] == ["list_column_twice"]


def test_the_same_heading_twice_is_refused_in_any_list() -> None:
    names, problems, _ = found(["id", "出生日期", "ID"], exact=False)
    assert names is None
    assert [problem.code for problem in problems] == ["list_column_twice"]


def test_every_column_that_is_missing_is_told_with_its_other_headings() -> None:
    names, problems, _ = found(["姓名"], exact=False)
    assert names is None
    assert [(problem.code, problem.what("en")) for problem in problems] == [
        ("list_column_missing", "the column 'id' is missing (it may also be headed 证件号 / 编号)"),
        ("list_column_missing", "the column 'birth_date' is missing (it may also be headed 出生日期)"),
    ]


def test_rows_of_another_length_are_told_by_their_line_past_blank_lines_and_broken_cells(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('\n证件号,出生日期\n\nA,2020-01-01\n\n"B\nb",2020-01-02\nC,2020-01-03,村\n', encoding="utf-8")
    problems: list[Problem] = []
    (block,) = list_blocks(path, COLUMNS, problems, [], exact=False)
    # Lines counted in the text above: A on 4, B on 6 and 7, C on 8.
    assert block.lines == [4, 6, 8]
    assert block.bad == {2: 3}
    assert block.beyond == [(8, "村")]
    assert block.cells == [("A", "B\nb", "C"), ("2020-01-01", "2020-01-02", "2020-01-03")]
    assert not problems


@pytest.mark.parametrize(
    ("rows", "code"), [('C,"2020-01-03\nD,2020-01-04\n', "csv_quote_open"), ('C,"2020"x\n', "csv_quote_stray")]
)
def test_a_broken_quotation_mark_is_told_by_the_line_on_which_its_row_begins(tmp_path: Path, rows: str, code: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f'证件号,出生日期\n"A\na",2020-01-01\n{rows}', encoding="utf-8")
    problems: list[Problem] = []
    assert list(list_blocks(path, COLUMNS, problems, [], exact=False)) == []
    assert [(problem.code, problem.line) for problem in problems] == [(code, 4)]
