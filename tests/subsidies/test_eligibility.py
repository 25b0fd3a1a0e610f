"""Lists of people: what clerks write is read or told, every row ends in one state, and nobody's number is repeated."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from popmodel.messages import InputError, use_language
from popmodel.subsidies.eligibility import NOT_GIVEN, STATES, CheckedList, check_list, read_list
from popmodel.subsidies.rules.entitlement import REASONS
from popmodel.subsidies.rules.registry import RULES

TODAY = date(2026, 11, 26)
RURAL = RULES["rural_family_reward"]
HEAD = "编号,出生日期,户口性质,现存子女数,其中男孩数,生育是否合法"
# 60 on 1 May 2020, one daughter: 960 yuan a year.
SOUND = "A1,1960-05-01,农村,1,0,是"


def written(folder: Path, *rows: str, head: str = HEAD, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding=encoding)
    return path


def checked(path: Path, year: int = 2026, scheme: str = "rural_family_reward", *others: tuple[str, Path]) -> CheckedList:
    rule = RULES[scheme]
    read = [(other, RULES[other], read_list(file, ())) for other, file in others]
    return check_list(read_list(path, rule.facts), rule, year, TODAY, read)


def states(found: CheckedList) -> list[str]:
    return [STATES[state] for state in found.state]


def codes(found: CheckedList) -> dict[str, list[int]]:
    """The lines of the file that each kind of finding speaks of, but for those who are new."""
    lines: dict[str, list[int]] = {}
    for finding in found.findings:
        if finding.code != "list_new":
            lines[finding.code] = sorted([*lines.get(finding.code, []), *found.people.lines[finding.rows].tolist()])
    return lines


def refused(path: Path, scheme: str = "rural_family_reward") -> list[str]:
    with pytest.raises(InputError) as caught:
        read_list(path, RULES[scheme].facts)
    return [problem.code for problem in caught.value.problems]


def test_a_list_by_hand(tmp_path: Path) -> None:
    found = checked(
        written(
            tmp_path,
            SOUND,
            "A2,1966-12-31,农村,2,0,是",  # 60 on the last day of the year: paid the whole year
            "A3,1967-01-01,农村,1,0,是",  # a day too late
            "A4,1950-01-01,农村,2,1,是",  # a son and a daughter
            "A5,1950-01-01,城镇,1,0,是",
        )
    )
    assert states(found) == ["entitled", "entitled", "not_entitled", "not_entitled", "not_entitled"]
    assert found.owed_fen.tolist() == [96_000, 96_000, 0, 0, 0]
    reasons = [REASONS[reason] for reason in found.entitlement.reason]
    assert reasons == ["entitled", "entitled", "too_young", "not_two_daughters", "wrong_registration"]
    assert found.new.tolist() == [False, True, False, False, False]
    assert found.entitlement.start[:2].astype(str).tolist() == ["2020-05-01", "2026-12-31"]
    clause = found.clauses["too_young"]
    assert clause is not None
    assert clause.document == "国办发〔2004〕21号"


@pytest.mark.parametrize(
    "day",
    [
        "1960-05-01",
        "1960/5/1",
        "1960.5.1",
        "1960年5月1日",
        "19600501",
        "１９６０－０５－０１",
        "1960-05-01 00:00:00",
        " 1960-5-1 ",
    ],
)
def test_a_day_may_be_written_as_programs_write_it(tmp_path: Path, day: str) -> None:
    people = read_list(written(tmp_path, SOUND.replace("1960-05-01", day)), RURAL.facts)
    assert people.facts["birth_date"].astype(str).tolist() == ["1960-05-01"]
    assert not people.findings


@pytest.mark.parametrize("day", ["1950-02-30", "1950-13-01", "1950/2-1", "50-02-01", "1.5.1950", "1950", "18300", "五月一日"])
def test_a_day_that_does_not_exist_waits_to_be_settled(tmp_path: Path, day: str) -> None:
    found = checked(written(tmp_path, SOUND.replace("1960-05-01", day), SOUND.replace("A1", "A2")))
    assert states(found) == ["to_settle", "entitled"]
    assert codes(found) == {"list_day": [2]}
    assert found.owed_fen.tolist() == [0, 96_000]


@pytest.mark.parametrize("words", [("农村", "是"), ("rural", "yes"), ("农业户口", "有"), ("RURAL", "1"), ("农业", "TRUE")])
def test_words_may_be_those_of_registers(tmp_path: Path, words: tuple[str, str]) -> None:
    registration, lawful = words
    found = checked(written(tmp_path, SOUND.replace("农村", registration).replace("是", lawful)))
    assert states(found) == ["entitled"]


def test_headers_in_english_or_by_key_and_in_any_order(tmp_path: Path) -> None:
    english = written(
        tmp_path, "yes,0,1,rural,1960-05-01,A1", head="Births lawful,Sons,Children,Registration,Birth date,ID", name="en.csv"
    )
    keys = written(
        tmp_path, "yes,0,1,rural,1960-05-01,A1", head="births_lawful,sons,children,registration,birth_date,id", name="keys.csv"
    )
    for path in (english, keys):
        assert states(checked(path)) == ["entitled"]


def test_gb18030_is_read_with_a_notice(tmp_path: Path) -> None:
    people = read_list(written(tmp_path, SOUND, encoding="gb18030"), RURAL.facts)
    assert [notice.code for notice in people.notices] == ["file_read_as_gb18030"]
    assert states(check_list(people, RURAL, 2026, TODAY)) == ["entitled"]


def test_a_column_that_the_rule_does_not_read_is_told_and_left(tmp_path: Path) -> None:
    people = read_list(written(tmp_path, SOUND + ",张三", head=HEAD + ",姓名"), RURAL.facts)
    assert [notice.code for notice in people.notices] == ["list_column_unknown"]
    assert "张三" not in repr(people)


def test_every_row_is_counted_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    rows = [
        SOUND,
        "B1,1960-05-01,农村,1,0",  # a cell too few
        "B2,1960-05-01,农村,1,0,是,是",  # one too many
        "B3,,农村,1,0,是",
        "B4,1960-05-01,乡下,1,0,是",
        "B5,1960-05-01,农村,一,0,是",
        "B6,1960-05-01,农村,1,0,也许",
        "B7,1960-05-01,农村,1,2,是",  # more sons than children
        "B8,2027-05-01,农村,1,0,是",  # not born yet
        "B9,1890-05-01,农村,1,0,是",
        ",1960-05-01,农村,1,0,是",
        "=1+1,1960-05-01,农村,1,0,是",  # a formula is no id
        ",,,,,",  # nothing at all
        SOUND.replace("A1", "B10"),
    ]
    found = checked(written(tmp_path, *rows))
    assert len(found.people) == len(rows) - 1
    assert states(found) == ["entitled"] + 11 * ["to_settle"] + ["entitled"]
    assert codes(found) == {
        "list_id": [12, 13],
        "list_row_cells": [3, 4],
        "list_cell_empty": [3, 5],
        "list_word": [6],
        "list_count": [7],
        "list_flag": [8],
        "list_sons": [9],
        "list_day_ahead": [10],
        "list_born_long_ago": [11],
    }
    assert found.owed_fen.sum() == 2 * 96_000
    assert "=1+1" not in found.people.ids


def test_dates_that_contradict_each_other(tmp_path: Path) -> None:
    head = HEAD + ",死亡日期,户籍迁入日期,户籍迁出日期"
    found = checked(
        written(
            tmp_path,
            SOUND + ",1950-01-01,,",  # died before the birth
            SOUND.replace("A1", "A2") + ",,2020-01-01,2019-01-01",  # left before coming
            SOUND.replace("A1", "A3") + ",2025-03-01,2025-06-01,",  # came after dying
            SOUND.replace("A1", "A4") + ",2026-11-27,,",  # dies tomorrow
            head=head,
        )
    )
    assert set(states(found)) == {"to_settle"}
    assert codes(found) == {"list_days_order": [2, 3, 4], "list_day_ahead": [5]}


def test_a_fen_apart_is_told_and_money_is_read_exactly(tmp_path: Path) -> None:
    paid = ["960", "960.00", "960.01", "959.99", "1,960.00", "", "960元", "0"]
    rows = [SOUND.replace("A1", f"A{place}") + f',"{amount}"' for place, amount in enumerate(paid)]
    found = checked(written(tmp_path, *rows, head=HEAD + ",已发金额（元）"))
    assert found.people.paid_fen is not None
    assert found.people.paid_fen.tolist() == [96_000, 96_000, 96_001, 95_999, 196_000, NOT_GIVEN, NOT_GIVEN, 0]
    told = codes(found)
    assert told["list_paid_differs"] == [4, 5, 6, 9]
    assert told["list_not_paid"] == [7]
    assert told["list_amount"] == [8]
    (differs,) = [finding for finding in found.findings if finding.code == "list_paid_differs"]
    assert differs.given["difference"].tolist() == [1, -1, 100_000, -96_000]


def test_a_payment_past_the_end_is_told(tmp_path: Path) -> None:
    head = HEAD + ",死亡日期,已发金额"
    dead, away = SOUND + ",2025-12-31,960", SOUND.replace("A1", "A2") + ",2026-01-01,960"
    found = checked(written(tmp_path, dead, away, head=head))
    # Who dies on New Year's Day is still paid for the year; who died the day before is not.
    assert codes(found) == {"list_paid_past_end": [2]}
    assert states(found) == ["not_entitled", "entitled"]


def test_the_same_person_twice(tmp_path: Path) -> None:
    other = "A2,1955-01-01,农村,1,0,是"
    found = checked(written(tmp_path, SOUND, other, SOUND, other.replace("1955", "1956"), SOUND.replace("A1", "a1")))
    # The second A1 says the same and is not paid again; of A2 nobody knows which row is right; a1 is somebody else.
    assert states(found) == ["entitled", "to_settle", "to_settle", "to_settle", "entitled"]
    assert codes(found) == {"list_twice": [4], "list_twice_differing": [3, 5]}


def test_people_in_lists_that_exclude_each_other(tmp_path: Path) -> None:
    mine = written(tmp_path, SOUND, SOUND.replace("A1", "A2"))
    urban = written(tmp_path, "A2", "C1", head="编号", name="urban.csv")
    found = checked(mine, 2026, "rural_family_reward", ("urban_only_child_parents", urban))
    assert states(found) == ["entitled", "to_settle"]
    assert codes(found) == {"list_in_both": [3]}
    # The only-child award may be drawn beside the reward.
    assert states(checked(mine, 2026, "rural_family_reward", ("only_child_award", urban))) == ["entitled", "entitled"]


def test_what_a_kind_of_support_needs(tmp_path: Path) -> None:
    head = "编号,出生日期,女方出生日期,扶助类别,曾生育（收养）子女数,残疾等级,死亡、残疾或鉴定日期"
    found = checked(
        written(
            tmp_path,
            "S1,1970-01-01,,独生子女死亡,1,,2020-06-01",
            "S2,1970-01-01,,独生子女死亡,,,2020-06-01",
            "S3,1970-01-01,,独生子女伤残,1,,2020-06-01",
            "S4,1970-01-01,,独生子女伤残,1,7,2020-06-01",
            "S5,1970-01-01,,并发症一级,,,2020-06-01",
            head=head,
        ),
        2026,
        "special_support",
    )
    assert states(found) == ["entitled", "to_settle", "to_settle", "to_settle", "entitled"]
    # 12 × (590 + 590) and 12 × (520 + 520) yuan.
    assert found.owed_fen.tolist() == [1_416_000, 0, 0, 0, 1_248_000]


@pytest.mark.parametrize(
    "number",
    [
        "41132619600501123X",
        "411326196005011234",
        "411326 19600501 1234",
        "４１１３２６１９６００５０１１２３４",
        "411326600501123",
    ],
)
@pytest.mark.parametrize("column", ["id", "other"])
def test_identity_numbers_refuse_the_list_and_are_not_repeated(tmp_path: Path, number: str, column: str) -> None:
    row = f"{SOUND},{number}" if column == "other" else SOUND.replace("A1", number) + ",x"
    path = written(tmp_path, SOUND + ",x", row, head=HEAD + ",备注")
    with pytest.raises(InputError) as caught:
        read_list(path, RURAL.facts)
    assert [problem.code for problem in caught.value.problems] == ["list_identity_numbers"]
    for lang in ("zh", "en"):
        with use_language(lang):
            told = str(caught.value.problems[0].describe())
        assert number not in told
        assert "19600501" not in told
        assert "3" in told


def test_hashed_ids_are_taken_whatever_their_digits(tmp_path: Path) -> None:
    # 64 hexadecimal digits in which eighteen decimal ones read like a number of 1960.
    hashed = "ab411326196005011234cd" + "0f" * 21
    assert len(hashed) == 64
    assert states(checked(written(tmp_path, SOUND.replace("A1", hashed)))) == ["entitled"]


def test_a_number_beyond_the_header_is_found(tmp_path: Path) -> None:
    assert refused(written(tmp_path, SOUND + ",41132619600501123X")) == ["list_identity_numbers"]


def test_a_hash_with_a_number_behind_it_is_a_number(tmp_path: Path) -> None:
    assert refused(written(tmp_path, SOUND.replace("A1", "0f" * 32 + "-41132619600501123X"))) == ["list_identity_numbers"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        ("编号,出生日期\n".encode(), "list_column_missing"),
        ((HEAD + "\n").encode(), "table_empty"),
        ((HEAD + ",编号\n" + SOUND + ",A1\n").encode(), "list_column_twice"),
        ((HEAD + '\nA1,"1960-05-01,农村,1,0,是\n').encode(), "csv_quote_open"),
        (b"PK\x03\x04....", "file_is_workbook"),
        ("编号".encode("utf-16"), "file_utf16"),
        ((HEAD + "\n" + SOUND).encode() + b"\xff\xff\xff", "file_encoding"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    assert code in refused(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.csv") == ["list_missing"]
    assert refused(tmp_path) == ["file_unreadable"]


def test_a_year_before_the_scheme_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        checked(written(tmp_path, SOUND), 2003)
    assert [problem.code for problem in caught.value.problems] == ["parameter_outside_dates"]


def test_lines_and_findings_hold_across_blocks(tmp_path: Path) -> None:
    """More rows than are read at once: the last two are the first's double and a row that cannot be read."""
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEAD.split(","))
        writer.writerows([f"P{place}", "1960-05-01", "农村", 1, 0, "是"] for place in range(120_000))
        writer.writerow(["P0", "1960-05-01", "农村", 1, 0, "是"])
        writer.writerow(["P1x", "1960-02-30", "农村", 1, 0, "是"])
    found = checked(path)
    assert codes(found) == {"list_day": [120_003], "list_twice": [120_002]}
    assert np.bincount(found.state, minlength=3).tolist() == [120_000, 0, 2]
    assert found.owed_fen.sum() == 120_000 * 96_000
